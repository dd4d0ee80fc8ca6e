"""`changes` in real repositories: where the base comes from, and what is refused."""

import json
import sqlite3

import house
from repository import YAML, Repo


def refused(done, *parts):
    house.equal(done.status, 1, done)
    for part in parts:
        house.contains(done.err, part)


def test_a_branch_against_its_target(directory):
    repo = Repo(directory)
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("src", {"src/b.c": "1\n"})
    repo.git("switch", "-q", "main")
    repo.commit("docs of main", {"docs/b.md": "1\n"})
    repo.git("switch", "-q", "topic")
    answer = repo.changed()
    house.equal(answer["changed"], ["prover"])
    house.equal(answer["matrix"], {"filter": ["prover"]})
    house.contains(answer["bases"][0]["why"], "merge base with main")


def test_on_the_target_a_tag_or_nothing(directory):
    repo = Repo(directory)
    refused(repo.changes(), "nothing to compare", "--base", "--all")
    repo.git("tag", "v1.0.0")
    repo.commit("docs", {"docs/b.md": "1\n"})
    answer = repo.changed()
    house.equal((answer["changed"], answer["bases"][0]["why"]), (["docs"], "the tag v1.0.0"))
    # The tag of HEAD itself is not what it is compared with.
    repo.git("tag", "v1.1.0")
    house.equal(repo.changed()["bases"][0]["why"], "the tag v1.0.0")


def test_negation_is_explained(directory):
    repo = Repo(directory)
    repo.commit("docs", {"docs/b.txt": "1\n", "docs/b.md": "1\n", "teerex.yaml": YAML + "\n"})
    text = repo.changes("--base", "HEAD~1", "--explain").out
    house.contains(text, "added docs/b.txt\n  not in docs: pattern 2, '!*.txt'")
    house.contains(text, "added docs/b.md\n  in docs: pattern 1, 'docs/'")
    house.contains(text, "in prover: built-in pattern 1, '/teerex.yaml'")
    house.contains(text, "not in gone: pattern 1, '**', but this kind of change does not count")
    repo.commit("lint", {"teerex.yaml": YAML.replace('"docs/", ', "")})
    done = repo.changes("--base", "HEAD~1")
    house.equal(done.status, 3, done)
    house.contains(done.err, "filter 'docs' has no pattern that takes anything in")


def test_renames_and_removals(directory):
    repo = Repo(directory)
    repo.git("mv", "docs/a.md", "moved.md")
    repo.commit("move")
    answer = repo.changed("--base", "HEAD~1")
    house.equal(answer["changed"], ["docs"])
    house.equal(answer["files"], [{"path": "moved.md", "status": "renamed",
                                   "old_path": "docs/a.md"}])
    repo.git("rm", "-q", "src/a.c")
    repo.commit("remove")
    house.equal(repo.changed("--base", "HEAD~1")["changed"], ["gone", "prover"])


def test_names_that_are_no_text(directory):
    repo = Repo(directory)
    repo.commit("odd", {b"docs/\xff\n\"x\".md": "1\n", "docs/caf\u00e9": "1\n"})
    answer = repo.changed("--base", "HEAD~1")
    house.equal(answer["filters"]["docs"]["files"], ["docs/caf\u00e9", "docs/\ufffd\n\"x\".md"])
    house.contains(repo.changes("--base", "HEAD~1", "--explain").out, 'docs/\\377\\012"x".md')


def test_pushes(directory):
    repo = Repo(directory)
    before = repo.git("rev-parse", "HEAD")
    head = repo.commit("docs", {"docs/b.md": "1\n"})
    push = {"ref": "refs/heads/main", "repository": {"default_branch": "main"}, "after": head}
    house.equal(repo.changed(**repo.event("push", before=before, **push))["bases"][0]["commit"],
                before)
    # Pushed over on the default branch: refused.
    gone = repo.event("push", before="1" * 40, forced=True, **push)
    refused(repo.changes(**gone), "111111111111", "--base")
    # Deleted.
    refused(repo.changes(**repo.event("push", before=before, deleted=True, **push)), "deleted")
    # Pushed over on another one: the merge base, and a word about it.
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("src", {"src/b.c": "1\n"})
    done = repo.changes("--format", "json",
                        **repo.event("push", before="1" * 40, **{**push, "ref": "refs/heads/topic"}))
    house.equal((done.status, done.json()["changed"]), (0, ["prover"]), done)
    house.contains(done.err, "pushed over")
    # A new branch.
    new = repo.event("push", before="0" * 40, **{**push, "ref": "refs/heads/topic"})
    house.contains(repo.changed(**new)["bases"][0]["why"], "merge base with main")
    # A tag.
    repo.git("tag", "v1", before)
    tag = repo.event("push", before="0" * 40, **{**push, "ref": "refs/tags/v2"})
    house.equal(repo.changed(**tag)["bases"][0]["why"], "the tag v1")


