"""`upstream list` and `upstream check` against a registry that behaves, one that does not, and the
one that this machine is configured with."""

import os
import time

import house
from follow_kit import JS, STDLIB, YAML, Registry, ask, check, project, publish


def stamp(seconds_ago):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - seconds_ago))


def test_an_update_without_configuration(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", "1.1.0", latest="1.1.0")
        root = project(directory / "p")
        verdict = check(root, registry, "--channel", "stable")["stable"]
        house.equal((verdict["current"], verdict["latest"], verdict["needs_update"]),
                    ("1.0.0", "1.1.0", True))
        check(root, registry, "--channel", "stable", "--detailed-exitcode", status=2)
        all_of_them = check(root, registry)
        house.equal(list(all_of_them), ["stable", "rc", "nightly", "devnet"])
        house.equal(all_of_them["devnet"]["state"], "none")


def test_without_a_tag_the_pattern_counts(directory):
    with Registry() as registry:
        publish(registry, "2.0.0-nightly.20260101", "2.0.0-nightly.20260102-2",
                "2.0.0-nightly.20260102", "2.0.0-commit.abcdef0")
        root = project(directory / "p", "2.0.0-nightly.20260101")
        house.equal(check(root, registry)["nightly"]["latest"], "2.0.0-nightly.20260102-2")


def test_never_down_never_astray_never_by_itself_elsewhere(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", "1.1.0", "2.0.0-rc.1", latest="1.0.0", rc="1.1.0",
                nightly="9.9.9-nightly.20260101")
        root = project(directory / "p", "1.1.0")
        verdicts = check(root, registry)
        house.equal(verdicts["stable"]["state"], "older")
        house.equal(verdicts["rc"]["state"], "astray")
        house.equal(verdicts["nightly"]["state"], "astray", "a tag without its version")
        publish(registry, rc="2.0.0-rc.1")
        house.equal(check(root, registry)["rc"]["state"], "elsewhere")
        house.equal(check(root, registry, "--channel", "rc")["rc"]["state"], "available")
        house.check(not any(v["needs_update"] for v in verdicts.values()))


def test_the_cooldown_fails_closed(directory):
    with Registry() as registry:
        root = project(directory / "p", yaml=YAML % ("2d", "2d"))
        publish(registry, "1.0.0")
        for published, state in ((stamp(3 * 86400), "available"), (stamp(86400), "cooling"),
                                 (stamp(-86400), "cooling"), ("soon", "cooling"), (12, "cooling")):
            publish(registry, "1.1.0", time=published, latest="1.1.0")
            house.equal(check(root, registry)["stable"]["state"], state, published)
        for name in (STDLIB, JS):
            del registry.packages[name]["time"]
        house.contains(check(root, registry)["stable"]["reason"], "does not say when")
        asked = [headers["Accept"] for path, headers, _ in registry.requests
                 if path.endswith(STDLIB)]
        house.equal(asked[-1], "application/json", "the full packument, for its times")


def test_by_pattern_the_newest_that_has_cooled(directory):
    yaml = YAML % ("0", "2d")
    with Registry() as registry:
        root = project(directory / "p", "1.0.0-rc.1", yaml=yaml)
        publish(registry, "1.0.0-rc.1", "1.0.0-rc.2", time=stamp(9 * 86400))
        publish(registry, "1.0.0-rc.3", time=stamp(3600))
        verdict = check(root, registry)["rc"]
        house.equal((verdict["latest"], verdict["state"]), ("1.0.0-rc.2", "available"))


def test_a_release_published_in_part_is_named(directory):
    with Registry() as registry:
        publish(registry, "1.0.0")
        registry.publish(STDLIB, "1.1.0", latest="1.1.0")
        root = project(directory / "p")
        verdict = check(root, registry, "--channel", "stable", status=7)["stable"]
        house.equal((verdict["missing"], verdict["needs_update"]), ([JS], False))
        del registry.packages[JS]
        house.equal(check(root, registry, status=7)["stable"]["missing"], [JS])
        house.contains(ask(root, registry, "upstream", "check").out, f"{JS}@1.1.0")


def test_what_has_not_changed_is_not_sent_again(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", latest="1.0.0")
        root = project(directory / "p")
        check(root, registry)
        check(root, registry)
        house.equal([status for _, _, status in registry.requests], [200, 304])
        publish(registry, "1.1.0", latest="1.1.0")
        house.equal(check(root, registry)["stable"]["latest"], "1.1.0")
        kept = list((directory / "home/.cache/teerex/npm").iterdir())
        house.check(kept and all(file.stat().st_mode & 0o77 == 0 for file in kept), kept)
        for file in kept:
            file.write_bytes(b"torn")
        house.equal(check(root, registry)["stable"]["latest"], "1.1.0")


def test_each_refusal_has_its_status(directory):
    with Registry() as registry:
        root = project(directory / "p")
        result = ask(root, registry, "upstream", "check")
        house.equal(result.status, 1, result)
        house.contains(result.err, "404")
        for status, expected in ((401, 4), (403, 4)):
            registry.trouble[STDLIB] = [lambda h, s=status: h.answer(s)]
            result = ask(root, registry, "upstream", "check")
            house.equal(result.status, expected, result)
            house.contains(result.err, STDLIB)
        registry.trouble[STDLIB] = [lambda h: h.answer(500)] * 9
        house.equal(ask(root, registry, "upstream", "check").status, 75)


def test_trouble_that_passes_is_waited_out(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", "1.1.0", latest="1.1.0")
        root = project(directory / "p")
        for trouble in (lambda h: h.answer(429, Retry_After="1"), lambda h: h.truncate()):
            registry.trouble[STDLIB] = [trouble]
            registry.requests.clear()
            house.equal(check(root, registry)["stable"]["state"], "available")
            house.check(len(registry.requests) >= 2, registry.requests)


def test_hostile_packuments_are_refused(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", latest="1.0.0")
        root = project(directory / "p")
        for text in (b"[]", b'{"versions":[1]}', b'{"versions":{"1.0.0":1e999}}', b"<html>",
                     b'{"versions":{},"versions":{}}', b'{"dist-tags":{"latest":"1","latest":"2"}}',
                     b"[" * 100000, b'{"name":"@aztec/other","versions":{}}', b"\xff\xfe{}"):
            registry.packages[STDLIB] = text
            result = ask(root, registry, "upstream", "check")
            house.check(result.status in (1, 9), f"{text[:40]} {result}")
        registry.packages[STDLIB] = (b'{"dist-tags":{"latest":"$(id)\\u001b[31m"},'
                                     b'"versions":{"1.0.0":{}}}')
        result = ask(root, registry, "upstream", "check")
        house.equal(result.status, 0, result)
        house.lacks(result.out, "\x1b")


def test_credentials_go_to_their_host_and_nowhere_else(directory):
    token = "npm_s3cret-0123456789"
    with Registry(token=token) as registry, Registry() as other:
        publish(registry, "1.0.0", "1.1.0", latest="1.1.0")
        root = project(directory / "p")
        (root / ".npmrc").write_text(f"@aztec:registry={registry.url}\n"
                                     f"//{registry.host}/npm/:_authToken=${{NPM_TOKEN}}\n")
        house.equal(ask(root, other, "upstream", "check").status, 4)
        result = ask(root, other, "upstream", "check", "--verbose", "--explain", NPM_TOKEN=token)
        house.equal(result.status, 0, result)
        house.lacks(result.out + result.err, token)
        house.equal(other.requests, [])
        registry.trouble[STDLIB] = [
            lambda h: h.answer(302, Location=other.url + "@aztec%2fstdlib")]
        other.publish(STDLIB, "1.0.0", latest="1.0.0")
        ask(root, other, "upstream", "check", NPM_TOKEN=token)
        for _, headers, _ in other.requests:
            house.lacks(str(headers), token)
        for file in (directory / "home").rglob("*"):
            house.check(file.is_dir() or token.encode() not in file.read_bytes(), file)


def test_list_shows_tags_and_their_channels(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", "1.1.0-spartan.20260101", latest="1.0.0",
                spartan="1.1.0-spartan.20260101")
        root = project(directory / "p")
        tags = ask(root, registry, "upstream", "list", "--format", "json").json()["tags"]
        house.equal([(t["tag"], t["channel"]) for t in tags],
                    [("latest", "stable"), ("spartan", None)])
        house.contains(ask(root, registry, "upstream", "list").out, "spartan")


def test_outputs_for_workflows(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", "1.1.0", latest="1.1.0")
        root, outputs = project(directory / "p"), directory / "outputs"
        outputs.write_text("")
        result = ask(root, registry, "upstream", "check", "--channel", "stable",
                     GITHUB_ACTIONS="true", GITHUB_OUTPUT=outputs)
        house.equal(result.status, 0, result)
        for part in ("needs_update", "true", "latest", "1.1.0"):
            house.contains(outputs.read_text(), part)


def test_unknown_channels_and_projects_without_upstream(directory):
    with Registry() as registry:
        publish(registry, "1.0.0", latest="1.0.0")
        root = project(directory / "p")
        result = ask(root, registry, "upstream", "check", "--channel", "nightyl")
        house.equal(result.status, 3, result)
        house.contains(result.err, "nightly")
        (root / "package.json").write_text("{}")
        house.contains(ask(root, registry, "upstream", "check").err, STDLIB)
        (root / "package.json").unlink()
        house.equal(ask(root, registry, "upstream", "check").status, 1)


def test_the_registry_of_this_machine(directory):
    house.need("npm")
    root = project(directory / "p", "0.1.0")
    env = {name: value for name, value in os.environ.items() if not name.startswith("TEEREX")}
    env["XDG_CACHE_HOME"] = str(directory / "cache")
    result = house.run(house.TEEREXCTL, "upstream", "list", "--format", "json", env=env, cwd=root)
    if result.status in (1, 3, 4, 75):
        raise house.Skip(f"no registry that has {STDLIB} can be reached")
    house.equal(result.status, 0, result)
    house.check(any(t["tag"] == "latest" for t in result.json()["tags"]), result)
    result = house.run(house.TEEREXCTL, "upstream", "check", "--channel", "stable", "--format",
                       "json", env=env, cwd=root)
    house.check(result.status in (0, 7), result)
    house.check(result.json()["channels"][0]["latest"], result)


house.main()
