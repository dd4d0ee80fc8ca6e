"""One deployment as it is told: on a terminal, in a pipe, to programs, in GitHub Actions."""
# timeout: 300

import json
import socket

import house
import runner
import terminal
from project import Project

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
STEPS = ("stage the release", "start the new instance", "check the new instance",
         "hand over the socket", "run the gates")


def on_terminal(project, *args, columns=80, **env):
    settings = {**project.env, "TERM": "xterm", "LANG": "C.UTF-8", **env}
    return terminal.run([house.TEEREXCTL, *args], settings, project.source, columns)


def test_live_on_a_terminal(directory):
    with Project(directory) as project:
        painted, status = on_terminal(project, "deploy", "local")
        house.equal(status, 0, painted)
        assert "\x1b[1A\x1b[J" in painted and any(frame in painted for frame in SPINNER), painted
        lines = terminal.screen(painted)
        for step in STEPS:
            shown = [line for line in lines if line.startswith(f"  ✓ prover@here  {step}")]
            assert len(shown) == 1, (step, lines)
        assert all(len(line) < 80 for line in lines), lines
        assert not any(frame in line for line in lines for frame in SPINNER), lines


def test_narrow_and_plain_terminals(directory):
    with Project(directory) as project:
        painted, status = on_terminal(project, "deploy", "local", columns=50)
        house.equal(status, 0, painted)
        story = terminal.screen(painted)
        assert any("hand over the socket" in line for line in story), story
        assert all(len(line) < 50 for line in story if line.startswith("  ✓")), story
        painted, status = on_terminal(project, "down", "local", "--plain")
        assert status == 0 and "\x1b" not in painted and painted.isascii(), painted
        assert "  ok      prover@here" in painted, painted


def test_ascii_where_the_locale_is(directory):
    with Project(directory) as project:
        painted, status = on_terminal(project, "deploy", "local", LANG="C", NO_COLOR="1")
        assert status == 0 and painted.isascii(), painted
        assert any(line.startswith("  ok") for line in terminal.screen(painted)), painted


def test_plain_lines_in_a_pipe(directory):
    with Project(directory) as project:
        done = project.deploy()
        assert "\x1b" not in done.err + done.out, done
        lines = done.err.splitlines()
        house.equal(lines[0], "==> Deploy to local")
        for step in STEPS:
            assert f"  begin   prover@here: {step}" in lines, (step, done)
        quiet = project.ctl("down", "local", "--quiet")
        house.equal((quiet.status, quiet.err), (0, ""), quiet)


def test_json_lines(directory):
    with Project(directory) as project:
        file = project.directory / "story.jsonl"
        done = project.deploy("--format", "json", "--json-into", file)
        house.equal(done.out, file.read_text())
        lines = [json.loads(line) for line in done.out.splitlines()]
        house.equal((lines[0]["type"], lines[0]["format"]), ("version", 1))
        house.equal((lines[-1]["type"], lines[-1]["ok"], lines[-1]["exit_status"]),
                    ("result", True, 0))
        house.equal(lines[-1]["result"]["environment"], "local")
        begun = [line["step"] for line in lines if line["type"] == "step_begin"]
        ended = [line["step"] for line in lines if line["type"] == "step_end"]
        assert begun and sorted(begun) == sorted(ended), lines


def test_github_actions(directory):
    with Project(directory) as project:
        files = {name: project.directory / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        done = project.ctl("deploy", "local", env={"GITHUB_ACTIONS": "true", **files})
        house.equal(done.status, 0, done)
        commands = [row[0] for row in runner.read_story(done.err) if row[0]]
        house.equal(commands, ["group", "endgroup"], done)
        house.equal([row for row in runner.read_story(done.out) if row[0]], [])
        outputs = dict(runner.read_pairs(files["GITHUB_OUTPUT"].read_text()))
        house.equal(outputs["environment"], "local")
        house.equal(outputs["digest"], project.host()["digest"])
        assert "local: deployed" in files["GITHUB_STEP_SUMMARY"].read_text()


def test_secrets_are_masked_in_actions_but_in_no_file(directory):
    secret = "sword\"fish/1234"
    with Project(directory) as project:
        project.edit("envs/local.yaml", "    gates: [release]",
                     "    gates: [release]\n    secrets: {API_KEY: 'env:SOME_KEY'}")
        env = {"GITHUB_ACTIONS": "true", "SOME_KEY": secret}
        done = project.ctl("deploy", "local", env=env)
        house.equal(done.status, 0, done)
        masks = [data for name, _, data in runner.read_story(done.err) if name == "add-mask"]
        assert secret in masks and 'sword\\"fish/1234' in masks, masks
        with open(project.directory / "log", "wb") as log:
            house.subprocess.run([house.TEEREXCTL, "deploy", "local"], stderr=log, check=True,
                                 stdout=house.subprocess.DEVNULL, cwd=project.source,
                                 env={**project.env, **env})
        assert "fish" not in (project.directory / "log").read_text()
        for text in (done.out, project.ctl("status", "local").out):
            assert secret not in text, text


def test_a_story_that_fails(directory):
    with Project(directory) as project, socket.socket() as other:
        other.bind(("127.0.0.1", project.port))
        other.listen()
        done = project.deploy(status=1)
        lines = done.err.splitlines()
        assert any(line.startswith("  FAILED  prover@here") for line in lines), done
        assert lines[-3].startswith("teerexctl: ") and "already in use" in lines[-3], done
        assert lines[-2].startswith("left: prover@here: "), done
        house.check(lines[-1].startswith("next: ") and lines[-1].endswith("teerexctl deploy local"),
                lines[-1])
        done = project.ctl("deploy", "local", "--format", "json", env={"GITHUB_ACTIONS": "true"})
        result = json.loads(done.out.splitlines()[-1])
        house.equal((result["ok"], result["exit_status"]), (False, 1), done)
        house.check(result["next"].endswith("teerexctl deploy local"), result)
        errors = [row for row in runner.read_story(done.err) if row[0] == "error"]
        assert len(errors) == 1 and "teerexctl deploy local" in errors[0][2], done


def test_a_stream_that_is_lost(directory):
    with Project(directory) as project:
        done = project.ctl("deploy", "local", "--json-into", "/dev/full")
        house.equal(done.status, 1, done)
        assert "No space left on device" in done.err, done
        assert project.host()["healthy"], "the deployment itself went on"


house.main()
