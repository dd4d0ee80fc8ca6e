"""The main job: the prover deployed to `local`, switched, asked, written down, stopped."""
# timeout: 300

import json
import os
import signal
import socket
import urllib.request

import house
from project import Project


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def test_first_deployment(directory):
    with Project(directory) as project:
        done = project.deploy()
        house.contains(done.out, project.url)
        said = get(project.url + "/version")
        host = project.host()
        house.check(host["healthy"], host)
        house.equal(host["boot_id"], said["bootId"])
        house.equal(host["instance"], said["instanceId"])
        house.equal(host["digest"], said["releaseDigest"])
        house.equal((project.service() / "current").resolve().name, host["digest"])
        house.equal(os.listdir(project.state / "releases"), [host["digest"]])


def test_nothing_to_do(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        done = project.deploy()
        house.contains(done.out, "nothing to do")
        house.equal(project.host()["boot_id"], before["boot_id"])
        plan = project.ctl("plan", "local", "--detailed-exitcode")
        house.equal(plan.status, 0, plan)


def test_plan_changes_nothing(directory):
    with Project(directory) as project:
        plan = project.ctl("plan", "local", "--detailed-exitcode", "--format", "json")
        house.equal(plan.status, 2, plan)
        house.equal(plan.json()["empty"], False)
        actions = [change["action"] for change in plan.json()["changes"]]
        house.equal(actions[0], "release.stage")
        house.check("instance.promote" in actions, actions)
        house.check(not project.state.exists(), "a plan must not make the state directory")


def test_new_build_is_switched_to(directory):
    with Project(directory) as project:
        project.deploy()
        first = project.host()
        project.build("second")
        plan = project.ctl("plan", "local", "--format", "json").json()
        house.check("release.stage" in [c["action"] for c in plan["changes"]], plan)
        project.deploy()
        second = project.host()
        house.check(first["digest"] != second["digest"], second)
        house.check(first["boot_id"] != second["boot_id"], second)
        house.equal(get(project.url + "/version")["bootId"], second["boot_id"])
        rows = project.history()
        house.equal([row["status"] for row in rows], ["Active", "Replaced"], rows)


def test_settings_alone_start_a_new_instance(directory):
    with Project(directory) as project:
        project.deploy()
        first = project.host()
        project.edit("envs/local.yaml", "    hosts: [here]\n",
                     "    hosts: [here]\n    settings: {NODE_ENV: production}\n")
        done = project.deploy()
        second = project.host()
        house.equal(first["digest"], second["digest"], done)
        house.check(first["boot_id"] != second["boot_id"], second)


def test_saved_plan(directory):
    with Project(directory) as project:
        plan = directory / "local.plan"
        house.equal(project.ctl("plan", "local", "--out", plan).status, 0)
        done = project.ctl("apply", plan)
        house.equal(done.status, 0, done)
        house.check(project.host()["healthy"])
        again = project.ctl("apply", plan)
        house.equal(again.status, 12, again)


def test_stale_plan_does_nothing(directory):
    with Project(directory) as project:
        plan = directory / "local.plan"
        house.equal(project.ctl("plan", "local", "--out", plan).status, 0)
        project.build("moved on")
        done = project.ctl("apply", plan)
        house.equal(done.status, 12, done)
        house.equal(project.host()["state"], "stopped")


def test_crash_is_restarted(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        status = project.service() / "state.json"
        house.check(status.exists(), "the supervisor keeps its state")
        for pid in project.pids():
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if b"--instance-id" in line.read():
                    os.kill(pid, signal.SIGKILL)
        house.wait_for(lambda: project.host()["healthy"] and
                       project.host()["boot_id"] != before["boot_id"], "the restart")
        plan = project.ctl("plan", "local", "--detailed-exitcode")
        house.equal(plan.status, 0, plan)


def test_down_and_up_again(directory):
    with Project(directory) as project:
        project.deploy()
        done = project.ctl("down", "local")
        house.equal(done.status, 0, done)
        house.wait_for(lambda: not project.pids(), "everything's end", timeout=40)
        house.equal(project.host()["state"], "stopped")
        house.contains(project.ctl("down", "local").out, "nothing to do")
        project.deploy()
        house.check(project.host()["healthy"])


def test_up_again_after_a_failure_and_down(directory):
    """Nothing was recorded, so the next instance has the name of the one that failed."""
    with Project(directory) as project:
        project.edit("envs/local.yaml", "expect: {status: 200}", "expect: {status: 204}")
        project.edit("envs/local.yaml", "retries: 20\n    interval: 100ms\n",
                     "retries: 0\n    interval: 100ms\n")
        house.equal(project.ctl("deploy", "local").status in (6, 10, 11), True)
        project.edit("envs/local.yaml", "expect: {status: 204}", "expect: {status: 200}")
        house.equal(project.ctl("down", "local").status, 0)
        house.wait_for(lambda: not project.pids(), "everything's end", timeout=40)
        project.deploy()
        house.check(project.host()["healthy"])


def test_port_taken(directory):
    with Project(directory) as project:
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", project.port))
            squatter.listen()
            done = project.deploy(status=1)
            house.contains(done.err, f"127.0.0.1:{project.port}")
            house.contains(done.err, str(os.getpid()))
        project.deploy()


def test_binary_that_is_not_the_prover(directory):
    with Project(directory) as project:
        project.build("x", program="/bin/true")
        done = project.deploy(status=3)
        house.contains(done.err, "--version")
        house.check(not (project.state / "releases").exists(), "nothing is staged")


def test_binary_that_lies_about_itself(directory):
    with Project(directory) as project:
        project.deploy()
        before = project.host()
        script = directory / "liar"
        script.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "teerex-prover 9.9.9 (abc)" && exit\n'
                          'echo "no config" >&2\nexit 4\n')
        script.chmod(0o755)
        project.build("liar", program=script)
        done = project.deploy(status=1)
        house.contains(done.err, "exited with status 4")
        house.contains(done.err, "no config")
        house.equal(project.host()["boot_id"], before["boot_id"], "the old one serves on")
        house.equal(project.history()[0]["status"], "Failed")


def test_missing_build_is_named_before_any_effect(directory):
    with Project(directory) as project:
        (project.source / "build/teerex-prover").unlink()
        done = project.deploy(status=3)
        house.contains(done.err, "build/teerex-prover")
        house.check(not project.state.exists(), "nothing was made")


def test_json_lines(directory):
    with Project(directory) as project:
        done = project.deploy("--format", "json")
        lines = [json.loads(line) for line in done.out.splitlines()]
        house.equal(lines[0]["type"], "version")
        house.equal(lines[-1]["type"], "result")
        house.check(any(line["type"].startswith("step") for line in lines), lines)


house.main()
