"""Nothing is lost: a deployment killed anywhere is gone on with, from anywhere, and ends as if it
had never been killed."""
# timeout: 600

import os
import shutil
import signal
import statistics
import subprocess
import time

import cutoff
import house
from project import Project

# A first deployment writes 32 records: the plan, three or four a step, the end.
RECORDS = 40


def resume(project, *args, status=0):
    """From another process in another directory, which knows nothing of the project."""
    done = house.ctl("resume", *args, env=project.env, cwd="/")
    house.equal(done.status, status, done)
    return done


def test_killed_after_any_record(directory):
    took, points = [], 0
    for count in range(1, RECORDS):
        here = directory / str(count)
        here.mkdir()
        with Project(here) as project:
            if not cutoff.kill_at(project, count):
                break
            points += 1
            began = time.monotonic()
            resume(project)
            took.append(time.monotonic() - began)
            cutoff.check_converged(project)
            names = [kind for _, kind, action in cutoff.records(project) if action.startswith("gate")]
            house.check("done" in names, "the gates have run")
        shutil.rmtree(here)
    house.check(points >= 20, f"only {points} points were reached")
    print(f"        {points} points; kill -9 to recovered: median {statistics.median(took):.2f} s, "
          f"worst {max(took):.2f} s")


def test_killed_switch_is_resumed(directory):
    for count in range(3, RECORDS, 4):
        here = directory / str(count)
        here.mkdir()
        with Project(here, idle="200ms") as project:
            project.deploy()
            first = project.host()
            before = len(cutoff.records(project))
            project.build("second")
            if not cutoff.kill_at(project, before + count):
                break
            resume(project)
            cutoff.check_converged(project, deployed=2)
            house.check(project.host()["digest"] != first["digest"])


def test_deploy_goes_on_by_itself(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 8))
        run = cutoff.records(project)[0][0]
        done = project.deploy()
        house.contains(done.err, f"run {run} was cut off")
        cutoff.check_converged(project)
        house.equal({row[0] for row in cutoff.records(project)}, {run}, "under its name")


def test_deploy_supersedes_what_is_not_wanted_any_more(directory):
    with Project(directory) as project:
        process = cutoff.started(project)
        cutoff.wait_for_record(project, process, "done", "instance.start")
        process.kill()
        process.communicate()
        run = cutoff.records(project)[0][0]
        project.build("other")
        done = project.deploy()
        house.contains(done.err, f"run {run} was cut off")
        cutoff.check_converged(project)
        house.equal(len({row[0] for row in cutoff.records(project)}), 2)
        last = cutoff.query(project, "SELECT payload FROM journal WHERE run = ? ORDER BY seq DESC",
                            run)[0][0]
        house.contains(last, '"superseded"')
        house.wait_for(lambda: count_instances(project) == 1, "the end of the held instance")


def count_instances(project):
    found = set()
    for pid in project.pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                words = line.read().split(b"\0")
        except OSError:
            continue
        if b"--instance-id" in words:
            found.add(words[words.index(b"--instance-id") + 1])
    return len(found)


def test_anew_supersedes(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 8))
        project.deploy("--anew")
        house.equal(len({row[0] for row in cutoff.records(project)}), 2)
        cutoff.check_converged(project)


def test_resume_refuses_what_has_changed(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 6))
        before = cutoff.records(project)
        project.build("other")
        done = resume(project, status=12)
        house.contains(done.err, "teerexctl deploy local")
        house.equal(cutoff.records(project), before, "nothing was touched")
        project.edit("envs/local.yaml", "    hosts: [here]\n",
                     "    hosts: [here]\n    settings: {NODE_ENV: production}\n")
        resume(project, status=12)
        project.deploy()
        cutoff.check_converged(project)


def test_resume_after_a_reboot_of_the_service(directory):
    """The held instance is gone with its supervisor: the plan is stale, a new one works."""
    with Project(directory) as project:
        process = cutoff.started(project)
        cutoff.wait_for_record(project, process, "done", "instance.check")
        process.kill()
        process.communicate()
        project.kill_all()
        house.wait_for(lambda: not project.pids(), "everything's end")
        project.deploy()
        cutoff.check_converged(project)


def test_nothing_to_resume(directory):
    with Project(directory) as project:
        done = resume(project)
        house.contains(done.out, "nothing to resume")
        resume(project, "20260101T000000Z-abcdef", status=1)
        project.deploy()
        run = cutoff.records(project)[0][0]
        house.contains(resume(project).out, "nothing to resume")
        house.contains(resume(project, run).out, "has finished")


def test_the_project_has_moved(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 8))
        moved = directory / "elsewhere"
        os.rename(project.source, moved)
        done = resume(project, status=1)
        house.contains(done.err, "--project")
        resume(project, "--project", moved)
        project.source = moved
        cutoff.check_converged(project)


def test_killed_twice(directory):
    with Project(directory) as project:
        house.check(cutoff.kill_at(project, 6))
        count = len(cutoff.records(project))
        process = house.start(house.TEEREXCTL, "resume", env=project.env, cwd="/",
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cutoff.wait_for_records(project, process, count + 5)
        process.kill()
        process.wait()
        resume(project)
        cutoff.check_converged(project)


def test_keeper_killed_alone(directory):
    """The child that renews the lease dies: it is replaced, the run goes on."""
    with Project(directory) as project:
        process = cutoff.started(project)
        house.check(cutoff.wait_for_records(project, process, 2))
        killed = 0
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as text:
                    stat = text.read()
            except OSError:
                continue
            if "(lease-keeper)" in stat and int(stat.rsplit(")", 1)[1].split()[1]) == process.pid:
                os.kill(int(entry), signal.SIGKILL)
                killed += 1
        process.communicate()
        house.equal(killed, 1)
        house.equal(process.returncode, 0)
        cutoff.check_converged(project)


house.main()
