"""`bump sdk`: the version that is free, and the one that is published already with this content."""

import base64
import hashlib
import json

import house
from follow_kit import Registry, ask, project, publish

YAML = """version: 1
project: {name: demo}
packages: {"@demo/sdk": {path: sdk, publish: true}}
"""
SDK = "@demo/sdk"


def sdk_project(directory, version):
    root = project(directory / "p", version, yaml=YAML, workspaces=["sdk"])
    (root / "sdk").mkdir()
    (root / "sdk/package.json").write_text(
        json.dumps({"name": SDK, "version": "0.0.0", "files": ["index.js"]}, indent=1) + "\n")
    (root / "sdk/index.js").write_text("export const a = 1;\n")
    return root


def publish_sdk(directory, registry, root):
    """Publishes what is there now, as npm packs it."""
    made = house.run("npm", "pack", "--json", "--pack-destination", directory,
                     env=house.clean_env(HOME=directory), cwd=root / "sdk")
    house.equal(made.status, 0, made)
    entry = made.json()[0]
    text = (directory / entry["filename"]).read_bytes()
    registry.publish(SDK, entry["version"])
    registry.files[f"files/{entry['filename']}"] = text
    registry.packages[SDK]["versions"][entry["version"]]["dist"] = {
        "tarball": registry.url + f"files/{entry['filename']}",
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(text).digest()).decode()}


def bump(root, registry, *args, status=0):
    result = ask(root, registry, "bump", "sdk", "--format", "json", *args)
    house.equal(result.status, status, result)
    return result.json() if status == 0 else result


def walk(directory, base, *expected):
    """The version is free; published and the same; published and other: the next; again."""
    house.need("npm")
    with Registry() as registry:
        publish(registry, base)
        root = sdk_project(directory, base)
        done = bump(root, registry)
        house.equal((done["from"], done["to"], done["published"], done["files"]),
                    ("0.0.0", base, False, ["sdk/package.json"]))
        before = (root / "sdk/package.json").read_text()
        house.contains(before, f'\n "version": "{base}",\n')
        for turn, version in enumerate(expected):
            publish_sdk(directory, registry, root)
            again = bump(root, registry)
            house.equal((again["published"], again["files"]), (True, []))
            (root / "sdk/index.js").write_text(f"export const a = {turn + 2};\n")
            done = bump(root, registry)
            house.equal((done["to"], done["published"]), (version, False))


def test_on_a_prerelease(directory):
    walk(directory, "5.0.0-rc.1", "5.0.0-rc.1.1", "5.0.0-rc.1.2")


def test_on_a_release(directory):
    walk(directory, "4.1.2", "4.1.3-sdk.1", "4.1.3-sdk.2")


def test_a_file_that_is_not_what_was_published(directory):
    house.need("npm")
    with Registry() as registry:
        root = sdk_project(directory, "4.1.2")
        bump(root, registry)
        publish_sdk(directory, registry, root)
        name = next(iter(registry.files))
        registry.files[name] = registry.files[name][:-1] + b"x"
        before = (root / "sdk/package.json").read_bytes()
        house.contains(bump(root, registry, status=9).err, "integrity")
        house.equal((root / "sdk/package.json").read_bytes(), before)


def test_which_package(directory):
    with Registry() as registry:
        root = sdk_project(directory, "4.1.2")
        house.equal(bump(root, registry, "--base", "7.0.0")["to"], "7.0.0")
        bump(root, registry, "--package", "@demo/other", status=3)
        bump(root, registry, "--base", "7.0", status=3)


house.main()
