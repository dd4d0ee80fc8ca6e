# labels: node
# timeout: 120
"""What clients do, with the library they use: read the key, encrypt, ask for a proof."""

import json
import subprocess

import house
from prover_kit import Prover

LOAD = house.SOURCE / "tests/node/load.mjs"


def run_load(url, seconds, short=2, idle=2):
    """What tests/node/load.mjs counted."""
    node = house.need_node("openpgp")
    process = subprocess.Popen([node, LOAD, url, str(short), str(idle)], env=house.clean_env(),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    house.equal(process.stdout.readline(), b"started\n")
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    process.stdin.close()
    counted = json.loads(process.stdout.read())
    house.equal(process.wait(30), 0)
    return counted


def test_encrypted_requests(directory):
    house.need_node("openpgp")
    with Prover(directory) as prover:
        counted = run_load(f"http://127.0.0.1:{prover.port}", 2)
        house.equal((counted["failed"], counted["stale"], list(counted["statuses"])),
                    (0, 0, ["503"]), counted)
        house.check(counted["ok"] > 10, counted)


house.main()
