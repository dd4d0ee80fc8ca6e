"""What the scenarios of the prover share: the service as a process, raw HTTP, messages for a key."""

import base64
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import house

CORPUS = house.SOURCE / "tests/fuzz/corpus/pgp_decrypt"


class Answer:
    """One HTTP answer: status, headers by lower-case name, body as bytes."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


def read_answer(stream, head_only=False):
    """The next answer on a buffered binary stream; None when the connection ends before one."""
    line = stream.readline()
    if not line:
        return None
    status, headers = int(line.split()[1]), {}
    while (line := stream.readline().strip()):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    length = 0 if head_only else int(headers.get("content-length", 0))
    return Answer(status, headers, stream.read(length))


class Prover:
    """A running teerex-prover; a context manager."""

    def __init__(self, directory, *args, env=None, address=None, ready=True, **options):
        self.directory = Path(directory)
        self.port = house.free_port()
        self.log_path = self.directory / f"prover-{self.port}.log"
        argv = [house.PROVER, *(["--listen", address or f"127.0.0.1:{self.port}"]), *args]
        with open(self.log_path, "wb") as log:
            self.process = house.start(*argv, env=house.clean_env(**(env or {})), stderr=log,
                                       stdin=subprocess.DEVNULL, **options)
        if ready:
            house.wait_for(lambda: self.said("ready") or self.process.poll() is not None, "ready")
            house.check(self.process.poll() is None, self.log())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log(self):
        return self.log_path.read_text()

    def lines(self):
        return [json.loads(line) for line in self.log().splitlines()]

    def said(self, message):
        return [line for line in self.lines() if line["msg"].startswith(message)]

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def ask(self, method, path, body=None, headers=None, sock=None):
        """One request, on a connection of its own unless `sock` is given."""
        own = sock or self.connect()
        lines = [f"{method} {path} HTTP/1.1", "Host: prover"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        own.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b""))
        with own.makefile("rb") as stream:
            answer = read_answer(stream, method == "HEAD")
        if sock is None:
            own.close()
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def prove(self, message, **options):
        body = json.dumps({"data": base64.b64encode(message).decode()}).encode()
        return self.ask("POST", "/prove", body, **options)

    def parts(self):
        """pid by part, from the order in which the monitor starts them: vault, workers, front."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        pids = [int(pid) for pid in children.split()]
        return {"monitor": self.process.pid, "vault": pids[0], "worker": pids[1], "front": pids[-1]}

    def skip_if_sanitized(self):
        if "libasan" in Path(f"/proc/{self.process.pid}/maps").read_text():
            raise house.Skip("a sanitizer's memory is not ours")

    def recipient(self):
        """The fingerprint of the encryption subkey that the service shows."""
        return subkey_fingerprint(self.get("/encryption-public-key").json()["publicKey"])

    def message(self):
        """A message that names the service's key. What is inside was encrypted for another."""
        other = (CORPUS / "gcm").read_bytes()
        return other.replace(other[5:25], self.recipient(), 1)


def packets(data):
    """(tag, body) of new-format packets with one- and two-byte lengths."""
    at = 0
    while at < len(data):
        tag, length = data[at] & 0x3F, data[at + 1]
        at += 2
        if length >= 192:
            length = (length - 192) * 256 + data[at] + 192
            at += 1
        yield tag, data[at:at + length]
        at += length


def subkey_fingerprint(armored):
    lines = [line for line in armored.splitlines() if line and not line.startswith("-")]
    for tag, body in packets(base64.b64decode("".join(lines))):
        if tag == 14:
            head = b"\x99" + len(body).to_bytes(2, "big")
            return hashlib.sha1(head + body).digest()
    raise AssertionError("no subkey")


def status_of(pid):
    """Fields of /proc/PID/status."""
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.M))


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
