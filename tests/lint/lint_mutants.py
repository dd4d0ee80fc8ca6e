"""Every wrong change of tests/mutants says what it is and who catches it, and still applies. (That
it is caught is for ./dev mutants to say.)"""

import re
import subprocess

import tree


def check(name):
    text = tree.text_of(name)
    for key in ("what", "caught-by"):
        if not re.search(rf"^# {key}: \S", text, re.M):
            yield f"{name}: no line '# {key}: ...'"
    done = subprocess.run(["git", "apply", "--check", "-C1", "--recount", name], cwd=tree.ROOT,
                          text=True, capture_output=True, check=False)
    if done.returncode != 0:
        yield f"{name}: does not apply any more, make it anew: {done.stderr.splitlines()[0]}"


def main():
    findings = []
    for name in tree.files(".patch"):
        if name.parts[:2] == ("tests", "mutants"):
            findings += check(name)
    tree.report(findings, "mutants")


main()
