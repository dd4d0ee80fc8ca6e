"""What a deployment must not let through: a service that is not what it says, a release that was
damaged on its host, an answer that a gate does not accept."""

import hashlib
import os

import house
from project import Project

# Says one version to whoever deploys it and is another one when it serves.
IMPOSTOR = """#!/bin/sh
[ "$1" = --version ] && echo "teerex-prover 9.9.9 (abc)" && exit
exec %s "$@"
"""


def impostor(directory):
    script = directory / "impostor"
    script.write_text(IMPOSTOR % house.PROVER)
    script.chmod(0o755)
    return script


def instances(project):
    """The main processes of all instances that run."""
    found = set()
    for pid in project.pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                arguments = line.read().split(b"\0")
        except OSError:
            continue
        if b"--instance-id" in arguments:
            found.add(arguments[arguments.index(b"--instance-id") + 1].decode())
    return found


def test_service_that_is_not_what_it_says(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        project.build("impostor", program=impostor(directory))
        done = project.deploy(status=6)
        house.contains(done.err, "9.9.9")
        house.equal(project.host()["boot_id"], before["boot_id"], "the old one serves on")
        house.wait_for(lambda: instances(project) == {before["instance"]},
                       "the end of the instance that was refused", timeout=10)
        house.equal([row["status"] for row in project.history()], ["Failed", "Active"])


def test_first_deployment_refused(directory):
    with Project(directory) as project:
        project.build("impostor", program=impostor(directory))
        project.deploy(status=6)
        house.equal(project.host()["state"], "stopped")
        project.build("good")
        project.deploy()
        house.check(project.host()["healthy"])


def damage(path):
    """Another file of the same size and mode in its place: the running one is not touched."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    fresh = path.with_suffix(".damaged")
    fresh.write_bytes(data)
    fresh.chmod(path.stat().st_mode)
    os.replace(fresh, path)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_damaged_release_is_never_started(directory):
    with Project(directory) as project:
        project.deploy()
        program = project.state / "releases" / project.host()["digest"] / "bin/teerex-prover"
        good = sha256(program)
        project.ctl("down", "local")
        damage(program)
        house.check(sha256(program) != good)
        project.deploy()
        house.equal(sha256(program), good)
        house.check(project.host()["healthy"])


def test_gate_that_says_no(directory):
    with Project(directory) as project:
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 204}")
        project.edit("envs/local.yaml", "retries: 20, interval", "retries: 1, interval")
        project.edit("envs/local.yaml", "    retries: 20\n", "    retries: 0\n")
        done = project.deploy(status=6)
        house.contains(done.err, "gate 'answers'")
        house.equal(project.history()[0]["status"], "Failed")
        again = project.deploy(status=6)
        house.contains(again.err, "gate 'answers'")
        project.edit("envs/local.yaml", "expect: {status: 204}", "expect: {status: 200}")
        project.deploy()
        house.equal(project.history()[0]["status"], "Active")


house.main()
