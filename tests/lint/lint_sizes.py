"""Sizes of the style sheet: lines, complexity, nesting and parameters of functions, lines of
files, and a comment at every public prototype and at the head of every file."""

import re

import functions
import tree

LIMITS = {"lines": 60, "complexity": 12, "nesting": 3, "parameters": 6}
FILE_LINES = 500
MEDIAN_LINES = 15
# Callbacks whose parameters a library dictates (libmicrohttpd's access handler).
DICTATED = {"request_access": "parameters"}


def check_functions():
    found = functions.product_functions()
    for function in found:
        for measure, limit in LIMITS.items():
            if DICTATED.get(function.name) == measure:
                continue
            if getattr(function, measure) > limit:
                yield (f"{function.file}:{function.line}: {function.name}: {measure} "
                       f"{getattr(function, measure)}, at most {limit}")
    median = functions.percentile([f.lines for f in found], 0.5)
    if median > MEDIAN_LINES:
        yield f"the median function has {median} lines, at most {MEDIAN_LINES}"


def check_file(name):
    text = tree.text_of(name)
    count = text.count("\n")
    if count > FILE_LINES:
        yield f"{name}: {count} lines, at most {FILE_LINES}"
    if not text.startswith("/*"):
        yield f"{name}:1: a file opens with a comment that says what it is"


def check_prototypes(name):
    """Every paragraph of a public header that declares a function begins with a comment."""
    line = 1
    for paragraph in re.split(r"\n\n+", tree.text_of(name)):
        declares = re.search(r"^[a-z][\w\s*]*\b\w+\([^;{]*\)[^;{]*;", paragraph, re.M)
        if declares and not re.match(r"\s*(/\*|#|static inline|extern|typedef|struct|enum)", paragraph):
            yield f"{name}:{line}: a public prototype without a comment"
        line += paragraph.count("\n") + 2


def main():
    findings = list(check_functions())
    for name in tree.files(".c", ".h"):
        findings += check_file(name)
        if name.parts[0] == "pkg" and name.suffix == ".h":
            findings += check_prototypes(name)
    tree.report(findings, "sizes")


main()
