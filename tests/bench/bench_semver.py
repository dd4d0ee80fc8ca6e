"""Sorting versions, as upstream's registry holds them, beside npm's semver; both must come to the
same order. Start-up and reading are not counted, parsing is."""

import os
import random
import subprocess

import measure
from measure import house

ROUNDS = 7
TOOL = house.SOURCE / "build" / os.environ.get("TEEREX_PRESET", "dev") / "tests/tools/semver_tool"


def version(chance):
    core = f"{chance.randint(0, 6)}.{chance.randint(0, 30)}.{chance.randint(0, 20)}"
    date = f"{chance.randint(2023, 2026)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    tail = chance.choice(["", "", f"-rc.{chance.randint(1, 40)}", f"-nightly.{date}",
                          f"-nightly.{date}-{chance.randint(2, 5)}",
                          f"-devnet.{chance.randint(1, 9)}-patch.{chance.randint(1, 9)}",
                          f"-commit.a{chance.getrandbits(36):x}"])
    return core + tail


def sorted_by(command, text):
    """Milliseconds that passed, those of the processor, and the sorted lines."""
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True,
                          check=True, text=True)
    passed, worked = done.stderr.split()
    return float(passed), float(worked), done.stdout


def rounds(commands, count):
    """{name: [(passed, worked), …]}, in turn."""
    chance = random.Random(count)
    text = "".join(f"{version(chance)}\n" for _ in range(count))
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        orders = set()
        for name, command in commands.items():
            passed, worked, order = sorted_by(command, text)
            times[name].append((passed, worked))
            orders.add(order)
        house.check(len(orders) == 1, "the orders differ")
    return times


def main():
    node = house.need_node("semver")
    commands = {"ours": [TOOL, "sort"],
                "npm semver": [node, house.SOURCE / "tests/node/semver_sort.mjs"]}
    print("| versions | sorted by | ms | ms of the processor | ours / it |\n|--:|---|--:|--:|--:|")
    for count in (10_000, 100_000):
        times = rounds(commands, count)
        for name, pairs in times.items():
            passed, worked = ([pair[i] for pair in pairs] for i in (0, 1))
            ours = [pair[0] for pair in times["ours"]]
            print(f"| {count:,} | {name} | {measure.median(passed):.1f} "
                  f"| {measure.median(worked):.1f} | {measure.ratio(ours, passed):.3f} |")


main()
