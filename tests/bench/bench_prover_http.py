"""How teerex-prover answers GET /health beside nginx, Node and Bun giving the same answer: requests
per second, latency, processor time and memory, at 32 and 1000 connections; and what 10,000 idle
connections cost. Prints Markdown.

    python3 tests/bench/bench_prover_http.py [--seconds 3] [--rounds 3] [--prover build/release/prover/teerex-prover]

Needs wrk. nginx, node and bun take part when they are there; bun is looked for in the PATH and in
tests/bench/node_modules (`npm install --prefix tests/bench`). Server and load generator get a
processor each, the rounds of all servers are interleaved, and the median is shown. Processor time
for each request is the sturdier figure on a machine that does other things as well.
"""

import argparse
import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
TICK = os.sysconf("SC_CLK_TCK")
IDLE = 10000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path="/health"):
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


class Server:
    """One contestant: a command that serves /health on a port."""

    def __init__(self, name, argv, env=None):
        self.name, self.port = name, free_port()
        self.directory = tempfile.TemporaryDirectory(prefix="teerex-bench-")
        self.argv = [str(part) for part in argv(self)]
        self.env = {**os.environ, "PORT": str(self.port), **(env or {})}
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            self.argv, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: (os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
                                measure.allow_many_files()))
        end = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError):
                fetch(self.port)
                return self
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"{self.name} does not answer")
            time.sleep(0.05)

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.directory.cleanup()

    def pids(self):
        return measure.children_of(self.process.pid)

    def cpu_s(self):
        """Processor seconds so far: in the program, in the kernel."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                  for pid in self.pids()]
        return sum(int(f[11]) for f in fields) / TICK, sum(int(f[12]) for f in fields) / TICK

    def pss_kib(self):
        return sum(measure.memory_kib(pid)[1] for pid in self.pids())


def contestants(prover):
    """(server, None) or (name, why it does not take part)."""
    yield Server("teerex-prover", lambda s: [prover, "--listen", f"127.0.0.1:{s.port}"]), None
    with Server("model", lambda s: [prover, "--listen", f"127.0.0.1:{s.port}"]) as model:
        head, body = fetch(model.port)
    headers = [line.split(": ", 1) for line in head.splitlines()[1:]
               if line.lower().startswith(("content-type", "access-control"))]
    env = {"BODY": body.decode(), "HEADERS": "\n".join(": ".join(pair) for pair in headers)}
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    yield (Server("nginx", lambda s: [nginx, "-c", nginx_conf(s, body.decode(), headers)]), None) \
        if nginx else ("nginx", "not installed")
    node = shutil.which("node")
    yield (Server("Node http", lambda s: [node, HERE / "prover_http/node.mjs"], env), None) \
        if node else ("Node http", "not installed")
    bun = shutil.which("bun") or shutil.which("bun", path=HERE / "node_modules/.bin")
    yield (Server("Bun.serve", lambda s: [bun, HERE / "prover_http/bun.mjs"], env), None) \
        if bun else ("Bun.serve", "not installed (npm install --prefix tests/bench)")


def nginx_conf(server, body, headers):
    """One worker, no log; the same answer, a request id of its own included."""
    added = "".join(f'add_header {k} "{v}";\n' for k, v in headers if k.lower() != "content-type")
    path = Path(server.directory.name) / "nginx.conf"
    os.chmod(server.directory.name, 0o755)
    path.write_text(f"""
daemon off; worker_processes 1; pid {path}.pid; error_log /dev/null;
worker_rlimit_nofile 20000;
events {{ worker_connections 15000; }}
http {{
  access_log off; default_type application/json; keepalive_requests 1000000000;
  keepalive_timeout 75s;
  server {{ listen 127.0.0.1:{server.port} backlog=4096;
    {added} add_header X-Request-Id $request_id;
    location / {{ return 200 '{body}'; }} }}
}}
""")
    return path


def load(server, connections, seconds):
    """(requests/s, p50 ms, p99 ms, processor µs for each request: in the program, in the kernel)"""
    before = server.cpu_s()
    cpu = max(os.sched_getaffinity(0))
    out = subprocess.run(["taskset", "-c", str(cpu), "wrk", "--latency", "-t1", f"-c{connections}",
                          f"-d{seconds}", f"http://127.0.0.1:{server.port}/health"],
                         capture_output=True, text=True, check=True).stdout
    after = server.cpu_s()
    if re.search(r"Non-2xx", out):
        raise RuntimeError(f"{server.name}: {out}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    each = [(now - then) / requests * 1e6 for then, now in zip(before, after)]
    return rate, millis(out, "50"), millis(out, "99"), *each


def millis(out, percent):
    number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def idle_cost(server):
    """KiB of memory for 10,000 idle keep-alive connections that have asked once, and how long
    another request takes then."""
    before, held = server.pss_kib(), []
    for _ in range(IDLE):
        sock = socket.create_connection(("127.0.0.1", server.port), 10)
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        held.append(sock)
        if len(held) % 100 == 0:
            for one in held[-100:]:
                one.recv(65536)
    cost, times = server.pss_kib() - before, []
    for _ in range(200):
        began = time.perf_counter()
        fetch(server.port)
        times.append((time.perf_counter() - began) * 1000)
    for sock in held:
        sock.close()
    return cost, sorted(times)[int(len(times) * 0.99)]


def all_rounds(servers, args):
    """{name: {connections: [rounds]}}, all servers running, one round of each after the other."""
    results = {}
    for _ in range(args.rounds):
        for server in servers:
            for connections in (32, 1000):
                rounds = results.setdefault(server.name, {}).setdefault(connections, [])
                rounds.append(load(server, connections, args.seconds))
    return results


def column(rounds, index):
    return measure.median([row[index] for row in rounds])


def print_speed(servers, results):
    print("| server | connections | requests/s | p50 | p99 "
          "| processor time per request = program + kernel |")
    print("|---|--:|--:|--:|--:|--:|")
    for server in servers:
        for connections, rounds in results[server.name].items():
            print(f"| {server.name} | {connections} | {column(rounds, 0):,.0f} | "
                  f"{column(rounds, 1):.2f} ms | {column(rounds, 2):.2f} ms | "
                  f"{column(rounds, 3) + column(rounds, 4):.1f} µs = {column(rounds, 3):.1f} + "
                  f"{column(rounds, 4):.1f} |")
    print()


def print_memory(servers, idle):
    measure.allow_many_files()
    enough = resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= IDLE + 500
    print("| server | memory when idle (PSS) | for 10,000 idle connections | "
          "p99 of a new connection then |")
    print("|---|--:|--:|--:|")
    for server in servers:
        cost = "not measured: too few open files allowed |"
        if enough:
            kib, p99 = idle_cost(server)
            cost = f"+{kib / 1024:.1f} MiB | {p99:.2f} ms"
        print(f"| {server.name} | {idle[server.name] / 1024:.1f} MiB | {cost} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prover", default=SOURCE / "build/release/prover/teerex-prover")
    args = parser.parse_args()
    if not shutil.which("wrk"):
        print("skipped: wrk is not installed")
        raise SystemExit(77)
    with contextlib.ExitStack() as stack:
        servers, absent = [], []
        for server, why in contestants(args.prover):
            if why:
                absent.append(f"{server}: {why}")
            else:
                servers.append(stack.enter_context(server))
        idle = {server.name: server.pss_kib() for server in servers}
        print_speed(servers, all_rounds(servers, args))
        print_memory(servers, idle)
        for line in absent:
            print(f"\nNot measured: {line}")


main()
