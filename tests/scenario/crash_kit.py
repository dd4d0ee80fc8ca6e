"""A deployment whose every process can be ended, and whose every call can be made to fail, at a
point that the test names: the test's side of tests/tools/crash.c."""

import ctypes
import errno
import http.client
import mmap
import os
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import house
from project import Project, read_json

TOOLS = Path(os.environ.get("TEEREX_TOOLS", house.SOURCE / "build/dev/tests/tools"))
ROLES = ("nobody", "teerexctl", "lease keeper", "supervisor", "supervisor's keeper",
         "prover monitor", "prover front", "prover vault", "prover worker")
ROLE = {name: number for number, name in enumerate(ROLES)}
CLASSES = ("effect", "space", "descriptor", "record")
COUNT_ONLY, DIE_BEFORE, DIE_AFTER, FAIL, KILL_OTHER = range(5)
LOG_MAX = 8192


class Entry(ctypes.Structure):
    """One call, as crash.c logs it."""
    _fields_ = [("role", ctypes.c_uint32), ("classes", ctypes.c_uint32),
                ("index", ctypes.c_uint32 * len(CLASSES)),
                ("name", ctypes.c_char * 24), ("detail", ctypes.c_char * 72)]


class Shared(ctypes.Structure):
    """struct control of crash.c."""
    _fields_ = [("epoch", ctypes.c_uint32), ("mode", ctypes.c_uint32), ("role", ctypes.c_uint32),
                ("kind", ctypes.c_uint32), ("index", ctypes.c_uint32), ("error", ctypes.c_uint32),
                ("victim", ctypes.c_uint32), ("fired", ctypes.c_uint32),
                ("logged", ctypes.c_uint32), ("fired_pid", ctypes.c_uint32),
                ("fired_ns", ctypes.c_uint64),
                ("counts", ctypes.c_uint32 * len(CLASSES) * len(ROLES)),
                ("pids", ctypes.c_uint32 * len(ROLES)), ("log", Entry * LOG_MAX)]


class Point:
    """Where something goes wrong: the role's call number `index` of class `kind`."""

    def __init__(self, role, kind, index, mode=DIE_BEFORE, error=0, victim=None):
        self.role, self.kind, self.index = role, kind, index
        self.mode, self.error, self.victim = mode, error, victim

    def __str__(self):
        what = {DIE_BEFORE: "killed before", DIE_AFTER: "killed after", KILL_OTHER: "kills",
                FAIL: errno.errorcode.get(self.error, "fails")}[self.mode]
        return f"{self.role}: {what} {self.victim or ''} {self.kind} {self.index}"


class Control:
    """The shared file: arms a point, counts, remembers."""

    def __init__(self, path):
        self.path = path
        with open(path, "w+b") as file:
            file.truncate(ctypes.sizeof(Shared))
            self.map = mmap.mmap(file.fileno(), ctypes.sizeof(Shared))
        self.shared = Shared.from_buffer(self.map)

    def arm(self, point=None):
        """Counting begins again; without a point nothing happens but that."""
        s = self.shared
        s.mode = COUNT_ONLY
        s.fired = s.logged = s.fired_pid = s.fired_ns = 0
        ctypes.memset(ctypes.byref(s.counts), 0, ctypes.sizeof(s.counts))
        s.epoch += 1
        if point is not None:
            s.role, s.kind, s.index = ROLE[point.role], CLASSES.index(point.kind), point.index
            s.error, s.victim = point.error, ROLE.get(point.victim, 0)
            s.mode = point.mode

    def disarm(self):
        self.shared.mode = COUNT_ONLY

    def fired(self):
        return bool(self.shared.fired)

    def fired_at(self):
        """On time.monotonic()'s clock."""
        return self.shared.fired_ns / 1e9

    def count(self, role, kind):
        return self.shared.counts[ROLE[role]][CLASSES.index(kind)]

    def calls(self, role, kind):
        """The role's calls of a class in their order: [(name, detail)]."""
        at = CLASSES.index(kind)
        logged = [self.shared.log[i] for i in range(min(self.shared.logged, LOG_MAX))]
        return [(e.name.decode(), e.detail.decode()) for e in logged
                if e.role == ROLE[role] and e.classes & 1 << at]


class Visitor(threading.Thread):
    """Asks the public port all the time, on connections of its own; counts who got no answer."""

    def __init__(self, port, every=0.004):
        super().__init__(daemon=True)
        self.port, self.every = port, every
        self.asked, self.lost, self.ending = 0, [], False

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            answer = connection.getresponse()
            answer.read()
            return None if answer.status == 200 else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()

    def run(self):
        while not self.ending:
            wrong = self.ask()
            self.asked += 1
            if wrong:
                self.lost.append((time.monotonic(), wrong))
            time.sleep(self.every)

    def end(self):
        self.ending = True
        self.join()


def crash_library():
    path = TOOLS / "crash.so"
    if not path.exists():
        raise house.Skip("crash.so is not built (a sanitizer wants to be loaded first)")
    with open(house.TEEREXCTL, "rb") as program:
        if b"__asan_init" in program.read():
            raise house.Skip("a sanitizer wants to be loaded before crash.so")
    return path


