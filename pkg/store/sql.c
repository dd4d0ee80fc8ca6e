/* All SQL of the store, and its formats. */
#include "sqlite.h"

/* Format 1. Nothing in journal and chain is ever changed or deleted: the triggers say so to
 * whoever opens the file by hand. */
#define APPEND_ONLY(table)                                         \
    "CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table   \
    " BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;" \
    "CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table   \
    " BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;"

static const char FORMAT_1[] =
    "CREATE TABLE lease(name TEXT PRIMARY KEY, revision INT NOT NULL, fence INT NOT NULL,"
    " held INT NOT NULL, run TEXT NOT NULL, run_url TEXT NOT NULL, host TEXT NOT NULL,"
    " machine TEXT NOT NULL, pid_ns INT NOT NULL, boot_id TEXT NOT NULL, pid INT NOT NULL,"
    " start_ticks INT NOT NULL, reason TEXT NOT NULL, acquired_ms INT NOT NULL,"
    " renewed_ms INT NOT NULL, ttl_ms INT NOT NULL, frozen INT NOT NULL, frozen_by TEXT NOT NULL,"
    " frozen_reason TEXT NOT NULL, frozen_ms INT NOT NULL) STRICT;"
    "CREATE TABLE record(name TEXT PRIMARY KEY, version INT NOT NULL, fence INT NOT NULL,"
    " lease TEXT NOT NULL, time_ms INT NOT NULL, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE journal(id INTEGER PRIMARY KEY, run TEXT NOT NULL, seq INT NOT NULL,"
    " v INT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, payload TEXT NOT NULL,"
    " time_ms INT NOT NULL, lease TEXT NOT NULL, fence INT NOT NULL, UNIQUE(run, seq)) STRICT;"
    "CREATE INDEX journal_runs ON journal(lease, id) WHERE seq = 1;"
    "CREATE TABLE chain(seq INTEGER PRIMARY KEY, v INT NOT NULL, prev TEXT NOT NULL,"
    " hash TEXT NOT NULL, time_ms INT NOT NULL, lease TEXT NOT NULL, fence INT NOT NULL,"
    " env TEXT NOT NULL, kind TEXT NOT NULL, run TEXT NOT NULL, payload TEXT NOT NULL) "
    "STRICT;" APPEND_ONLY("journal") APPEND_ONLY("chain");

const char *const SQL_FORMATS[] = {FORMAT_1};
_Static_assert(ARRAY_LEN(SQL_FORMATS) == STORE_FORMAT, "one step per format");

/* Runs are what their journals say: entry 1 tells when and where, the last one how it stands. */
#define LAST_SEQ "(SELECT max(seq) FROM journal WHERE run = first.run)"
#define PENDING_ACTION                                                                     \
    "(SELECT action FROM journal i WHERE i.run = first.run AND i.kind = 'intent'"          \
    " AND NOT EXISTS (SELECT 1 FROM journal d WHERE d.run = i.run AND d.action = i.action" \
    " AND d.seq > i.seq AND d.kind IN ('done', 'failed')) ORDER BY i.seq DESC LIMIT 1)"

static const char *const TEXTS[] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_LEASE_GET] = "SELECT revision, fence, held, run, run_url, host, machine, pid_ns, boot_id,"
                      " pid, start_ticks, reason, acquired_ms, renewed_ms, ttl_ms, frozen,"
                      " frozen_by, frozen_reason, frozen_ms FROM lease WHERE name = ?",
    [SQL_LEASE_PUT] = "INSERT OR REPLACE INTO lease(name, revision, fence, held, run, run_url,"
                      " host, machine, pid_ns, boot_id, pid, start_ticks, reason, acquired_ms,"
                      " renewed_ms, ttl_ms, frozen, frozen_by, frozen_reason, frozen_ms)"
                      " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_LEASE_LIST] = "SELECT name FROM lease ORDER BY name LIMIT ?",
    [SQL_RECORD_GET] = "SELECT name, version, fence, time_ms, text FROM record WHERE name = ?",
    [SQL_RECORD_LIST] = "SELECT name, version, fence, time_ms, text FROM record"
                        " WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2",
    [SQL_RECORD_VERSION] = "SELECT version FROM record WHERE name = ?",
    [SQL_RECORD_PUT] = "INSERT OR REPLACE INTO record(name, version, fence, lease, time_ms, text)"
                       " VALUES(?,?,?,?,?,?)",
    [SQL_JOURNAL_NEXT] = "SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE run = ?",
    [SQL_JOURNAL_LEASE] = "SELECT lease FROM journal WHERE run = ? AND seq = 1",
    [SQL_JOURNAL_PUT] = "INSERT INTO journal(run, seq, v, kind, action, payload, time_ms, lease,"
                        " fence) VALUES(?,?,?,?,?,?,?,?,?)",
    [SQL_JOURNAL_READ] = "SELECT v, seq, kind, action, payload, time_ms, fence FROM journal"
                         " WHERE run = ? ORDER BY seq LIMIT ?",
    [SQL_RUNS] = "SELECT first.run, first.lease, first.time_ms, last.time_ms, last.fence,"
                 " last.kind, last.action, last.payload, coalesce(" PENDING_ACTION ", '')"
                 " FROM journal first JOIN journal last"
                 " ON last.run = first.run AND last.seq = " LAST_SEQ " WHERE first.seq = 1"
                 " AND (?1 = '' OR first.lease = ?1) AND (NOT ?2 OR last.kind <> 'run_finished')"
                 " ORDER BY first.id DESC LIMIT ?3",
    [SQL_CHAIN_HEAD] = "SELECT seq, hash FROM chain ORDER BY seq DESC LIMIT 1",
    [SQL_CHAIN_PUT] = "INSERT INTO chain(seq, v, prev, hash, time_ms, lease, fence, env, kind, run,"
                      " payload) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_CHAIN_READ] = "SELECT seq, v, prev, hash, time_ms, fence, env, kind, run, payload"
                       " FROM chain ORDER BY seq LIMIT ?",
};
_Static_assert(ARRAY_LEN(TEXTS) == SQL_COUNT, "one text per statement");

const char *sql_text(enum sql which)
{
    return TEXTS[which];
}
