"""Sorting versions, as upstream's registry holds them, beside npm's semver; both must come to the
same order. Start-up and reading are not counted, parsing is."""

import os
import random
import subprocess

import measure
from measure import house

ROUNDS = 5
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
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True,
                          check=True, text=True)
    return float(done.stderr), done.stdout


def main():
    node = house.need_node("semver")
    print("| versions | ours ms | npm semver ms | ours / npm |\n|---|---|---|---|")
    for count in (10_000, 100_000):
        chance = random.Random(count)
        text = "".join(f"{version(chance)}\n" for _ in range(count))
        ours, theirs = [], []
        for _ in range(ROUNDS):
            took, result = sorted_by([TOOL, "sort"], text)
            other, expected = sorted_by([node, house.SOURCE / "tests/node/semver_sort.mjs"], text)
            house.check(result == expected, "the orders differ")
            ours.append(took)
            theirs.append(other)
        print(f"| {count:,} | {measure.median(ours):.1f} | {measure.median(theirs):.0f} "
              f"| {measure.ratio(ours, theirs):.3f} |")


main()
