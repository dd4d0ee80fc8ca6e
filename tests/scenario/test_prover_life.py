# timeout: 180
"""The prover's life: private socket, hold, socket activation, drain, parts that die, privileges."""

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import house
from prover_kit import Prover, read_answer, status_of

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def ask_unix(path, target="/healthz"):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(GET.replace(b"/healthz", target.encode()))
        with sock.makefile("rb") as stream:
            return read_answer(stream)


def silent(sock, seconds=0.3):
    """Nothing comes within that time."""
    sock.settimeout(seconds)
    try:
        return sock.recv(1) is None
    except TimeoutError:
        return True


def test_check_socket(directory):
    path = directory / "check.sock"
    with Prover(directory, "--check-socket", path) as prover:
        house.equal(path.stat().st_mode & 0o777, 0o600)
        house.equal(ask_unix(path).status, 200)
        house.equal(ask_unix(path, "/version").json()["bootId"],
                    prover.get("/version").json()["bootId"])
        house.equal(house.stop(prover.process), 0)
        house.check(not path.exists(), "the socket is removed at the end")


def test_hold_until_told(directory):
    path = directory / "check.sock"
    with Prover(directory, "--hold", "--check-socket", path) as prover:
        house.equal(ask_unix(path).status, 200)
        with prover.connect() as sock:
            sock.sendall(GET)
            house.check(silent(sock), "held")
            prover.process.send_signal(signal.SIGUSR2)
            sock.settimeout(10)
            with sock.makefile("rb") as stream:
                house.equal(read_answer(stream).status, 200, "who waited is served")
        prover.process.send_signal(signal.SIGUSR2)  # again: nothing
        house.equal(prover.get("/healthz").status, 200)


