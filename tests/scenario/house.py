"""What every scenario uses: running the built binaries, directories that vanish, free ports,
waiting without sleeping blindly, and a closing line that counts.

A scenario is a Python file of functions named test_*; its last line is `house.main()`. Each test
runs in order with a fresh directory as its argument; a failed assertion fails the scenario after
the others have run. `raise house.Skip("reason")` leaves a test out, visibly.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

SOURCE = Path(os.environ.get("TEEREX_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = SOURCE / "build" / os.environ.get("TEEREX_PRESET", "dev")
TEEREXCTL = os.environ.get("TEEREXCTL", str(BUILD / "cmd/teerexctl/teerexctl"))
PROVER = os.environ.get("TEEREX_PROVER", str(BUILD / "prover/teerex-prover"))
VECTORS = Path(os.environ.get("TEEREX_VECTORS", SOURCE / "../shared/vectors"))
NODE_MODULES = SOURCE / "tests/node/node_modules"
SKIPPED = 77


class Skip(Exception):
    """Raised by a test whose counterpart is absent; the text says what is missing."""


def need(program):
    """The path of a program, or Skip."""
    path = shutil.which(program)
    if path is None:
        raise Skip(f"{program} is not installed")
    return path


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def need_node(package=None):
    """node, and one package of tests/node, or Skip."""
    node = need("node")
    if package and not (NODE_MODULES / package).is_dir():
        raise Skip(f"{package} is not in tests/node/node_modules: run ./dev deps")
    return node


class Result:
    """How a command ended: `status` (negative for a signal), `out`, `err` as text."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def clean_env(**extra):
    """A small environment that owes nothing to who runs the tests."""
    keep = ("PATH", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env.setdefault("LANG", "C.UTF-8")
    env.update({name: str(value) for name, value in extra.items() if value is not None})
    return env


def run(*argv, env=None, cwd=None, stdin=b"", timeout=60):
    """Runs a command to its end; never raises for its status."""
    done = subprocess.run([str(part) for part in argv], env=env or clean_env(), cwd=cwd,
                          input=stdin, capture_output=True, timeout=timeout, check=False)
    return Result(done)


def ctl(*args, **options):
    """teerexctl with these arguments."""
    return run(TEEREXCTL, *args, **options)


def start(*argv, env=None, **options):
    """A process in a group of its own; end it with `stop`."""
    return subprocess.Popen([str(part) for part in argv], env=env or clean_env(),
                            start_new_session=True, **options)


def stop(process, sig=signal.SIGTERM, timeout=20):
    """Ends a process started here and returns its status."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode


def free_port():
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(question, what, timeout=20, every=0.02):
    """Asks until the answer is true and returns it; an OSError counts as no."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            answer = question()
        except OSError:
            answer = None
        if answer:
            return answer
        time.sleep(every)
    raise AssertionError(f"gave up waiting for {what} after {timeout} s")


def check(condition, context=""):
    """An assertion that prints what it knew."""
    if not condition:
        raise AssertionError(str(context))


def equal(actual, expected, context=""):
    check(actual == expected, f"expected {expected!r}, got {actual!r}\n{context}")


def contains(text, part):
    check(part in text, f"{part!r} is not in:\n{text}")


def lacks(text, part):
    check(part not in text, f"{part!r} should not be in:\n{text}")


def run_one(name, test):
    directory = Path(tempfile.mkdtemp(prefix="teerex-"))
    began = time.monotonic()
    try:
        test(directory)
        outcome, text = "ok", ""
    except Skip as skip:
        outcome, text = "skipped", f": {skip}"
    except Exception:  # pylint: disable=broad-except
        outcome, text = "FAILED", "\n" + traceback.format_exc()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{outcome:8}{name} ({time.monotonic() - began:.1f} s){text}", flush=True)
    return outcome


def main():
    """Runs the test_* functions of the calling script (those named in argv, or all) and exits."""
    script = sys.modules["__main__"]
    tests = {n: f for n, f in vars(script).items() if n.startswith("test_") and callable(f)}
    wanted = sys.argv[1:] or list(tests)
    outcomes = [run_one(name, tests[name]) for name in wanted]
    failed, skipped = outcomes.count("FAILED"), outcomes.count("skipped")
    print(f"{outcomes.count('ok')} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else SKIPPED if skipped == len(outcomes) else 0)
