"""A sample of the crash matrix, with a fixed seed: one point of each row and some more."""
# timeout: 300

import house
from crash_matrix import sample, summary, table, walk_all, all_points

POINTS = 45


def test_sample_of_the_matrix(directory):
    outcomes = walk_all(directory, sample(all_points(directory), POINTS), jobs=2)
    print(table(outcomes))
    print(summary(outcomes))
    wrong = [f"{outcome.point}: {outcome.wrong}" for outcome in outcomes if outcome.wrong]
    house.equal(wrong, [])
    house.check(sum(outcome.reached for outcome in outcomes) > POINTS * 3 // 4, "points are met")


house.main()