class Listener:
    """A listening socket that is handed over as descriptor 3, as systemd does."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.sock.getsockname()[1]

    def prover(self, directory, *args, name="public"):
        # LISTEN_PID must be the service's own pid: a shell writes it and becomes the service.
        directory.mkdir(exist_ok=True)
        log = open(directory / "prover.log", "wb")
        script = f'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name} exec "$0" "$@"'

        def third():
            os.dup2(self.sock.fileno(), 3)
            os.set_inheritable(3, True)

        process = house.start("/bin/sh", "-c", script, house.PROVER, *args, stderr=log,
                              preexec_fn=third, close_fds=False)
        house.wait_for(lambda: '"msg":"ready"' in (directory / "prover.log").read_text(), "ready")
        return process


def ask_port(port, target="/healthz"):
    with socket.create_connection(("127.0.0.1", port), 10) as sock, sock.makefile("rb") as stream:
        sock.sendall(GET.replace(b"/healthz", target.encode()))
        return read_answer(stream)


def test_socket_activation(directory):
    for name in ("public", "teerex-prover.socket"):
        listener = Listener()
        process = listener.prover(directory, name=name)
        house.equal(ask_port(listener.port).status, 200)
        house.equal(house.stop(process), 0)
        house.contains((directory / "prover.log").read_text(), "passed in")


def test_what_was_not_passed(directory):
    result = house.run("/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" 3<&-', house.PROVER,
                       timeout=10)
    house.equal(result.status, 3, result)
    result = house.run("/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" 3</dev/null',
                       house.PROVER, timeout=10)
    house.equal(result.status, 3, result)
    house.contains(result.err, "no listening socket")


def test_hand_over_loses_nothing(directory):
    """Old and new share the listener; clients with short and with idling connections, no loss."""
    listener, failures, counts = Listener(), [], {"short": 0, "idle": 0}
    over = threading.Event()

    def short():
        while not over.is_set():
            try:
                house.equal(ask_port(listener.port).status, 200)
                counts["short"] += 1
            except Exception as error:  # pylint: disable=broad-except
                failures.append(f"short: {error!r}")

    def idle(pause):
        sock = None
        while not over.is_set():
            try:
                sock = sock or socket.create_connection(("127.0.0.1", listener.port), 10)
                sock.sendall(GET)
                with sock.makefile("rb") as stream:
                    answer = read_answer(stream)
                house.equal(answer.status, 200)
                counts["idle"] += 1
                if answer.headers.get("connection") == "close":
                    sock.close()
                    sock = None
            except Exception as error:  # pylint: disable=broad-except
                failures.append(f"idle {pause}: {error!r}")
                sock = None
            over.wait(pause)

    old = listener.prover(directory / "0", "--instance-id", "i0", "--drain-idle", "5s")
    clients = [threading.Thread(target=short) for _ in range(3)]
    clients += [threading.Thread(target=idle, args=(0.2 * n,)) for n in range(20)]
    for client in clients:
        client.start()
    for turn in range(1, 4):
        new = listener.prover(directory / str(turn), "--instance-id", f"i{turn}", "--drain-idle",
                              "5s")
        old.terminate()
        time.sleep(2)
        last, old = old, new
    house.equal(last.wait(20), 0)
    over.set()
    for client in clients:
        client.join()
    house.equal(ask_port(listener.port, "/health").json()["instanceId"], "i3")
    house.stop(old)
    house.equal(failures[:5], [], counts)
    house.check(counts["short"] > 100 and counts["idle"] > 50, counts)


def test_drain(directory):
    with Prover(directory, "--drain-idle", "1500ms") as prover:
        active, idle = prover.connect(), prover.connect()
        for sock in (active, idle):
            house.equal(prover.ask("GET", "/healthz", sock=sock).headers.get("connection"), None)
        prover.process.terminate()
        house.wait_for(lambda: prover.said("draining"), "drain")
        began = time.monotonic()
        house.equal(prover.ask("POST", "/prove", b"{}", sock=active).headers["connection"], "close")
        house.equal(active.recv(1), b"", "closed after its answer")
        house.equal(idle.recv(1), b"", "closed when it stayed idle")
        house.check(time.monotonic() - began > 1, "idle connections are kept for a while")
        house.equal(prover.process.wait(10), 0)
        try:
            prover.connect()
            raise AssertionError("a drained service must not listen")
        except ConnectionRefusedError:
            pass


def test_ready_says_draining(directory):
    with Prover(directory, "--drain-idle", "2s") as prover:
        sock = prover.connect()
        prover.ask("GET", "/healthz", sock=sock)
        prover.process.terminate()
        house.wait_for(lambda: prover.said("draining"), "drain")
        answer = prover.ask("GET", "/readyz", sock=sock)
        house.equal((answer.status, answer.json()["code"]), (503, "draining"))


def test_a_request_that_runs_is_finished(directory):
    with Prover(directory, "--drain-idle", "0") as prover:
        with prover.connect() as sock, sock.makefile("rb") as stream:
            sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
            house.wait_for(lambda: "in_flight 2\n" in prover.get("/metrics").body.decode(), "it")
            prover.process.terminate()
            house.wait_for(lambda: prover.said("draining"), "drain")
            time.sleep(0.5)
            sock.sendall(b"}")
            answer = read_answer(stream)
            house.equal((answer.status, answer.headers["connection"]), (400, "close"))
        house.equal(prover.process.wait(10), 0)


def test_drain_has_an_end(directory):
    with Prover(directory, "--drain-idle", "0", "--drain-max", "1s") as prover:
        sock = prover.connect()
        sock.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
        house.wait_for(lambda: "in_flight 2\n" in prover.get("/metrics").body.decode(), "it")
        prover.process.terminate()
        house.equal(prover.process.wait(10), 0)
        house.check(prover.said("drained for long enough: 1 connections are cut"), prover.log())


def test_second_signal_ends_at_once(directory):
    with Prover(directory) as prover:
        sock = prover.connect()
        prover.ask("GET", "/healthz", sock=sock)
        prover.process.send_signal(signal.SIGINT)
        house.wait_for(lambda: prover.said("draining"), "drain")
        prover.process.send_signal(signal.SIGINT)
        house.equal(prover.process.wait(5), 130)


def test_a_dead_worker_is_started_again(directory):
    with Prover(directory) as prover:
        before = prover.parts()
        os.kill(before["worker"], signal.SIGKILL)
        house.wait_for(lambda: prover.said("worker 0 runs again"), "the new worker")
        house.check(prover.said("worker 0 killed by signal 9 (KILL)"), prover.log())
        house.wait_for(lambda: prover.prove(prover.message()).json()["code"] == "no_bb", "its use")
        house.equal(prover.process.poll(), None)


def test_a_dead_vault_ends_the_service(directory):
    with Prover(directory) as prover:
        os.kill(prover.parts()["vault"], signal.SIGKILL)
        house.equal(prover.process.wait(5), 1)
        house.check(prover.said("the vault killed by signal 9 (KILL): ending"), prover.log())


def test_a_dead_front_ends_the_service(directory):
    with Prover(directory) as prover:
        parts = prover.parts()
        os.kill(parts["front"], signal.SIGKILL)
        house.equal(prover.process.wait(5), 1)
        house.check(prover.said("the front killed by signal 9 (KILL): ending"), prover.log())
        house.check(not Path(f"/proc/{parts['vault']}").exists(), "the vault is gone too")


def test_nothing_survives_a_killed_monitor(directory):
    with Prover(directory) as prover:
        parts = prover.parts()
        prover.process.kill()
        prover.process.wait()
        house.wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and
                                       status_of(pid)["State"][0] != "Z"
                                       for name, pid in parts.items() if name != "monitor"),
                       "the parts to follow")


def test_privileges(directory):
    with Prover(directory, "--workers", "2") as prover:
        parts = prover.parts()
        for name in ("front", "vault", "worker"):
            status = status_of(parts[name])
            house.equal((name, status["Seccomp"], status["NoNewPrivs"]), (name, "2", "1"))
            house.equal(status["CapEff"].strip("0"), "", name)
            if os.geteuid() == 0:
                house.check("0" not in status["Uid"].split(), f"{name}: {status['Uid']}")
            house.equal(status.get("Threads"), "1", name)
        fds = {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in parts.items()}
        house.check(fds["vault"] <= 5 and fds["worker"] <= 5, fds)


def test_the_key_is_in_the_vault_only(directory):
    """No other part's memory can be asked for it: each makes none; the vault's is locked."""
    with Prover(directory) as prover:
        prover.skip_if_sanitized()
        locked = {name: int(status_of(pid)["VmLck"].split()[0])
                  for name, pid in prover.parts().items()}
        house.check(locked["vault"] > 0, locked)
        house.equal([locked[name] for name in ("monitor", "front", "worker")], [0, 0, 0])


def test_notify_socket(directory):
    path = directory / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(10)
        with Prover(directory, env={"NOTIFY_SOCKET": path}) as prover:
            house.equal(manager.recv(256), b"READY=1")
            prover.process.terminate()
            house.equal(manager.recv(256), b"STOPPING=1")
            house.equal(prover.process.wait(20), 0)


def test_memory_when_idle(directory):
    """At most 16 MiB of proportional set size over all processes, as delivered."""
    with Prover(directory) as prover:
        prover.skip_if_sanitized()
        total = 0
        for pid in prover.parts().values():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(rollup.split("\nPss:")[1].split()[0])
        house.check(total <= 16 * 1024, f"{total} KiB")


def test_log_reader_that_stops(directory):
    """A full pipe at stderr must not stop the service."""
    reader, writer = os.pipe()
    port = house.free_port()
    process = house.start(house.PROVER, "--listen", f"127.0.0.1:{port}", stderr=writer)
    os.close(writer)
    house.wait_for(lambda: ask_port(port).status == 200, "service")
    with socket.create_connection(("127.0.0.1", port), 10) as sock, sock.makefile("rb") as stream:
        for _ in range(2000):
            sock.sendall(GET.replace(b"/healthz", b"/nowhere"))
            house.equal(read_answer(stream).status, 404)
    lines = os.read(reader, 1 << 20).splitlines()
    house.check(all(json.loads(line) for line in lines[:-1]), "whole lines")
    os.close(reader)
    house.equal(ask_port(port).status, 200, "also when nobody reads any more")
    house.stop(process)


house.main()