def test_pull_requests_and_merge_groups(directory):
    repo = Repo(directory)
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("src", {"src/b.c": "1\n"})
    repo.git("switch", "-q", "main")
    base = repo.commit("docs", {"docs/b.md": "1\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    repo.git("switch", "-q", "--detach")
    event = repo.event("pull_request", pull_request={"base": {"sha": base}})
    house.equal(repo.changed(**event)["changed"], ["prover"])
    event = repo.event("merge_group", merge_group={"base_sha": base})
    house.equal(repo.changed(**event)["changed"], ["prover"])
    # As actions/checkout makes it: one commit deep.
    shallow = repo.clone("shallow", "--depth=1")
    refused(repo.changes(cwd=shallow, **event), "shallow", "fetch-depth: 0", base[:12])
    event = repo.event("pull_request", pull_request={"base": {"sha": "2" * 40}})
    refused(repo.changes(**event), "222222222222", "git fetch")


def test_a_shallow_clone_is_refused_or_right(directory):
    repo = Repo(directory)
    first = repo.git("rev-parse", "HEAD")
    repo.commit("docs", {"docs/b.md": "1\n"})
    shallow = repo.clone("shallow", "--depth=1")
    refused(repo.changes(cwd=shallow), "shallow", "fetch-depth: 0")
    refused(repo.changes("--base", first, cwd=shallow), f"git fetch --depth=1 origin {first}")
    repo.git("fetch", "-q", "--depth=1", "origin", first, cwd=shallow)
    house.equal(repo.changed("--base", first, cwd=shallow)["changed"], ["docs"])


def test_all_and_outputs(directory):
    repo = Repo(directory)
    answer = repo.changed("--all")
    house.equal(answer["changed"], ["docs", "gone", "prover"])
    repo.commit("docs", {"docs/b.md": "1\n"})
    output = directory / "output"
    output.touch()
    done = repo.changes("--base", "HEAD~1", GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output))
    house.equal(done.status, 0, done)
    text = output.read_text()
    for name, value in (("docs", "true"), ("prover", "false"), ("changes", '["docs"]'),
                        ("matrix", '{"filter":["docs"]}')):
        house.check(f"{name}={value}\n" in text or f"{name}<<" in text and f"\n{value}\n" in text, text)


def deployed(directory, **commits):
    """A store whose records tell what runs where, as its documentation has it."""
    (directory / "state").mkdir(exist_ok=True)
    store = sqlite3.connect(directory / "state/store.db")
    store.executescript(
        "PRAGMA application_id = 0x54525843; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
        "CREATE TABLE IF NOT EXISTS record(name TEXT PRIMARY KEY, version INT NOT NULL, fence INT"
        " NOT NULL, lease TEXT NOT NULL, time_ms INT NOT NULL, text TEXT NOT NULL) STRICT;"
        "DELETE FROM record;")
    for host, commit in commits.items():
        store.execute("INSERT INTO record VALUES(?, 1, 1, 'local', 1770091500000, ?)",
                      (f"deployed:local:prover@{host}", json.dumps({"v": 1, "git_sha": commit})))
    store.commit()
    store.close()


ENVIRONMENT = """version: 1
profile: untrusted
hosts:
  here: {transport: local}
components: {}
"""


def test_since_the_deployment(directory):
    repo = Repo(directory)
    old = repo.commit("environment", {"envs/local.yaml": ENVIRONMENT})
    middle = repo.commit("docs", {"docs/b.md": "1\n"})
    repo.commit("other", {"other": "1\n"})
    # Nothing there yet: the next way, and a word about it.
    repo.git("tag", "v1", middle)
    done = repo.changes("--env", "local", "--format", "json")
    house.equal((done.status, done.json()["changed"]), (0, []), done)
    house.contains(done.err, "nothing was deployed to local yet")
    # Two hosts, two commits: what differs from any of them.
    deployed(directory, one=old, two=middle)
    answer = repo.changed("--env", "local")
    house.equal(answer["changed"], ["docs"])
    house.equal([base["commit"] for base in answer["bases"]], [old, middle])
    house.equal([file["path"] for file in answer["files"]], ["docs/b.md", "other"])
    deployed(directory, one=middle[:12], two=middle)
    answer = repo.changed("--env", "local")
    house.equal((answer["changed"], len(answer["bases"])), ([], 1))
    # What is asked for goes before.
    house.equal(repo.changed("--env", "local", "--base", old)["changed"], ["docs"])


def test_deployments_that_cannot_be_compared_with(directory):
    repo = Repo(directory)
    head = repo.commit("environment", {"envs/local.yaml": ENVIRONMENT})
    for commit, says in (("3" * 40, "333333333333"), (head + "-dirty", "which is no commit"),
                         ("", "tells no commit")):
        deployed(directory, one=commit)
        refused(repo.changes("--env", "local"), says, "--base")


house.main()
