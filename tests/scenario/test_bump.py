"""`bump upstream`: only the bytes of versions change, in all files or in none."""

import json
import re
import stat

import house
from follow_kit import JS, STDLIB, YAML, Registry, ask, project, publish

NEW = "1.1.0"


def bump(root, registry=None, *args, status=0, version=NEW):
    flags = args if registry else ("--offline", "--no-lockfile", *args)
    result = ask(root, registry, "bump", "upstream", version, "--format", "json", *flags)
    house.equal(result.status, status, result)
    return result


def bytes_survive(directory, text, expected=None):
    """Bumps a package.json of exactly these bytes."""
    root = project(directory / "p")
    file = root / "package.json"
    file.write_bytes(text)
    bump(root)
    house.equal(file.read_bytes(), expected or text.replace(b"1.0.0", NEW.encode()))


def test_bytes_survive(directory):
    plain = b'{"dependencies":{"@aztec/stdlib":"1.0.0"},"version":"9"}'
    pretty = b'{\n\t"z": 1,\n\t"dependencies": {\n\t\t"@aztec/stdlib" : "^1.0.0"\n\t}\n}\n'
    for text in (plain, plain + b"\n", b"\xef\xbb\xbf" + plain, pretty,
                 pretty.replace(b"\n", b"\r\n"), pretty.replace(b"\t", b"    "),
                 b'{"devDependencies":{"a":"npm:@aztec/stdlib@1.0.0"},'
                 b'"dependencies":{"@aztec/a":"~1.0.0"}}'.replace(b'"a":"npm', b'"@aztec/b":"npm')):
        bytes_survive(directory, text)


def test_every_section_and_nothing_else(directory):
    root = project(directory / "p")
    (root / "package.json").write_text(json.dumps({
        "version": "1.0.0", "description": "@aztec/stdlib 1.0.0",
        "dependencies": {STDLIB: "1.0.0", "left-pad": "1.0.0", "@aztecs/x": "1.0.0"},
        "devDependencies": {"@aztec/a": "^1.0.0"}, "peerDependencies": {"@aztec/a": "~1.0.0"},
        "optionalDependencies": {"@aztec/b": "1.0.0"},
        "overrides": {"@aztec/c": "1.0.0", "d": {"@aztec/c@1": "1.0.0"},
                      "@aztec/e": {".": "1.0.0"}},
        "resolutions": {"**/@aztec/f": "1.0.0"}, "pnpm": {"overrides": {"@aztec/g": "1.0.0"}},
        "bundled": {"@aztec/h": "1.0.0"}}))
    bump(root)
    done = json.loads((root / "package.json").read_text())
    house.equal(done["version"], "1.0.0")
    house.equal(done["dependencies"], {STDLIB: NEW, "left-pad": "1.0.0", "@aztecs/x": "1.0.0"})
    house.equal(done["devDependencies"], {"@aztec/a": "^" + NEW})
    house.equal(done["overrides"], {"@aztec/c": NEW, "d": {"@aztec/c@1": NEW},
                                    "@aztec/e": {".": NEW}})
    house.equal((done["resolutions"], done["pnpm"]["overrides"]),
                ({"**/@aztec/f": NEW}, {"@aztec/g": NEW}))
    house.equal(done["bundled"], {"@aztec/h": "1.0.0"})


def test_what_is_no_exact_version_stays(directory):
    root = project(directory / "p")
    names = ["workspace:*", "latest", ">=1.0.0 <2", "1.x", "file:../x", "*", "", "catalog:"]
    (root / "package.json").write_text(json.dumps({"dependencies": {
        STDLIB: "1.0.0", **{f"@aztec/p{i}": name for i, name in enumerate(names)}}}))
    bump(root)
    done = json.loads((root / "package.json").read_text())["dependencies"]
    house.equal([done[f"@aztec/p{i}"] for i in range(len(names))], names)


def test_workspaces_of_every_manager(directory):
    for index, (key, value, yaml) in enumerate((
            ("workspaces", ["packages/*", "!packages/out", "apps/**"], None),
            ("workspaces", {"packages": ["./packages/*/", "!packages/out", "apps/**"]}, None),
            ("private", True, "packages: ['packages/*', '!packages/out', 'apps/**']\n"))):
        root = project(directory / str(index), **{key: value})
        if yaml:
            (root / "pnpm-workspace.yaml").write_text(yaml)
        for name in ("packages/a", "packages/out", "packages/a/node_modules/x", "apps/b/c",
                     "elsewhere"):
            project(root / name)
        (root / "packages/none").mkdir()
        done = bump(root).json()
        house.equal(done["files"], ["package.json", "apps/b/c/package.json",
                                    "packages/a/package.json"])
        house.equal((done["from"], done["to"]), ("1.0.0", NEW))
        house.equal(bump(root).json()["files"], [], "again: nothing to do")


