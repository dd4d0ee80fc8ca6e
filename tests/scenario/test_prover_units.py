# timeout: 60
"""systemd agrees with our units, and hands its sockets over to us."""

import re

import house
from prover_kit import Prover

UNITS = house.SOURCE / "prover/systemd"


def test_units_are_valid(directory):
    analyze = house.need("systemd-analyze")
    socket = (UNITS / "teerex-prover.socket").read_text()
    service = (UNITS / "teerex-prover@.service").read_text()
    (directory / "teerex-prover.socket").write_text(socket)
    (directory / "teerex-prover@main.service").write_text(
        service.replace("/usr/bin/teerex-prover", house.PROVER))
    result = house.run(analyze, "verify", directory / "teerex-prover.socket",
                       directory / "teerex-prover@main.service")
    ours = [line for line in result.err.splitlines() if "teerex" in line]
    house.equal((result.status, ours), (0, []), result)


def test_exposure_stays_low(directory):
    analyze = house.need("systemd-analyze")
    unit = directory / "teerex-prover@main.service"
    unit.write_text((UNITS / "teerex-prover@.service").read_text())
    result = house.run(analyze, "security", "--offline=true", unit)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", result.out)
    house.check(level and float(level.group(1)) <= 2.0, result)


def test_unit_names_the_options_that_exist(_):
    text = house.run(house.PROVER, "--help").out
    start = re.search(r"^ExecStart=\S+ (.*)$", (UNITS / "teerex-prover@.service").read_text(), re.M)
    for option in re.findall(r"--[a-z-]+", start.group(1)):
        house.contains(text, option + " ")


def test_socket_activation_by_systemd(directory):
    """systemd-socket-activate starts the service at the first connection, which is then served."""
    activate = house.need("systemd-socket-activate")
    port = house.free_port()
    log = directory / "log"
    with open(log, "wb") as out:
        process = house.start(activate, "-l", f"127.0.0.1:{port}", "--fdname=public", house.PROVER,
                              "--instance-id", "activated", stderr=out)
    house.wait_for(lambda: "Listening on" in log.read_text(), "systemd-socket-activate")
    client = Prover.__new__(Prover)
    client.port, client.process = port, process
    house.equal(client.get("/health").json()["instanceId"], "activated")
    house.equal(house.stop(process), 0)
    house.contains(log.read_text(), "passed in")


house.main()
