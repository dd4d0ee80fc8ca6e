/* Leases as read, decide, compare-and-swap: the same on every backend. */
#include "internal.h"

/* Somebody else wrote between our reading and our writing; so many times in a row means that the
 * store is broken, not busy. */
enum { SWAP_TRIES = 16 };

/* What a change does to the lease that was read; sets `done` when nothing is to be written. */
typedef bool lease_change(struct lease *lease, void *arg, bool *done, struct error *err);

static bool change_once(struct store *s, struct lease *lease, lease_change *change, void *arg,
                        struct error *err)
{
    bool done = false;
    TRY(s->ops->lease_get(s->impl, lease->name, lease, err));
    TRY(change(lease, arg, &done, err));
    if (done)
        return true;
    lease->revision++;
    return s->ops->lease_swap(s->impl, lease, err);
}

static bool lease_update(struct store *s, const char *name, lease_change *change, void *arg,
                         struct error *err)
{
    struct lease lease = {0};
    size_t len = strlen(name);
    if (len == 0 || len >= sizeof(lease.name))
        return err_set(err, ERR_BUG, "the name of a lease must have 1 to %zu bytes, not %zu",
                       sizeof(lease.name) - 1, len);
    TRY(cap_allow(s->cap, EFFECT_IDEMPOTENT, "write lease", name, err));
    for (int tries = 1;; tries++) {
        struct error swap_err;
        text_copy(lease.name, sizeof(lease.name), name);
        if (change_once(s, &lease, change, arg, &swap_err))
            return true;
        if (swap_err.kind != ERR_CONFLICT || tries == SWAP_TRIES) {
            *err = swap_err;
            return false;
        }
    }
}

bool lease_read(struct store *s, const char *name, struct lease *ret, struct error *err)
{
    return s->ops->lease_get(s->impl, name, ret, err);
}

/* ---- taking ------------------------------------------------------------------------------- */

struct taking {
    const struct lease_claim *claim;
    int64_t now_ms;
    uint64_t fence; /* out */
};

static bool say_held(const struct lease *lease, struct error *err)
{
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    lease_describe(lease, &who);
    return err_set(err, ERR_LOCKED, "lease '%s' is held by %s", lease->name, buf_cstr(&who));
}

static bool say_frozen(const struct lease *lease, struct error *err)
{
    char since[TIME_TEXT_MAX];
    time_format_utc(lease->frozen_ms, since);
    return err_set(err, ERR_LOCKED, "'%s' is frozen by %s: %s (since %s)", lease->name,
                   lease->frozen_by, lease->frozen_reason, since);
}

static bool take(struct lease *lease, void *arg, bool *done, struct error *err)
{
    struct taking *t = arg;
    const struct lease_claim *claim = t->claim;
    enum lease_standing standing = lease_standing(lease, &claim->owner);
    bool stale = claim->stale_revision != 0 && claim->stale_revision == lease->revision;
    *done = standing == LEASE_MINE;
    t->fence = lease->fence;
    if (standing == LEASE_MINE)
        return true;
    if (standing == LEASE_HELD && !stale)
        return say_held(lease, err);
    if (lease->frozen)
        return say_frozen(lease, err);
    t->fence = ++lease->fence;
    lease->held = true;
    lease->owner = claim->owner;
    lease->acquired_ms = lease->renewed_ms = t->now_ms;
    lease->ttl_ms = claim->ttl_ms;
    return true;
}

bool lease_acquire(struct store *s, const struct lease_claim *claim, int64_t now_ms,
                   struct hold *ret, struct error *err)
{
    struct taking t = {.claim = claim, .now_ms = now_ms};
    if (claim->owner.run_id[0] == '\0' || claim->ttl_ms <= 0)
        return err_set(err, ERR_BUG, "lease '%s' is claimed without a run or a life", claim->name);
    TRY(lease_update(s, claim->name, take, &t, err));
    *ret = (struct hold){.fence = t.fence};
    text_copy(ret->lease, sizeof(ret->lease), claim->name);
    text_copy(ret->run_id, sizeof(ret->run_id), claim->owner.run_id);
    return true;
}

/* ---- keeping and giving back -------------------------------------------------------------- */

