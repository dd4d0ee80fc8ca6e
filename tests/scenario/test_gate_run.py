"""Gates asked of what runs: by name, in order, as a table and as JSON, with the exit status."""
# timeout: 120

import house
from project import Project

GATES = """  wrong:
    kind: http
    url: "{{address}}/version"
    expect: {json: {environment: {matches: "^never$"}}}
  unsure: {kind: command, argv: [sh, -c, "echo no idea; exit 7"]}
  after-unsure: {kind: release, component: prover, needs: [unsure], fallback: skip}
  smoke: {kind: command, component: prover, argv: [sh, -c, "echo $0", "{{address}} {{version}}"]}
"""


def ask(project, *names, status):
    done = project.ctl("gate", "run", "local", *names, "--format", "json")
    house.equal(done.status, status, done)
    return done.json()


def verdicts(result):
    return {gate["name"]: gate["verdict"] for gate in result["gates"]}


def test_gates_of_a_deployment(directory):
    with Project(directory) as project:
        project.deploy()
        result = ask(project, status=0)
        house.equal(result["verdict"], "pass")
        house.equal(verdicts(result), {"release": "pass", "answers": "pass"})
        answers = [gate for gate in result["gates"] if gate["name"] == "answers"][0]
        house.equal(answers["host"], "here")
        house.contains(answers["evidence"], "200")
        house.equal(list(verdicts(ask(project, "answers", status=0))), ["answers"])
        table = project.ctl("gate", "run", "local")
        house.equal(table.status, 0, table)
        house.contains(table.out, "VERDICT")


def test_verdicts_and_statuses(directory):
    with Project(directory) as project:
        project.deploy()
        with (project.source / "envs/local.yaml").open("a") as file:
            file.write(GATES)
        smoke = ask(project, "smoke", status=0)["gates"][0]
        house.contains(smoke["evidence"], project.url + " 0.")
        house.equal(verdicts(ask(project, "wrong", status=6)), {"wrong": "fail"})
        result = ask(project, "after-unsure", status=7)
        house.equal(verdicts(result), {"unsure": "inconclusive", "after-unsure": "skipped"})
        house.equal(result["verdict"], "inconclusive")
        unknown = project.ctl("gate", "run", "local", "anwsers")
        house.equal(unknown.status, 3, unknown)
        house.contains(unknown.err, "answers")


def test_nothing_runs(directory):
    with Project(directory) as project:
        project.deploy()
        done = project.ctl("down", "local")
        house.equal(done.status, 0, done)
        result = ask(project, "answers", status=6)
        house.equal(verdicts(result), {"answers": "fail"})


house.main()
