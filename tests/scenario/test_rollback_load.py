"""Switches that fail and go back, and rollbacks by hand, under a load of encrypted requests over
connections of their own and over ones that idle: not one request may fail."""
# labels: node
# timeout: 180

import json
import subprocess
import time

import house
from project import Project

SHORT, IDLE = 3, 12
GATE = """  marker:
    kind: command
    argv: [/bin/sh, -c, "! grep -q marker-bad '%s/releases/{{digest}}/bin/teerex-prover'"]
    timeout: 5s
"""


def test_no_request_fails_on_the_way_back(directory):
    node = house.need_node("openpgp")
    with Project(directory) as project:
        text = (project.source / "envs/local.yaml").read_text()
        project.write("envs/local.yaml", text + GATE % project.state)
        project.deploy()
        good = project.host()["digest"]
        client = subprocess.Popen([node, house.SOURCE / "tests/node/load.mjs", project.url,
                                   str(SHORT), str(IDLE)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        house.equal(client.stdout.readline(), "started\n")
        for index in range(3):
            project.build(f"marker-bad {index}")
            project.deploy(status=10)
            house.equal(project.host()["digest"], good)
            time.sleep(0.5)
        project.build("good, but slow")
        project.deploy()
        time.sleep(0.5)
        house.equal(project.ctl("rollback", "local").status, 0)
        house.equal(project.host()["digest"], good)
        time.sleep(7)
        totals = json.loads(client.communicate(timeout=60)[0])
        house.equal(totals["failed"], 0, totals)
        house.check(totals["requests"] > 300, totals)
        print(f"        {totals['requests']} encrypted requests, {totals['stale']} with a key of "
              "before the switch, none lost", flush=True)


house.main()
