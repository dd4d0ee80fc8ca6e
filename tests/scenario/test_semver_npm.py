# labels: node
# timeout: 300
"""npm's own semver package says the same as ours of random pairs, ranges and lists."""

import os

import house

TOOL = os.environ.get("TEEREX_SEMVER_TOOL",
                      str(house.SOURCE / "build/dev/tests/tools/semver_tool"))
SEED = 20251030
PAIRS = int(os.environ.get("TEEREX_SEMVER_PAIRS", "120000"))
LISTS = 150


def peer(command, count):
    """Runs tests/node/semver_peer.mjs and returns its finding."""
    node = house.need_node("semver")
    result = house.run(node, house.SOURCE / "tests/node/semver_peer.mjs", command, TOOL, SEED,
                       count, timeout=1100)
    house.equal(result.status, 0, result)
    return result.json()


def same_answers(command, answers):
    found = peer(command, PAIRS)
    house.equal(found["differences"], [])
    house.check(found["asked"] >= PAIRS, found)
    print(f"{found['asked']} pairs: {found['seen']}")
    for answer in answers:  # every answer is asked for, often
        house.check(found["seen"].get(answer, 0) > PAIRS / 50, found)


def test_comparisons(_):
    same_answers("compare", "<=>?")


def test_satisfies_in_both_modes(_):
    same_answers("satisfies", "0<>?")  # no range; a range and in neither, the wider, both


def test_sorting_and_the_highest_of_a_range(_):
    found = peer("lists", LISTS)
    house.equal(found["differences"], [])
    house.equal(found["sorted"], LISTS)


def test_where_npm_rounds_we_do_not(_):
    """SemVer compares numbers; npm compares doubles, for which 2^53 and 2^53 + 1 are one."""
    house.equal(peer("rounding", 0), {"npm": "=", "ours": ">"})


if __name__ == "__main__":
    house.main()
