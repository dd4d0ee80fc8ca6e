"""What of a program's hardening is missing, read from its ELF headers by readelf."""

import re
import subprocess

# What must stand in readelf's words: {what it is: pattern}.
WANTED = {
    "position independent (PIE)": r"FLAGS_1.*\bPIE\b",
    "read-only relocations (RELRO)": r"GNU_RELRO",
    "all symbols bound at start (BIND_NOW)": r"\bBIND_NOW\b",
    "a stack that is not executed": r"GNU_STACK(?: +0x\w+){5} RW +",
    "the stack protector": r"UND __stack_chk_fail\b",
    "fortified functions": r"UND __\w+_chk\b",
}
UNWANTED = {
    "a library path (RPATH, RUNPATH)": r"\((?:RPATH|RUNPATH)\)",
    "relocations in its code (TEXTREL)": r"\bTEXTREL\b",
}


def missing(program):
    """One phrase for each thing that is not as it should be; none for a hardened program."""
    told = subprocess.run(["readelf", "--wide", "--segments", "--dynamic", "--dyn-syms", program],
                          check=True, capture_output=True, text=True).stdout
    return ([f"no {what}" for what, pattern in WANTED.items() if not re.search(pattern, told)]
            + [what for what, pattern in UNWANTED.items() if re.search(pattern, told)])
