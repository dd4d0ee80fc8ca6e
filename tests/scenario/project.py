"""A project in a directory of its own, deployed to `local` for real: the built prover, a state
directory that is not the user's, a port that was free."""

import json
import os
import shutil
import signal
from pathlib import Path

import house

TEEREX_YAML = """version: 1
project:
  name: scenario
components:
  prover:
    artifact:
      files:
        - {from: build/teerex-prover, to: bin/teerex-prover, mode: "0755"}
    command: [bin/teerex-prover]
    health: /healthz
"""

LOCAL_YAML = """version: 1
profile: untrusted
hosts:
  here: {transport: local}
components:
  prover:
    hosts: [here]
    manager: own
    listen: "127.0.0.1:%(port)d"
    drain: {idle: %(idle)s, max: 30s}
    gates: [release]
gates:
  release: {kind: release, component: prover, timeout: 5s, retries: 20, interval: 100ms}
  answers:
    kind: http
    component: prover
    url: "{{address}}/healthz"
    expect: {status: 200}
    timeout: 5s
    retries: 20
    interval: 100ms
"""


class Project:
    """Use as a context manager: what was started is ended, whatever happened."""

    def __init__(self, directory, idle="6s"):
        self.directory = Path(directory)
        self.state = self.directory / "state"
        self.source = self.directory / "project"
        self.port = house.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = house.clean_env(TEEREX_STATE_DIR=self.state, HOME=self.directory)
        (self.source / "envs").mkdir(parents=True)
        (self.source / "build").mkdir()
        self.write("teerex.yaml", TEEREX_YAML)
        self.write("envs/local.yaml", LOCAL_YAML % {"port": self.port, "idle": idle})
        self.build("first")

    def write(self, name, text):
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name, old, new):
        path = self.source / name
        text = path.read_text()
        house.contains(text, old)
        path.write_text(text.replace(old, new))

    def build(self, mark, program=None):
        """A build that differs from every other one: the prover with bytes behind its end."""
        target = self.source / "build/teerex-prover"
        fresh = target.with_suffix(".new")
        shutil.copy(program or house.PROVER, fresh)
        with fresh.open("ab") as out:
            out.write(b"\n" + mark.encode())
        os.replace(fresh, target)

    def ctl(self, *args, env=None, **options):
        return house.ctl(*args, env={**self.env, **(env or {})}, cwd=self.source, **options)

    def deploy(self, *args, status=0, **options):
        done = self.ctl("deploy", "local", *args, **options)
        house.equal(done.status, status, done)
        return done

    def status(self):
        done = self.ctl("status", "local", "--format", "json")
        house.equal(done.status, 0, done)
        return done.json()

    def host(self):
        return self.status()["components"][0]["hosts"][0]

    def history(self):
        done = self.ctl("history", "local", "--format", "json")
        house.equal(done.status, 0, done)
        return done.json()

    def service(self):
        return self.state / "services/local-prover"

    def pids(self):
        """Every process whose command line names this project's state directory."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.state).encode() in entry.read_bytes():
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    def kill_all(self):
        """Ends what this project started, and nothing else."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Again and again: whoever is killed may have somebody who takes its place.
        house.wait_for(lambda: self.kill_all() or not self.pids(), "the processes' end")


def read_json(path):
    return json.loads(Path(path).read_text())
