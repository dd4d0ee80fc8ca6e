"""The lock: two deployments fight for it, a freeze holds against everybody, and nobody's lock is
freed while he lives."""
# timeout: 300

import os
import shutil
import signal
import subprocess
import time

import cutoff
import house
from project import Project


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def locks(project, *args):
    done = project.ctl("lock", "status", *args, "--format", "json")
    house.equal(done.status, 0, done)
    return {lock["name"]: lock for lock in done.json()["locks"]}


def second_directory(project):
    """Another checkout of the same project that deploys to the same place."""
    copy = project.directory / "other checkout"
    shutil.copytree(project.source, copy)
    return copy


def paused(project):
    """A deployment that holds the leases and does not move."""
    process = cutoff.started(project)
    house.check(cutoff.wait_for_records(project, process, 2))
    process.send_signal(signal.SIGSTOP)
    return process


def go_on(process):
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate()
    house.equal(process.returncode, 0, err.decode())


def test_the_second_is_refused_with_the_name_of_the_first(directory):
    with Project(directory) as project:
        holder = paused(project)
        done = house.ctl("deploy", "local", env=project.env, cwd=second_directory(project))
        house.equal(done.status, 5, done)
        house.contains(done.err, f"pid {holder.pid}")
        house.contains(done.err, cutoff.records(project)[0][0])
        go_on(holder)
        cutoff.check_converged(project)


def test_the_second_waits_and_finds_nothing_to_do(directory):
    with Project(directory) as project:
        holder = paused(project)
        waiter = house.start(house.TEEREXCTL, "deploy", "local", "--wait", "1m", env=project.env,
                             cwd=second_directory(project), **QUIET)
        time.sleep(0.5)
        house.equal(waiter.poll(), None)
        go_on(holder)
        house.equal(waiter.wait(timeout=30), 0)
        cutoff.check_converged(project)


def test_two_at_once_from_two_directories(directory):
    """Many times: whoever is second waits; one deployment, one event, nobody fails."""
    with Project(directory, idle="200ms") as project:
        copy = second_directory(project)
        for turn in range(1, 6):
            for source in (project.source, copy):
                shutil.copy(house.PROVER, source / "build/teerex-prover")
                with open(source / "build/teerex-prover", "ab") as out:
                    out.write(b"turn %d" % turn)
            both = [house.start(house.TEEREXCTL, "deploy", "local", "--wait", "1m",
                                env=project.env, cwd=source, **QUIET) for source in (project.source, copy)]
            house.equal([process.wait(timeout=60) for process in both], [0, 0])
            cutoff.check_converged(project, deployed=turn)


def test_two_environments_share_the_host(directory):
    """They have leases of their own, but the host's is one: the second waits for it."""
    with Project(directory) as project:
        project.edit("envs/local.yaml", "profile:", "shares_hosts: true\nprofile:")
        text = (project.source / "envs/local.yaml").read_text()
        other = text.replace(str(project.port), str(house.free_port()))
        project.write("envs/other.yaml", other)
        holder = paused(project)
        done = project.ctl("deploy", "other")
        house.equal(done.status, 5, done)
        house.contains(done.err, "lease 'host:")
        house.equal(cutoff.lease(project, "other")[0], 0, "all or none")
        go_on(holder)
        done = project.ctl("deploy", "other")
        house.equal(done.status, 0, done)
        names = set(locks(project))
        house.check({"local", "other"} < names and len(names) == 3, names)


def test_freeze(directory):
    with Project(directory) as project:
        project.deploy()
        done = project.ctl("lock", "acquire", "local", "-m", "audit until Monday")
        house.equal(done.status, 0, done)
        house.contains(done.out, "audit until Monday")
        project.build("second")
        for args in (("deploy", "local"), ("down", "local")):
            done = project.ctl(*args)
            house.equal(done.status, 5, done)
            house.contains(done.err, "audit until Monday")
        again = project.ctl("lock", "acquire", "local", "-m", "audit until Monday")
        house.equal(again.status, 0, "the same claim again is a no-op")
        lock = locks(project, "local")["local"]
        house.equal((lock["state"], lock["freeze"]["reason"]), ("frozen", "audit until Monday"))
        house.equal(project.ctl("status", "local").status, 0, "looking is free")
        house.equal(project.ctl("lock", "release", "local").status, 0)
        house.equal(project.ctl("lock", "release", "local").status, 0, "twice is once")
        project.deploy()
        cutoff.check_converged(project, deployed=2)


