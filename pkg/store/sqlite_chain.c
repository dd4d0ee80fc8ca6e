/* The chain as rows: each append reads the head and links to it in one transaction. */
#include "sqlite.h"

enum { CHAIN_FORMAT = 1 };

static bool read_head(struct sqlite *db, struct chain_event *event, struct error *err)
{
    bool row;
    cleanup_query struct query q = query_begin(db, SQL_CHAIN_HEAD);
    TRY(query_next(&q, &row, err));
    event->seq = row ? query_get_u64(&q) + 1 : 1;
    if (row)
        query_get_array(&q, event->prev, sizeof(event->prev));
    else
        text_copy(event->prev, sizeof(event->prev), chain_head(&(struct chain){0}));
    return true;
}

static bool write_event(struct sqlite *db, const char *lease, const struct chain_event *event,
                        struct error *err)
{
    cleanup_query struct query q = query_begin(db, SQL_CHAIN_PUT);
    query_u64(&q, event->seq);
    query_int(&q, CHAIN_FORMAT);
    query_text(&q, str_of(event->prev));
    query_text(&q, str_of(event->hash));
    query_int(&q, event->time_ms);
    query_text(&q, str_of(lease));
    query_u64(&q, event->fence);
    query_text(&q, str_of(event->env));
    query_text(&q, str_of(chain_kind_name(event->kind)));
    query_text(&q, str_of(event->run));
    query_text(&q, str_of(event->payload));
    return query_run(&q, err);
}

bool sqlite_chain_append(void *impl, const struct hold *hold, const struct chain_write *write,
                         int64_t now_ms, struct error *err)
{
    cleanup_free char *payload = xstrndup(write->payload.ptr, write->payload.len);
    struct chain_event event = {.time_ms = now_ms,
                                .fence = hold->fence,
                                .kind = write->kind,
                                .env = write->env,
                                .run = hold->run_id,
                                .payload = payload};
    cleanup_tx struct tx tx = {0};
    TRY(tx_begin(impl, &tx, err));
    TRY(sqlite_check_hold(impl, hold, err));
    TRY(read_head(impl, &event, err));
    chain_hash(&event, event.hash);
    TRY(write_event(impl, hold->lease, &event, err));
    return tx_commit(&tx, err);
}

static bool read_event(struct query *q, struct arena *a, void *item, struct error *err)
{
    struct chain_event *ret = item;
    ret->seq = query_get_u64(q);
    int64_t format = query_get_int(q);
    query_get_array(q, ret->prev, sizeof(ret->prev));
    query_get_array(q, ret->hash, sizeof(ret->hash));
    ret->time_ms = query_get_int(q);
    ret->fence = query_get_u64(q);
    ret->env = arena_strdup(a, query_get_text(q));
    struct str kind = query_get_text(q);
    if (format != CHAIN_FORMAT || !chain_kind_parse(kind, &ret->kind))
        return err_set(err, ERR_VERIFY, "event %llu is of unknown kind '%" PRIstr "', format %lld",
                       (unsigned long long)ret->seq, STR_ARG(kind), (long long)format);
    ret->run = arena_strdup(a, query_get_text(q));
    ret->payload = arena_strdup(a, query_get_text(q));
    return true;
}

bool sqlite_chain_read(void *impl, struct arena *a, struct chain *ret, struct error *err)
{
    struct rows rows;
    cleanup_query struct query q = query_begin(impl, SQL_CHAIN_READ);
    query_int(&q, STORE_ROWS_MAX + 1);
    TRY(query_rows(&q, sizeof(struct chain_event), read_event, a, &rows, err));
    *ret = (struct chain){.items = rows.items, .count = rows.count};
    return true;
}
