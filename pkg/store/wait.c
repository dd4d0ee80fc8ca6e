/* Waiting for a lease: watching its record not change, on our own clock only. */
#include "internal.h"

enum { WAIT_STEP_MAX_MS = 500, LOOKS_PER_TTL = 6 };

bool lease_watch_stale(struct lease_watch *watch, const struct lease *seen, int64_t mono_ms)
{
    bool same = watch->revision != 0 && watch->revision == seen->revision;
    if (!same)
        *watch = (struct lease_watch){
            .revision = seen->revision, .fence = seen->fence, .since_ms = mono_ms};
    return same && seen->held && mono_ms - watch->since_ms >= seen->ttl_ms;
}

/* One look at whoever is in the way: tells of a new holder, and returns the revision that may be
 * broken, 0 while there is none. */
static bool look(struct store *s, const char *name, const struct lease_patience *patience,
                 struct lease_watch *watch, struct lease *ret, struct error *err)
{
    uint64_t known = watch->fence;
    TRY(lease_read(s, name, ret, err));
    bool stale = lease_watch_stale(watch, ret, clock_mono_ms(patience->clock));
    if (patience->waiting != NULL && ret->fence != known)
        patience->waiting(patience->ctx, ret);
    if (!stale)
        ret->revision = 0;
    return true;
}

static int64_t step_ms(int64_t ttl_ms, int64_t left_ms)
{
    int64_t step = ttl_ms / LOOKS_PER_TTL;
    if (step <= 0 || step > WAIT_STEP_MAX_MS)
        step = WAIT_STEP_MAX_MS;
    return step < left_ms ? step : left_ms;
}

bool lease_wait(struct store *s, const struct lease_claim *claim,
                const struct lease_patience *patience, struct hold *ret, struct error *err)
{
    const struct clock *clock = patience->clock;
    int64_t start_ms = clock_mono_ms(clock);
    struct lease_claim attempt = *claim;
    struct lease_watch watch = {0};
    struct lease seen;
    attempt.stale_revision = 0;
    for (;;) {
        if (lease_acquire(s, &attempt, clock_now_ms(clock), ret, err))
            return true;
        int64_t left_ms = patience->wait_ms - (clock_mono_ms(clock) - start_ms);
        if (err->kind != ERR_LOCKED || left_ms <= 0)
            return false;
        TRY(signals_go_on(err));
        TRY(look(s, claim->name, patience, &watch, &seen, err));
        attempt.stale_revision = seen.revision;
        clock_sleep_ms(clock, step_ms(seen.ttl_ms, left_ms));
    }
}
