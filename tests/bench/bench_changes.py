"""100,000 changed files against 10 filters of 20 patterns each, beside picomatch (which is what the
usual path filters use), and the changelog of 10,000 commits beside conventional-changelog's parser.
Both sides must select the same files; reading the list is not counted, compiling patterns is."""

import os
import random
import subprocess
import tempfile
import time
from pathlib import Path

import measure
from measure import house

ROUNDS = 7
PRESET = os.environ.get("TEEREX_PRESET", "dev")
TOOL = house.SOURCE / "build" / PRESET / "tests/tools/changes_tool"
TOPS = ["packages", "prover", "pkg", "docs", "tests", "envs", "sdk", "app", "contracts", "scripts"]
ENDS = [".c", ".h", ".ts", ".md", ".json", ".py", ".yaml", ".txt", ".test.ts", ".snap"]


def files(chance, count):
    """Paths as git lists them, about 40 in a directory."""
    found = set()
    while len(found) < count:
        parts = [chance.choice(TOPS)] + [f"d{chance.randint(0, 12)}"
                                         for _ in range(chance.randint(1, 3))]
        for _ in range(chance.randint(1, 80)):
            found.add("/".join(parts) + f"/file{chance.randint(0, 999)}{chance.choice(ENDS)}")
    return sorted(found)[:count]


def filters(chance):
    """Patterns that git and picomatch read alike: with a slash, on files."""
    def one():
        top, sub, end = chance.choice(TOPS), f"d{chance.randint(0, 12)}", chance.choice(ENDS)
        return chance.choice([f"{top}/{sub}/**", f"{top}/**/*{end}", f"**/{sub}/*{end}",
                              f"{top}/*/{sub}/**", f"**/file{chance.randint(0, 99)}*{end}",
                              f"{top}/**/file[0-4]*{end}"])
    return [[one() for _ in range(20)] for _ in range(10)]


def by(command, text):
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True,
                          check=True)
    passed, worked = done.stderr.split()
    return float(passed), float(worked), done.stdout


def show(what, times):
    print(f"\n| {what} | ms | ms of the processor |\n|---|--:|--:|")
    for name, pairs in times.items():
        passed, worked = ([pair[i] for pair in pairs] for i in (0, 1))
        print(f"| {name} | {measure.median(passed):.1f} | {measure.median(worked):.1f} |")


def matching(directory):
    chance = random.Random(8)
    lists, paths = filters(chance), files(chance, 100_000)
    patterns = directory / "patterns"
    patterns.write_text("\n\n".join("\n".join(one) for one in lists) + "\n")
    text = "".join(f"{path}\0" for path in paths).encode()
    commands = {"ours": [TOOL, "count", patterns]}
    try:
        commands["picomatch"] = [house.need_node("picomatch"),
                                 house.SOURCE / "tests/node/picomatch_count.mjs", patterns]
    except house.Skip as reason:
        print(f"picomatch: {reason}")
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        counts = {}
        for name, command in commands.items():
            passed, worked, counts[name] = by(command, text)
            times[name].append((passed, worked))
        house.check(len(set(counts.values())) == 1, counts)
    show("100,000 files, 10 filters of 20 patterns", times)


def history(directory, count):
    """A repository of that many commits, by git fast-import."""
    chance, stream = random.Random(9), []
    kinds = ["feat", "fix", "docs", "chore", "perf", "fix(sdk)", "feat(prover)!", "refactor"]
    for i in range(count):
        message = f"{chance.choice(kinds)}: change number {i} (#{i + 1})\n\nWhy it is so.\n"
        data = f"{i}\n"
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.org> {1700000000 + i} +0000\n"
                      f"data {len(message)}\n{message}\nM 644 inline f{i % 50}\n"
                      f"data {len(data)}\n{data}\n")
    repo = directory / "repo"
    house.equal(house.run("git", "init", "-q", "-b", "main", repo).status, 0)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, input="".join(stream).encode(),
                   check=True)
    (repo / "teerex.yaml").write_text("version: 1\nproject: {name: bench}\n")
    return repo


def elapsed(argv, cwd):
    """Milliseconds that passed, and those of the processor, children included."""
    before, begin = os.times(), time.monotonic()
    done = subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, check=False)
    passed, after = time.monotonic() - begin, os.times()
    house.equal(done.returncode, 0, done.stderr)
    worked = sum(after[2:4]) - sum(before[2:4])
    return passed * 1000, worked * 1000


def changelog(directory):
    repo = history(directory, 10_000)
    commands = {"teerexctl changelog": [house.TEEREXCTL, "changelog"],
                "git log alone": ["git", "log", "--format=%H%x00%D%x00%ct%x00%B"]}
    try:
        commands["conventional-commits-parser"] = [
            house.need_node("conventional-commits-parser"),
            house.SOURCE / "tests/node/conventional_count.mjs"]
    except house.Skip as reason:
        print(f"conventional-commits-parser: {reason}")
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(elapsed(command, repo))
    show("10,000 commits", times)


def main():
    with tempfile.TemporaryDirectory() as directory:
        matching(Path(directory))
        changelog(Path(directory))


main()
