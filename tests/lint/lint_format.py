"""Every C file is as clang-format leaves it. Skipped where clang-format 14 is not installed."""

import shutil
import subprocess
import sys

import tree


def main():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if tool is None:
        print("skipped: clang-format is not installed")
        sys.exit(77)
    names = [str(name) for name in tree.files(".c", ".h")]
    done = subprocess.run([tool, "--dry-run", *names], cwd=tree.ROOT, capture_output=True,
                          check=False, text=True)
    found = sorted({line.split(": warning")[0] for line in done.stderr.splitlines()
                    if ": warning" in line})
    tree.report([f"{where}: not formatted (./dev fmt)" for where in found], "format")


main()
