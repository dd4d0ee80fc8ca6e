#!/usr/bin/env python3
"""Wrong changes that the tests must reject: a suite that lets one pass checks less than it claims.

    run.py [NAME...]        all of tests/mutants/*.patch, or those whose name contains a NAME

A patch opens with lines of its own:

    # what: the wrong change in a sentence
    # caught-by: regular expression of ctest names; at least one such test must fail

The tree is copied to build/mutants (only what changed since the last time) and built there once;
for each mutant what it touches is built again and the named tests are run. A mutant that does not
apply or does not compile is an error: it has to be made anew.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from json import loads
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
WORK = Path(os.environ.get("TEEREX_MUTANTS_DIR", SOURCE / "build/mutants"))
TREE = WORK / "tree"
BUILD = WORK / "build"
PROGRAMS = ["teerexctl", "teerex-prover", "crash", "jump"]  # what scenarios drive


class Broken(Exception):
    """The mutant, or the tree below it, cannot be judged."""


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.text = path.read_text()
        self.what = self.header("what")
        self.tests = []  # names, once ctest was asked
        self.pattern = self.header("caught-by")
        self.files = re.findall(r"^--- a/(\S+)$", self.text, re.M)
        if not self.files:
            raise Broken(f"{path.name} changes no file")

    def header(self, key):
        found = re.search(rf"^# {key}: (.+)$", self.text, re.M)
        if not found:
            raise Broken(f"{self.path.name} has no line '# {key}: ...'")
        return found[1].strip()


def run(*command, cwd=WORK, **options):
    return subprocess.run([str(part) for part in command], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def must(what, done):
    if done.returncode != 0:
        wrong = [line for line in done.stdout.splitlines() if re.search(r"error:|\*\*\*", line)]
        raise Broken(f"{what} failed:\n" + "\n".join(wrong[:20] or done.stdout.splitlines()[-20:]))
    return done.stdout


# ---- the copy ----

def source_files():
    listed = run("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=SOURCE)
    if listed.returncode == 0:
        return {name for name in listed.stdout.split("\0") if name and (SOURCE / name).is_file()}
    everything = (p.relative_to(SOURCE) for p in SOURCE.rglob("*") if p.is_file())
    return {str(p) for p in everything if p.parts[0] not in ("build", ".git")}


def same(one, other):
    return other.is_file() and one.read_bytes() == other.read_bytes()


def copy_tree():
    """Files that are as they were keep their times, so that ninja builds only what changed."""
    TREE.mkdir(parents=True, exist_ok=True)
    wanted = source_files()
    for path in list(TREE.rglob("*")):
        if path.is_file() and str(path.relative_to(TREE)) not in wanted:
            path.unlink()
    for name in wanted:
        if not same(SOURCE / name, TREE / name):
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, TREE / name)
            shutil.copymode(SOURCE / name, TREE / name)


# ---- building and testing ----

def configure():
    environment = dict(os.environ, CCACHE_BASEDIR=str(TREE), CCACHE_NOHASHDIR="1")
    os.environ.update(environment)
    quiet = "-DCMAKE_C_FLAGS=-w"  # a wrong change may leave something unused
    launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    must("configuring", run("cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja",
                            "-DCMAKE_BUILD_TYPE=Debug", quiet, *launcher))


def test_names(pattern):
    shown = must("ctest", run("ctest", "--test-dir", BUILD, "--show-only=json-v1", "-R", pattern))
    return [test["name"] for test in loads(shown[shown.index("{"):])["tests"]]


def targets_of(tests):
    targets = set()
    for test in tests:
        kind, _, name = test.partition(".")
        targets.update([name] if kind == "unit" else PROGRAMS)
    return sorted(targets)


def build(tests):
    return run("cmake", "--build", BUILD, "--target", *targets_of(tests))


def failed(tests):
    """Runs the tests; the names of those that failed, and of those that could not run."""
    report = WORK / "report.xml"
    report.unlink(missing_ok=True)
    pattern = "^(" + "|".join(re.escape(test) for test in tests) + ")$"
    run("ctest", "--test-dir", BUILD, "-R", pattern, "--stop-on-failure", "--output-junit", report)
    cases = ElementTree.parse(report).getroot().iter("testcase")
    status = {case.get("name"): case.get("status") for case in cases}
    return ([name for name, said in status.items() if said == "fail"],
            [name for name, said in status.items() if said not in ("fail", "run")])


# ---- mutants ----

def apply(mutant):
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(WORK))
    done = run("git", "apply", "-C1", "--recount", mutant.path, cwd=TREE, env=environment)
    if done.returncode != 0:
        raise Broken(f"it does not apply any more, make it anew: {done.stdout.strip()}")


def restore(mutant):
    for name in mutant.files:
        if (SOURCE / name).is_file():
            shutil.copyfile(SOURCE / name, TREE / name)


def judge(mutant):
    """The tests that reject it."""
    try:
        apply(mutant)
        must("building it", build(mutant.tests))
        return failed(mutant.tests)[0]
    finally:
        restore(mutant)


def prepare(mutants):
    """Everything built and passing as it is: else a failure would prove nothing."""
    copy_tree()
    configure()
    for mutant in mutants:
        mutant.tests = test_names(mutant.pattern)
        if not mutant.tests:
            raise Broken(f"{mutant.name}: no test is called {mutant.pattern}")
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    must("building", build(tests))
    bad, absent = failed(tests)
    if bad:
        raise Broken("these tests fail without any mutant: " + ", ".join(bad))
    for mutant in mutants:
        mutant.tests = [test for test in mutant.tests if test not in absent]


def report(mutant):
    """Prints the verdict; true when the suite is as good as it claims."""
    if not mutant.tests:
        print(f"skipped   {mutant.name}: none of its tests can run here", flush=True)
        return True
    begun = time.monotonic()
    try:
        caught = judge(mutant)
    except Broken as broken:
        print(f"BROKEN    {mutant.name}: {broken}", flush=True)
        return False
    seconds = time.monotonic() - begun
    if caught:
        print(f"rejected  {mutant.name} ({mutant.what}) by {', '.join(caught)}, {seconds:.1f} s",
              flush=True)
    else:
        print(f"PASSED    {mutant.name} ({mutant.what}): {', '.join(mutant.tests)} saw nothing",
              flush=True)
    return bool(caught)


def judge_all(wanted):
    paths = [path for path in sorted(HERE.glob("*.patch"))
             if not wanted or any(part in path.stem for part in wanted)]
    try:
        mutants = [Mutant(path) for path in paths]
        prepare(mutants)
    except Broken as broken:
        print(f"mutants: {broken}")
        return 1
    good = [report(mutant) for mutant in mutants]
    print(f"{len(good)} wrong changes, {good.count(False)} of them not rejected")
    return 0 if good and all(good) else 1


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w") as lock:  # two runs would judge each other's mutants
        fcntl.flock(lock, fcntl.LOCK_EX)
        return judge_all(sys.argv[1:])


sys.exit(main())
