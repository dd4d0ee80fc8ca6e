"""Releases that nobody needs go; what is live, was good before, is named or runs stays."""
# timeout: 300

import http.client
import json
import os

import house
from project import Project


def staged(project):
    return sorted(os.listdir(project.state / "releases"))


def prune(project, *args, status=0):
    done = project.ctl("prune", "local", *args)
    house.equal(done.status, status, done)
    return done


def deploy_builds(project, *marks):
    """One deployment each; the digests in order."""
    digests = []
    for mark in marks:
        project.build(mark)
        project.deploy()
        digests.append(project.host()["digest"])
    return digests


def drained(project):
    """Only the active instance is left."""
    def question():
        running = set()
        for pid in project.pids():
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                arguments = line.read().split(b"\0")
            if b"--instance-id" in arguments:
                running.add(arguments[arguments.index(b"--instance-id") + 1])
        return len(running) == 1
    house.wait_for(question, "the end of the old instances", timeout=40)


def idle_client(project):
    """A connection that was answered and rests: its instance keeps it while it drains."""
    client = http.client.HTTPConnection("127.0.0.1", project.port, timeout=20)
    client.request("GET", "/health")
    house.equal(client.getresponse().read() != b"", True)
    return client


def formers(project):
    done = project.ctl("rollback", "local", "--list", "--format", "json")
    return json.loads(done.out.splitlines()[-1])["result"]


def test_floor(directory):
    with Project(directory, idle="1s") as project:
        digests = deploy_builds(project, "a", "b", "c", "d", "e")
        house.equal(staged(project), sorted(digests), "retention keeps five and two")
        drained(project)
        plan = prune(project, "--keep", "1")
        house.contains(plan.out, digests[0][:12])
        house.equal(staged(project), sorted(digests[2:]))
        house.equal([one["digest"] for one in formers(project)], [digests[3], digests[2]])
        house.check(all(one["staged"] for one in formers(project)), "every one named is there")
        prune(project, "--keep", "0")
        house.equal(staged(project), sorted(digests[3:]))
        house.contains(prune(project, "--keep", "0").out, "nothing to remove")
        back = project.ctl("rollback", "local")
        house.equal(back.status, 0, back)
        house.equal(project.host()["digest"], digests[3])


def test_by_itself_after_a_deployment(directory):
    with Project(directory, idle="1s") as project:
        text = (project.source / "envs/local.yaml").read_text()
        project.write("envs/local.yaml", text + "retention: {releases: 1}\n")
        digests = deploy_builds(project, "a", "b", "c")
        drained(project)
        project.build("d")
        plan = project.ctl("plan", "local", "--format", "json").json()
        house.check("release.prune" in [change["action"] for change in plan["changes"]], plan)
        project.deploy()
        digests.append(project.host()["digest"])
        house.equal(staged(project), sorted(digests[1:]))
        house.equal(project.ctl("plan", "local", "--detailed-exitcode").status, 0)


def test_what_still_drains_is_kept(directory):
    with Project(directory, idle="8s") as project:
        digests, clients = [], []
        for mark in "abcd":
            digests += deploy_builds(project, mark)
            clients.append(idle_client(project))
        prune(project, "--keep", "0")
        house.equal(staged(project), sorted(digests), "their instances still finish what they have")
        drained(project)
        prune(project, "--keep", "0")
        house.equal(staged(project), sorted(digests[2:]))


def test_what_another_environment_names_is_kept(directory):
    with Project(directory, idle="1s") as project:
        text = (project.source / "envs/local.yaml").read_text()
        other = text.replace(str(project.port), str(house.free_port())) + "shares_hosts: true\n"
        project.write("envs/local.yaml", text + "shares_hosts: true\n")
        project.write("envs/other.yaml", other)
        first = deploy_builds(project, "a")[0]
        house.equal(project.ctl("deploy", "other").status, 0)
        house.equal(project.ctl("down", "other").status, 0)
        digests = deploy_builds(project, "b", "c", "d")
        drained(project)
        prune(project, "--keep", "0")
        house.equal(staged(project), sorted([first, *digests[1:]]))
        again = project.ctl("deploy", "other")
        house.equal(again.status, 0, again)


def test_what_was_rolled_back_from_goes(directory):
    with Project(directory, idle="1s") as project:
        digests = deploy_builds(project, "a", "b")
        house.equal(project.ctl("rollback", "local").status, 0)
        drained(project)
        prune(project, "--keep", "3")
        house.equal(staged(project), [digests[0]])
        project.build("b")
        house.equal(project.ctl("deploy", "local").status, 6, "and is refused nevertheless")


def test_nothing_deployed(directory):
    with Project(directory) as project:
        house.contains(prune(project).out, "nothing to remove")
        house.check(not project.state.exists(), "nothing was made")


house.main()
