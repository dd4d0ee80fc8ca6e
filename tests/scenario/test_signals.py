"""SIGINT and SIGTERM: the run stops within five seconds wherever it is, gives its leases back, and
can be resumed; a second SIGINT ends it at once, and the next run takes over at once."""
# timeout: 600

import json
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import time
from contextlib import closing

import cutoff
import house
from project import Project

LIMIT = 5.0
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}

# Answers --version like the prover, and then never says READY=1.
SLEEPER = """#!/bin/sh
[ "$1" = --version ] && echo "teerex-prover 0.1.0 (0123456789abcdef0123456789abcdef01234567)" && exit
exec sleep 600
"""


def ended(process, sig, begun=None):
    """Sends the signal (unless that was done), waits, and answers how long it took."""
    begun = begun or time.monotonic()
    process.send_signal(sig)
    out, err = process.communicate(timeout=30)
    took = time.monotonic() - begun
    house.check(took < LIMIT, f"{took:.1f} s until the exit\n{err.decode()}")
    return took, out.decode(), err.decode()


def interrupted(project, process, sig):
    """The process exits in time with the right status, and leaves no lease."""
    took, _, err = ended(process, sig)
    house.equal(process.returncode, STATUS[sig], err)
    house.equal(cutoff.leases_held(project), [], err)
    return took, err


def test_interrupted_after_any_record(directory):
    took = {signal.SIGINT: [], signal.SIGTERM: []}
    for count in range(1, 40):
        sig = signal.SIGINT if count % 2 else signal.SIGTERM
        here = directory / str(count)
        here.mkdir()
        with Project(here) as project:
            process = cutoff.started(project)
            if not cutoff.wait_for_records(project, process, count):
                process.communicate()
                break
            seconds, _, err = ended(process, sig)
            house.equal(cutoff.leases_held(project), [], err)
            took[sig].append(seconds)
            if process.returncode != 0:
                house.equal(process.returncode, STATUS[sig], err)
                house.contains(err, " resume ")
                done = house.ctl("resume", env=project.env, cwd="/")
                house.equal(done.status, 0, done)
            cutoff.check_converged(project)
        shutil.rmtree(here)
    both = took[signal.SIGINT] + took[signal.SIGTERM]
    house.check(len(both) >= 15, f"only {len(both)} points were reached")
    print(f"        {len(both)} points; signal to exit: median {statistics.median(both):.3f} s, "
          f"worst {max(both):.3f} s")


def test_while_an_instance_does_not_get_ready(directory):
    for sig in STATUS:
        here = directory / sig.name
        here.mkdir()
        with Project(here) as project:
            script = here / "sleeper"
            script.write_text(SLEEPER)
            script.chmod(0o755)
            project.build("sleeper", program=script)
            process = cutoff.started(project)
            cutoff.wait_for_record(project, process, "intent", "instance.start")
            time.sleep(0.3)
            interrupted(project, process, sig)
            project.build("good")
            project.deploy()
            cutoff.check_converged(project)


def test_while_a_gate_is_asked_again_and_again(directory):
    with Project(directory) as project:
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 299}")
        project.edit("envs/local.yaml", "    retries: 20\n    interval: 100ms\n",
                     "    retries: 20\n    interval: 30s\n")
        process = cutoff.started(project)
        cutoff.wait_for_record(project, process, "intent", "gate.run:local")
        time.sleep(0.3)
        interrupted(project, process, signal.SIGINT)


def test_while_a_gate_hangs(directory):
    with Project(directory) as project, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        project.edit("envs/local.yaml", "{{address}}/healthz",
                     f"http://127.0.0.1:{silent.getsockname()[1]}/")
        process = cutoff.started(project)
        cutoff.wait_for_record(project, process, "intent", "gate.run:local")
        time.sleep(0.3)
        interrupted(project, process, signal.SIGTERM)


def stop_tree(project, sig):
    """To every process of the service: supervisor, its keeper, instances."""
    for pid in project.pids():
        try:
            subprocess.run(["kill", f"-{sig.name[3:]}", str(pid)], check=False)
        except ProcessLookupError:
            pass


