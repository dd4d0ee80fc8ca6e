"""What a deployment makes of pass, fail and inconclusive; and that probes decide, not exit codes."""
# timeout: 300

import os
import signal
import threading
import time

import house
from project import Project

COMMAND_GATE = """  probe:
    kind: command
    argv: [/bin/sh, -c, '%s']
    timeout: 20s
"""


def with_probe(project, script):
    text = (project.source / "envs/local.yaml").read_text()
    project.write("envs/local.yaml", text + COMMAND_GATE % script)


def with_answer_file(project, directory, status):
    """A probe whose exit status stands in a file that a test writes."""
    answer = directory / "answer"
    answer.write_text(str(status))
    with_probe(project, f"exit $(cat {answer})")
    return answer


def instance_pid(project, instance):
    """The newest process of that instance's first program."""
    found = []
    for pid in project.pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                arguments = line.read().split(b"\0")
        except OSError:
            continue
        if instance.encode() in arguments:
            found.append(pid)
    return min(found) if found else None


def statuses(project):
    return [row["status"] for row in project.history()]


def test_pass(directory):
    with Project(directory) as project:
        with_answer_file(project, directory, 0)
        project.deploy()
        house.equal(statuses(project), ["Active"])


def test_inconclusive_holds_and_touches_nothing_more(directory):
    for status in (75, 7):
        place = directory / str(status)
        place.mkdir()
        with Project(place) as project:
            answer = with_answer_file(project, place, 0)
            project.deploy()
            good = project.host()
            project.build("second")
            answer.write_text(str(status))
            done = project.deploy(status=7)
            house.contains(done.err, "inconclusive")
            house.contains(done.err, "deploy local")
            house.contains(done.err, "rollback local")
            house.lacks(done.err, "going back to the last good release")
            held = project.host()
            house.check(held["digest"] != good["digest"], "the new one serves: nothing went back")
            house.check(held["healthy"], held)
            house.equal(statuses(project), ["Active"], "neither deployed nor failed is known")
            answer.write_text("0")
            project.deploy()
            house.equal(project.host()["boot_id"], held["boot_id"], "only the gates were asked")
            house.equal(statuses(project), ["Active", "Replaced"])


def test_held_release_can_be_rolled_back(directory):
    with Project(directory) as project:
        answer = with_answer_file(project, directory, 0)
        project.deploy()
        good = project.host()
        project.build("second")
        answer.write_text("75")
        project.deploy(status=7)
        answer.write_text("0")
        back = project.ctl("rollback", "local")
        house.equal(back.status, 0, back)
        house.equal(project.host()["digest"], good["digest"])
        house.equal(statuses(project), ["Active", "Rolled back", "Replaced"])


def test_skipped_is_never_a_pass(directory):
    with Project(directory) as project:
        with_answer_file(project, directory, 75)
        text = (project.source / "envs/local.yaml").read_text()
        project.write("envs/local.yaml", text + "    fallback: skip\n  after:\n    kind: command\n"
                      "    argv: [/bin/true]\n    needs: [probe]\n    fallback: skip\n")
        project.deploy(status=7)


def test_fail_goes_back(directory):
    with Project(directory) as project:
        answer = directory / "bad"
        answer.write_text("none")
        with_probe(project, f"! grep -q {{{{digest}}}} {answer}")
        project.deploy()
        good = project.host()
        project.build("second")
        plan = project.ctl("plan", "local", "--format", "json").json()
        answer.write_text(plan["release"]["digest"])
        done = project.deploy(status=10)
        house.contains(done.err, "gate 'probe'")
        house.equal(project.host()["digest"], good["digest"])


class Killer(threading.Thread):
    """Kills the instance that is not `old` once it takes the requests, after a moment."""

    def __init__(self, project, old, after):
        super().__init__()
        self.project, self.old, self.after, self.killed = project, old, after, None

    def run(self):
        host = house.wait_for(self.new_one, "another instance")
        time.sleep(self.after)
        os.kill(instance_pid(self.project, host["instance"]), signal.SIGKILL)
        self.killed = time.monotonic()

    def new_one(self):
        host = self.project.host()
        return host if host["instance"] not in ("", self.old) else None


def test_crash_during_the_gates_fails_fast(directory):
    with Project(directory) as project:
        project.deploy()
        old = project.host()
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 204}")
        project.edit("envs/local.yaml", "    retries: 20\n    interval: 100ms",
                     "    retries: 100\n    interval: 1s")
        project.build("second")
        killer = Killer(project, old["instance"], 0.5)
        killer.start()
        done = project.deploy("--no-rollback", status=6)
        killer.join()
        late = time.monotonic() - killer.killed
        house.contains(done.err, "the process has ended")
        house.check(late < 3, f"told {late:.1f} s after the crash")


def test_crash_behind_a_gate_that_passes_goes_back(directory):
    with Project(directory) as project:
        project.deploy()
        old = project.host()
        with_probe(project, f"test {{{{digest}}}} = {old['digest']} || sleep 3")
        project.build("second")
        killer = Killer(project, old["instance"], 1)
        killer.start()
        done = project.deploy(status=10)
        killer.join()
        house.contains(done.err, "the process has ended")
        now = project.host()
        house.equal(now["digest"], old["digest"])
        house.check(now["healthy"], now)


def test_exit_status_zero_proves_nothing(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        script = directory / "quitter"
        script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "teerex-prover 0.1.0 (abc)"\nexit 0\n')
        script.chmod(0o755)
        project.build("quitter", program=script)
        done = project.deploy(status=1)
        house.contains(done.err, "exited with status 0")
        house.equal(project.host()["boot_id"], before["boot_id"])


house.main()
