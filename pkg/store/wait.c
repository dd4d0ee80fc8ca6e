/* Waiting for leases: watching a record not change, on our own clock only. */
#include "internal.h"

enum { WAIT_STEP_MAX_MS = 500, LOOKS_PER_TTL = 6 };

/* The wait for one of several claims at a time: the one that was in the way last. */
struct waiting {
    struct store *store;
    const struct lease_claims *claims;
    const struct lease_patience *patience;
    struct lease_watch watch;
    size_t blocked; /* index of the claim that is watched */
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

static bool take_all(struct waiting *w, uint64_t stale_revision, struct hold *holds,
                     struct error *err)
{
    for (size_t i = 0; i < w->claims->count; i++) {
        struct lease_claim claim = w->claims->items[i];
        claim.stale_revision = i == w->blocked ? stale_revision : 0;
        if (lease_acquire(w->store, &claim, clock_now_ms(w->patience->clock), &holds[i], err))
            continue;
        give_back(w, holds, i);
        if (w->blocked != i)
            w->watch = (struct lease_watch){0};
        w->blocked = i;
        return false;
    }
    return true;
}

/* ---- between attempts --------------------------------------------------------------------- */

/* One look at whoever is in the way: tells of a new holder, and answers whether another attempt
 * makes sense, with the revision that may be broken, 0 while there is none. */
static bool look(struct waiting *w, struct lease *ret, bool *ret_try, uint64_t *ret_stale,
                 struct error *err)
{
    const struct lease_claim *claim = &w->claims->items[w->blocked];
    uint64_t known = w->watch.fence;
    TRY(lease_read(w->store, claim->name, ret, err));
    bool stale = lease_watch_stale(&w->watch, ret, clock_mono_ms(w->patience->clock));
    enum lease_standing standing = lease_standing(ret, &claim->owner);
    if (w->patience->waiting != NULL && ret->fence != known)
        w->patience->waiting(w->patience->ctx, ret);
    *ret_stale = stale ? ret->revision : 0;
    *ret_try = stale || (standing != LEASE_HELD && standing != LEASE_FROZEN);
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
                            uint64_t *ret_stale, struct error *err)
{
    struct lease seen;
    bool again = false;
    for (;;) {
        int64_t left_ms = end_ms - clock_mono_ms(w->patience->clock);
        if (left_ms <= 0)
            break;
        TRY(signals_go_on(err));
        TRY(look(w, &seen, &again, ret_stale, err));
        clock_sleep_ms(w->patience->clock, step_ms(seen.ttl_ms, left_ms));
        if (again)
            return true;
    }
    *err = *refused;
    return false;
}

bool lease_wait_all(struct store *s, const struct lease_claims *claims,
                    const struct lease_patience *patience, struct hold *ret_holds,
                    struct error *err)
{
    struct waiting w = {.store = s, .claims = claims, .patience = patience};
    int64_t end_ms = clock_mono_ms(patience->clock) + patience->wait_ms;
    uint64_t stale = 0;
    struct error refused;
    while (!take_all(&w, stale, ret_holds, &refused)) {
        if (refused.kind != ERR_LOCKED || patience->wait_ms <= 0) {
            *err = refused;
            return false;
        }
        TRY(wait_for_change(&w, end_ms, &refused, &stale, err));
    }
    return true;
}

bool lease_wait(struct store *s, const struct lease_claim *claim,
                const struct lease_patience *patience, struct hold *ret, struct error *err)
{
    const struct lease_claims claims = {.items = claim, .count = 1};
    return lease_wait_all(s, &claims, patience, ret, err);
}
