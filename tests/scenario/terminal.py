"""A pseudo-terminal to run a command in, and what a person sees on it in the end: a screen that
knows the few sequences that teerexctl uses, and refuses any other."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

SEQUENCE = re.compile(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])")


def run(argv, env, cwd=None, columns=80):
    """Both outputs of the command on one terminal; the bytes painted as text, and the status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([str(part) for part in argv], stdin=slave, stdout=slave,
                               stderr=slave, env=env, cwd=cwd, start_new_session=True)
    os.close(slave)
    painted = b""
    while select.select([master], [], [], 60)[0]:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # Linux says EIO when the last writer is gone
            break
        if not chunk:
            break
        painted += chunk
    os.close(master)
    return painted.decode(), process.wait(60)


def screen(painted):
    """The lines that are left when everything was painted, without colours."""
    lines, row, column, at = [""], 0, 0, 0
    while at < len(painted):
        found = SEQUENCE.match(painted, at)
        if found:
            at = found.end()
            number, command = found.groups()
            if command == "A":
                row = max(0, row - int(number or 1))
            elif command == "J":
                lines[row:] = [lines[row][:column]]
            elif command != "m":
                raise AssertionError(f"unexpected sequence {found.group(0)!r}")
            continue
        char, at = painted[at], at + 1
        if char == "\r":
            column = 0
        elif char == "\n":
            row, column = row + 1, 0
            if row == len(lines):
                lines.append("")
        elif char == "\x1b":
            raise AssertionError(f"unexpected escape in {painted[at - 1:at + 20]!r}")
        else:
            lines[row] = lines[row][:column].ljust(column) + char + lines[row][column + 1:]
            column += 1
    return [line.rstrip() for line in lines]
