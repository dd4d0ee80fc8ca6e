# labels: node
# timeout: 300
"""openpgp.js, the library of every client, reads our key and writes messages that we read."""

import os

import house

TOOL = os.environ.get("TEEREX_PGP_TOOL", str(house.SOURCE / "build/dev/tests/tools/pgp_tool"))
SECONDS = 1767225600
SEED = 7


def peer(command, *args):
    """Runs tests/node/pgp_peer.mjs and returns its finding."""
    node = house.need_node("openpgp")
    result = house.run(node, house.SOURCE / "tests/node/pgp_peer.mjs", command, TOOL, SEED, SECONDS,
                       *args, timeout=250)
    house.equal(result.status, 0, result)
    return result.json()


def test_client_reads_our_key(_):
    key = peer("describeKey")
    house.equal(key.pop("fingerprint"), key_fingerprint(), key)
    house.equal(key, {
        "version": 4, "algorithm": 27, "created": SECONDS, "userID": "TEE-Rex", "valid": True,
        "hash": 10, "features": [9], "keyFlags": [3], "ciphers": [9], "hashes": [10, 8],
        "compression": [0], "suites": [[9, 3], [9, 2]],
        "subkey": {"version": 4, "algorithm": 25, "keyFlags": [12], "hash": 10},
    })


def key_fingerprint():
    """The fingerprint of the key of SEED and SECONDS, from the armored packets themselves."""
    import base64
    import hashlib
    lines = house.run(TOOL, "key", SEED, SECONDS).out.splitlines()
    packets = base64.b64decode("".join(lines[2:-1]))
    body = packets[2:2 + packets[1]]
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest()


def test_thousands_of_messages_around_chunk_boundaries(_):
    house.check(peer("roundTrips", "3000")["roundTrips"] >= 3000)


def test_other_forms_of_the_same(_):
    house.equal(len(peer("otherForms")["forms"]), 4)


def test_compressed_messages_and_bombs(_):
    house.check(peer("compression")["compression"])


def test_what_is_not_accepted(_):
    house.equal(len(peer("refusals")["refusals"]), 11)


def test_every_cut_and_every_changed_bit(_):
    house.check(peer("mutations")["mutations"] > 2000)


if __name__ == "__main__":
    house.main()