bool hold_check(const struct lease *stored, const struct hold *hold, struct error *err)
{
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    bool mine = stored->held && stored->fence == hold->fence &&
                strcmp(stored->owner.run_id, hold->run_id) == 0;
    if (mine)
        return true;
    if (stored->held)
        lease_describe(stored, &who);
    else
        buf_adds(&who, "nobody");
    return err_set(err, ERR_LOCKED, "lease '%s' is lost: fence %llu, now at %llu, held by %s",
                   hold->lease, (unsigned long long)hold->fence, (unsigned long long)stored->fence,
                   buf_cstr(&who));
}

struct keeping {
    const struct hold *hold;
    int64_t now_ms;
};

static bool renew(struct lease *lease, void *arg, bool *done unused_arg, struct error *err)
{
    const struct keeping *k = arg;
    TRY(hold_check(lease, k->hold, err));
    lease->renewed_ms = k->now_ms;
    return true;
}

static bool give_back(struct lease *lease, void *arg, bool *done, struct error *err)
{
    const struct keeping *k = arg;
    *done = !lease->held && lease->fence == k->hold->fence;
    if (*done)
        return true;
    TRY(hold_check(lease, k->hold, err));
    lease->held = false;
    lease->renewed_ms = k->now_ms;
    return true;
}

bool lease_renew(struct store *s, const struct hold *hold, int64_t now_ms, struct error *err)
{
    struct keeping k = {.hold = hold, .now_ms = now_ms};
    return lease_update(s, hold->lease, renew, &k, err);
}

bool lease_release(struct store *s, const struct hold *hold, int64_t now_ms, struct error *err)
{
    struct keeping k = {.hold = hold, .now_ms = now_ms};
    return lease_update(s, hold->lease, give_back, &k, err);
}

/* ---- by hand ------------------------------------------------------------------------------ */

struct freezing {
    const char *by, *reason;
    int64_t now_ms;
};

static bool frozen_by_another(const struct lease *lease, const char *by)
{
    return lease->frozen && by != NULL && strcmp(lease->frozen_by, by) != 0;
}

static bool freeze(struct lease *lease, void *arg, bool *done, struct error *err)
{
    const struct freezing *f = arg;
    if (frozen_by_another(lease, f->by))
        return say_frozen(lease, err);
    *done = lease->frozen && strcmp(lease->frozen_reason, f->reason) == 0;
    lease->frozen = true;
    lease->frozen_ms = f->now_ms;
    text_copy(lease->frozen_by, sizeof(lease->frozen_by), f->by);
    text_copy(lease->frozen_reason, sizeof(lease->frozen_reason), f->reason);
    return true;
}

static bool unfreeze(struct lease *lease, void *arg, bool *done, struct error *err)
{
    const struct freezing *f = arg;
    if (frozen_by_another(lease, f->by))
        return say_frozen(lease, err);
    *done = !lease->frozen;
    lease->frozen = false;
    return true;
}

bool lease_freeze(struct store *s, const char *name, const char *by, const char *reason,
                  int64_t now_ms, struct error *err)
{
    struct freezing f = {.by = by, .reason = reason, .now_ms = now_ms};
    return lease_update(s, name, freeze, &f, err);
}

bool lease_unfreeze(struct store *s, const char *name, const char *by, struct error *err)
{
    struct freezing f = {.by = by};
    return lease_update(s, name, unfreeze, &f, err);
}

struct breaking {
    uint64_t revision;
    int64_t now_ms;
};

static bool break_open(struct lease *lease, void *arg, bool *done, struct error *err)
{
    const struct breaking *b = arg;
    *done = !lease->held;
    if (*done)
        return true;
    /* Not ERR_CONFLICT, which means "read again": whoever renewed is alive. */
    if (lease->revision != b->revision)
        return say_held(lease, err);
    lease->held = false;
    lease->renewed_ms = b->now_ms;
    return true;
}

bool lease_break(struct store *s, const char *name, uint64_t revision, int64_t now_ms,
                 struct error *err)
{
    struct breaking b = {.revision = revision, .now_ms = now_ms};
    return lease_update(s, name, break_open, &b, err);
}

bool lease_list(struct store *s, struct arena *a, struct lease_list *ret, struct error *err)
{
    return s->ops->lease_list(s->impl, a, ret, err);
}
