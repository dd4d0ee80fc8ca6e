"""What every lint uses: the files of the tree, C without its comments and strings, findings."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else ".").resolve()
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*suffixes):
    """Paths below the root that git tracks or would track, with one of the suffixes (or all)."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode()
    names = [Path(name) for name in listed.split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()
            and (not suffixes or name.suffix in suffixes)]


def text_of(name):
    return (ROOT / name).read_text("utf-8", "replace")


def blank(match):
    """A comment or literal as spaces (a literal keeps its quotes), lines kept."""
    found = match.group(0)
    inner = re.sub(r"[^\n]", " ", found)
    return found[0] + inner[1:-1] + found[-1] if found[0] in "\"'" else inner


def code_of(name):
    """The file's C text with comments and the inside of literals blanked out."""
    return BLANKED.sub(blank, text_of(name))


def report(findings, what):
    """Prints the findings and exits: 0 when there are none."""
    for finding in findings:
        print(finding)
    print(f"{what}: {len(findings)} finding{'' if len(findings) == 1 else 's'}")
    sys.exit(1 if findings else 0)
