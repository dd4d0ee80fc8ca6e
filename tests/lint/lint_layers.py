"""The module graph of pkg/LAYERS holds: who may include whom, which third-party header belongs to
whom, no cycles; and library code neither prints, exits, nor makes itself the right to write."""

import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
# The applying capability is made where a deployment's actuator is opened, by programs for files of
# their own, and by tests.
MAY_APPLY = ("pkg/core/cap.", "pkg/plan/actuator.c", "cmd/", "prover/", "tests/")
NOT_IN_LIBRARIES = re.compile(r"\b(printf|puts|putchar|perror|exit|abort_with|dprintf)\s*\(")
NOT_ANYWHERE = re.compile(r"\b(goto|dry_run|dryrun)\b")


def read_layers():
    """module -> (modules it may include, headers that are its own), in the file's order."""
    layers = {}
    for line in tree.text_of("pkg/LAYERS").splitlines():
        if not re.match(r"[a-z]", line):
            continue
        uses, _, headers = (part.split() for part in line.split(":"))
        layers[uses[0]] = (uses[1:], headers)
    return layers


def check_order(layers):
    seen = set()
    for module, (uses, _) in layers.items():
        for used in uses:
            if used not in seen:
                yield f"pkg/LAYERS: {module} names {used}, which does not stand above it"
        seen.add(module)


def owner_of(header, layers):
    for module, (_, headers) in layers.items():
        if any(header == own or (own.endswith("/") and header.startswith(own)) for own in headers):
            yield module


def check_include(name, header, module, layers):
    target = header.split("/")[0]
    owners = list(owner_of(header, layers))
    if owners and module not in owners:
        yield f"{name}: <{header}> belongs to {' and '.join(owners)}"
    if "/" not in header or target not in layers or module is None or target == module:
        return
    if target not in layers[module][0]:
        yield f"{name}: {module} may not include {target} (pkg/LAYERS)"
    if header not in (f"{target}/{target}.h", "core/embed.h"):
        yield f"{name}: '{header}' is private to {target}"


def check_file(name, layers):
    module = name.parts[1] if name.parts[0] == "pkg" and len(name.parts) > 2 else None
    if module is not None and module not in layers:
        yield f"{name}: {module} has no line in pkg/LAYERS"
        return
    product = name.parts[0] != "tests"
    for _, header in INCLUDE.findall(tree.text_of(name)):
        if product:
            yield from check_include(name, header, module, layers)
        if header.startswith(("cmd/", "prover/")):
            yield f"{name}: nobody includes {header}"


def check_words(name):
    library = name.parts[0] == "pkg"
    for number, line in enumerate(tree.code_of(name).splitlines(), 1):
        if NOT_ANYWHERE.search(line):
            yield f"{name}:{number}: {NOT_ANYWHERE.search(line).group(1)}"
        if library and name.suffix == ".c" and NOT_IN_LIBRARIES.search(line):
            yield f"{name}:{number}: library code does not print or exit"
        if "cap_apply(" in line and not str(name).startswith(MAY_APPLY):
            yield f"{name}:{number}: the applying capability is not made here"


def main():
    layers = read_layers()
    findings = list(check_order(layers))
    for name in tree.files(".c", ".h"):
        if name.name == "banned.h":
            continue
        findings += check_file(name, layers)
        findings += check_words(name)
    tree.report(findings, "layers")


main()
