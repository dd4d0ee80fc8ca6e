"""The accidents of the crash matrix that were hardest to bear, by name."""
# timeout: 200

import house
from crash_kit import Lab, Point
from crash_matrix import ROWS, Bench

SAVING = 6  # calls from the fork of an instance to the end of writing down who it is


def test_supervisor_killed_while_it_starts_an_instance(directory):
    row = next(row for row in ROWS if row.role == "supervisor" and row.kind == "effect")
    with Bench(directory) as bench:
        names = [name for name, _ in bench.lab.control.calls("supervisor", "effect")]
        fork = names.index("fork") + 1
        for index in range(fork, fork + SAVING):
            outcome = bench.go(row, Point("supervisor", "effect", index))
            house.equal(outcome.wrong, "", outcome.point)


def test_nothing_half_copied_stays(directory):
    with Lab(directory) as lab:
        lab.deploy()
        lab.count()
        names = [name for name, _ in lab.control.calls("teerexctl", "effect")]
        staging = names.index("mkdtemp") + 1
        for index in range(staging + 1, staging + 20, 6):
            lab.next_build()
            lab.crash(Point("teerexctl", "effect", index))
            house.check(lab.litter(), "the staging directory of who was killed")
            lab.recover()
            lab.check_converged()


def kill_while_an_instance_waits(lab):
    """A deployment is killed between the start of the new instance and its promotion."""
    for index in range(8, 30):
        lab.next_build()
        lab.crash(Point("teerexctl", "record", index))
        held = [i["id"] for i in lab.roster() if i["state"] == "held"]
        if held:
            return held
        lab.recover()
    raise AssertionError("no record was written while an instance was held")


def test_deployment_goes_on_with_the_instance_that_waits(directory):
    with Lab(directory) as lab:
        lab.deploy()
        held = kill_while_an_instance_waits(lab)
        lab.control.disarm()
        lab.deploy()
        house.equal([i["id"] for i in lab.roster() if i["state"] == "active"], held)
        lab.check_converged()


def test_instance_that_nobody_wants_any_more_ends(directory):
    with Lab(directory) as lab:
        lab.deploy()
        kill_while_an_instance_waits(lab)
        lab.control.disarm()
        lab.next_build()
        lab.deploy()
        lab.check_converged()


house.main()
