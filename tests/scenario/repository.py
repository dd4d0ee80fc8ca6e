"""A git repository with a project in it, in a directory of its own, and teerexctl in it."""

import json
import os

import house

YAML = """version: 1
project:
  name: scenario
filters:
  docs: {paths: ["docs/", "!*.txt"]}
  gone: {paths: ["**"], on: [deleted]}
components:
  prover: {paths: [src/**], health: /healthz}
"""


class Repo:
    def __init__(self, directory, name="repo"):
        house.need("git")
        self.home, self.path = directory, directory / name
        self.path.mkdir()
        self.env = house.clean_env(HOME=directory, GIT_CONFIG_NOSYSTEM="1",
                                   TEEREX_STATE_DIR=directory / "state",
                                   **{f"GIT_{who}_{what}": "ada@example.org"
                                      for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})
        self.git("init", "-q", "-b", "main")
        self.commit("first", {"teerex.yaml": YAML, "src/a.c": "1\n", "docs/a.md": "1\n" * 20})

    def git(self, *args, cwd=None):
        done = house.run("git", *args, cwd=cwd or self.path, env=self.env)
        house.equal(done.status, 0, done)
        return done.out.strip()

    def commit(self, message, files=None):
        for name, text in (files or {}).items():
            target = os.path.join(os.fsencode(self.path), os.fsencode(name))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="ascii") as out:
                out.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def changes(self, *args, cwd=None, **env):
        return house.ctl("changes", *args, cwd=cwd or self.path, env={**self.env, **env})

    def changed(self, *args, **options):
        done = self.changes("--format", "json", *args, **options)
        house.equal(done.status, 0, done)
        return done.json()

    def event(self, name, **content):
        file = self.home / "event.json"
        file.write_text(json.dumps(content))
        return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)}

    def clone(self, name, *args):
        target = self.home / name
        self.git("clone", "-q", *args, self.path.as_uri(), target, cwd=self.home)
        return target

    def ctl(self, *args, cwd=None, **options):
        return house.ctl(*args, cwd=cwd or self.path, env=self.env, **options)
