# timeout: 180
"""What the prover does with too much, too slow, too odd: limits, hostile and clumsy clients."""

import resource
import socket
import time

import house
from prover_kit import Prover, read_answer

MIB = 1 << 20


def alive(prover):
    house.equal(prover.get("/healthz").status, 200)


def exchange(prover, data, half_close=False):
    """Sends raw bytes and returns everything that comes back until the end or silence."""
    with prover.connect(timeout=15) as sock:
        sock.sendall(data)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while chunk := sock.recv(65536):
                got += chunk
        except ConnectionResetError:
            pass
        return got


def test_body_of_51_mib(directory):
    with Prover(directory) as prover:
        body = b'{"data":"' + b"A" * (51 * MIB) + b'"}'
        answer = prover.ask("POST", "/prove", body)
        house.equal((answer.status, answer.json()["code"]), (413, "too_large"))
        # The same in chunks, without a length to go by.
        with prover.connect() as sock, sock.makefile("rb") as stream:
            sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(51):
                sock.sendall(b"%x\r\n" % MIB + b"A" * MIB + b"\r\n")
            sock.sendall(b"0\r\n\r\n")
            house.equal(read_answer(stream).status, 413)
        # Asked first, it says so before anything is sent.
        with prover.connect() as sock, sock.makefile("rb") as stream:
            sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                         b"Content-Length: %d\r\n\r\n" % (60 * MIB))
            house.equal(read_answer(stream).status, 413)
        alive(prover)


def test_body_just_below_the_limit(directory):
    with Prover(directory) as prover:
        body = b'{"data":"' + b"A" * (50 * MIB - 12) + b'"}'
        house.check(len(body) <= 50 * MIB)
        house.equal(prover.ask("POST", "/prove", body).json()["code"], "cannot_decrypt")
        house.contains(prover.get("/metrics").body.decode(), "teerex_http_body_bytes 0\n")


def test_expect_continue(directory):
    with Prover(directory) as prover, prover.connect() as sock, sock.makefile("rb") as stream:
        sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                     b"Content-Length: 2\r\n\r\n")
        house.equal(read_answer(stream).status, 100)
        sock.sendall(b"{}")
        house.equal(read_answer(stream).status, 400)


def test_get_with_a_body(directory):
    with Prover(directory) as prover:
        house.equal(prover.ask("GET", "/health", b"x").status, 413)
        house.equal(prover.ask("GET", "/health", b"").status, 200)


def test_long_urls_and_headers(directory):
    with Prover(directory) as prover:
        house.equal(prover.get("/" + "a" * 3000).json()["code"], "url_too_long")
        house.equal(prover.get("/health?" + "a" * 2000).status, 200)
        answer = prover.get("/health", **{"X-Long": "a" * 5200})
        house.equal((answer.status, answer.json()["code"]), (431, "headers_too_large"))
        house.equal(prover.get("/health", **{"X-Long": "a" * 4500}).status, 200)
        for size in (6500, 9000, 60000):
            house.equal(prover.get("/health", **{"X-Long": "a" * size}).status, 431)
        many = {f"X-{n}": "v" for n in range(40)}
        house.equal(prover.get("/health", **many).status, 200)
        alive(prover)


def test_garbage(directory):
    with Prover(directory) as prover:
        for data in (b"\0" * 100, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 20, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     b"GET /health HTTP/1.1\r\n: x\r\n\r\n",
                     b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                     b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                     b"POST /prove HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            got = exchange(prover, data, half_close=True)
            house.check(not got or got.split()[1][:1] in b"45" or b" 426 " in got[:20], got[:80])
            alive(prover)


def test_pipelining(directory):
    with Prover(directory) as prover, prover.connect() as sock, sock.makefile("rb") as stream:
        body = b"{}"
        post = b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        sock.sendall((b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + post) * 20)
        for _ in range(20):
            house.equal(read_answer(stream).status, 200)
            house.equal(read_answer(stream).status, 400)


def test_half_closed_client_still_gets_its_answer(directory):
    with Prover(directory) as prover:
        got = exchange(prover, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", half_close=True)
        house.check(got.startswith(b"HTTP/1.1 200"), got)


def test_http_1_0(directory):
    with Prover(directory) as prover:
        house.contains(exchange(prover, b"GET /healthz HTTP/1.0\r\n\r\n").decode(), '{"status":"ok"}')


def test_slow_headers_are_408(directory):
    with Prover(directory) as prover, prover.connect(timeout=30) as sock:
        began = time.monotonic()
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        sock.settimeout(0.5)
        got = b""
        while time.monotonic() - began < 30:
            try:
                sock.sendall(b"X-A: b\r\n")  # a drop now and then does not help
                chunk = sock.recv(4096)
                if not chunk:
                    break
                got += chunk
            except TimeoutError:
                continue
            except OSError:
                break
        house.check(got.startswith(b"HTTP/1.1 408"), got)
        house.contains(got.decode(), '"code":"timeout"')
        house.check(8 < time.monotonic() - began < 25, time.monotonic() - began)
        alive(prover)
        house.wait_for(lambda: [line for line in prover.said("request") if line["status"] == 408],
                       "its log line")


def test_clients_that_leave(directory):
    with Prover(directory) as prover:
        for cut in (b"", b"POST", b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"):
            sock = prover.connect()
            sock.sendall(cut)
            sock.close()
        body = b'{"data":"AAAA"}'
        for _ in range(50):  # gone before the vault has answered
            sock = prover.connect()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n" + body)
            sock.close()
        alive(prover)
        house.wait_for(lambda: "teerex_http_connections 1\n" in prover.get("/metrics").body.decode(),
                       "the connections to be forgotten")
        house.contains(prover.get("/metrics").body.decode(), "teerex_http_in_flight 1\n")


def test_many_idle_connections(directory):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(2500, (hard if hard > 0 else soft) - 200)
    if count < 2000:
        raise house.Skip(f"only {hard} open files are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
    with Prover(directory) as prover:
        idle = [prover.connect() for _ in range(count)]
        for sock in idle[::100]:
            house.equal(prover.ask("GET", "/healthz", sock=sock).status, 200)
        house.contains(prover.get("/metrics").body.decode(), f"teerex_http_connections {count + 1}\n")
        for sock in idle:
            sock.close()
        house.wait_for(lambda: "teerex_http_connections 1\n" in prover.get("/metrics").body.decode(),
                       "the connections to be forgotten")


def test_more_connections_than_descriptors(directory):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with Prover(directory, preexec_fn=few) as prover:
        crowd = [prover.connect() for _ in range(100)]  # in the backlog, some of them
        for sock in crowd[:60]:
            sock.close()
        house.wait_for(lambda: prover.get("/healthz").status == 200, "room for one more")
        for sock in crowd:
            sock.close()
        alive(prover)


house.main()
