/* The one place where a deployment gets the right to act: store, lease, keeper, capability. */
#include "internal.h"

static void tell_waiting(void *ctx, const struct lease *lease)
{
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    lease_describe(lease, &who);
    events_note(ctx, "waiting for lease '%s', held by %s", lease->name, buf_cstr(&who));
}

static bool take_lease(struct actuator *act, const struct actuator_request *request,
                       struct error *err)
{
    int64_t ttl_ms = request->ttl_ms > 0 ? request->ttl_ms : LEASE_TTL_DEFAULT_MS;
    struct lease_claim claim = {.name = request->lease, .ttl_ms = ttl_ms};
    struct lease_patience patience = {.wait_ms = request->wait_ms,
                                      .clock = request->clock,
                                      .waiting = tell_waiting,
                                      .ctx = request->events};
    TRY(lease_owner_self(request->run_id, request->run_url, request->reason, &claim.owner, err));
    TRY(lease_wait(act->store, &claim, &patience, &act->hold, err));
    return lease_keeper_start(act->store, &act->hold, ttl_ms, request->clock, &act->keeper, err);
}

bool actuator_open(const struct actuator_request *request, struct actuator **ret, struct error *err)
{
    cleanup_actuator struct actuator *act = xcalloc(1, sizeof(*act));
    act->clock = request->clock;
    act->events = request->events;
    act->store_cap = cap_apply(NULL, NULL);
    TRY(store_open_write(request->store_path, &act->store_cap, &act->store, err));
    TRY(take_lease(act, request, err));
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
    return &act->hold;
}

bool actuator_close(struct actuator *act, struct error *err)
{
    bool ok = true;
    lease_keeper_stop(act->keeper);
    if (act->hold.fence != 0)
        ok = lease_release(act->store, &act->hold, clock_now_ms(act->clock), err);
    store_close(act->store);
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
