"""What scenarios about upstream share: a project that uses its packages, a registry that has them,
and teerexctl asked about both."""

import json
import sys
from pathlib import Path

import house

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fakes"))
from registry import Registry  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import

STDLIB, JS = "@aztec/stdlib", "@aztec/aztec.js"
YAML = """version: 1
project: {name: demo}
upstream:
  channels:
    stable: {dist_tag: latest, cooldown: %s}
    rc: {dist_tag: rc, cooldown: %s, from: ["{core}"]}
    nightly: {dist_tag: nightly}
"""


def project(directory, version="1.0.0", yaml=None, **others):
    """A root package.json that uses two packages."""
    directory.mkdir(parents=True, exist_ok=True)
    text = {"name": "demo", "dependencies": {STDLIB: version, JS: version}, **others}
    (directory / "package.json").write_text(json.dumps(text, indent=2) + "\n")
    if yaml is not None:
        (directory / "teerex.yaml").write_text(yaml)
    return directory


def publish(registry, *versions, **options):
    for name in (STDLIB, JS):
        registry.publish(name, *versions, **options)


def ask(directory, registry, *args, **variables):
    """teerexctl in the project, with an environment of its own."""
    home = directory.parent / "home"
    home.mkdir(exist_ok=True)
    env = house.clean_env(HOME=home, NPM_CONFIG_REGISTRY=registry.url if registry else None,
                          NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", **variables)
    return house.ctl(*args, env=env, cwd=directory)


def check(directory, registry, *args, status=0, **variables):
    """{channel: verdict} of `upstream check`."""
    result = ask(directory, registry, "upstream", "check", "--format", "json", *args, **variables)
    house.equal(result.status, status, result)
    return {verdict["channel"]: verdict for verdict in result.json()["channels"]}
