"""`changelog` and `commit lint` in real repositories."""

import house
from repository import YAML, Repo

PACKAGES = """packages:
  sdk: {path: packages/sdk}
"""


def story(directory):
    repo = Repo(directory)
    repo.commit("feat: before the tag")
    repo.git("tag", "v1.0.0")
    repo.commit("feat(sdk): of the sdk (#7)", {"packages/sdk/a": "1\n"})
    repo.commit("docs: nothing", {"teerex.yaml": YAML + PACKAGES})
    repo.commit("fix!: of the rest\n\nBREAKING CHANGE: all of it", {"src/x": "1\n"})
    repo.git("switch", "-q", "-c", "side")
    repo.commit("fix: on the side", {"src/y": "1\n"})
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "feat: merges are not told", "side")
    return repo


def text(repo, *args):
    done = repo.ctl("changelog", *args)
    house.equal(done.status, 0, done)
    return done.out


def test_since_the_tag_and_ranges(directory):
    repo = story(directory)
    out = text(repo)
    for part in ("## [Unreleased]\n\n### Breaking\n\n- of the rest (", "- all of it (",
                 "### Added\n\n- **sdk:** of the sdk (#7) (", "### Fixed\n\n- on the side ("):
        house.contains(out, part)
    for part in ("before the tag", "nothing", "merges"):
        house.check(part not in out, out)
    house.check("rest" not in text(repo, "v1.0.0..HEAD~2"), "the range ends before")
    house.contains(text(repo, "--history"), "## [1.0.0] - 20")
    house.equal(repo.ctl("changelog", "nowhere..HEAD").status, 1)
    house.equal(repo.ctl("changelog", "..HEAD").status, 3)
    house.equal(repo.ctl("changelog", "--output=x..HEAD").status, 3)


def test_one_package(directory):
    out = text(story(directory), "--package", "sdk")
    house.contains(out, "of the sdk")
    house.check("of the rest" not in out and "on the side" not in out, out)
    house.equal(Repo(directory, "other").ctl("changelog", "--package", "none").status, 3)


def test_prepend_twice(directory):
    repo = story(directory)
    file = repo.path / "CHANGELOG.md"
    old = "# Log\r\n\r\nOurs.\r\n\r\n## [1.0.0]\r\n\r\n- first   \r\n\r\n[1.0.0]: http://x\r\n"
    file.write_bytes(old.encode())
    for _ in range(2):
        house.equal(text(repo, "--release", "1.1.0", "--prepend", file), "")
        new = file.read_bytes().decode()
        head, tail = old.split("## [1.0.0]")
        house.check(new.startswith(head + "## [1.1.0] - 20"), new)
        house.check(new.endswith("\r\n\r\n## [1.0.0]" + tail), new)
        house.check("\n" not in new.replace("\r\n", ""), new)
        house.equal(new.count("## [1.1.0]"), 1)


def test_a_shallow_clone_has_no_beginning(directory):
    repo = story(directory)
    shallow = repo.clone("shallow", "--depth=1", "--no-tags")
    done = repo.ctl("changelog", cwd=shallow)
    house.equal(done.status, 1, done)
    house.contains(done.err, "fetch-depth: 0")


def test_a_hostile_history(directory):
    """Bytes that are no text, a signature shown by configuration, colours, a message of nothing."""
    repo = story(directory)
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "color.ui", "always")
    repo.git("config", "format.pretty", "oneline")
    message = directory / "message"
    message.write_bytes(b"feat: caf\xe9 \x1b[31m<script>\n")
    repo.git("-c", "i18n.commitEncoding=utf-8", "commit", "-q", "--allow-empty", "-F", message)
    repo.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
    out = text(repo)
    house.contains(out, "&lt;script>")
    house.check("\x1b" not in out, repr(out))


def test_lint(directory):
    repo = story(directory)
    house.equal(repo.ctl("commit", "lint", "v1.0.0..HEAD").status, 0)
    repo.commit("Nothing conventional.")
    done = repo.ctl("commit", "lint", "--format", "json")
    house.equal(done.status, 1, done)
    house.equal([p["text"] for p in done.json()["problems"]],
                ["the first line is not 'type(scope): subject'"])
    message = directory / "message"
    message.write_text("feat: from an editor\n# a comment\n\nbody\n")
    house.equal(repo.ctl("commit", "lint", "--message", message).status, 0)
    done = repo.ctl("commit", "lint", "--message", "-", stdin=b"feat: a\nbody\n")
    house.equal(done.status, 1, done)
    house.contains(done.err, "stdin:2: a blank line")
    house.equal(repo.ctl("commit", "lint", "-m", "-", "-t", "store", stdin=b"store: a\n").status, 0)


house.main()
