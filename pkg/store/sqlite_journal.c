/* The journal as rows, and runs as what their journals say. */
#include "sqlite.h"

enum { JOURNAL_FORMAT = 1 };

static bool next_seq(struct sqlite *db, const char *run_id, int64_t *ret, struct error *err)
{
    bool row;
    cleanup_query struct query q = query_begin(db, SQL_JOURNAL_NEXT);
    query_text(&q, str_of(run_id));
    TRY(query_next(&q, &row, err));
    *ret = row ? query_get_int(&q) : 1;
    return true;
}

/* The journal of another run may be written only under the lease that it ran under. */
static bool check_run(struct sqlite *db, const struct hold *hold, const char *run_id,
                      struct error *err)
{
    bool row;
    cleanup_query struct query q = query_begin(db, SQL_JOURNAL_LEASE);
    if (strcmp(run_id, hold->run_id) == 0)
        return true;
    query_text(&q, str_of(run_id));
    TRY(query_next(&q, &row, err));
    if (row && str_is(query_get_text(&q), hold->lease))
        return true;
    return err_set(err, ERR_CONFLICT, "run %s did not run under the lease '%s'", run_id,
                   hold->lease);
}

bool sqlite_journal_append(void *impl, const struct hold *hold, const struct journal_write *write,
                           int64_t now_ms, struct error *err)
{
    int64_t seq;
    const char *run_id = write->run != NULL ? write->run : hold->run_id;
    cleanup_tx struct tx tx = {0};
    TRY(tx_begin(impl, &tx, err));
    TRY(sqlite_check_hold(impl, hold, err));
    TRY(check_run(impl, hold, run_id, err));
    TRY(next_seq(impl, run_id, &seq, err));
    cleanup_query struct query q = query_begin(impl, SQL_JOURNAL_PUT);
    query_text(&q, str_of(run_id));
    query_int(&q, seq);
    query_int(&q, JOURNAL_FORMAT);
    query_text(&q, str_of(journal_kind_name(write->kind)));
    query_text(&q, str_of(write->action));
    query_text(&q, write->payload);
    query_int(&q, now_ms);
    query_text(&q, str_of(hold->lease));
    query_u64(&q, hold->fence);
    TRY(query_run(&q, err));
    return tx_commit(&tx, err);
}

static bool read_kind(struct query *q, enum journal_kind *ret, struct error *err)
{
    struct str name = query_get_text(q);
    if (!journal_kind_parse(name, ret))
        return err_set(err, ERR_FAILED, "the journal has an entry of unknown kind '%" PRIstr "'",
                       STR_ARG(name));
    return true;
}

static bool read_entry(struct query *q, struct arena *a, void *item, struct error *err)
{
    struct journal_entry *ret = item;
    ret->v = (int)query_get_int(q);
    ret->seq = query_get_u64(q);
    TRY(read_kind(q, &ret->kind, err));
    ret->action = arena_strdup(a, query_get_text(q));
    ret->payload = arena_strdup(a, query_get_text(q));
    ret->time_ms = query_get_int(q);
    ret->fence = query_get_u64(q);
    return true;
}

bool sqlite_journal_read(void *impl, const char *run_id, struct arena *a, struct journal *ret,
                         struct error *err)
{
    struct rows rows;
    cleanup_query struct query q = query_begin(impl, SQL_JOURNAL_READ);
    query_text(&q, str_of(run_id));
    query_int(&q, STORE_ROWS_MAX + 1);
    TRY(query_rows(&q, sizeof(struct journal_entry), read_entry, a, &rows, err));
    *ret = (struct journal){.items = rows.items, .count = rows.count};
    return true;
}

static bool read_run(struct query *q, struct arena *a, void *item, struct error *err)
{
    struct run *ret = item;
    ret->id = arena_strdup(a, query_get_text(q));
    ret->lease = arena_strdup(a, query_get_text(q));
    ret->started_ms = query_get_int(q);
    ret->last_ms = query_get_int(q);
    ret->fence = query_get_u64(q);
    TRY(read_kind(q, &ret->last_kind, err));
    ret->last_action = arena_strdup(a, query_get_text(q));
    ret->finished = ret->last_kind == JOURNAL_RUN_FINISHED;
    struct str payload = query_get_text(q);
    ret->result = ret->finished ? arena_strdup(a, payload) : "";
    ret->pending = arena_strdup(a, query_get_text(q));
    return true;
}

bool sqlite_runs(void *impl, const struct run_query *query, struct arena *a, struct run_list *ret,
                 struct error *err)
{
    struct rows rows;
    cleanup_query struct query q = query_begin(impl, SQL_RUNS);
    query_text(&q, str_of(query->lease));
    query_int(&q, query->open_only);
    query_int(&q, query->limit == 0 ? STORE_ROWS_MAX : (int64_t)query->limit);
    TRY(query_rows(&q, sizeof(struct run), read_run, a, &rows, err));
    *ret = (struct run_list){.items = rows.items, .count = rows.count};
    return true;
}
