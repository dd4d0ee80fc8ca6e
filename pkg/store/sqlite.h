/* SQLite inside this module: one connection, its statements, and queries bound field by field. */
#pragma once

#include <sqlite3.h>

#include "internal.h"

/* Every statement of the module; sql.c has the text of each. */
enum sql {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_LEASE_GET,
    SQL_LEASE_PUT,
    SQL_LEASE_LIST,
    SQL_RECORD_GET,
    SQL_RECORD_LIST,
    SQL_RECORD_VERSION,
    SQL_RECORD_PUT,
    SQL_JOURNAL_NEXT,
    SQL_JOURNAL_LEASE,
    SQL_JOURNAL_PUT,
    SQL_JOURNAL_READ,
    SQL_RUNS,
    SQL_CHAIN_HEAD,
    SQL_CHAIN_PUT,
    SQL_CHAIN_READ,
    SQL_COUNT
};
const char *sql_text(enum sql which);
/* The steps from an empty file to the current format; step i makes format i + 1. */
extern const char *const SQL_FORMATS[];
enum { STORE_FORMAT = 1, STORE_APPLICATION_ID = 0x54525843 /* "TRXC" */ };

struct sqlite {
    sqlite3 *db; /* NULL while suspended */
    sqlite3_stmt *stmts[SQL_COUNT];
    char *path; /* NULL: in memory */
    bool writing;
};

/* Opens db->path as the handle says; db.c. */
bool sqlite_connect(struct sqlite *db, struct error *err) must_use;
void sqlite_disconnect(struct sqlite *db);
/* Fills err from the connection's last failure: what happened, to which file, what to do. */
bool sqlite_fail(const struct sqlite *db, const char *doing, struct error *err);
/* Runs SQL that answers nothing. */
bool sqlite_exec(struct sqlite *db, const char *sql, struct error *err) must_use;

/* One use of a statement. Fields are bound, and columns read, from left to right. */
struct query {
    struct sqlite *db;
    sqlite3_stmt *stmt; /* NULL: could not be prepared */
    int rc;             /* the first failure, SQLITE_OK so far */
    int field;          /* last bound or read */
};
/* Borrows the prepared statement until query_end. */
struct query query_begin(struct sqlite *db, enum sql which) must_use;
void query_end(struct query *q);
#define cleanup_query cleanup(query_end)

/* Binds the next field; text must live until query_end. */
void query_text(struct query *q, struct str text);
void query_int(struct query *q, int64_t value);
void query_u64(struct query *q, uint64_t value);
/* The next row into *ret_row, false at the end. */
bool query_next(struct query *q, bool *ret_row, struct error *err) must_use;
/* Runs a statement that answers no rows. */
bool query_run(struct query *q, struct error *err) must_use;

/* The next column. */
int64_t query_get_int(struct query *q);
uint64_t query_get_u64(struct query *q);
struct str query_get_text(struct query *q); /* valid until the next row */
void query_get_array(struct query *q, char *out, size_t size);

/* All rows, each read by `read` into an item of `size` bytes; at most STORE_ROWS_MAX. */
struct rows {
    void *items; /* in the arena */
    size_t count;
};
typedef bool row_fn(struct query *q, struct arena *a, void *item, struct error *err);
bool query_rows(struct query *q, size_t size, row_fn *read, struct arena *a, struct rows *ret,
                struct error *err) must_use;

/* A write transaction that is rolled back at the end of the scope unless it was committed. */
struct tx {
    struct sqlite *db; /* NULL: not open */
};
bool tx_begin(struct sqlite *db, struct tx *tx, struct error *err) must_use;
bool tx_commit(struct tx *tx, struct error *err) must_use;
void tx_end(struct tx *tx);
#define cleanup_tx cleanup(tx_end)

/* In an open transaction: is the hold still good? */
bool sqlite_check_hold(struct sqlite *db, const struct hold *hold, struct error *err) must_use;

/* The backend's operations, by file. */
bool sqlite_lease_get(void *impl, const char *name, struct lease *ret, struct error *err);
bool sqlite_lease_swap(void *impl, const struct lease *next, struct error *err);
bool sqlite_lease_list(void *impl, struct arena *a, struct lease_list *ret, struct error *err);
bool sqlite_record_get(void *impl, const char *name, struct arena *a, struct record *ret,
                       struct error *err);
bool sqlite_record_list(void *impl, const char *prefix, struct arena *a, struct record_list *ret,
                        struct error *err);
bool sqlite_record_put(void *impl, const struct hold *hold, const struct record_write *write,
                       int64_t now_ms, struct error *err);
bool sqlite_journal_append(void *impl, const struct hold *hold, const struct journal_write *write,
                           int64_t now_ms, struct error *err);
bool sqlite_journal_read(void *impl, const char *run_id, struct arena *a, struct journal *ret,
                         struct error *err);
bool sqlite_runs(void *impl, const struct run_query *query, struct arena *a, struct run_list *ret,
                 struct error *err);
bool sqlite_chain_append(void *impl, const struct hold *hold, const struct chain_write *write,
                         int64_t now_ms, struct error *err);
bool sqlite_chain_read(void *impl, struct arena *a, struct chain *ret, struct error *err);