def test_other_files_by_rule(directory):
    yaml = (YAML % ("0", "0")) + """  files:
    - {path: "docker/Dockerfile.*", match: "ARG AZTEC_VERSION={version}"}
    - {path: .env, match: 'AZTEC="{version}"'}
"""
    root = project(directory / "p", yaml=yaml)
    (root / "docker").mkdir()
    docker = "FROM x\r\nARG AZTEC_VERSION=1.0.0\r\nARG OTHER=1.0.0\nARG AZTEC_VERSION=1.0.0-rc.1"
    (root / "docker/Dockerfile.base").write_bytes(docker.encode())
    (root / ".env").write_text('AZTEC="1.0.0"\nAZTEC="latest"\n')
    before = (root / "package.json").read_bytes()
    (root / "docker/Dockerfile.base").chmod(0o640)
    house.equal(bump(root).json()["files"], ["package.json", "docker/Dockerfile.base", ".env"])
    house.equal((root / "docker/Dockerfile.base").read_bytes().decode(),
                docker.replace("AZTEC_VERSION=1.0.0-rc.1", "AZTEC_VERSION=" + NEW)
                .replace("AZTEC_VERSION=1.0.0", "AZTEC_VERSION=" + NEW))
    house.equal(stat.S_IMODE((root / "docker/Dockerfile.base").stat().st_mode), 0o640)
    (root / "package.json").write_bytes(before)
    (root / ".env").write_text("nothing\n")
    house.contains(bump(root, status=3).err, ".env")
    house.equal((root / "package.json").read_bytes(), before, "all or nothing")


def test_bad_files_stop_everything(directory):
    root = project(directory / "p", workspaces=["packages/*"])
    before = (root / "package.json").read_bytes()
    for text in (b'{"a":1,"a":2}', b'{"a":1,} ', b'// c\n{}', b"[]", b"", b"\xff{}",
                 b'{"a":' * 500):
        (root / "packages/a").mkdir(parents=True, exist_ok=True)
        (root / "packages/a/package.json").write_bytes(text)
        house.contains(bump(root, status=1).err, "packages/a/package.json:1:")
        house.equal((root / "package.json").read_bytes(), before)
    (root / "packages/a/package.json").unlink()
    house.contains(bump(root, status=3, version="1.1").err, "no version")


def test_a_big_file(directory):
    filler = {f"key{i}": "x" * 80 for i in range(55000)}
    text = json.dumps({"filler": filler, "dependencies": {STDLIB: "1.0.0"}}).encode()
    house.check(len(text) > 5_000_000)
    bytes_survive(directory, text)


def test_a_write_that_fails_takes_the_others_back(directory):
    root = project(directory / "p", workspaces=["a", "b"])
    for name in ("a", "b"):
        project(root / name)
    before = {name: (root / name / "package.json").read_bytes() for name in (".", "a", "b")}
    house.need("npm")
    (root / "package-lock.json").write_text("{ not a lockfile")
    with Registry() as registry:
        publish(registry, "1.0.0", NEW)
        result = bump(root, registry, "--offline", status=1)
    house.contains(result.err, "package-lock.json")
    for name, text in before.items():
        house.equal((root / name / "package.json").read_bytes(), text)
    house.equal((root / "package-lock.json").read_text(), "{ not a lockfile")


def test_npm_writes_its_lockfile(directory):
    house.need("npm")
    with Registry() as registry:
        publish(registry, "1.0.0", NEW)
        for name in (STDLIB, JS):
            for version, entry in registry.packages[name]["versions"].items():
                entry["dist"] = {"tarball": f"{registry.url}{name}/-/x-{version}.tgz",
                                 "integrity": "sha512-" + "A" * 86 + "=="}
        root = project(directory / "p")
        env = house.clean_env(HOME=directory, NPM_CONFIG_REGISTRY=registry.url)
        made = house.run("npm", "install", "--package-lock-only", env=env, cwd=root)
        house.equal(made.status, 0, made)
        house.equal(bump(root, registry).json()["files"], ["package.json", "package-lock.json"])
        lock = json.loads((root / "package-lock.json").read_text())["packages"]
        house.equal(lock[f"node_modules/{STDLIB}"]["version"], NEW)
        house.check(not (root / "node_modules").exists())


def test_what_is_not_published_whole_is_not_taken(directory):
    with Registry() as registry:
        publish(registry, "1.0.0")
        registry.publish(STDLIB, NEW)
        root = project(directory / "p")
        before = (root / "package.json").read_bytes()
        result = bump(root, registry, status=7)
        house.contains(result.err, JS)
        house.equal((root / "package.json").read_bytes(), before)


def test_another_line_stays_and_is_named(directory):
    root = project(directory / "p", "1.0.0", yaml=YAML % ("0", "0"),
                   devDependencies={"@aztec/x": "1.0.0-nightly.20260101"})
    done = bump(root, version="1.1.0-rc.1").json()
    house.equal(done["kept"], ["package.json: @aztec/x@1.0.0-nightly.20260101"])
    house.check(re.search(r'"@aztec/x": "1.0.0-nightly', (root / "package.json").read_text()))
    house.contains((root / "package.json").read_text(), '"@aztec/stdlib": "1.1.0-rc.1"')


house.main()
