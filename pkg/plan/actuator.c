/* The one place where a deployment gets the right to act: store, lease, keeper, capability. */
#include "internal.h"

static void tell_waiting(void *ctx, const struct lease *lease)
{
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    lease_describe(lease, &who);
    events_note(ctx, "waiting for lease '%s', held by %s", lease->name, buf_cstr(&who));
}

static bool fill_claims(const struct actuator_request *request, struct lease_claim *claims,
                        struct error *err)
{
    struct lease_claim claim = {.ttl_ms =
                                    request->ttl_ms > 0 ? request->ttl_ms : LEASE_TTL_DEFAULT_MS};
    TRY(lease_owner_self(request->run_id, request->run_url, request->reason, &claim.owner, err));
    claim.name = request->lease;
    claims[0] = claim;
    for (size_t i = 0; i < request->shared_count; i++) {
        claim.name = request->shared[i];
        claims[1 + i] = claim;
    }
    return true;
}

static bool keep_leases(struct actuator *act, int64_t ttl_ms, struct error *err)
{
    const struct lease_keep keep = {
        .holds = act->holds, .count = act->hold_count, .ttl_ms = ttl_ms, .clock = act->clock};
    return lease_keeper_start(act->store, &keep, &act->keeper, err);
}

static bool take_leases(struct actuator *act, const struct actuator_request *request,
                        struct error *err)
{
    size_t count = 1 + request->shared_count;
    cleanup_free struct lease_claim *claims = xcalloc(count, sizeof(*claims));
    const struct lease_claims wanted = {.items = claims, .count = count};
    const struct lease_patience patience = {.wait_ms = request->wait_ms,
                                            .clock = request->clock,
                                            .waiting = tell_waiting,
                                            .ctx = request->events};
    act->holds = xcalloc(count, sizeof(*act->holds));
    TRY(fill_claims(request, claims, err));
    TRY(lease_wait_all(act->store, &wanted, &patience, act->holds, err));
    act->hold_count = count;
    return keep_leases(act, claims[0].ttl_ms, err);
}

bool actuator_open(const struct actuator_request *request, struct actuator **ret, struct error *err)
{
    cleanup_actuator struct actuator *act = xcalloc(1, sizeof(*act));
    act->clock = request->clock;
    act->events = request->events;
    act->origin = request->origin;
    act->store_cap = cap_apply(NULL, NULL);
    TRY(store_open_write(request->store_path, &act->store_cap, &act->store, err));
    TRY(take_leases(act, request, err));
    act->cap = cap_apply(lease_guard, act->keeper);
    *ret = steal_ptr(&act);
    return true;
}

const struct cap *actuator_cap(const struct actuator *act)
{
    return &act->cap;
}

struct store *actuator_store(const struct actuator *act)
{
    return act->store;
}

const struct hold *actuator_hold(const struct actuator *act)
{
    return &act->holds[0];
}

/* In the opposite order; one that was lost keeps the others from nothing. */
static bool give_back(struct actuator *act, struct error *err)
{
    bool ok = true;
    for (size_t i = act->hold_count; i-- > 0;) {
        struct error lost;
        if (lease_release(act->store, &act->holds[i], clock_now_ms(act->clock), &lost))
            continue;
        ok = false;
        *err = lost;
    }
    return ok;
}

bool actuator_close(struct actuator *act, struct error *err)
{
    lease_keeper_stop(act->keeper);
    bool ok = give_back(act, err);
    store_close(act->store);
    free(act->holds);
    free(act);
    return ok;
}

void actuator_close_at(struct actuator **act)
{
    struct error ignored;
    /* The scope is left with an error that says more than a lease that was lost as well. */
    if (*act != NULL && !actuator_close(*act, &ignored))
        *act = NULL;
    *act = NULL;
}
