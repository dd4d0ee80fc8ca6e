"""Blocks of Markdown that are generated from the command table are what the binary says now:
between `<!-- commands:begin -->` and `<!-- commands:end -->` the table of commands, between
`<!-- exits:begin -->` and `<!-- exits:end -->` the exit statuses. `--fix` writes them anew."""

import os
import re
import subprocess
import sys

import tree

BLOCKS = {"commands": ["docs", "table"], "exits": ["docs", "exits"]}
NEEDED = {"README.md": ["commands", "exits"], "docs/output.md": ["exits"]}
MARK = re.compile(r"(<!-- (\w+):begin -->\n)(.*?)(<!-- \2:end -->)", re.S)
BINARY = os.environ.get("TEEREXCTL", str(tree.ROOT / "build/dev/cmd/teerexctl/teerexctl"))


def generated(block):
    return subprocess.run([BINARY, *BLOCKS[block]], capture_output=True, check=True,
                          text=True).stdout


def renewed(text):
    return MARK.sub(lambda m: m[1] + (generated(m[2]) if m[2] in BLOCKS else m[3]) + m[4], text)


def check(name, fix):
    text = tree.text_of(name)
    present = [found[1] for found in MARK.findall(text)]
    for block in NEEDED.get(str(name), []):
        if block not in present:
            yield f"{name}: no block <!-- {block}:begin --> … <!-- {block}:end -->"
    new = renewed(text) if present else text
    if new != text and fix:
        (tree.ROOT / name).write_text(new, "utf-8")
    elif new != text:
        yield f"{name}: not what the command table says (./dev fmt)"


def main():
    findings = []
    for name in tree.files(".md"):
        findings += check(name, "--fix" in sys.argv)
    tree.report(findings, "generated")


main()
