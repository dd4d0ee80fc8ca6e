"""Measuring fairly: two commands in turn (A B A B …), medians, and the ratio pair by pair, so that
a comparison holds when the machine's speed drifts."""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenario"))
import house  # noqa: E402  pylint: disable=wrong-import-position,unused-import


def once(argv, env=None, cwd=None):
    """Wall milliseconds of one run; its status must be one of those allowed (0 and 2)."""
    began = time.perf_counter()
    done = subprocess.run([str(a) for a in argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    took = (time.perf_counter() - began) * 1000
    if done.returncode not in (0, 2):
        raise SystemExit(f"{argv}: status {done.returncode}")
    return took


def in_turn(commands, runs=30, warmup=3, env=None):
    """{name: [ms, …]} of the commands run in turn."""
    times = {name: [] for name in commands}
    for index in range(runs + warmup):
        for name, argv in commands.items():
            took = once(argv, env=env)
            if index >= warmup:
                times[name].append(took)
    return times


def median(values):
    return statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ratio(ours, theirs):
    """Median of the ratios of the pairs."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def memory_kib(pid):
    """(RSS, PSS) of a process in KiB."""
    rss = pss = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            rss = int(line.split()[1])
        elif line.startswith("Pss:"):
            pss = int(line.split()[1])
    return rss, pss


def children_of(pid):
    """The process and everything below it."""
    found = [pid]
    for task in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((task / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found += children_of(int(task.name))
    return found


def allow_many_files():
    """As many descriptors as the machine gives."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def machine():
    """One line about where this was measured."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{os.cpu_count()} cores, {model}, Linux {os.uname().release}"
