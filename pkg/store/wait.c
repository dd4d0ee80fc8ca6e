/* Waiting for leases: watching a record not change, on our own clock only. */
#include "internal.h"

enum { WAIT_STEP_MAX_MS = 500, LOOKS_PER_TTL = 6 };

/* What is known about one of the claims. */
struct watched {
    struct lease_watch watch;
    uint64_t stale_revision; /* may be broken; 0: there is none */
};

struct waiting {
    struct store *store;
    const struct lease_claims *claims;
    const struct lease_patience *patience;
    struct watched *watched; /* one a claim */
};

bool lease_watch_stale(struct lease_watch *watch, const struct lease *seen, int64_t mono_ms)
{
    bool same = watch->revision != 0 && watch->revision == seen->revision;
    if (!same)
        *watch = (struct lease_watch){
            .revision = seen->revision, .fence = seen->fence, .since_ms = mono_ms};
    return same && seen->held && mono_ms - watch->since_ms >= seen->ttl_ms;
}

/* ---- one attempt -------------------------------------------------------------------------- */

/* What is held after a failed attempt would be held by somebody who only waits. */
static void give_back(struct waiting *w, const struct hold *holds, size_t count)
{
    struct error ignored;
    for (size_t i = count; i-- > 0;)
        if (!lease_release(w->store, &holds[i], clock_now_ms(w->patience->clock), &ignored))
            continue; /* lost to somebody who judged us dead: his now */
}

static bool take_all(struct waiting *w, struct hold *holds, struct error *err)
{
    for (size_t i = 0; i < w->claims->count; i++) {
        struct lease_claim claim = w->claims->items[i];
        claim.stale_revision = w->watched[i].stale_revision;
        if (lease_acquire(w->store, &claim, clock_now_ms(w->patience->clock), &holds[i], err))
            continue;
        give_back(w, holds, i);
        return false;
    }
    return true;
}

/* ---- between attempts --------------------------------------------------------------------- */

/* One look at one lease: tells of a new holder that is in the way, and answers whether it can be
 * had now. */
static bool look(struct waiting *w, size_t index, struct lease *ret, bool *ret_free,
                 struct error *err)
{
    const struct lease_claim *claim = &w->claims->items[index];
    struct watched *watched = &w->watched[index];
    uint64_t known = watched->watch.fence;
    TRY(lease_read(w->store, claim->name, ret, err));
    bool stale = lease_watch_stale(&watched->watch, ret, clock_mono_ms(w->patience->clock));
    enum lease_standing standing = lease_standing(ret, &claim->owner);
    bool in_the_way = standing == LEASE_HELD || standing == LEASE_FROZEN;
    if (in_the_way && w->patience->waiting != NULL && ret->fence != known)
        w->patience->waiting(w->patience->ctx, ret);
    watched->stale_revision = stale ? ret->revision : 0;
    *ret_free = stale || !in_the_way;
    return true;
}

/* All of them, since several may have lost one holder; *ret_ttl_ms is the shortest. */
static bool look_at_all(struct waiting *w, int64_t *ret_ttl_ms, bool *ret_free, struct error *err)
{
    struct lease seen;
    *ret_free = true;
    *ret_ttl_ms = INT64_MAX;
    for (size_t i = 0; i < w->claims->count; i++) {
        bool free = false;
        TRY(look(w, i, &seen, &free, err));
        *ret_free = *ret_free && free;
        if (!free && seen.ttl_ms < *ret_ttl_ms)
            *ret_ttl_ms = seen.ttl_ms;
    }
    return true;
}

static int64_t step_ms(int64_t ttl_ms, int64_t left_ms)
{
    int64_t step = ttl_ms / LOOKS_PER_TTL;
    if (step <= 0 || step > WAIT_STEP_MAX_MS)
        step = WAIT_STEP_MAX_MS;
    return step < left_ms ? step : left_ms;
}

/* Until another attempt makes sense; false with `refused`, the answer of the last attempt, when
 * the patience ends. */
static bool wait_for_change(struct waiting *w, int64_t end_ms, const struct error *refused,
                            struct error *err)
{
    bool again = false;
    int64_t ttl_ms = 0;
    while (!again) {
        int64_t left_ms = end_ms - clock_mono_ms(w->patience->clock);
        if (left_ms <= 0) {
            *err = *refused;
            return false;
        }
        TRY(signals_go_on(err));
        TRY(look_at_all(w, &ttl_ms, &again, err));
        clock_sleep_ms(w->patience->clock, step_ms(ttl_ms, left_ms));
    }
    return true;
}

bool lease_wait_all(struct store *s, const struct lease_claims *claims,
                    const struct lease_patience *patience, struct hold *ret_holds,
                    struct error *err)
{
    cleanup_free struct watched *watched = xcalloc(claims->count + 1, sizeof(*watched));
    struct waiting w = {.store = s, .claims = claims, .patience = patience, .watched = watched};
    int64_t end_ms = clock_mono_ms(patience->clock) + patience->wait_ms;
    struct error refused;
    while (!take_all(&w, ret_holds, &refused)) {
        if (refused.kind != ERR_LOCKED || patience->wait_ms <= 0) {
            *err = refused;
            return false;
        }
        TRY(wait_for_change(&w, end_ms, &refused, err));
    }
    return true;
}

bool lease_wait(struct store *s, const struct lease_claim *claim,
                const struct lease_patience *patience, struct hold *ret, struct error *err)
{
    const struct lease_claims claims = {.items = claim, .count = 1};
    return lease_wait_all(s, &claims, patience, ret, err);
}
