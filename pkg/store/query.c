/* Statements, queries and transactions over one connection. Knows no table. */
#include "sqlite.h"

struct query query_begin(struct sqlite *db, enum sql which)
{
    struct query q = {.db = db, .rc = SQLITE_OK};
    if (db->stmts[which] == NULL)
        q.rc = sqlite3_prepare_v3(db->db, sql_text(which), -1, SQLITE_PREPARE_PERSISTENT,
                                  &db->stmts[which], NULL);
    q.stmt = db->stmts[which];
    return q;
}

void query_end(struct query *q)
{
    if (q->stmt == NULL)
        return;
    sqlite3_reset(q->stmt);
    sqlite3_clear_bindings(q->stmt);
}

static void keep_first_failure(struct query *q, int rc)
{
    if (q->rc == SQLITE_OK)
        q->rc = rc;
}

void query_text(struct query *q, struct str text)
{
    q->field++;
    if (q->stmt != NULL)
        keep_first_failure(
            q, sqlite3_bind_text(q->stmt, q->field, text.ptr, (int)text.len, SQLITE_STATIC));
}

void query_int(struct query *q, int64_t value)
{
    q->field++;
    if (q->stmt != NULL)
        keep_first_failure(q, sqlite3_bind_int64(q->stmt, q->field, value));
}

void query_u64(struct query *q, uint64_t value)
{
    query_int(q, (int64_t)value);
}

bool query_next(struct query *q, bool *ret_row, struct error *err)
{
    int rc = q->rc == SQLITE_OK ? sqlite3_step(q->stmt) : q->rc;
    q->field = -1;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return sqlite_fail(q->db, "use", err);
    *ret_row = rc == SQLITE_ROW;
    return true;
}

bool query_run(struct query *q, struct error *err)
{
    bool row = false;
    return query_next(q, &row, err);
}

int64_t query_get_int(struct query *q)
{
    return sqlite3_column_int64(q->stmt, ++q->field);
}

uint64_t query_get_u64(struct query *q)
{
    return (uint64_t)query_get_int(q);
}

struct str query_get_text(struct query *q)
{
    const unsigned char *text = sqlite3_column_text(q->stmt, ++q->field);
    int len = sqlite3_column_bytes(q->stmt, q->field);
    return text != NULL && len > 0 ? str_n(text, (size_t)len) : STR_EMPTY;
}

void query_get_array(struct query *q, char *out, size_t size)
{
    struct str text = query_get_text(q);
    text_copy(out, size, text.ptr);
}

/* One row more into `items`, which grows. */
static bool add_row(struct query *q, size_t size, row_fn *read, struct arena *a, struct rows *rows,
                    struct error *err)
{
    if (rows->count == STORE_ROWS_MAX)
        return err_set(err, ERR_FAILED, "the store answers more than %d rows", STORE_ROWS_MAX);
    void *item = (char *)rows->items + size * rows->count;
    memset(item, 0, size);
    TRY(read(q, a, item, err));
    rows->count++;
    return true;
}

bool query_rows(struct query *q, size_t size, row_fn *read, struct arena *a, struct rows *ret,
                struct error *err)
{
    size_t cap = 0;
    cleanup_free void *items = NULL;
    struct rows rows = {0};
    for (bool row = false;;) {
        TRY(query_next(q, &row, err));
        if (!row)
            break;
        items = rows.items = array_grow(items, &cap, rows.count + 1, size);
        TRY(add_row(q, size, read, a, &rows, err));
    }
    *ret = (struct rows){.items = arena_alloc(a, size * rows.count + 1), .count = rows.count};
    if (rows.count > 0)
        memcpy(ret->items, items, size * rows.count);
    return true;
}

static bool run_plain(struct sqlite *db, enum sql which, struct error *err)
{
    cleanup_query struct query q = query_begin(db, which);
    return query_run(&q, err);
}

bool tx_begin(struct sqlite *db, struct tx *tx, struct error *err)
{
    TRY(run_plain(db, SQL_BEGIN, err));
    tx->db = db;
    return true;
}

bool tx_commit(struct tx *tx, struct error *err)
{
    TRY(run_plain(tx->db, SQL_COMMIT, err));
    tx->db = NULL;
    return true;
}

void tx_end(struct tx *tx)
{
    struct error ignored;
    /* A failed statement may have rolled back by itself; then there is nothing left to end. */
    if (tx->db != NULL && sqlite3_get_autocommit(tx->db->db) == 0 &&
        !run_plain(tx->db, SQL_ROLLBACK, &ignored))
        sqlite_disconnect(tx->db);
}
