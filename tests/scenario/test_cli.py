"""The command line as a user meets it: help, errors, formats, lost output, terminals, shells."""

import json
import os
import re
import shlex
import subprocess

import house
import runner
import terminal


def topics():
    lines = house.ctl("docs", "topics").out.splitlines()
    return [line.split("\t")[1] for line in lines if line.split("\t")[1]]


def in_terminal(*args, env, columns=80):
    return terminal.run([house.TEEREXCTL, *args], env, columns=columns)


# ---- help ---------------------------------------------------------------------------------------

def test_help_needs_no_home_configuration_or_network(home):
    (home / "teerex.yaml").write_text("\t: not yaml {")
    for args in (["--help"], ["version", "--help"], ["--version"], []):
        result = house.run(house.TEEREXCTL, *args, env={}, cwd=home)
        assert (result.status, result.err) == (0, ""), result
        assert result.out, args


def test_every_help_fits_and_shows_examples(home):
    assert "version" in topics()
    for topic in topics():
        result = house.ctl(*topic.split(), "--help")
        assert result.status == 0, (topic, result)
        for line in result.out.splitlines():
            assert len(line) <= 80, (topic, line)
        examples = re.search(r"^Examples\n((?:  .*\n)+)", result.out, re.M)
        assert examples, f"{topic}: no examples"
        commands = re.findall(r"^  (\S.*)$", examples.group(1), re.M)
        assert 2 <= len(commands) <= 4, (topic, commands)
        assert re.search(r"^Exit status\n  0 ", result.out, re.M), topic


def test_every_example_is_understood(home):
    for topic in topics():
        text = house.ctl(*topic.split(), "--help").out
        for line in re.findall(r"^  (teerexctl .*)$", text, re.M):
            words = shlex.split(re.split(r"[|>;&]", line)[0])[1:]
            words = words[:words.index("--")] if "--" in words else words
            result = house.ctl(*words, "--help")
            assert result.status == 0, (line, result)


def test_every_summary_is_a_phrase(home):
    for line in house.ctl("docs", "table").out.splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if not line.startswith("| `"):
            continue
        summary = cells[1].removesuffix("|").strip()
        assert summary and len(summary) <= 52, line
        assert summary[0] == summary[0].lower() and not summary.endswith("."), line


def test_no_command_hides_another(home):
    paths = topics()
    for path in paths:
        assert not any(other.startswith(path + " ") for other in paths), path


# ---- errors -------------------------------------------------------------------------------------

def test_usage_errors_are_three_on_stderr(home):
    for args, part in ((["verison"], 'did you mean "version"?'),
                       (["version", "--formt", "x"], "did you mean --format?"),
                       (["version", "extra"], 'unexpected argument "extra"'),
                       (["version", "--format", "xml"], "text|json"),
                       (["version", "-qv"], "exclude each other"),
                       (["version", "--json-into"], "needs a value"),
                       (["help", "nosuchthing"], "nosuchthing")):
        result = house.ctl(*args)
        assert (result.status, result.out) == (3, ""), (args, result)
        assert result.err.startswith("teerexctl: ") and part in result.err, (args, result)
        assert result.err.splitlines()[1].startswith("hint: see teerexctl"), (args, result)


def test_errors_are_json_for_who_reads_json(home):
    result = house.ctl("verison", "--format", "json")
    assert result.status == 3, result
    assert result.json()["ok"] is False
    assert result.json()["error"]["kind"] == "usage"
    assert "version" in result.json()["error"]["message"]


def test_json_into_stands_beside_text(home):
    file = home / "out.json"
    result = house.ctl("version", "--json-into", file)
    assert result.status == 0 and result.out.startswith("teerexctl "), result
    assert json.loads(file.read_text())["name"] == "teerexctl"
    assert house.ctl("version", "--format", "json").json() == json.loads(file.read_text())
    result = house.ctl("version", "--json-into", home / "no/such/file")
    assert result.status == 3 and "no/such/file" in result.err, result
    result = house.ctl("version", "--json-into", "/dev/full")
    assert result.status == 1 and "No space left" in result.err, result


def test_control_characters_in_arguments_do_not_reach_the_terminal(home):
    result = house.ctl("\x1b]0;title\x07\x1b[2J")
    assert "\x1b" not in result.err and "\\x1b[2J" in result.err, result


# ---- lost output ----------------------------------------------------------------------------------

def with_stdout(stdout, *args, **options):
    return subprocess.run([house.TEEREXCTL, *args], stdout=stdout, stderr=subprocess.PIPE,
                          env=house.clean_env(), timeout=60, check=False, **options)


def test_full_disk_is_an_error(home):
    for args in (["version"], ["--version"], ["--help"], ["version", "--format", "json"]):
        with open("/dev/full", "wb") as full:
            done = with_stdout(full, *args)
        assert done.returncode == 1, (args, done)
        assert b"No space left on device" in done.stderr, (args, done)
        assert done.stderr.count(b"\n") == 1, (args, done)


