"""Back to what was good: by itself after a gate said no, by hand, and never blindly."""
# timeout: 300

import json
import shutil
import signal
import subprocess
import threading
import urllib.request

import house
from project import Project

# Passes its private check like any other build; the environment's gate finds the marker in it.
GATE = """  marker:
    kind: command
    argv: [/bin/sh, -c, "! grep -q marker-bad '%s/releases/{{digest}}/bin/teerex-prover'"]
    timeout: 5s
"""


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def with_marker(project):
    """A gate of the environment that refuses a build which carries the marker."""
    text = (project.source / "envs/local.yaml").read_text()
    project.write("envs/local.yaml", text + GATE % project.state)


class Users(threading.Thread):
    """Short connections, one after the other, until stopped; every failure is kept."""

    def __init__(self, url):
        super().__init__()
        self.url, self.stopping, self.answers, self.failures = url, False, 0, []

    def run(self):
        while not self.stopping:
            try:
                get(self.url + "/health")
                self.answers += 1
            except OSError as error:
                self.failures.append(repr(error))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()


def statuses(project):
    return [row["status"] for row in project.history()]


def formers(project):
    """The result of `rollback --list`; it is the last line of the story."""
    done = project.ctl("rollback", "local", "--list", "--format", "json")
    house.equal(done.status, 0, done)
    return json.loads(done.out.splitlines()[-1])["result"]


def deploy_two(project):
    """Two good deployments; their digests."""
    project.deploy()
    first = project.host()["digest"]
    project.build("second")
    project.deploy()
    return first, project.host()["digest"]


def test_failed_gate_rolls_back_by_itself_and_loses_no_request(directory):
    with Project(directory) as project:
        with_marker(project)
        project.deploy()
        good = project.host()
        project.build("marker-bad")
        with Users(project.url) as users:
            house.wait_for(lambda: users.answers > 20, "answers")
            done = project.deploy(status=10)
        house.equal(users.failures, [])
        house.contains(done.err, "gate 'marker'")
        house.contains(done.err, "rolled back")
        house.contains(done.err, good["digest"][:12])
        now = project.host()
        house.equal(now["digest"], good["digest"])
        house.check(now["healthy"], now)
        house.equal(get(project.url + "/version")["releaseDigest"], good["digest"])
        house.equal(statuses(project), ["Active", "Rolled back", "Replaced"])
        house.equal(project.ctl("history", "local", "--verify").status, 0)
        house.equal((project.service() / "current").resolve().name, good["digest"])
        print(f"        {users.answers} requests during the switch and the way back, none lost",
              flush=True)


def test_what_was_rolled_back_from_is_not_deployed_again(directory):
    with Project(directory) as project:
        with_marker(project)
        project.deploy()
        good = project.host()
        project.build("marker-bad")
        project.deploy(status=10)
        before = project.host()
        again = project.deploy(status=6)
        house.contains(again.err, "--again")
        house.contains(again.err, "rolled back from")
        house.equal(project.host()["boot_id"], before["boot_id"])
        house.equal(len(project.history()), 3)
        status = project.ctl("status", "local")
        house.contains(status.out, "rolled back from")
        project.deploy("--again", status=10)
        house.equal(project.host()["digest"], good["digest"])
        project.build("mended")
        project.deploy()
        house.equal(statuses(project)[0], "Active")


def test_plan_made_before_the_rollback_is_refused(directory):
    with Project(directory) as project:
        with_marker(project)
        project.deploy()
        project.build("marker-bad")
        plan = directory / "local.plan"
        house.equal(project.ctl("plan", "local", "--out", plan).status, 0)
        project.deploy(status=10)
        before = project.host()
        refused = project.ctl("apply", plan)
        house.equal(refused.status, 6, refused)
        house.contains(refused.err, "rolled back from")
        house.equal(project.ctl("plan", "local").status, 6)
        house.equal(project.host()["boot_id"], before["boot_id"])


def test_hold_leaves_it_and_rollback_goes_back(directory):
    with Project(directory) as project:
        with_marker(project)
        project.deploy()
        good = project.host()
        project.build("marker-bad")
        done = project.deploy("--no-rollback", status=6)
        house.contains(done.err, "rollback local")
        held = project.host()
        house.check(held["digest"] != good["digest"], held)
        house.equal(statuses(project), ["Failed", "Active"])
        house.equal([one["digest"] for one in formers(project)], [good["digest"]])
        house.contains(project.ctl("status", "local").out, "previous  prover 0.1.0")
        back = project.ctl("rollback", "local")
        house.equal(back.status, 0, back)
        house.equal(project.host()["digest"], good["digest"])
        house.equal(statuses(project), ["Active", "Rolled back", "Failed", "Replaced"])
        project.deploy(status=6)


