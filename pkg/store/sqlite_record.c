/* Records as rows: compare the version, check the fence, write, in one transaction. */
#include "sqlite.h"

static bool read_record(struct query *q, struct arena *a, void *item, struct error *err unused_arg)
{
    struct record *ret = item;
    ret->name = arena_strdup(a, query_get_text(q));
    ret->version = query_get_u64(q);
    ret->fence = query_get_u64(q);
    ret->time_ms = query_get_int(q);
    ret->text = arena_strdup(a, query_get_text(q));
    return true;
}

bool sqlite_record_get(void *impl, const char *name, struct arena *a, struct record *ret,
                       struct error *err)
{
    bool found;
    struct record record = {.text = ""};
    cleanup_query struct query q = query_begin(impl, SQL_RECORD_GET);
    query_text(&q, str_of(name));
    TRY(query_next(&q, &found, err));
    if (found)
        TRY(read_record(&q, a, &record, err));
    else
        record.name = arena_strdup(a, str_of(name));
    *ret = record;
    return true;
}

bool sqlite_record_list(void *impl, const char *prefix, struct arena *a, struct record_list *ret,
                        struct error *err)
{
    struct rows rows;
    cleanup_query struct query q = query_begin(impl, SQL_RECORD_LIST);
    query_text(&q, str_of(prefix));
    query_int(&q, STORE_ROWS_MAX + 1);
    TRY(query_rows(&q, sizeof(struct record), read_record, a, &rows, err));
    *ret = (struct record_list){.items = rows.items, .count = rows.count};
    return true;
}

static bool check_version(struct sqlite *db, const struct record_write *write, struct error *err)
{
    uint64_t version = 0;
    bool found;
    cleanup_query struct query q = query_begin(db, SQL_RECORD_VERSION);
    query_text(&q, str_of(write->name));
    TRY(query_next(&q, &found, err));
    if (found)
        version = query_get_u64(&q);
    if (version != write->expected)
        return err_set(err, ERR_CONFLICT, "record '%s' has version %llu, not %llu", write->name,
                       (unsigned long long)version, (unsigned long long)write->expected);
    return true;
}

bool sqlite_record_put(void *impl, const struct hold *hold, const struct record_write *write,
                       int64_t now_ms, struct error *err)
{
    cleanup_tx struct tx tx = {0};
    TRY(tx_begin(impl, &tx, err));
    TRY(sqlite_check_hold(impl, hold, err));
    TRY(check_version(impl, write, err));
    cleanup_query struct query q = query_begin(impl, SQL_RECORD_PUT);
    query_text(&q, str_of(write->name));
    query_u64(&q, write->expected + 1);
    query_u64(&q, hold->fence);
    query_text(&q, str_of(hold->lease));
    query_int(&q, now_ms);
    query_text(&q, write->text);
    TRY(query_run(&q, err));
    return tx_commit(&tx, err);
}
