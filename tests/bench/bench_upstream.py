"""The newest version of a channel from a packument of 8 MB beside node (start-up and reading not
counted), and `upstream check` as a whole against a registry on this machine."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import measure
from measure import house
import follow_kit

ROUNDS = 15
PRESET = os.environ.get("TEEREX_PRESET", "dev")
TOOL = house.SOURCE / "build" / PRESET / "tests/tools/npm_tool"
PATTERN = "{core}-nightly.{date}[-{number}]"


def packument():
    versions = {}
    for index in range(3000):
        version = f"4.{index // 300}.0-nightly.2025{index % 12 + 1:02}{index % 28 + 1:02}"
        versions[f"{version}-{index + 2}"] = {
            "name": follow_kit.STDLIB, "version": version, "dist": {"shasum": "0" * 40},
            "dependencies": {f"@aztec/package-{i}": version for i in range(54)}}
    return json.dumps({"name": follow_kit.STDLIB, "dist-tags": {}, "versions": versions}).encode()


def newest():
    text = packument()
    node = house.need("node")
    commands = {"ours": [TOOL, PATTERN], "node": [node, house.SOURCE / "tests/node/newest.mjs"]}
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        answers = set()
        for name, argv in commands.items():
            done = subprocess.run([str(a) for a in argv], input=text, capture_output=True,
                                  check=True)
            times[name].append(float(done.stderr))
            answers.add(done.stdout)
        house.check(len(answers) == 1, answers)
    print(f"| newest of a channel, {len(text) / 1e6:.1f} MB | ms | ours / it |\n|---|--:|--:|")
    for name, taken in times.items():
        print(f"| {name} | {measure.median(taken):.1f} | {measure.ratio(times['ours'], taken):.3f} |")


def check():
    with tempfile.TemporaryDirectory() as directory, follow_kit.Registry() as registry:
        for index in range(12):
            registry.publish(f"@aztec/p{index}", "1.0.0", "1.1.0", latest="1.1.0")
        follow_kit.publish(registry, "1.0.0", "1.1.0", latest="1.1.0")
        root = follow_kit.project(Path(directory) / "p", devDependencies={
            f"@aztec/p{index}": "1.0.0" for index in range(12)})
        env = house.clean_env(HOME=directory, NPM_CONFIG_REGISTRY=registry.url)
        times = [measure.once([house.TEEREXCTL, "--project", root, "upstream", "check"], env=env)
                 for _ in range(ROUNDS + 2)][2:]
        print(f"\n`upstream check`, 14 packages in use, a registry on this machine: "
              f"{measure.median(times):.1f} ms")


def main():
    newest()
    check()


main()
