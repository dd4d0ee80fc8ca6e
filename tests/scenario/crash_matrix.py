"""The crash matrix: every process of a deployment is killed around every effect and after every
record of the store, every call that takes room or a descriptor fails; then deploying again must
converge. As a program it goes through every point and prints the table:

    crash_matrix.py [--every N] [--jobs N] [--row TEXT] [--write docs/crash-matrix.md]
"""

import argparse
import errno
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import house
from crash_kit import DIE_AFTER, DIE_BEFORE, FAIL, KILL_OTHER, Lab, Point, Visitor

LEASE_FREE_MAX = 15  # seconds after the kill
AT_MOST = 24  # of the calls that a service makes again and again


class Row:
    """One line of the table: what happens to whom, at each call of a class."""

    def __init__(self, who, what, role, kind, mode, error=0, victim=None, at_most=None):
        self.who, self.what, self.at_most = who, what, at_most
        self.role, self.kind, self.mode, self.error, self.victim = role, kind, mode, error, victim

    def title(self):
        return f"{self.who}: {self.what}"

    def points(self, lab):
        """After one effect and before the next is the same moment for who is killed with -9, so
        `before` each and `after` the last are all there is."""
        count = lab.control.count(self.role, self.kind)
        last = min(count, self.at_most or count)
        points = [Point(self.role, self.kind, index, self.mode, self.error, self.victim)
                  for index in range(1, last + 1)]
        if self.mode == DIE_BEFORE and points:
            points.append(Point(self.role, self.kind, last, DIE_AFTER))
        return points


def killed_by_itself(role, at_most=None):
    return Row(role, "kill -9 around each of its effects", role, "effect", DIE_BEFORE,
               at_most=at_most)


def killed_at_records(role):
    return Row(role, "kill -9 after each record of the run", "teerexctl", "record", KILL_OTHER,
               victim=role)


def failing(role, code, kind):
    return Row(role, f"{errno.errorcode[code]} at each call that may say so", role, kind, FAIL,
               error=code)


ROWS = [
    killed_by_itself("teerexctl"),
    killed_by_itself("lease keeper"),
    killed_by_itself("supervisor"),
    killed_by_itself("prover monitor", AT_MOST),
    killed_by_itself("prover front", AT_MOST),
    killed_by_itself("prover vault", AT_MOST),
    killed_by_itself("prover worker", AT_MOST),
    killed_at_records("lease keeper"),
    killed_at_records("supervisor"),
    killed_at_records("supervisor's keeper"),
    killed_at_records("prover monitor"),
    killed_at_records("prover front"),
    killed_at_records("prover vault"),
    failing("teerexctl", errno.ENOSPC, "space"),
    failing("teerexctl", errno.EIO, "space"),
    failing("teerexctl", errno.EMFILE, "descriptor"),
    failing("lease keeper", errno.EIO, "space"),
    failing("lease keeper", errno.EMFILE, "descriptor"),
    failing("supervisor", errno.ENOSPC, "space"),
    failing("supervisor", errno.EIO, "space"),
    failing("supervisor", errno.EMFILE, "descriptor"),
    failing("prover monitor", errno.EMFILE, "descriptor"),
]


class Outcome:
    """What came of one point."""

    def __init__(self, row, point):
        self.row, self.point = row, str(point)
        self.reached, self.resumed, self.wrong = False, False, ""
        self.asked = self.lost = 0
        self.seconds = 0.0  # from the kill or failure to the end of the recovery


class Bench:
    """A lab that goes from point to point; a new one when a point broke it."""

    def __init__(self, directory):
        self.directory, self.labs = Path(directory), 0
        self.lab = None

    def __enter__(self):
        self.renew()
        return self

    def __exit__(self, *_):
        self.lab.__exit__()

    def renew(self):
        if self.lab is not None:
            self.lab.__exit__()
        self.labs += 1
        self.lab = Lab(self.directory / f"lab{self.labs}").__enter__()
        self.lab.deploy()
        self.lab.count()

    def active(self):
        return [i["id"] for i in self.lab.roster() if i["state"] == "active"]

    def go(self, row, point):
        outcome = Outcome(ROWS.index(row), point)
        visitor = Visitor(self.lab.port)
        visitor.start()
        try:
            self.meet(point, outcome, visitor)
        except Exception as wrong:  # pylint: disable=broad-except
            outcome.wrong = f"{type(wrong).__name__}: {wrong}"
        if not visitor.ending:
            visitor.end()
        if outcome.wrong:
            self.renew()
        return outcome

    def meet(self, point, outcome, visitor):
        lab = self.lab
        lab.forget_old_releases()
        lab.next_build()
        before = self.active()
        _, outcome.reached = lab.crash(point)
        switched = self.active() != before
        outcome.resumed = lab.recover(LEASE_FREE_MAX)
        if outcome.reached:
            outcome.seconds = time.monotonic() - lab.control.fired_at()
        lab.check_converged(lasting=point.mode == FAIL)
        visitor.end()
        outcome.asked, outcome.lost = visitor.asked, len(visitor.lost)
        # Who kills the process that serves loses what it was answering; nobody else may.
        serving = (point.victim or point.role).startswith("prover") and switched
        house.check(serving or not visitor.lost, f"requests were lost: {visitor.lost[:5]}")


