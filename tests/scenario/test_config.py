"""`teerexctl config show | check | schema` as a user meets them, on this repository's own files and
on projects with everything wrong."""

import json
import shutil

import house

LOCAL = (house.SOURCE / "envs/local.yaml").read_text()


def project(tmp, local=LOCAL, teerex=None):
    """A copy of this repository's configuration, changed."""
    (tmp / "envs").mkdir()
    shutil.copy(house.SOURCE / "teerex.yaml", tmp / "teerex.yaml")
    if teerex is not None:
        (tmp / "teerex.yaml").write_text(teerex)
    (tmp / "envs/local.yaml").write_text(local)
    return tmp


def config(tmp, *args, **env):
    return house.ctl("config", *args, cwd=tmp, env=house.clean_env(HOME=tmp, **env))


def test_our_own_files_are_right(tmp):
    done = config(house.SOURCE, "check")
    house.equal(done.status, 0, done)
    house.equal(done.out, "The configuration is right.\n", done)


def test_show_names_every_origin(tmp):
    done = config(house.SOURCE, "show", "local", "--origin", "--set", "on_failure=hold",
                  TEEREX_COMPONENTS_PROVER_LISTEN="127.0.0.1:4999")
    house.equal(done.status, 0, done)
    for line in ("project.name = teerex  (teerex.yaml:",
                 "on_failure = hold  (--set)",
                 "components.prover.listen = 127.0.0.1:4999  (TEEREX_COMPONENTS_PROVER_LISTEN)",
                 "components.prover.drain.idle = 10s  (envs/local.yaml:",
                 "rollout.canary = 1  (default)"):
        house.contains(done.out, line)


def test_show_as_json_has_the_same_values(tmp):
    text = config(house.SOURCE, "show", "local")
    values = config(house.SOURCE, "show", "local", "--format", "json").json()
    lines = [f"{v['path']} = {v['value']}" for v in values]
    house.equal("\n".join(lines) + "\n", text.out)


def test_secrets_are_never_shown(tmp):
    secret = LOCAL.replace("    gates: [answers, release]",
                           "    secrets: {API_KEY: env:MY_KEY}\n    gates: [answers, release]")
    done = config(project(tmp, secret), "show", "local", MY_KEY="hunter2hunter2")
    house.contains(done.out, "components.prover.secrets.API_KEY = ***\n")
    (tmp / "envs/local.yaml").write_text(secret.replace("env:MY_KEY", "hunter2hunter2"))
    done = config(tmp, "check")
    house.equal(done.status, 3, done)
    house.contains(done.err, "'API_KEY' must be a reference to a secret")
    house.check("hunter2" not in done.out + done.err, done)


def test_an_unknown_key_is_shown_with_its_line(tmp):
    done = config(project(tmp, LOCAL.replace("listen:", "lisen:")), "check")
    house.equal(done.status, 3, done)
    house.equal(done.out, "", done)
    house.contains(done.err, "unknown key 'lisen', did you mean 'listen'?")
    house.contains(done.err, "|     lisen: 127.0.0.1:4000")
    house.contains(done.err, "|     ^")


def test_all_problems_as_json(tmp):
    broken = LOCAL.replace("hosts: [here]", "hosts: [there]").replace("[answers]", "[answres]")
    done = config(project(tmp, broken), "check", "--format", "json")
    house.equal(done.status, 3, done)
    answer = done.json()
    house.equal(answer["ok"], False)
    house.equal([p["message"] for p in answer["problems"]],
                ["unknown host 'there', did you mean 'here'?",
                 "unknown gate 'answres', did you mean 'answers'?"])
    lines = broken.splitlines()
    for problem in answer["problems"]:
        house.equal(problem["file"], "envs/local.yaml")
        house.check(lines[problem["line"] - 1][problem["col"] - 1:].startswith(("there", "answres")),
                    problem)


def test_malformed_files(tmp):
    project(tmp)
    bomb = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n"
                                      for p, c in zip("abcdefghij", "bcdefghijk"))
    for text, message in (("version: 1\nhosts:\n\there: {}\n", "local.yaml:3:1: error: a tab"),
                          ("version: 1\nversion: 1\n", "duplicate key 'version' (first on line 1)"),
                          (bomb, "anchors ('&') are not supported"),
                          ("#" * (10 << 20), "10485760 bytes, more than the 1048576"),
                          ("version: [", "local.yaml:1:11: error: did not find expected node content"),
                          ("", "'version' is missing"),
                          ("- 1\n", "must be a map, not a list"),
                          ("version: 1\n---\n", "a second document")):
        (tmp / "envs/local.yaml").write_text(text)
        done = config(tmp, "check")
        house.equal(done.status, 3, done)
        house.contains(done.err, message)


def test_an_unknown_environment(tmp):
    done = config(project(tmp), "show", "locl")
    house.equal(done.status, 3, done)
    house.contains(done.err, "unknown environment 'locl', did you mean 'local'? (there is: local)")


def test_no_project(tmp):
    done = config(tmp, "check")
    house.equal(done.status, 3, done)
    house.contains(done.err, "teerex.yaml")


def test_annotations_under_github_actions(tmp):
    done = config(project(tmp, LOCAL.replace("profile: untrusted", "profile: untrusterd")),
                  "check", GITHUB_ACTIONS="true")
    house.equal(done.status, 3, done)
    house.contains(done.out + done.err, "::error file=envs/local.yaml,line=5,col=10::'profile' must be")


def test_the_schemas_know_every_key_of_our_files(tmp):
    """Walks the schema along the committed files: what is accepted is also printed."""
    for name, path in (("project", "project.name"), ("environment", "components.prover.drain.idle")):
        done = config(tmp, "schema", name)
        house.equal(done.status, 0, done)
        schema = json.loads(done.out)
        house.equal(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        for key in path.split("."):
            schema = schema.get("properties", {}).get(key) or schema["additionalProperties"]
        house.equal(schema["type"], "string")


house.main()
