"""Measures C functions (the house style puts the braces of a function in column 0).

Run with --table it prints the figures of the tree: count, median, p99, longest."""

import re
import sys
from dataclasses import dataclass

import tree

BRANCH = re.compile(r"\b(if|for|while|case)\b|&&|\|\||\?")
CONTROL = re.compile(r"^( +)(if|for|while|switch|do)\b")
INDENT = 4


@dataclass
class Function:
    """One definition: where it stands and its size in the four measures of the style sheet."""
    file: str
    line: int
    name: str
    lines: int
    complexity: int
    nesting: int
    parameters: int


def parameters_of(signature):
    inside = signature[signature.index("(") + 1:signature.rindex(")")].strip()
    if inside in ("", "void"):
        return 0
    depth, count = 0, 1
    for char in inside:
        depth += (char in "([{") - (char in ")]}")
        count += char == "," and depth == 0
    return count


def measure(name, start, brace, end, lines):
    signature = " ".join(lines[start:brace])
    body = lines[brace + 1:end]
    called = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
    depths = [len(m.group(1)) // INDENT for m in map(CONTROL.match, body) if m]
    return Function(file=str(name), line=start + 1, name=called.group(1) if called else "?",
                    lines=end - start + 1, complexity=1 + len(BRANCH.findall("\n".join(body))),
                    nesting=max(depths, default=0), parameters=parameters_of(signature))


def continues_signature(line):
    """Does a definition that ends on the next line begin on this one, or before it?"""
    return line.strip() and line[0] not in "#}" and not line.rstrip().endswith((";", "*/"))


def functions_of(name):
    lines = tree.code_of(name).splitlines()
    for brace, line in enumerate(lines):
        if line.rstrip() != "{" or brace == 0 or not lines[brace - 1].rstrip().endswith(")"):
            continue
        start = brace - 1
        while start > 0 and continues_signature(lines[start - 1]):
            start -= 1
        end = next(i for i in range(brace, len(lines)) if lines[i].startswith("}"))
        yield measure(name, start, brace, end, lines)


def product_functions():
    return [f for name in tree.files(".c") if name.parts[0] in ("pkg", "cmd", "prover")
            for f in functions_of(name)]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def table():
    found = product_functions()
    sizes = [f.lines for f in found]
    longest = max(found, key=lambda f: f.lines)
    print("| functions | median | p99 | longest | most complex | deepest | most parameters |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {len(found)} | {percentile(sizes, 0.5)} | {percentile(sizes, 0.99)} "
          f"| {longest.lines} ({longest.name}) | {max(f.complexity for f in found)} "
          f"| {max(f.nesting for f in found)} | {max(f.parameters for f in found)} |")


if __name__ == "__main__" and "--table" in sys.argv:
    table()
