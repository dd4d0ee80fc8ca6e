"""Nothing in the tree tells where it was made: no registry's host name, no path of a machine, no
secret. (The patterns are general, so that this file names none.)"""

import re

import tree

HOST = re.compile(r"\b(?:registry|deb|security|npm|pypi|ghcr|quay)\.(?:[a-z0-9-]+\.)*"
                  r"(?:org|com|io|net|dev)\b", re.I)
EXAMPLE = re.compile(r"\bexample\.|\.example\b|\.test\b|\.invalid\b")
PATH = re.compile(r"(?<![\w.$}/])/(?:root|work|home/[a-z]\w*|Users/\w+|tmp/brief)/\w")
SECRET = re.compile(r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}"
                    r"|-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----")
LOCK = re.compile(r'"resolved"\s*:')
BINARY = {".bin", ".png", ".eif", ".cbor", ".dat"}


def check(name):
    for number, line in enumerate(tree.text_of(name).splitlines(), 1):
        for what, pattern in (("a registry's host", HOST), ("a path of a machine", PATH),
                              ("a secret", SECRET)):
            found = pattern.search(line)
            if found and not EXAMPLE.search(line):
                yield f"{name}:{number}: {what}: {found.group(0)[:40]}"
        if name.name == "package-lock.json" and LOCK.search(line):
            yield f"{name}:{number}: a lock file that records where packages came from"


def main():
    findings = []
    for name in tree.files():
        if name.suffix not in BINARY and "corpus" not in name.parts and name.parts[:2] != ("tests", "mutants"):
            findings += check(name)
    tree.report(findings, "traces")


main()
