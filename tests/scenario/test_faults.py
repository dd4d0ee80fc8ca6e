"""What may go wrong around a deployment: services that misbehave, disks and files that do, two
runs at once, a clock that jumps."""
# timeout: 400

import os
import shutil
import socket
import sqlite3
import subprocess
import threading

import house
from crash_kit import TOOLS, Visitor
from project import Project

WRAPPER = """#!/bin/sh
[ "$1" = --version ] && exec %(prover)s --version
%(script)s
"""


def wrap(project, mark, script):
    """Another build: the prover behind a script."""
    path = project.directory / "wrapper"
    path.write_text(WRAPPER % {"prover": house.PROVER, "script": script % house.PROVER})
    path.chmod(0o755)
    project.build(mark, program=path)
    with open(project.source / "build/teerex-prover", "r+", encoding="utf-8") as built:
        text = built.read()
        built.seek(0)
        built.truncate()
        built.write(text.replace(f"\n{mark}", f"\n# {mark}"))


def verify(project):
    done = project.ctl("history", "local", "--verify")
    house.equal(done.status, 0, done)


def deploy_good(project, mark="good"):
    project.build(mark)
    project.deploy()
    house.check(project.host()["healthy"])
    verify(project)


def refused(project, before, status, text):
    """The deployment fails with these words and what served serves on."""
    visitor = Visitor(project.port)
    visitor.start()
    done = project.deploy(status=status)
    visitor.end()
    house.contains(done.err, text)
    house.equal(project.host()["boot_id"], before["boot_id"], "the old one serves on")
    house.equal(visitor.lost, [])
    house.check(visitor.asked > 0)


# ---- services ----

def test_crash_at_start(directory):
    with Project(directory) as project:
        project.deploy()
        wrap(project, "at start", "kill -SEGV $$ # %s")
        refused(project, project.host(), 1, "killed by SIGSEGV")
        deploy_good(project)


def test_crash_after_the_switch(directory):
    with Project(directory) as project:
        project.deploy()
        wrap(project, "later", "(sleep 2; kill -SEGV $$) & exec %s \"$@\"")
        project.ctl("deploy", "local")
        house.wait_for(lambda: project.host()["restarts"] > 0, "the restart after the crash")
        deploy_good(project)
        house.equal(project.host()["restarts"], 0)