def all_points(directory):
    """[(row, point)] as an undisturbed deployment shows them."""
    with Bench(directory) as bench:
        return [(row, point) for row in ROWS for point in row.points(bench.lab)]


def walk(arguments):
    """Goes through points in a process of its own: [(row number, point)] → outcomes."""
    directory, numbered, loud = arguments
    outcomes = []
    with Bench(directory) as bench:
        for number, point in numbered:
            outcome = bench.go(ROWS[number], point)
            outcomes.append(outcome)
            if outcome.wrong or loud:
                print(f"{'WRONG ' if outcome.wrong else 'ok    '}{outcome.point} "
                      f"{outcome.seconds:.2f} s {outcome.wrong[:1500]}", flush=True)
    return outcomes


def walk_all(directory, pairs, jobs, loud=False):
    numbered = [(ROWS.index(row), point) for row, point in pairs]
    parts = [(Path(directory) / f"job{job}", numbered[job::jobs], loud) for job in range(jobs)]
    if jobs == 1:
        return walk(parts[0])
    with multiprocessing.Pool(jobs) as pool:
        return [outcome for part in pool.map(walk, parts, chunksize=1) for outcome in part]


def sample(pairs, count, seed=20261120):
    """Some of the points: one of each row at least, the rest as a fixed seed says."""
    chance = random.Random(seed)
    chosen = [chance.choice([p for p in pairs if p[0] is row]) for row in ROWS
              if any(p[0] is row for p in pairs)]
    rest = [pair for pair in pairs if pair not in chosen]
    return chosen + chance.sample(rest, min(len(rest), max(0, count - len(chosen))))


def line_of(row, outcomes):
    reached = [o for o in outcomes if o.row == ROWS.index(row) and o.reached]
    if not reached:
        return None
    good = [o for o in reached if not o.wrong]
    seconds = [o.seconds for o in good] or [0]
    return (row.who, row.what, str(len(reached)), str(len(good)),
            str(len([o for o in good if o.resumed])), str(sum(o.lost for o in reached)), f"{statistics.median(seconds):.2f} s",
            f"{max(seconds):.2f} s")


HEAD = ("who", "what happens", "points", "converged", "by resume", "requests lost", "recovered in", "at worst")


def table(outcomes):
    lines = [line for line in (line_of(row, outcomes) for row in ROWS) if line]
    text = [" | ".join(HEAD), " | ".join("---:" if i > 1 else "---" for i in range(len(HEAD)))]
    return "\n".join(f"| {line} |" for line in text + [" | ".join(line) for line in lines])


def summary(outcomes):
    reached = [o for o in outcomes if o.reached]
    wrong = [o for o in outcomes if o.wrong]
    seconds = [o.seconds for o in reached if not o.wrong] or [0]
    return (f"{len(reached)} points, {len(reached) - len([o for o in wrong if o.reached])} "
            f"converged; {sum(o.asked for o in outcomes)} requests meanwhile; recovered in "
            f"{statistics.median(seconds):.2f} s (median), {max(seconds):.2f} s (worst)")


PAGE = """# What happens when something dies

Every line is a number of deployments of a new release to `local`, each met by one accident, while
somebody asks the public port all the time. Then `teerexctl resume`, from another directory, and
`teerexctl deploy local` are run, and what must hold is checked: nothing is left to do, the lease is free, `history --verify` passes, no event is told and no
action of a run carried out twice, one instance and one supervisor run, no temporary file is left,
and no request was lost (save those that a killed service was answering itself).

%s

%s.

*By resume*: a run was open, and resuming it was all there was to do. *Recovered in* is the time from
the accident to the end of the deployment after it; the lease is free before that. Made with

```
python3 tests/scenario/crash_matrix.py --jobs 2 --write docs/crash-matrix.md
```

on %s processors. The suite goes through a sample (`scenario.crash_matrix`), `./dev slow` through
all of them. How a call is met is in `tests/tools/crash.c`, a library preloaded into the programs as
they are built for users: `ENOSPC` and `EIO` come from calls that write, `EMFILE` from calls that
make a descriptor, once each.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="every Nth point only")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--row", default="", help="only rows whose title has this text")
    parser.add_argument("--point", type=int, help="only this number of the row")
    parser.add_argument("--loud", action="store_true", help="a line for each point")
    parser.add_argument("--write", help="the page to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="teerex-", ignore_cleanup_errors=True) as directory:
        pairs = [pair for pair in all_points(directory) if options.row in pair[0].title()]
        if options.point:
            pairs = [pair for pair in pairs if pair[1].index == options.point]
        outcomes = walk_all(directory, pairs[::options.every], options.jobs, options.loud)
    print(table(outcomes))
    print(summary(outcomes))
    if options.write:
        Path(options.write).write_text(PAGE % (table(outcomes), summary(outcomes), os.cpu_count()))
    sys.exit(1 if any(outcome.wrong for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
