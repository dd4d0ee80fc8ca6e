"""Patterns beside git's own: `git check-ignore` says which pattern of a .gitignore decides about a
path. Lists with negations are compared on files of the root, where the one difference that is meant
(git takes nothing in again below a directory that is left out) cannot show. Left out is also "a**/b": git's documentation has it match "ab/b" and not
"a/c/b", git itself does both. Where picomatch reads patterns alike it is asked, too."""

import os
import random
import subprocess
from pathlib import Path

import house

TOOL = Path(os.environ.get("TEEREX_TOOLS", house.SOURCE / "build/dev/tests/tools")) / "changes_tool"
WORDS = [b"a", b"b", b"ab", b"abc", b"a.md", b"b.md", b".md", b"a-b", b"x1", b"!a", b"#", b"caf\xc3\xa9",
         b"\xff", b"a b", b"]", b"**", b"[a]", b"Z"]
SEGMENTS = [b"a", b"b", b"ab", b"*", b"**", b"*.md", b"a*", b"*b", b"a*c", b"a?", b"?", b"[ab]",
            b"[!a]", b"[^a]*", b"[a-z]b", b"[[:alpha:]]", b"[[:digit:]x]*", b"[]]", b"*a*", b"**b",
            b"\\!a", b"\\#", b"\\*\\*", b"[\\]]", b"\xff", b"caf*", b"x[0-9]", b"***", b"*[*]"]


def pattern(chance):
    text = b"/".join(chance.choice(SEGMENTS) for _ in range(chance.choice([1, 1, 2, 2, 3, 4])))
    return chance.choice([b"", b"", b"", b"/"]) + text + chance.choice([b"", b"", b"", b"/"])


def path(chance, deepest=5):
    return b"/".join(chance.choice(WORDS) for _ in range(chance.randint(1, deepest)))


def tool(verb, patterns, paths, directory):
    file = directory / "patterns"
    file.write_bytes(b"".join(p + b"\n" for p in patterns))
    done = subprocess.run([TOOL, verb, file], input=b"".join(p + b"\0" for p in paths),
                          capture_output=True, check=True)
    return [int(line) for line in done.stdout.split()]


def by_git(patterns, paths, directory):
    """For each path the number of the pattern that decides, 0: none."""
    (directory / ".gitignore").write_bytes(b"".join(p + b"\n" for p in patterns))
    done = subprocess.run(["git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"],
                          input=b"".join(p + b"\0" for p in paths), capture_output=True,
                          cwd=directory, env=house.clean_env(GIT_CONFIG_GLOBAL="/dev/null",
                                                             GIT_CONFIG_NOSYSTEM="1"), check=False)
    house.check(done.returncode in (0, 1), done.stderr)
    fields = done.stdout.split(b"\0")[:-1]
    house.equal(len(fields), 4 * len(paths))
    return [int(number or 0) for number in fields[1::4]]


def repository(directory):
    house.need("git")
    house.equal(house.run("git", "init", "-q", directory / "repo").status, 0)
    return directory / "repo"


def compare(lists, paths_of, directory):
    repo, compared = repository(directory), 0
    for patterns in lists:
        paths = paths_of()
        ours, theirs = tool("decide", patterns, paths, directory), by_git(patterns, paths, repo)
        for one, other, name in zip(ours, theirs, paths):
            house.equal(one, other, f"{patterns} and {name}: ours, git's")
        compared += len(paths)
    print(f"{compared} verdicts, all the same")


def test_single_patterns_at_any_depth(directory):
    chance = random.Random(4)
    compare(([pattern(chance)] for _ in range(400)),
            lambda: sorted({path(chance) for _ in range(250)}), directory)


def test_lists_of_patterns_that_take_in(directory):
    """Of several that match the last one decides; git stops at the directory, where another one may
    be the last. So only whether any matches is compared."""
    chance, repo, compared = random.Random(5), repository(directory), 0
    for _ in range(100):
        patterns = [pattern(chance) for _ in range(12)]
        paths = sorted({path(chance) for _ in range(250)})
        ours, theirs = tool("decide", patterns, paths, directory), by_git(patterns, paths, repo)
        for one, other, name in zip(ours, theirs, paths):
            house.equal(one > 0, other > 0, f"{patterns} and {name}")
        compared += len(paths)
    print(f"{compared} verdicts, all the same")


def test_negations(directory):
    chance = random.Random(6)

    def negatable():
        patterns = [chance.choice([b"", b"!"]) + pattern(chance) for _ in range(10)]
        return [b"zzz"] + patterns

    compare((negatable() for _ in range(100)), lambda: sorted({path(chance, 1) for _ in range(40)}),
            directory)


def test_picomatch_where_it_agrees(directory):
    """With a slash inside and none at the end, on names without leading dots, about files alone:
    picomatch knows no directories, so what matches one of those is asked with a "/**" behind."""
    node = house.need_node("picomatch")
    chance = random.Random(7)
    segments = [b"a", b"ab", b"*", b"**", b"*.md", b"a*", b"*b", b"a?", b"[ab]", b"[a-z]b", b"x[0-9]"]
    words = [word for word in WORDS if word.isascii() and word.isalnum()] + [b"a.md", b"b.md"]
    compared = 0
    for _ in range(25):
        # "a/**" matches "a", too, there.
        pattern_text = b"/".join([chance.choice(segments) for _ in range(chance.randint(1, 3))]
                                 + [chance.choice([s for s in segments if s != b"**"])])
        paths = sorted({b"/".join(chance.choice(words) for _ in range(chance.randint(1, 5)))
                        for _ in range(200)})
        ours = tool("decide", [pattern_text], paths, directory)
        file = directory / "both"
        file.write_bytes(pattern_text + b"\n" + pattern_text + b"/**\n")
        done = subprocess.run([node, house.SOURCE / "tests/node/picomatch_count.mjs", file],
                              input=b"".join(path + b"\0" for path in paths), capture_output=True,
                              check=True)
        house.equal(sum(one > 0 for one in ours), int(done.stdout), pattern_text)
        compared += len(paths)
    print(f"{compared} verdicts, as many of each")


house.main()
