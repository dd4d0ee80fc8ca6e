"""`teerexctl history`: a store and a ledger made here, from their documentation and not by our own
code, are read, shown and verified; and what was tampered with is named."""

import hashlib
import json
import sqlite3

import house

NOBODY = "0" * 64
HEADER = ("| Timestamp | Version | Environment | Machine | Image digest | Compose hash | PCR0 "
          "| Chain TX | Status |")


def canonical(*fields):
    body = b"teerex-event 1\n"
    for field in map(str, fields):
        raw = field.encode()
        body += str(len(raw)).encode() + b":" + raw + b"\n"
    return body


def events(versions):
    """A chain of deployments, one a second, as rows of the table `chain`."""
    prev, rows = NOBODY, []
    for seq, version in enumerate(versions, 1):
        payload = json.dumps({"component": "prover", "instance": f"i-{seq}", "version": version,
                              "machine": "here", "image_digest": "sha256:" + "ab" * 32,
                              "compose_hash": "", "pcr0": "", "chain_tx": ""})
        time_ms = 1770091500000 + seq * 1000
        digest = hashlib.sha256(canonical(seq, prev, time_ms, seq, "local", "deployed",
                                          f"run-{seq}", payload)).hexdigest()
        rows.append((seq, 1, prev, digest, time_ms, "local", seq, "local", "deployed",
                     f"run-{seq}", payload))
        prev = digest
    return rows


def make_store(directory, rows):
    store = sqlite3.connect(directory / "store.db")
    store.executescript(
        "PRAGMA application_id = 0x54525843; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
        "CREATE TABLE chain(seq INTEGER PRIMARY KEY, v INT, prev TEXT, hash TEXT, time_ms INT,"
        " lease TEXT, fence INT, env TEXT, kind TEXT, run TEXT, payload TEXT);")
    store.executemany("INSERT INTO chain VALUES(?,?,?,?,?,?,?,?,?,?,?)", rows)
    store.commit()
    store.close()


def make_ledger(directory, rows):
    lines = ["# Deployments", "",
             "Written by `teerexctl` from its chain of events, newest first; "
             "`teerexctl history --verify` checks it.", "",
             f"<!-- teerex-ledger 1 events {len(rows)} head {rows[-1][3]} -->", "",
             HEADER, "| --- " * 9 + "|"]
    for row in reversed(rows):
        entry = json.loads(row[10])
        status = "Active" if row is rows[-1] else "Replaced"
        lines.append(f"| 2026-02-03T04:05:{row[0]:02}Z | {entry['version']} | local | here "
                     f"| {entry['image_digest']} | - | - | - | {status} |")
    (directory / "DEPLOYMENTS.md").write_text("\n".join(lines) + "\n")


def history(directory, *args):
    return house.ctl("history", *args, cwd=house.SOURCE,
                     env=house.clean_env(TEEREX_STATE_DIR=directory))


def three(directory):
    rows = events(["0.1.0", "0.2.0", "0.3.0"])
    make_store(directory, rows)
    make_ledger(directory, rows)
    return rows


def test_nothing_yet(directory):
    done = history(directory, "--verify")
    house.equal(done.status, 0, done)
    house.equal(done.out, "Nothing was deployed yet.\n")
    house.equal(list(directory.iterdir()), [], "reading made a file")
    house.equal(history(directory, "--format", "json").json(), [])


def test_a_store_made_from_the_documentation_verifies(directory):
    rows = three(directory)
    done = history(directory, "--verify")
    house.equal(done.status, 0, done)
    house.contains(done.out, f"Verified: 3 events, head {rows[-1][3][:12]}; DEPLOYMENTS.md agrees.")
    lines = done.out.splitlines()
    house.contains(lines[1], "0.3.0")
    house.contains(lines[1], "Active")
    house.contains(lines[3], "Replaced")
    house.check(max(map(len, lines)) <= 80, done.out)


def test_json_has_every_column(directory):
    three(directory)
    newest = history(directory, "local", "--format", "json").json()[0]
    house.equal(newest, {
        "timestamp": "2026-02-03T04:05:03Z", "version": "0.3.0", "environment": "local",
        "machine": "here", "image_digest": "sha256:" + "ab" * 32, "compose_hash": "", "pcr0": "",
        "chain_tx": "", "status": "Active", "component": "prover", "instance": "i-3",
        "run": "run-3"})


def test_an_environment_is_one_of_the_project(directory):
    rows = three(directory)
    store = sqlite3.connect(directory / "store.db")
    store.execute("UPDATE chain SET env = 'elsewhere' WHERE seq = 2")
    store.commit()
    store.close()
    versions = [row["version"] for row in
                history(directory, "local", "--format", "json").json()]
    house.equal(versions, ["0.3.0", "0.1.0"])
    house.equal(len(history(directory, "--format", "json").json()), len(rows))
    done = history(directory, "loca")
    house.equal(done.status, 3, done)
    house.contains(done.err, "local")


def refuses(directory, part):
    done = history(directory, "--verify")
    house.equal(done.status, 9, done)
    house.contains(done.err, part)


def test_a_tampered_file_is_named(directory):
    three(directory)
    ledger = directory / "DEPLOYMENTS.md"
    ledger.write_text(ledger.read_text().replace("| 0.2.0 |", "| 0.2.1 |"))
    refuses(directory, "DEPLOYMENTS.md:10: Version is '0.2.1', but event 2 says '0.2.0'")
    ledger.unlink()
    refuses(directory, "is missing: the store tells 3 events")


def test_a_tampered_store_is_named(directory):
    three(directory)
    store = sqlite3.connect(directory / "store.db")
    store.execute("UPDATE chain SET payload = replace(payload, '0.2.0', '0.2.1')")
    store.commit()
    store.close()
    refuses(directory, "event 2 was changed")


def test_events_that_were_cut_off_are_missed(directory):
    three(directory)
    store = sqlite3.connect(directory / "store.db")
    store.execute("DELETE FROM chain WHERE seq = 3")
    store.commit()
    store.close()
    refuses(directory, "the store has lost events")


def test_a_damaged_store_says_what_to_do(directory):
    three(directory)
    (directory / "store.db").write_bytes(b"not a database, whatever it was before" * 100)
    done = history(directory)
    house.equal(done.status, 1, done)
    house.contains(done.err, str(directory / "store.db"))
    house.contains(done.err, "put a backup in its place")


house.main()
