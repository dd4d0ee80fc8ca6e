"""1000 small requests over kept connections to a bare nginx on loopback: our client, Python's, curl."""

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
from measure import house

COUNT = 1000
ROUNDS = 15
BUILD = Path(house.TEEREXCTL).parents[2]
NGINX = """worker_processes 1; daemon off; pid %(dir)s/pid; error_log %(dir)s/error.log;
events { worker_connections 256; }
http { access_log off; keepalive_requests 1000000;
       server { listen 127.0.0.1:%(port)d; location / { return 200 "ok"; } } }
"""


def ours(parallel):
    def run(port):
        done = subprocess.run([BUILD / "tests/bench/bench_http_client", f"http://127.0.0.1:{port}/",
                               str(COUNT), str(parallel)], capture_output=True, text=True, check=True)
        return float(done.stdout)
    return run


def python(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    began = time.perf_counter()
    for _ in range(COUNT):
        connection.request("GET", "/")
        connection.getresponse().read()
    return (time.perf_counter() - began) * 1000


def curl(port):
    return measure.once(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/[1-{COUNT}]"])


CLIENTS = {"http_do, one after another": ours(0), "http_run, 8 at a time": ours(8),
           "http_run, 50 at a time": ours(50), "Python http.client": python,
           "curl (with its start)": curl}


def answers(port):
    try:
        python_once = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        python_once.request("GET", "/")
        return python_once.getresponse().status == 200
    except OSError:
        return False


def main():
    if not (shutil.which("nginx") and shutil.which("curl")):
        print("skipped: nginx or curl is missing")
        sys.exit(house.SKIPPED)
    subprocess.run(["cmake", "--build", BUILD, "--target", "bench_http_client"], check=True,
                   stdout=subprocess.DEVNULL)
    port = house.free_port()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "nginx.conf"
        config.write_text(NGINX % {"dir": directory, "port": port})
        server = subprocess.Popen(["nginx", "-p", directory, "-c", config],
                                  stderr=subprocess.DEVNULL)
        try:
            house.wait_for(lambda: answers(port), "nginx")
            times = {name: [] for name in CLIENTS}
            for _ in range(ROUNDS):
                for name, client in CLIENTS.items():
                    times[name].append(client(port))
        finally:
            server.terminate()
            server.wait()
    print(f"| {COUNT} requests | median ms | µs each |\n|---|---|---|")
    for name, values in times.items():
        took = measure.median(values)
        print(f"| {name} | {took:.1f} | {took * 1000 / COUNT:.0f} |")


main()
