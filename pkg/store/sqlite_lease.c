/* Leases and records as rows. */
#include "sqlite.h"

static void read_owner(struct query *q, struct lease_owner *owner)
{
    query_get_array(q, owner->run_id, sizeof(owner->run_id));
    query_get_array(q, owner->run_url, sizeof(owner->run_url));
    query_get_array(q, owner->host, sizeof(owner->host));
    query_get_array(q, owner->machine, sizeof(owner->machine));
    owner->pid_ns = query_get_u64(q);
    query_get_array(q, owner->ident.boot_id, sizeof(owner->ident.boot_id));
    owner->ident.pid = (pid_t)query_get_int(q);
    owner->ident.start_ticks = query_get_u64(q);
    query_get_array(q, owner->reason, sizeof(owner->reason));
}

static void read_lease(struct query *q, struct lease *lease)
{
    lease->revision = query_get_u64(q);
    lease->fence = query_get_u64(q);
    lease->held = query_get_int(q) != 0;
    read_owner(q, &lease->owner);
    lease->acquired_ms = query_get_int(q);
    lease->renewed_ms = query_get_int(q);
    lease->ttl_ms = query_get_int(q);
    lease->frozen = query_get_int(q) != 0;
    query_get_array(q, lease->frozen_by, sizeof(lease->frozen_by));
    query_get_array(q, lease->frozen_reason, sizeof(lease->frozen_reason));
    lease->frozen_ms = query_get_int(q);
}

bool sqlite_lease_get(void *impl, const char *name, struct lease *ret, struct error *err)
{
    bool found;
    struct lease lease = {0};
    cleanup_query struct query q = query_begin(impl, SQL_LEASE_GET);
    query_text(&q, str_of(name));
    TRY(query_next(&q, &found, err));
    if (found)
        read_lease(&q, &lease);
    text_copy(lease.name, sizeof(lease.name), name);
    *ret = lease;
    return true;
}

static bool read_name(struct query *q, struct arena *a, void *item, struct error *err unused_arg)
{
    *(const char **)item = arena_strdup(a, query_get_text(q));
    return true;
}

bool sqlite_lease_list(void *impl, struct arena *a, struct lease_list *ret, struct error *err)
{
    struct rows names;
    cleanup_query struct query q = query_begin(impl, SQL_LEASE_LIST);
    query_int(&q, STORE_ROWS_MAX + 1);
    TRY(query_rows(&q, sizeof(const char *), read_name, a, &names, err));
    struct lease *leases = ARENA_ARRAY(a, struct lease, names.count + 1);
    for (size_t i = 0; i < names.count; i++)
        TRY(sqlite_lease_get(impl, ((const char **)names.items)[i], &leases[i], err));
    *ret = (struct lease_list){.items = leases, .count = names.count};
    return true;
}

static void bind_owner(struct query *q, const struct lease_owner *owner)
{
    query_text(q, str_of(owner->run_id));
    query_text(q, str_of(owner->run_url));
    query_text(q, str_of(owner->host));
    query_text(q, str_of(owner->machine));
    query_u64(q, owner->pid_ns);
    query_text(q, str_of(owner->ident.boot_id));
    query_int(q, owner->ident.pid);
    query_u64(q, owner->ident.start_ticks);
    query_text(q, str_of(owner->reason));
}

static bool write_lease(struct sqlite *db, const struct lease *lease, struct error *err)
{
    cleanup_query struct query q = query_begin(db, SQL_LEASE_PUT);
    query_text(&q, str_of(lease->name));
    query_u64(&q, lease->revision);
    query_u64(&q, lease->fence);
    query_int(&q, lease->held);
    bind_owner(&q, &lease->owner);
    query_int(&q, lease->acquired_ms);
    query_int(&q, lease->renewed_ms);
    query_int(&q, lease->ttl_ms);
    query_int(&q, lease->frozen);
    query_text(&q, str_of(lease->frozen_by));
    query_text(&q, str_of(lease->frozen_reason));
    query_int(&q, lease->frozen_ms);
    return query_run(&q, err);
}

bool sqlite_lease_swap(void *impl, const struct lease *next, struct error *err)
{
    struct lease stored;
    cleanup_tx struct tx tx = {0};
    TRY(tx_begin(impl, &tx, err));
    TRY(sqlite_lease_get(impl, next->name, &stored, err));
    if (stored.revision != next->revision - 1)
        return err_set(err, ERR_CONFLICT, "lease '%s' was written by somebody else", next->name);
    TRY(write_lease(impl, next, err));
    return tx_commit(&tx, err);
}

bool sqlite_check_hold(struct sqlite *db, const struct hold *hold, struct error *err)
{
    struct lease stored;
    TRY(sqlite_lease_get(db, hold->lease, &stored, err));
    return hold_check(&stored, hold, err);
}
