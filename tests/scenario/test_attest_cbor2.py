"""CBOR beside python3-cbor2: what it writes we read and write again as the same value, and what we
take of damaged bytes it takes too."""

import random
import subprocess

import house

TOOL = house.BUILD / "tests/tools/attest_tool"


def need_cbor2():
    try:
        import cbor2
    except ImportError as absent:
        raise house.Skip("python3-cbor2 is not installed") from absent
    return cbor2


def value(chance, depth=0):
    scalars = [lambda: chance.choice([0, 23, 24, 255, 256, 65535, 65536, 2**32, 2**64 - 1]),
               lambda: -1 - chance.getrandbits(chance.choice([4, 8, 16, 32, 63])),
               lambda: chance.randbytes(chance.choice([0, 1, 23, 24, 300])),
               lambda: chance.choice(["", "module_id", "ü𐅑", "x" * 256]),
               lambda: chance.choice([True, False, None, 1.5, -0.1])]
    if depth == 4 or chance.random() < 0.5:
        return chance.choice(scalars)()
    if chance.random() < 0.5:
        return [value(chance, depth + 1) for _ in range(chance.randrange(5))]
    keys = [chance.choice(scalars[:4])() for _ in range(chance.randrange(5))]
    return {key: value(chance, depth + 1) for key in keys}


def ask(messages):
    text = "".join(message.hex() + "\n" for message in messages)
    done = subprocess.run([TOOL, "cbor"], input=text, capture_output=True, check=True, text=True)
    return done.stdout.split("\n")[:-1]


def test_what_it_writes_we_read(directory):
    cbor2, chance = need_cbor2(), random.Random(1)
    values = [value(chance) for _ in range(3000)]
    messages = [cbor2.dumps(item, canonical=index % 2 == 0) for index, item in enumerate(values)]
    for item, message, again in zip(values, messages, ask(messages)):
        house.check(again != "-", message.hex())
        house.equal(cbor2.loads(bytes.fromhex(again)), item)


def whole(cbor2, message):
    """Does it read one value of all the bytes?"""
    import io
    stream = io.BytesIO(message)
    try:
        cbor2.CBORDecoder(stream).decode()
    except Exception:  # pylint: disable=broad-except
        return False
    return stream.read() == b""


def test_what_we_take_it_takes(directory):
    cbor2, chance = need_cbor2(), random.Random(2)
    messages = []
    for _ in range(6000):
        message = bytearray(cbor2.dumps(value(chance)))[:200]
        for _ in range(chance.randrange(1, 3)):
            message[chance.randrange(len(message))] = chance.randrange(0xc0)
        messages.append(bytes(message))
    taken = 0
    for message, again in zip(messages, ask(messages)):
        if again != "-":
            taken += 1
            house.check(whole(cbor2, message), message.hex())
    house.check(taken > 500, taken)


house.main()
