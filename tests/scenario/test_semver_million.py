# labels: node slow
# timeout: 1200
"""The pairs of test_semver_npm, a million for each question."""

import os

os.environ["TEEREX_SEMVER_PAIRS"] = "1000000"

from test_semver_npm import *  # noqa: E402,F401,F403  pylint: disable=all

import house  # noqa: E402

if __name__ == "__main__":
    house.main()
