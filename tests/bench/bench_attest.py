"""Judging a Nitro document, beside the five P-384 verifications it consists of; reading an enclave
image, beside the hashing that it takes. Milliseconds of the processor."""

import os
import random
import re
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import measure
from measure import house

ROUNDS = 7
TOOL = house.SOURCE / "build" / os.environ.get("TEEREX_PRESET", "dev") / "tests/tools/attest_tool"
DOCUMENT = house.VECTORS / "nitro/base_nitro_validator_repaired.cbor"
AT = 1767472867


def tool(*args):
    done = subprocess.run([TOOL, *map(str, args)], capture_output=True, check=True, text=True)
    return float(done.stdout)


def p384_ms():
    """One verification, as `openssl speed` counts it."""
    done = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap384"], capture_output=True,
                          check=True, text=True)
    return 1000 / float(re.search(r"ecdsa \(nistp384\).*?([\d.]+)\s*$", done.stdout, re.M).group(1))


def image(path, size):
    chance = random.Random(5)
    block = chance.randbytes(1 << 20)
    sections = [(1, block[:5000]), (2, b"quiet"), (5, b"{}"), (3, block[:3000]),
                (3, block * (size >> 20))]
    offsets, body = [], bytearray()
    for kind, data in sections:
        offsets.append(548 + len(body))
        body += struct.pack(">HHQ", kind, 0, len(data)) + data
    table = offsets + [0] * (32 - len(offsets)) + [len(data) for _, data in sections]
    head = b".eif" + struct.pack(">HHQQHH", 4, 0, 1 << 30, 2, 0, len(sections))
    head += struct.pack(">64Q", *table, *[0] * (64 - len(table))) + bytes(4)
    path.write_bytes(head + struct.pack(">I", zlib.crc32(body, zlib.crc32(head))) + body)


def main():
    print("| what | ms of the processor | beside it | ms | ours / it |\n|---|--:|---|--:|--:|")
    if DOCUMENT.exists():
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(tool("nitro", DOCUMENT, AT, 50))
            theirs.append(5 * p384_ms())
        print(f"| a Nitro document | {measure.median(ours):.2f} | five verifications on P-384 "
              f"| {measure.median(theirs):.2f} | {measure.ratio(ours, theirs):.3f} |")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "image.eif"
        image(path, 200 << 20)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(tool("eif", path))
            theirs.append(tool("hash", path))
    print(f"| an image of 200 MiB | {measure.median(ours):.0f} | SHA-384 twice and zlib's CRC "
          f"| {measure.median(theirs):.0f} | {measure.ratio(ours, theirs):.3f} |")


main()
