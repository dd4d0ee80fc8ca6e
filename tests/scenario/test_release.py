# labels: slow
# timeout: 1800
"""What is shipped: two builds of one commit in two places are the same bytes, and hardened."""

import hashlib
import os
import subprocess

import hardening
import house

PROGRAMS = ("cmd/teerexctl/teerexctl", "prover/teerex-prover")


def build_clone(place):
    """A clone of HEAD built as a release; the programs' digests by name."""
    run = lambda *words, **more: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **more)
    run("git", "clone", "--quiet", "--no-hardlinks", str(house.SOURCE), str(place))
    alone = {k: v for k, v in os.environ.items() if not k.startswith(("CCACHE_", "CMAKE_"))}
    alone["CCACHE_DISABLE"] = "1"
    run("cmake", "--preset", "release", "-DTEEREX_TESTS=OFF", cwd=place, env=alone)
    run("cmake", "--build", "--preset", "release", "--target", "teerexctl", "teerex-prover",
        cwd=place, env=alone)
    built = [place / "build/release" / name for name in PROGRAMS]
    return {program.name: program for program in built}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_builds_are_the_same_bytes(home):
    one = build_clone(home / "one")
    other = build_clone(home / "another-place/with a longer name")
    for name, program in one.items():
        assert digest(program) == digest(other[name]), f"{name} differs: {program} {other[name]}"
        assert str(home).encode() not in program.read_bytes(), f"{name} names where it was built"
        missing = hardening.missing(program)
        assert not missing, f"{name}: {missing}"


house.main()
