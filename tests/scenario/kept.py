"""A service kept by a supervisor, for scenarios: its directory, its control socket, load on it."""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import house

FAKE = house.SOURCE / "tests/fakes/service.py"
DEFAULTS = {"restart_first_ms": 20, "restart_max": 4, "ready_max_ms": 20000,
            "drain_max_ms": 20000}


def control(directory, request, timeout=20):
    """One request on the control socket; the answer as a dict."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(timeout)
        s.connect(str(directory / "control.sock"))
        s.sendall(json.dumps({"v": 1, **request}).encode() + b"\n")
        return json.loads(b"".join(iter(lambda: s.recv(65536), b"")))


class Kept:
    """A service directory and what one does to it."""

    def __init__(self, directory, **settings):
        self.dir = directory / "service"
        self.dir.mkdir()
        self.port = house.free_port()
        self.fence = 1
        text = {"version": 1, "name": "local-test", "exe": house.TEEREXCTL,
                "listen": f"127.0.0.1:{self.port}", **DEFAULTS, **settings}
        (self.dir / "service.json").write_text(json.dumps(text))
        self.process = None

    def begin(self):
        read, write = os.pipe()
        self.process = house.start(house.TEEREXCTL, "supervise", "--dir", self.dir, "--report-fd",
                                   write, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as report:
            return json.loads(report.readline() or '{"ok":false,"message":"no report"}')

    def ask(self, op, **more):
        return control(self.dir, {"op": op, "fence": self.fence, **more})

    def done(self, op, **more):
        answer = self.ask(op, **more)
        house.check(answer["ok"], answer)
        return answer["status"]

    def start(self, name, *flags, **more):
        argv = [sys.executable, str(FAKE), name, "--hold", *flags]
        return self.ask("start", id=name, release_dir="/tmp", argv=argv,
                        env=["PATH=/usr/bin:/bin"], **more)

    def status(self):
        return self.done("status")

    def instance(self, name):
        return next((i for i in self.status()["instances"] if i["id"] == name), None)

    def wait_state(self, name, state):
        house.wait_for(lambda: self.instance(name)["state"] == state, f"{name} to be {state}")
        return self.instance(name)

    def swap(self, name, *flags):
        answer = self.start(name, *flags)
        house.check(answer["ok"], answer)
        self.wait_state(name, "held")
        return self.done("promote", id=name)

    def get(self, path="/"):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as s:
            s.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = b"".join(iter(lambda: s.recv(4096), b""))
        house.check(answer.startswith(b"HTTP/1.0 200"), answer)
        return answer.partition(b"\r\n\r\n")[2].decode()

    def supervisor(self):
        return self.status()["pid"]

    def keeper(self):
        """The process that takes the supervisor's place."""
        for pid in self.family():
            if Path(f"/proc/{pid}/comm").read_text().strip() == "teerex-keeper":
                return pid
        return None

    def log(self):
        return (self.dir / "log/local-test.log").read_text(errors="replace")

    def family(self):
        """The supervisor, its keeper and the instances: whose command line names the directory."""
        mine = str(self.dir).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mine in Path(f"/proc/{pid}/cmdline").read_bytes():
                    yield int(pid)
            except OSError:
                pass

    def end(self):
        """Kills whatever is left; again and again, since the family members revive each other."""
        try:
            for instance in self.status()["instances"]:
                if instance["pid"]:
                    os.kill(instance["pid"], signal.SIGKILL)
        except OSError:
            pass
        left = list(self.family())
        while left:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.process:
                self.process.poll()
            left = list(self.family())


def kept(test):
    """Gives the test a running, empty service and ends what it leaves."""
    def wrapped(directory):
        service = Kept(directory)
        try:
            answer = service.begin()
            house.check(answer["ok"], answer)
            test(service)
        finally:
            service.end()
    return wrapped


class Load:
    """Short connections from several threads; counts answers and failures."""

    def __init__(self, service, threads=4):
        self.service, self.stopping = service, False
        self.answers, self.failures = {}, []
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        while not self.stopping:
            try:
                name = self.service.get()
                self.answers[name] = self.answers.get(name, 0) + 1
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join()
