"""A port of what the GitHub Actions runner does with our output: ActionCommand.cs,
ActionCommandManager.cs and FileCommandManager.cs. Scenarios read stories with it; as a program it
prints the outputs in a file as JSON: runner.py outputs FILE."""

import json
import re
import sys

COMMANDS = {"group", "endgroup", "notice", "warning", "error", "debug", "add-mask",
            "stop-commands", "set-env", "set-output", "add-path", "save-state", "echo",
            "add-matcher", "remove-matcher", "internal-set-repo-path"}

DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def unescape(text, table):
    for code, char in table:
        text = text.replace(code, char)
    return text


def command_v2(line, known):
    """`::name key=value,key=value::data`, at the start of a line; None when it is none."""
    text = line.lstrip()
    if not text.startswith("::") or "::" not in text[2:]:
        return None
    head, data = text[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    if name not in known:
        return None
    properties = {}
    for pair in filter(None, rest.strip().split(",")):
        key, _, value = pair.partition("=")
        if key and value:
            properties[key] = unescape(value, PROPERTY)
    return name, properties, unescape(data, DATA)


def command_v1(line, known):
    """`##[name key=value;]data`, anywhere in a line; None when it is none."""
    found = re.search(r"##\[([^\]\s]+)[^\]]*\](.*)", line)
    if found is None or found.group(1) not in known:
        return None
    return found.group(1), {}, found.group(2)


def read_story(text):
    """The lines of a log: (command, properties, data), or ("", {}, line) for a plain one."""
    token = None
    for line in text.splitlines():
        known = COMMANDS | ({token} if token else set())
        command = command_v2(line, known) or command_v1(line, known)
        if token is not None:
            if command is not None and command[0].lower() == token.lower():
                token = None
            else:
                yield "", {}, line
        elif command is None:
            yield "", {}, line
        else:
            if command[0] == "stop-commands":
                token = command[2]
            yield command


def read_pairs(text):
    """The pairs of a GITHUB_OUTPUT file; ValueError where the runner fails the step."""
    pairs, at = [], 0

    def read_line():
        nonlocal at
        if at >= len(text):
            return None, None
        end = text.find("\n", at)
        if end < 0:
            line, at = text[at:], len(text)
            return line, None
        line, at = text[at:end], end + 1
        return line, "\n"

    while True:
        line, _ = read_line()
        if line is None:
            return pairs
        if line == "":
            continue
        equals, here = line.find("="), line.find("<<")
        if here >= 0 and (equals < 0 or here < equals):
            key, delimiter = line.split("<<", 1)
            if not key or not delimiter:
                raise ValueError(f"invalid format {line!r}")
            start = end = at
            while True:
                part, newline = read_line()
                if part == delimiter:
                    break
                if part is None or newline is None:
                    raise ValueError(f"no delimiter {delimiter!r}")
                end = at - len(newline)
            pairs.append((key, text[start:end] if end > start else ""))
        elif equals >= 0:
            pairs.append((line[:equals], line[equals + 1:]))
        else:
            raise ValueError(f"invalid format {line!r}")


def main():
    with open(sys.argv[2], encoding="utf-8", newline="") as file:
        print(json.dumps(read_pairs(file.read())))


if __name__ == "__main__":
    main()