def test_freeze_of_somebody_else(directory):
    with Project(directory) as project:
        ann, bob = {"GITHUB_ACTOR": "ann"}, {"GITHUB_ACTOR": "bob"}
        house.equal(project.ctl("lock", "acquire", "local", "-m", "mine", env=ann).status, 0)
        for args in (("acquire", "local", "-m", "no, mine"), ("release", "local")):
            done = project.ctl("lock", *args, env=bob)
            house.equal(done.status, 5, done)
            house.contains(done.err, "frozen by ann@github")
        house.equal(locks(project, "local")["local"]["freeze"]["reason"], "mine")
        house.equal(project.ctl("lock", "release", "local", "--force", env=bob).status, 0)
        house.equal(locks(project, "local")["local"]["freeze"], None)


def test_freeze_while_a_run_holds_it(directory):
    with Project(directory) as project:
        holder = paused(project)
        done = project.ctl("lock", "acquire", "local", "-m", "after this one")
        house.equal(done.status, 0, done)
        house.contains(done.err, "goes on until it has finished")
        done = project.ctl("lock", "acquire", "local", "-m", "after this one", "--wait", "300ms")
        house.equal(done.status, 5, done)
        go_on(holder)
        done = project.ctl("lock", "acquire", "local", "-m", "after this one", "--wait", "10s")
        house.equal(done.status, 0, done)
        project.build("second")
        house.equal(project.ctl("deploy", "local").status, 5)


def test_a_frozen_run_is_not_resumed(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 8))
        house.equal(project.ctl("lock", "acquire", "local", "-m", "hold on").status, 0)
        done = house.ctl("resume", env=project.env, cwd="/")
        house.equal(done.status, 5, done)
        house.contains(done.err, "hold on")
        house.equal(project.ctl("lock", "release", "local").status, 0)
        house.equal(house.ctl("resume", env=project.env, cwd="/").status, 0)
        cutoff.check_converged(project)


def test_release_never_frees_who_lives(directory):
    with Project(directory) as project:
        process = cutoff.started(project)
        house.check(cutoff.wait_for_records(project, process, 2))
        process.send_signal(signal.SIGSTOP)  # its keeper goes on renewing
        done = project.ctl("lock", "release", "local")
        house.equal(done.status, 5, done)
        house.contains(done.err, f"pid {process.pid}")
        done = project.ctl("lock", "release", "local", "--force", timeout=90)
        house.equal(done.status, 5, done)
        house.contains(done.err, "lives")
        house.check(cutoff.lease(project)[0], "it is still held")
        go_on(process)
        cutoff.check_converged(project)


def test_release_by_force_of_who_is_gone(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 4))
        house.equal(locks(project, "local")["local"]["state"], "dead")
        done = project.ctl("lock", "release", "local")
        house.equal(done.status, 5, done)
        house.contains(done.err, "--force")
        done = project.ctl("lock", "release", "local", "--force")
        house.equal(done.status, 0, done)
        house.equal(cutoff.leases_held(project), [])
        project.deploy()
        cutoff.check_converged(project)


def test_a_dead_owner_is_replaced_at_once(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 4))
        began = time.monotonic()
        project.deploy("--wait", "0s")
        print(f"        kill -9 to deployed by the next run: {time.monotonic() - began:.2f} s")


def test_an_older_fence_is_refused_everywhere(directory):
    """A run that slept through the loss of its leases changes nothing after it wakes."""
    with Project(directory) as project:
        sleeper = paused(project)
        for pid in os.listdir("/proc"):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as text:
                    stat = text.read()
            except OSError:
                continue
            if "(lease-keeper)" in stat and stat.rsplit(")", 1)[1].split()[1] == str(sleeper.pid):
                os.kill(int(pid), signal.SIGKILL)
        run = cutoff.records(project)[0][0]
        before = len(cutoff.records(project))
        began = time.monotonic()
        done = project.ctl("deploy", "local", "--wait", "2m", timeout=150)
        house.equal(done.status, 0, done)
        house.check(time.monotonic() - began < 45, "all leases are watched at once")
        sleeper.send_signal(signal.SIGCONT)
        _, err = sleeper.communicate(timeout=30)
        house.equal(sleeper.returncode, 5, err.decode())
        after = [kind for name, kind, _ in cutoff.records(project)[before:] if name == run]
        house.equal(after, ["run_finished"], "written by who superseded it")
        cutoff.check_converged(project)


def test_status_without_anything(directory):
    with Project(directory) as project:
        house.equal(locks(project), {})
        house.equal(locks(project, "local")["local"]["state"], "free")
        house.check(not project.state.exists(), "looking makes nothing")
        done = project.ctl("lock", "acquire", "nowhere", "-m", "x")
        house.equal(done.status, 3, done)


house.main()
