"""Every point of the crash matrix."""
# labels: slow
# timeout: 1500

import house
from crash_matrix import summary, table, walk_all, all_points


def test_whole_matrix(directory):
    outcomes = walk_all(directory, all_points(directory), jobs=2)
    print(table(outcomes))
    print(summary(outcomes))
    wrong = [f"{outcome.point}: {outcome.wrong}" for outcome in outcomes if outcome.wrong]
    house.equal(wrong, [])


house.main()
