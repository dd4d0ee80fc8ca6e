# labels: slow nspawn
# timeout: 1500
"""The systemd backend in a host with a real systemd, before and after a reboot."""

from pathlib import Path

import house
from systemd_host import Host

PROVER = Path(house.PROVER).parent
BINARIES = Path(house.TEEREXCTL).parents[2] / "tests/unit"


def test_units_keep_a_service_and_a_reboot_brings_it_back(directory):
    host = Host(directory)
    try:
        for phase in ("before", "after"):
            status, text = host.boot_and_run(f"/test/test_supervise_systemd {phase}",
                                             binds=[(BINARIES, "/test"), (PROVER, "/prover")])
            house.equal(status, 0, f"{phase}:\n{text}")
            house.contains(text, "[  PASSED  ]")
    finally:
        host.close()


house.main()