def test_hold_by_configuration(directory):
    with Project(directory) as project:
        with_marker(project)
        project.edit("envs/local.yaml", "profile: untrusted", "profile: untrusted\non_failure: hold")
        project.deploy()
        good = project.host()
        project.build("marker-bad")
        project.deploy(status=6)
        house.check(project.host()["digest"] != good["digest"])


def test_rollback_by_hand_and_forward_again(directory):
    with Project(directory) as project:
        first, second = deploy_two(project)
        house.equal([(one["digest"], one["staged"], one["last_good"]) for one in formers(project)],
                    [(first, True, True)])
        house.contains(project.ctl("rollback", "local", "--list").out, first[:12])
        house.equal(project.status()["components"][0]["previous"]["digest"], first)
        done = project.ctl("rollback", "local", "-m", "it is slow")
        house.equal(done.status, 0, done)
        house.equal(project.host()["digest"], first)
        house.equal(statuses(project), ["Active", "Rolled back", "Replaced"])
        nothing = project.ctl("rollback", "local")
        house.equal(nothing.status, 3, nothing)
        house.contains(nothing.err, "no good release to go back to")
        refused = project.deploy(status=6)
        house.contains(refused.err, "--again")
        forward = project.ctl("rollback", "local", "--to", second[:10])
        house.equal(forward.status, 0, forward)
        house.equal(project.host()["digest"], second)
        house.contains(project.deploy().out, "nothing to do")


def test_settings_alone_are_rolled_back(directory):
    with Project(directory) as project:
        project.deploy()
        first = project.host()
        project.edit("envs/local.yaml", "    hosts: [here]\n",
                     "    hosts: [here]\n    settings: {NODE_ENV: production}\n")
        project.deploy()
        second = project.host()
        house.equal(first["digest"], second["digest"])
        done = project.ctl("rollback", "local")
        house.equal(done.status, 0, done)
        back = project.host()
        house.equal(back["instance"][:12], first["instance"][:12])
        project.deploy(status=6)
        project.edit("envs/local.yaml", "    settings: {NODE_ENV: production}\n", "")
        house.contains(project.deploy().out, "nothing to do")


def test_missing_release_is_said_before_anything_is_touched(directory):
    with Project(directory) as project:
        first, second = deploy_two(project)
        before = project.host()
        events = len(project.history())
        shutil.rmtree(project.state / "releases" / first)
        done = project.ctl("rollback", "local")
        house.equal(done.status, 1, done)
        house.contains(done.err, first[:12])
        house.contains(done.err, "no longer on the host")
        house.contains(done.err, "--list")
        house.equal(project.host()["boot_id"], before["boot_id"])
        house.equal(len(project.history()), events)
        house.equal(formers(project)[0]["staged"], False)
        unknown = project.ctl("rollback", "local", "--to", "9.9.9")
        house.equal(unknown.status, 3, unknown)
        house.equal(project.host()["digest"], second)


def test_missing_secret_is_said_before_anything_is_touched(directory):
    with Project(directory) as project:
        project.edit("envs/local.yaml", "    hosts: [here]\n",
                     "    hosts: [here]\n    secrets: {API_KEY: env:OLD_KEY}\n")
        secret = "a-secret-that-must-not-show"
        project.deploy(env={"OLD_KEY": secret})
        project.edit("envs/local.yaml", "    secrets: {API_KEY: env:OLD_KEY}\n", "")
        project.deploy()
        before = project.host()
        done = project.ctl("rollback", "local")
        house.equal(done.status, 3, done)
        house.contains(done.err, "OLD_KEY")
        house.equal(project.host()["boot_id"], before["boot_id"])
        done = project.ctl("rollback", "local", env={"OLD_KEY": secret})
        house.equal(done.status, 0, done)
        house.lacks(done.out + done.err, secret)
        house.lacks((project.state / "store.db").read_bytes().decode("latin-1"), secret)


def test_first_deployment_has_nothing_to_go_back_to(directory):
    with Project(directory) as project:
        nothing = project.ctl("rollback", "local")
        house.equal(nothing.status, 3, nothing)
        with_marker(project)
        project.build("marker-bad")
        project.deploy(status=6)
        house.equal(statuses(project), ["Failed"])


