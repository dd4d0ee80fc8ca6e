"""`teerexctl doctor`: what it finds, what it only mentions, and that it changes nothing."""

import os
import socket

import house

TEEREX = """version: 1
project: {name: teerex}
components:
  prover:
    artifact: {files: [{from: a, to: bin/a, mode: "0755"}]}
    command: [bin/a]
    health: /healthz
"""
LOCAL = """version: 1
profile: untrusted
hosts: {here: {transport: local}}
components:
  prover: {hosts: [here], listen: "127.0.0.1:%d"}
"""


def project(home, port):
    (home / "envs").mkdir()
    (home / "teerex.yaml").write_text(TEEREX)
    (home / "envs/local.yaml").write_text(LOCAL % port)


def doctor(home, *args, **env):
    env.setdefault("TEEREX_STATE_DIR", home / "state")
    return house.ctl("doctor", *args, "--format", "json", cwd=home, env=house.clean_env(**env))


def finding(result, name):
    found = [check for check in result.json()["checks"] if check["name"] == name]
    assert len(found) == 1, (name, result)
    return found[0]


def test_a_good_project(home):
    project(home, house.free_port())
    before = sorted(os.listdir(home))
    result = doctor(home)
    assert result.status == 0 and result.json()["ok"] is True, result
    assert finding(result, "git")["status"] == "ok"
    assert finding(result, "local")["detail"] == "1 component, 0 gates"
    assert finding(result, "local prover")["status"] == "ok"
    assert finding(result, "store")["detail"] == "not made yet"
    assert sorted(os.listdir(home)) == before, "doctor changed something"


def test_text_for_people(home):
    project(home, house.free_port())
    result = house.ctl("doctor", "local", cwd=home, env=house.clean_env(TEEREX_STATE_DIR=home / "s"))
    assert result.status == 0, result
    assert "  ok    git                 " in result.out, result
    assert " ok, " in result.out.splitlines()[-1], result


def test_a_taken_address_is_worth_a_look(home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        project(home, other.getsockname()[1])
        result = doctor(home, "local")
    assert result.status == 0, result
    assert finding(result, "local prover")["status"] == "warn", result
    assert "another program" in finding(result, "local prover")["detail"]


def test_a_broken_environment_fails(home):
    project(home, 1)
    (home / "envs/prod.yaml").write_text("versoin: 1\n")
    result = doctor(home)
    assert result.status == 1 and result.json()["ok"] is False, result
    assert finding(result, "prod")["status"] == "fail"
    assert finding(result, "local")["status"] == "ok"
    assert "checks failed" in result.err


def test_state_that_cannot_be_written_fails(home):
    project(home, house.free_port())
    (home / "file").write_text("")
    result = doctor(home, TEEREX_STATE_DIR=home / "file/state")
    assert result.status == 1, result
    assert finding(result, "state directory")["status"] == "fail", result
    result = doctor(home, TEEREX_STATE_DIR="relative")
    assert "absolute" in finding(result, "state directory")["detail"], result


def test_without_git_it_fails(home):
    project(home, house.free_port())
    result = doctor(home, PATH=home)
    assert result.status == 1, result
    assert finding(result, "git")["status"] == "fail"
    assert finding(result, "npm")["status"] == "warn"


def test_outside_of_a_project(home):
    result = doctor(home)
    assert result.status == 0 and finding(result, "project")["status"] == "warn", result


house.main()
