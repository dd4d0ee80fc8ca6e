"""Deploying to `local`: the no-op plan and deployment, a full one, and ten in a row under a load of
encrypted requests, of which none may fail."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
from measure import house

sys.path.insert(0, str(Path(house.__file__).parent))
from project import Project  # noqa: E402  pylint: disable=wrong-import-position

ROUNDS = 10
SHORT, IDLE = 4, 16


def noop(project):
    command = [house.TEEREXCTL, "--project", project.source]
    times = measure.in_turn({"plan": [*command, "plan", "local"],
                             "deploy": [*command, "deploy", "local"],
                             "status": [*command, "status", "local"]}, runs=20, env=project.env)
    print("| nothing to do | median ms | p99 ms |\n|---|---|---|")
    for name, values in times.items():
        print(f"| `teerexctl {name} local` | {measure.median(values):.1f} "
              f"| {measure.percentile(values, .99):.1f} |")
    print()


def under_load(project):
    node = house.need_node("openpgp")
    load = subprocess.Popen([node, house.SOURCE / "tests/node/load.mjs", project.url, str(SHORT),
                             str(IDLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    load.stdout.readline()
    took = []
    for index in range(ROUNDS):
        project.build(f"round {index}")
        began = time.perf_counter()
        project.deploy()
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(1)
    time.sleep(5)
    out, _ = load.communicate(timeout=60)
    return took, json.loads(out)


def main():
    with tempfile.TemporaryDirectory() as directory, Project(directory) as project:
        began = time.perf_counter()
        project.deploy()
        print(f"First deployment, nothing there before: {(time.perf_counter() - began) * 1000:.0f} ms.\n")
        noop(project)
        try:
            took, totals = under_load(project)
        except house.Skip as skip:
            print(f"skipped: {skip}")
            return
        print(f"{ROUNDS} deployments in a row under load ({SHORT} clients with a connection a request, "
              f"{IDLE} idling 0 to 4 s between requests on one connection):\n")
        print("| requests | failed | stale keys (encrypted once more) | deployment, median ms | worst ms |")
        print("|---|---|---|---|---|")
        print(f"| {totals['requests']} | {totals['failed']} | {totals['stale']} "
              f"| {measure.median(took):.0f} | {max(took):.0f} |")
        for failure in totals["failures"]:
            print(f"- {failure}")


main()