def test_way_back_that_fails_is_11(directory):
    with Project(directory) as project:
        with_marker(project)
        project.deploy()
        good = project.host()
        shutil.rmtree(project.state / "releases" / good["digest"])
        project.build("marker-bad")
        done = project.deploy(status=11)
        house.contains(done.err, "rolling back failed, too")
        house.contains(done.err, "no longer on the host")
        house.check(project.host()["digest"] != good["digest"])
        house.equal(statuses(project), ["Failed", "Active"])


def cut_off_on_the_way_back(project, sig):
    """A deployment that is hit while the gates are asked of what serves again."""
    answer = project.directory / "slow"
    text = (project.source / "envs/local.yaml").read_text()
    project.write("envs/local.yaml", text + GATE % project.state + f"""  slow:
    kind: command
    argv: [/bin/sh, -c, "test ! -e {answer} || sleep 30"]
    needs: [marker]
    timeout: 60s
""")
    project.deploy()
    good = project.host()
    project.build("marker-bad")
    answer.write_text("")
    run = house.start(house.TEEREXCTL, "deploy", "local", env=project.env, cwd=project.source,
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    house.wait_for(lambda: (now := project.host())["digest"] == good["digest"] and
                   now["boot_id"] not in ("", good["boot_id"]), "the way back")
    status = house.stop(run, sig)
    answer.unlink()
    return good, status


def test_way_back_that_is_cut_off_is_gone_on_with(directory):
    for sig, expected in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        place = directory / sig.name
        place.mkdir()
        with Project(place) as project:
            good, status = cut_off_on_the_way_back(project, sig)
            house.equal(status, expected)
            house.equal(statuses(project), ["Active"])
            served = project.host()
            done = project.ctl("resume")
            house.equal(done.status, 10, done)
            house.contains(done.err, good["digest"][:12])
            house.equal(project.host()["boot_id"], served["boot_id"], "nothing was started twice")
            house.equal(statuses(project), ["Active", "Rolled back", "Replaced"])
            house.equal(project.ctl("history", "local", "--verify").status, 0)
            house.contains(project.ctl("resume").out, "nothing to resume")
            project.deploy(status=6)


TWO = """version: 1
profile: untrusted
hosts:
  here: {transport: local}
components:
  front: {hosts: [here], listen: "127.0.0.1:%d", drain: {idle: 1s, max: 30s}}
  back: {hosts: [here], listen: "127.0.0.1:%d", drain: {idle: 1s, max: 30s}, gates: [sound]}
gates:
  sound:
    kind: command
    component: back
    argv: [/bin/sh, -c, "! grep -q marker-bad '%s/releases/{{digest}}/bin/run'"]
    timeout: 5s
"""


def two_components(project):
    for name in ("front", "back"):
        shutil.copy(house.PROVER, project.source / "build" / name)
    project.write("teerex.yaml", "version: 1\nproject:\n  name: scenario\ncomponents:\n" + "".join(
        f"  {name}:\n    artifact:\n      files:\n"
        f"        - {{from: build/{name}, to: bin/run, mode: '0755'}}\n"
        "    command: [bin/run]\n    health: /healthz\n" for name in ("front", "back")))
    project.write("envs/local.yaml", TWO % (project.port, house.free_port(), project.state))


def mark(project, name, text):
    with (project.source / "build" / name).open("ab") as program:
        program.write(text.encode())


def digests(project):
    return {one["name"]: one["hosts"][0]["digest"] for one in project.status()["components"]}


def test_all_that_a_run_switched_goes_back_and_nothing_else(directory):
    with Project(directory) as project:
        two_components(project)
        project.deploy()
        good = digests(project)
        mark(project, "front", "new")
        mark(project, "back", "marker-bad")
        done = project.deploy(status=10)
        house.equal(digests(project), good, done)
        two_components(project)
        mark(project, "back", "second")
        project.deploy()
        second = digests(project)
        house.check(second["back"] != good["back"] and second["front"] == good["front"], second)
        front = project.status()["components"][0]["hosts"][0]
        house.equal(project.ctl("rollback", "local").status, 0)
        house.equal(digests(project), good)
        now = project.status()["components"][0]["hosts"][0]
        house.equal(now["boot_id"], front["boot_id"], "what the last run left alone is left alone")


house.main()
