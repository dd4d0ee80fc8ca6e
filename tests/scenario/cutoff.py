"""Deployments that are cut off: started in the background, killed or interrupted once their journal
has so many records, and what the store says afterwards."""

import json
import sqlite3
import subprocess
import time
from contextlib import closing

import house


def query(project, sql, *values):
    """Rows of the project's store; none while there is no store."""
    path = project.state / "store.db"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            return db.execute(sql, values).fetchall()
    except sqlite3.OperationalError:
        return []


def records(project):
    """The whole journal as (run, kind, action)."""
    return query(project, "SELECT run, kind, action FROM journal ORDER BY id")


def started(project, *args, env=None):
    """`deploy local` in the background."""
    return house.start(house.TEEREXCTL, *(args or ("deploy", "local")),
                       env={**project.env, **(env or {})}, cwd=project.source,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_records(project, process, count):
    """Until the journal has `count` records; False when the process ended before."""
    while len(records(project)) < count:
        if process.poll() is not None:
            return False
        time.sleep(0.0005)
    return True


def wait_for_record(project, process, kind, action):
    """Until the journal has this record."""
    def there():
        return any(row[1] == kind and row[2].startswith(action) for row in records(project))
    house.wait_for(lambda: there() or process.poll() is not None, f"{kind} {action}", every=0.0005)
    house.check(there(), f"the run ended without {kind} {action}")


def kill_at(project, count, *args):
    """kill -9 once the journal has `count` records; False when the run was faster."""
    process = started(project, *args)
    hit = wait_for_records(project, process, count)
    process.kill()
    process.communicate()
    return hit


def lease(project, name="local"):
    rows = query(project, "SELECT held, frozen, run FROM lease WHERE name = ?", name)
    return rows[0] if rows else (0, 0, "")


def leases_held(project):
    return [name for (name,) in query(project, "SELECT name FROM lease WHERE held")]


def events(project):
    """The chain's events as (kind, instance)."""
    rows = query(project, "SELECT kind, payload FROM chain ORDER BY seq")
    return [(kind, json.loads(payload).get("instance")) for kind, payload in rows]


def check_one_effect_an_intent(project):
    """No action has more effects than intents, and each that is done has an intent."""
    seen = {}
    for run, kind, action in records(project):
        counts = seen.setdefault((run, action), {})
        counts[kind] = counts.get(kind, 0) + 1
    for key, counts in seen.items():
        house.check(counts.get("effect", 0) <= counts.get("intent", 0), (key, counts))
        house.check(counts.get("done", 0) <= 1, (key, counts))


def check_converged(project, deployed=1):
    """What must hold after any recovery."""
    host = project.host()
    house.check(host["healthy"], host)
    house.equal(project.ctl("plan", "local", "--detailed-exitcode").status, 0, "nothing is to do")
    locks = project.ctl("lock", "status", "--format", "json").json()["locks"]
    house.check(all(lock["state"] in ("free", "dead") for lock in locks), locks)
    finished = {run for run, kind, _ in records(project) if kind == "run_finished"}
    house.equal({run for run, _, _ in records(project)}, finished, "no run is open")
    house.equal([kind for kind, _ in events(project)].count("deployed"), deployed, events(project))
    verified = project.ctl("history", "local", "--verify")
    house.equal(verified.status, 0, verified)
    check_one_effect_an_intent(project)