class Lab(Project):
    """A project that runs under crash.so from its first deployment on."""

    def __init__(self, directory, idle="200ms"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        self.small = Path(directory) / "teerex-prover"
        subprocess.run(["strip", "-o", self.small, house.PROVER], check=True)
        super().__init__(directory, idle=idle)
        self.control = Control(self.directory / "control")
        self.env.update(LD_PRELOAD=str(crash_library()), CRASH_CONTROL=str(self.control.path))
        self.builds = 0

    def build(self, mark, program=None):
        super().build(mark, program or self.small)

    def next_build(self):
        """Another release, so that there is everything to do."""
        self.builds += 1
        self.build(f"build {self.builds}")

    def crash(self, point, *args, timeout=60):
        """A deployment that meets the point; whether it was reached."""
        self.control.arm(point)
        done = self.ctl(*(args or ("deploy", "local")), timeout=timeout)
        return done, self.control.fired()

    def count(self):
        """An undisturbed deployment, counted."""
        self.next_build()
        self.control.arm()
        self.deploy()
        self.control.disarm()

    # ---- recovering ----

    def recover(self, limit=15):
        """Resumes, from another directory, then deploys until it is done; true when resuming was
        all it took. A held lease is worth another try; a release that was gone back from, because
        its process was killed after the switch, has to be asked for."""
        began, again = time.monotonic(), []
        self.control.disarm()
        resumed = self.resume(limit)
        while True:
            done = self.ctl("deploy", "local", *again)
            if done.status == 0:
                return resumed and "nothing to do" in done.out
            if "--again" in done.err and not again:
                again = ["--again"]
                continue
            house.check(done.status in (5, 75) and time.monotonic() - began < limit,
                        f"the recovery failed: {done}")
            time.sleep(0.05)

    def resume(self, limit):
        """Whether a run was open and is done now. What had to be given up is the next
        deployment's: the plan is stale, or the service that was killed is not what it said."""
        began = time.monotonic()
        while True:
            done = house.ctl("resume", "--env", "local", env=self.env, cwd="/")
            if done.status not in (5, 75) or time.monotonic() - began > limit:
                break
            time.sleep(0.05)
        house.check(done.status in (0, 1, 6, 7, 10, 12), f"resume: {done}")
        return done.status == 0 and "nothing to resume" not in done.out

    # ---- what must be so afterwards ----

    def store(self):
        return sqlite3.connect(f"file:{self.state}/store.db?mode=ro", uri=True, timeout=10)

    def ask_store(self, question, *values):
        store = self.store()
        try:
            return store.execute(question, values).fetchall()
        finally:
            store.close()

    def roster(self):
        return read_json(self.service() / "state.json")["instances"]

    def commands(self):
        """{pid: argv} of this project's processes."""
        found = {}
        for pid in self.pids():
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
        return found

    def settled(self):
        """One supervisor with its keeper, and one instance."""
        commands = list(self.commands().values())
        supervisors = [argv for argv in commands if argv[1:2] == ["supervise"]]
        names = {argv[argv.index("--instance-id") + 1] for argv in commands
                 if "--instance-id" in argv}
        return len(supervisors) == 2 and len(names) == 1 and \
            len(supervisors) + len([a for a in commands if "--instance-id" in a]) == len(commands)

    def litter(self):
        """What only somebody who was killed leaves behind."""
        return [str(path.relative_to(self.state)) for path in self.state.rglob("*")
                if ".staging-" in path.name or ".teerex-" in path.name or ".new-" in path.name]

    def check_converged(self, lasting=False):
        """Everything that must hold after any recovery; AssertionError says what does not.
        `lasting`: what could not be removed may stay until there is something to deploy."""
        plan = self.ctl("plan", "local", "--detailed-exitcode", "--format", "json")
        house.equal(plan.status, 0, f"something is left to do: {plan}")
        verified = self.ctl("history", "local", "--verify")
        house.equal(verified.status, 0, verified)
        house.check(not self.lease_held(), self.ask_store("SELECT * FROM lease"))
        self.check_once()
        try:
            house.wait_for(self.settled, "the end of every other process", timeout=10, every=0.03)
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.commands()}") from None
        house.equal([i["state"] for i in self.roster() if i["state"] not in ("exited", "draining")],
                    ["active"], self.roster())
        if lasting and self.litter():
            self.next_build()
            self.deploy()
        house.equal(self.litter(), [], "temporary files")

    def lease_held(self):
        """By somebody who lives: one who is dead holds nothing."""
        return any(held and Path(f"/proc/{pid}").exists()
                   for held, pid in self.ask_store("SELECT held, pid FROM lease"))

    def check_once(self):
        """No effect happened twice. (A run that failed goes back, by the same actions.)"""
        twice = self.ask_store("SELECT json_extract(payload, '$.instance') i, count(*) FROM chain "
                               "WHERE kind = 'deployed' GROUP BY i HAVING count(*) > 1")
        house.equal(twice, [], "an event is told once")
        twice = self.ask_store("SELECT run, action, count(*) FROM journal WHERE kind = 'effect' "
                               "AND action NOT LIKE 'gate.run:%' "
                               "AND action NOT LIKE 'instance.check:%' AND run NOT IN "
                               "(SELECT run FROM journal WHERE kind = 'failed') "
                               "GROUP BY run, action HAVING count(*) > 1")
        house.equal(twice, [], "an action that is no question has one effect")

    def forget_old_releases(self):
        """Keeps the disk small: a hundred points are a hundred releases."""
        current = (self.service() / "current").resolve().name
        for path in (self.state / "releases").iterdir():
            if path.name != current and not path.name.startswith("."):
                subprocess.run(["rm", "-rf", path], check=True)

    def kill(self, role):
        """kill -9 from outside of the youngest process of a role."""
        os.kill(self.control.shared.pids[ROLE[role]], signal.SIGKILL)
