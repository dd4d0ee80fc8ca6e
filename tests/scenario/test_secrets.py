"""A thousand secrets, planted by reference and in the environment: what a deployment writes,
shows, runs and leaves behind is searched for them, the good deployments' and the failed ones'."""
# timeout: 200

import base64
import os
import random
import re
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

import house
from project import Project

ROUNDS, EACH = 20, 50  # a service has room for 64 variables
# state.json (0600) holds what the next supervisor starts instances with: docs/supervise.md.
DOCUMENTED = ("services/local-prover/state.json",)
SECRET = re.compile(rb"planted-[0-9a-f]{24}")


def make_secrets():
    chance = random.Random(20261120)
    return [f"planted-{chance.getrandbits(96):024x}" for _ in range(ROUNDS * EACH)]


def reference(project, mine):
    """The environment file names this round's secrets."""
    lines = "".join(f"      KEY_{i}: env:SECRET_{i}\n" for i in mine)
    path = project.source / "envs/local.yaml"
    head = path.read_text().split("    secrets:\n")
    tail = re.sub(r"^      KEY_.*\n", "", head[1], flags=re.M) if len(head) > 1 else None
    if tail is None:
        before, after = head[0].split("    hosts: [here]\n")
        head, tail = [before + "    hosts: [here]\n"], after
    path.write_text(head[0] + "    secrets:\n" + lines + tail)


class CommandLines(threading.Thread):
    """Reads every process's command line all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.found, self.looked, self.ending = set(), 0, False

    def run(self):
        while not self.ending:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.found.update(SECRET.findall(path.read_bytes()))
                    self.looked += 1
                except OSError:
                    continue
            time.sleep(0.01)


def search(text, where, leaks):
    """The secrets as they are, and in base64 (any of three offsets shows the middle)."""
    for secret in SECRET.findall(text):
        leaks.append(f"{where}: {secret[:12].decode()}…")
    for offset in range(3):
        if base64.b64encode(b"x" * offset + b"planted-")[4:10] in text:
            leaks.append(f"{where}: base64")


def search_files(project, leaks):
    for path in list(project.state.rglob("*")) + list(project.source.rglob("*")):
        name = str(path.relative_to(project.directory))
        if not path.is_file() or path.is_symlink() or name.endswith("teerex-prover"):
            continue
        if name.removeprefix("state/") in DOCUMENTED:
            house.equal(path.stat().st_mode & 0o777, 0o600, f"{name} is nobody else's")
            continue
        search(path.read_bytes(), name, leaks)


def test_a_thousand_secrets(directory):
    secrets, leaks = make_secrets(), []
    everything = {f"SECRET_{i}": secret for i, secret in enumerate(secrets)}
    watcher = CommandLines()
    with Project(directory, idle="100ms") as project:
        project.env.update(everything)
        watcher.start()
        for number in range(ROUNDS):
            reference(project, range(number * EACH, (number + 1) * EACH))
            for verb in (["config", "show", "local", "--origin"], ["plan", "local"],
                         ["deploy", "local", *(["--format", "json"] if number % 2 else [])],
                         ["status", "local", "--format", "json"], ["history", "local"]):
                done = project.ctl(*verb)
                house.equal(done.status, 0, done)
                search((done.out + done.err).encode(), " ".join(verb), leaks)
        held = project.service() / "state.json"
        house.check(SECRET.search(held.read_bytes()), "the service is given its secrets")
        watcher.ending = True
        watcher.join()
        search_files(project, leaks)
    house.equal(watcher.found, set(), "command lines")
    house.check(watcher.looked > 1000)
    house.equal(leaks, [])


def test_a_service_that_tells_its_secrets(directory):
    """It writes them and dies: its words are shown and written down without them."""
    leaks, secret = [], make_secrets()[0]
    with Project(directory) as project:
        project.env["SECRET_0"] = secret
        reference(project, [0])
        script = directory / "teller"
        script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "teerex-prover 9.9.9 (abc)" && '
                          'exit\necho "the key is $KEY_0" >&2\nexit 4\n')
        script.chmod(0o755)
        project.build("x", program=script)
        done = project.ctl("deploy", "local")
        house.equal(done.status, 1, done)
        house.contains(done.err, "the key is ***")
        search((done.out + done.err).encode(), "output", leaks)
        for verb in (["status", "local"], ["history", "local", "--format", "json"]):
            told = project.ctl(*verb)
            search((told.out + told.err).encode(), " ".join(verb), leaks)
        for path in project.state.glob("store.db*"):
            search(path.read_bytes(), path.name, leaks)
        search((project.state / "DEPLOYMENTS.md").read_bytes(), "the ledger", leaks)
    house.equal(leaks, [])


def unlimited_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_no_core_is_left(directory):
    """Killed with SIGABRT, nobody who has secrets leaves a picture of his memory."""
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"):
        raise house.Skip("core dumps go to a program here")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        raise house.Skip("core dumps are forbidden here")
    leaks = []
    with Project(directory) as project:
        project.env["SECRET_0"] = make_secrets()[0]
        reference(project, [0])
        run = house.start(house.TEEREXCTL, "deploy", "local", env=project.env, cwd=project.source,
                          stderr=subprocess.DEVNULL, preexec_fn=unlimited_cores)
        house.wait_for(lambda: project.pids(), "processes", every=0.001)
        if run.poll() is None:
            os.kill(run.pid, signal.SIGABRT)
        run.wait()
        project.ctl("deploy", "local")
        for pid in project.pids():
            limits = Path(f"/proc/{pid}/limits").read_text()
            house.check(re.search(r"Max core file size +0 ", limits), f"{pid}: {limits}")
            try:
                os.kill(pid, signal.SIGABRT)
            except ProcessLookupError:
                pass
        cores = [path for path in directory.rglob("core*") if path.is_file()]
        house.equal(cores, [])
        search_files(project, leaks)
    house.equal(leaks, [])


house.main()