def test_closed_stdout_is_an_error(home):
    for args in (["version"], ["--version"], ["--help"]):
        done = with_stdout(None, *args, preexec_fn=lambda: os.close(1))
        assert done.returncode == 1, (args, done)
        assert b"Bad file descriptor" in done.stderr, (args, done)


def test_a_reader_that_went_away_is_quiet(home):
    for args in (["version"], ["--help"]):
        read, write = os.pipe()
        os.close(read)
        done = with_stdout(write, *args)
        os.close(write)
        assert done.returncode in (141, -13), (args, done)
        assert done.stderr == b"", (args, done)


def test_all_descriptors_closed_is_survived(home):
    done = subprocess.run([house.TEEREXCTL, "version"], env=house.clean_env(), timeout=60,
                          check=False, preexec_fn=lambda: os.closerange(0, 3))
    assert done.returncode == 1, done


# ---- terminals --------------------------------------------------------------------------------------

def test_color_on_a_terminal_only(home):
    env = house.clean_env(TERM="xterm")
    assert "\x1b[1m" in in_terminal("--help", env=env)[0]
    assert "\x1b" not in in_terminal("--help", env={**env, "NO_COLOR": "1"})[0]
    assert "\x1b" not in in_terminal("--help", env={**env, "TERM": "dumb"})[0]
    assert "\x1b" not in in_terminal("--help", "--no-color", env=env)[0]
    assert "\x1b" not in in_terminal("--help", "--plain", env=env)[0]
    assert "\x1b" not in house.ctl("--help", env=env).out
    assert "\x1b[1m" in house.ctl("--help", env={**env, "CLICOLOR_FORCE": "1"}).out


def test_errors_wrap_at_the_width_of_the_terminal(home):
    env = house.clean_env(TERM="xterm", NO_COLOR="1")
    painted, status = in_terminal("version", "word " * 30 + "end", env=env, columns=40)
    assert status == 3, painted
    assert "end" in painted and all(len(line) < 40 for line in painted.split("\r\n")), painted


# ---- GitHub Actions -----------------------------------------------------------------------------------

def test_errors_are_annotations_in_actions(home):
    summary = home / "summary.md"
    env = house.clean_env(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
    result = house.ctl("version", "100%, a:b\n::set-env name=X::y", env=env)
    assert result.status == 3, result
    commands = [row for row in runner.read_story(result.err) if row[0]]
    assert len(commands) == 1, commands
    name, properties, data = commands[0]
    assert (name, properties) == ("error", {"title": "Usage"}), commands
    assert "100%, a:b" in data and "\n" in data and "see teerexctl version --help" in data
    assert "unexpected argument" in summary.read_text()


# ---- shells -------------------------------------------------------------------------------------------

def script_for(shell, home):
    file = home / f"completion.{shell}"
    file.write_text(house.ctl("completion", shell).out)
    return file


def test_completion_in_bash(home):
    script = script_for("bash", home)
    (home / "teerex.yaml").write_text("")
    (home / "envs").mkdir()
    (home / "envs/prod.yaml").write_text("")
    bash = house.need("bash")
    assert house.run(bash, "-n", script).status == 0

    def complete(*words):
        quoted = " ".join(shlex.quote(word) for word in ("teerexctl",) + words)
        text = (f"teerexctl() {{ {shlex.quote(house.TEEREXCTL)} \"$@\"; }}; source {script}; "
                f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _teerexctl; "
                "printf '%s\\n' \"${COMPREPLY[@]}\"")
        result = house.run(bash, "-c", text, cwd=home)
        assert result.err == "", result
        return result.out.split()

    assert complete("ver") == ["version"]
    assert complete("completion", "") == ["bash", "zsh", "fish"]
    assert complete("--format", "=", "j") == ["json"]
    assert complete("--format", "=") == ["text", "json"]
    assert complete("--yes", "") == ["prod"]
    assert complete("version", "--json-into", str(home / "tee")) == [str(home / "teerex.yaml")]


def test_completion_in_zsh(home):
    script = script_for("zsh", home)
    result = house.run(house.need("zsh"), "-n", script)
    assert (result.status, result.err) == (0, ""), result


def test_completion_in_fish(home):
    script = script_for("fish", home)
    fish = house.need("fish")
    env = house.clean_env(HOME=home, PATH=f"{os.path.dirname(house.TEEREXCTL)}:{os.environ['PATH']}")
    result = house.run(fish, "-c", f"source {script}; complete -C 'teerexctl completion z'", env=env)
    assert (result.status, result.out) == (0, "zsh\tSHELL\n"), result


def test_man_pages_have_no_fault(home):
    mandoc = house.need("mandoc")
    for topic in [""] + topics():
        page = home / "page.1"
        page.write_text(house.ctl("docs", "man", *([topic] if topic else [])).out)
        result = house.run(mandoc, "-T", "lint", "-W", "warning", page)
        assert "WARNING" not in result.out and "ERROR" not in result.out, (topic, result)


house.main()