def test_while_the_supervisor_hangs(directory):
    with Project(directory) as project:
        project.deploy()
        stop_tree(project, signal.SIGSTOP)
        project.build("second")
        process = cutoff.started(project)
        time.sleep(0.5)
        took, _, err = ended(process, signal.SIGINT)
        house.equal(process.returncode, 130, err)
        stop_tree(project, signal.SIGCONT)
        project.deploy()
        cutoff.check_converged(project, deployed=2)


def test_while_a_service_drains(directory):
    """`down` waits for the drain; the supervisor goes on with it alone."""
    with Project(directory) as project, socket.socket() as client:
        project.deploy()
        client.connect(("127.0.0.1", project.port))
        client.sendall(b"POST /prove HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{")
        time.sleep(0.2)
        process = cutoff.started(project, "down", "local")
        cutoff.wait_for_record(project, process, "intent", "service.stop")
        time.sleep(0.2)
        if process.poll() is None:
            took, err = interrupted(project, process, signal.SIGINT)
            client.close()
            done = house.ctl("resume", env=project.env, cwd="/", timeout=120)
            house.equal(done.status, 0, done)
        house.equal(project.host()["state"], "stopped")


def test_while_waiting_for_the_lease(directory):
    with Project(directory) as project:
        holder = cutoff.started(project)
        house.check(cutoff.wait_for_records(project, holder, 2))
        holder.send_signal(signal.SIGSTOP)
        waiter = cutoff.started(project, "deploy", "local", "--wait", "10m")
        time.sleep(0.5)
        house.equal(waiter.poll(), None)
        _, _, err = ended(waiter, signal.SIGINT)
        house.equal(waiter.returncode, 130, err)
        house.contains(err, "waiting for lease 'local'")
        holder.send_signal(signal.SIGCONT)
        holder.communicate()
        house.equal(holder.returncode, 0)
        cutoff.check_converged(project)


def test_second_interrupt_exits_at_once(directory):
    """The first is still being cleaned up after (the store is busy) when the second comes."""
    with Project(directory) as project:
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 299}")
        project.edit("envs/local.yaml", "    retries: 20\n    interval: 100ms\n",
                     "    retries: 20\n    interval: 30s\n")
        process = cutoff.started(project)
        cutoff.wait_for_record(project, process, "intent", "gate.run:local")
        with closing(sqlite3.connect(project.state / "store.db", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            house.equal(process.poll(), None, "it waits for the store")
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=10)
            took = time.monotonic() - begun
            db.execute("ROLLBACK")
        house.check(took < 0.5, f"{took:.2f} s until the exit")
        house.equal(process.returncode, 130)
        house.equal(bool(cutoff.lease(project)[0]), True, "nobody gave the lease back")
        locks = project.ctl("lock", "status", "local", "--format", "json").json()["locks"]
        house.equal([lock["state"] for lock in locks], ["dead", "dead"])
        project.edit("envs/local.yaml", "expect: {status: 299}", "expect: {status: 200}")
        begun = time.monotonic()
        done = house.ctl("resume", env=project.env, cwd="/")
        house.equal(done.status, 0, done)
        print(f"        second SIGINT to exit {took:.3f} s; resumed in "
              f"{time.monotonic() - begun:.2f} s")
        cutoff.check_converged(project)


def test_story_of_an_interruption(directory):
    with Project(directory) as project:
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 299}")
        process = cutoff.started(project, "deploy", "local", "--format", "json")
        cutoff.wait_for_record(project, process, "intent", "gate.run:local")
        _, out, _ = ended(process, signal.SIGTERM)
        result = json.loads(out.splitlines()[-1])
        house.equal(result["exit_status"], 143, result)
        house.equal(result["error"]["kind"], "interrupted")
        run = cutoff.records(project)[0][0]
        house.contains(result["next"], f" resume {run}")
        house.check(result["left"], result)


house.main()
