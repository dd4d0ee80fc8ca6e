"""Start-up: `teerexctl --version` beside `gh --version` and a C program that does nothing."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import measure
from measure import house

RUNS = 50


def nothing(directory):
    source = Path(directory, "nothing.c")
    source.write_text("int main(void){return 0;}")
    subprocess.run(["cc", "-O2", "-o", Path(directory, "nothing"), source], check=True)
    return Path(directory, "nothing")


def main():
    with tempfile.TemporaryDirectory() as directory:
        commands = {"teerexctl --version": [house.TEEREXCTL, "--version"],
                    "C, does nothing": [nothing(directory)]}
        if shutil.which("gh"):
            commands["gh --version"] = ["gh", "--version"]
        times = measure.in_turn(commands, runs=RUNS)
    print("| command | median ms | p99 ms | teerexctl / it |\n|---|---|---|---|")
    ours = times["teerexctl --version"]
    for name, values in times.items():
        print(f"| `{name}` | {measure.median(values):.2f} | {measure.percentile(values, .99):.2f} "
              f"| {measure.ratio(ours, values):.2f} |")
    if "gh --version" not in times:
        print("\ngh is not installed: not compared.")


main()
