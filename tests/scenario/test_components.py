"""Two components on one machine: the order their needs give, gates between them, and what a gate
that says no leaves untouched."""

import json
import urllib.request

import house
from project import Project

EDGE = """  edge:
    artifact:
      files:
        - {from: build/teerex-prover, to: bin/teerex-prover, mode: "0755"}
    command: [bin/teerex-prover]
    health: /healthz
"""


class Pair(Project):
    """`edge` needs the gate `behind`, which asks the prover. It stands first in the files."""

    def __init__(self, directory, status=200):
        super().__init__(directory)
        self.edge = house.free_port()
        self.edit("teerex.yaml", "components:\n", "components:\n" + EDGE)
        self.edit("envs/local.yaml", "components:\n", f"""components:
  edge:
    hosts: [here]
    manager: own
    listen: "127.0.0.1:{self.edge}"
    drain: {{idle: 1s, max: 10s}}
    needs: [behind]
""")
        self.edit("envs/local.yaml", "gates:\n  release:", f"""gates:
  behind:
    kind: http
    component: prover
    components: [prover]
    url: "{{{{address}}}}/healthz"
    expect: {{status: {status}}}
    timeout: 5s
    retries: 0
  release:""")


def version(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=5) as answer:
        return json.load(answer)


def test_order(directory):
    with Pair(directory) as project:
        plan = project.ctl("plan", "local", "--format", "json").json()
        steps = [(change["action"], change["target"]) for change in plan["changes"]]
        at = {step: index for index, step in enumerate(steps)}
        house.check(at[("instance.promote", "prover@here")] < at[("gate.run", "edge-needs@here")], steps)
        house.check(at[("gate.run", "edge-needs@here")] < at[("instance.start", "edge@here")], steps)
        stages = [index for index, step in enumerate(steps) if step[0] == "release.stage"]
        house.check(max(stages) < at[("supervisor.start", "prover@here")], steps)
        project.deploy()
        house.check(version(project.port)["instanceId"] != version(project.edge)["instanceId"])
        house.equal({row["component"]: row["status"] for row in project.history()},
                    {"prover": "Active", "edge": "Active"})
        house.contains(project.deploy().out, "nothing to do")


def test_a_need_that_is_not_met(directory):
    with Pair(directory, status=204) as project:
        done = project.ctl("deploy", "local")
        house.equal(done.status, 6, done)
        house.contains(done.err, "behind")
        house.check(version(project.port)["bootId"], "the component before it serves")
        components = {c["name"]: c["hosts"][0]["state"] for c in project.status()["components"]}
        house.equal(components, {"prover": "active", "edge": "stopped"})


house.main()