def test_never_healthy(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        project.edit("teerex.yaml", "health: /healthz", "health: /no-such-thing")
        project.build("never healthy")
        refused(project, before, 6, "404")
        project.edit("teerex.yaml", "health: /no-such-thing", "health: /healthz")
        deploy_good(project)


def test_wrong_digest(directory):
    with Project(directory) as project:
        project.deploy()
        wrap(project, "other digest", f"exec %s \"$@\" --release-digest {'0' * 64}")
        refused(project, project.host(), 6, "digest")
        deploy_good(project)


def test_slow_to_become_ready(directory):
    with Project(directory) as project:
        project.deploy()
        wrap(project, "slow", "sleep 2; exec %s \"$@\"")
        visitor = Visitor(project.port)
        visitor.start()
        project.deploy()
        visitor.end()
        house.equal(visitor.lost, [])
        verify(project)


def test_port_taken_and_free_again(directory):
    with Project(directory) as project:
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", project.port))
            squatter.listen()
            house.contains(project.deploy(status=1).err, f"127.0.0.1:{project.port}")
        deploy_good(project)


# ---- disks ----

def test_full_disk(directory):
    house.need_root()
    state = directory / "state"
    state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(state)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        raise house.Skip("a tmpfs cannot be mounted here")
    try:
        with Project(directory) as project:
            project.deploy()
            before = project.host()
            with open(state / "filler", "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"x" * 4096)
                except OSError:
                    pass
            project.build("too much")
            refused(project, before, 1, "the disk is full")
            (state / "filler").unlink()
            deploy_good(project)
    finally:
        subprocess.run(["umount", "-l", str(state)], check=False)


def test_read_only_state(directory):
    house.need_root()
    with Project(directory) as project:
        project.deploy()
        project.build("next")
        script = ('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"')

        def read_only(*args):
            return house.run("unshare", "-m", "sh", "-c", script, "sh", project.state,
                             house.TEEREXCTL, *args, env=project.env, cwd=project.source)
        looked = read_only("plan", "local", "--detailed-exitcode")
        if "unshare" in looked.err:
            raise house.Skip("no mount namespaces here")
        house.equal(looked.status, 2, looked)
        done = read_only("deploy", "local")
        house.check(done.status in (1, 4), done)
        house.contains(done.err, "readonly")
        deploy_good(project)


# ---- damaged files ----

def damages(path):
    """(what, how) for a file: cut off and overwritten at several offsets."""
    size = path.stat().st_size

    def cut(at):
        return lambda: os.truncate(path, at)

    def overwrite(at):
        def act():
            with open(path, "r+b") as file:
                file.seek(at)
                file.write(b"\xa5" * 64)
        return act
    for at in (0, 1, 99, 512, 4096, size // 2, size - 4096, size - 1):
        yield f"cut off at {at}", cut(at)
    for at in (0, 16, 28, 100, 4096, 4100, size // 2, size - 200):
        yield f"overwritten at {at}", overwrite(at)


def test_damaged_store(directory):
    with Project(directory) as project:
        project.deploy()
        store, kept = project.state / "store.db", directory / "kept.db"
        before = project.host()
        shutil.copy(store, kept)
        refusals = 0
        for number, (what, damage) in enumerate(damages(kept)):
            for old in project.state.glob("store.db*"):
                old.unlink()
            shutil.copy(kept, store)
            project.build(f"damage {number}")
            original = kept.read_bytes()
            damage()
            os.replace(kept, store)
            kept.write_bytes(original)
            for verb in (["status", "local"], ["history", "local", "--verify"], ["plan", "local"]):
                done = project.ctl(*verb)
                house.check(0 <= done.status < 128, f"{what}: {verb}: {done}")
            done = project.ctl("deploy", "local")
            house.check(done.status in (0, 1, 9), f"{what}: {done}")
            refusals += done.status != 0
            if done.status != 0:
                house.check("damaged" in done.err or "store" in done.err, f"{what}: {done}")
        house.check(refusals >= 10, f"only {refusals} damages were noticed")
        for old in project.state.glob("store.db*"):
            old.unlink()
        shutil.copy(kept, store)
        deploy_good(project)
        house.check(project.host()["boot_id"] != before["boot_id"])


def rewrite(project, statement, *values):
    """What somebody does who opens the store by hand."""
    store = sqlite3.connect(project.state / "store.db")
    for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        store.execute(f"DROP TRIGGER {name}")
    store.execute(statement, values)
    store.commit()
    store.close()


def test_damaged_journal(directory):
    with Project(directory) as project:
        project.deploy()
        for number, (column, value) in enumerate((
                ("payload", "{"), ("payload", ""), ("payload", "[" * 5000), ("kind", "no kind"),
                ("action", "x" * 5000), ("v", 99), ("seq", -1), ("time_ms", -5))):
            rewrite(project, f"UPDATE journal SET {column} = ? WHERE id = "
                             "(SELECT max(id) - 1 FROM journal)", value)
            for verb in (["status", "local"], ["history", "local"], ["plan", "local"]):
                done = project.ctl(*verb)
                house.check(0 <= done.status < 128, f"{column}: {verb}: {done}")
            project.build(f"journal {number}")
            done = project.ctl("deploy", "local")
            house.check(0 <= done.status < 128, f"{column}: {done}")
        verify(project)


def test_tampered_ledger(directory):
    with Project(directory) as project:
        project.deploy()
        path = project.state / "DEPLOYMENTS.md"
        path.write_text(path.read_text().replace("Active", "Replaced"))
        done = project.ctl("history", "local", "--verify")
        house.equal(done.status, 9, done)
        house.contains(done.err, "DEPLOYMENTS.md:")
        project.build("next")
        told = project.deploy()
        house.contains(told.err + told.out, "written anew")
        verify(project)
        rewrite(project, "UPDATE chain SET payload = replace(payload, '0.1.0', '6.6.6') "
                         "WHERE seq = 1")
        done = project.ctl("history", "local", "--verify")
        house.equal(done.status, 9, done)
        house.contains(done.err, "event 1 was changed")


# ---- others ----

def test_two_at_once(directory):
    """From two directories, the same release: one acts, the other has nothing to do or waits."""
    with Project(directory) as project:
        project.deploy()
        for number in range(4):
            project.build(f"both {number}")
            other = directory / f"other{number}"
            shutil.copytree(project.source, other)
            results = []

            def go(cwd):
                results.append(house.ctl("deploy", "local", env=project.env, cwd=cwd))
            both = [threading.Thread(target=go, args=(cwd,)) for cwd in (project.source, other)]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            statuses = sorted(done.status for done in results)
            house.check(statuses in ([0, 0], [0, 5]), results)
            rows = project.history()
            house.equal(len(rows), number + 2, results)
            house.equal([row["status"] for row in rows].count("Active"), 1)
        verify(project)


def test_clock_that_jumps(directory):
    jump = TOOLS / "jump.so"
    if not jump.exists():
        raise house.Skip("jump.so is not built (a sanitizer wants to be loaded first)")
    with Project(directory) as project:
        project.deploy()
        for number, (seconds, after) in enumerate(
                ((3600, 0), (-3600, 0), (3600, 10), (-3600, 10), (3600, 40), (-3600, 40))):
            project.build(f"jump {number}")
            project.deploy(env={"LD_PRELOAD": str(jump), "JUMP_SECONDS": str(seconds),
                                "JUMP_AFTER": str(after)})
            house.check(project.host()["healthy"])
            verify(project)
            plan = project.ctl("plan", "local", "--detailed-exitcode")
            house.equal(plan.status, 0, plan)


house.main()
