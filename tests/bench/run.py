"""Runs the benchmarks (all, or those named) and prints the tables of docs/benchmarks.md.

    ./dev bench [NAME…]

A benchmark is a file bench_NAME.py that prints Markdown; status 77 means that something it needs is
absent, and its last line says what."""

import subprocess
import sys
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent


def main():
    known = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    wanted = sys.argv[1:] or list(known)
    print(f"Measured on {measure.machine()}.\n")
    failed = 0
    for name in wanted:
        if name not in known:
            sys.exit(f"no benchmark {name!r}; there are: {' '.join(known)}")
        print(f"## {name}\n", flush=True)
        status = subprocess.run([sys.executable, known[name]], check=False).returncode
        failed += status not in (0, 77)
        print(flush=True)
    sys.exit(1 if failed else 0)


main()
