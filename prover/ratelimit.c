/* Counting requests per client: a set-associative table of sliding windows. */
#include "ratelimit.h"

struct rate_table rate_make(unsigned limit, int64_t window_ms, const struct rng *rng)
{
    struct rate_table t = {.limit = limit < RATE_LIMIT_MAX ? limit : RATE_LIMIT_MAX,
                           .window_ms = window_ms};
    rng_fill(rng, &t.seed, sizeof t.seed);
    t.entries = xcalloc((size_t)RATE_SETS * RATE_WAYS, sizeof *t.entries);
    return t;
}

void rate_release(struct rate_table *t)
{
    free(t->entries);
    t->entries = NULL;
}

/* An IPv6 client owns its whole /64. */
static void key_of(const struct httpd_addr *who, unsigned char key[16])
{
    static const struct httpd_cidr v4 = {.base = {.bytes = {[10] = 0xff, [11] = 0xff}},
                                         .prefix = 96};
    memcpy(key, who->bytes, 16);
    if (!httpd_cidr_has(&v4, who))
        memset(key + 8, 0, 8);
}

/* The finaliser of splitmix64 over both halves. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static struct rate_entry *set_of(struct rate_table *t, const unsigned char key[16])
{
    uint64_t halves[2];
    memcpy(halves, key, sizeof halves);
    uint64_t hash = mix(mix(t->seed ^ halves[0]) ^ halves[1]);
    return &t->entries[(hash % RATE_SETS) * RATE_WAYS];
}

static void forget_old(struct rate_entry *e, int64_t since_ms)
{
    uint32_t old = 0;
    while (old < e->count && e->stamps[old] <= since_ms)
        old++;
    e->count -= old;
    memmove(e->stamps, e->stamps + old, e->count * sizeof e->stamps[0]);
}

static int64_t last_seen(const struct rate_entry *e)
{
    return e->count ? e->stamps[e->count - 1] : INT64_MIN;
}

static struct rate_entry *entry_of(struct rate_table *t, const unsigned char key[16])
{
    struct rate_entry *set = set_of(t, key), *quietest = set;
    for (size_t i = 0; i < RATE_WAYS; i++) {
        if (set[i].count && memcmp(set[i].key, key, 16) == 0)
            return &set[i];
        if (last_seen(&set[i]) < last_seen(quietest))
            quietest = &set[i];
    }
    quietest->count = 0;
    memcpy(quietest->key, key, 16);
    return quietest;
}

bool rate_allow(struct rate_table *t, const struct httpd_addr *who, int64_t now_ms,
                int64_t *ret_wait_ms)
{
    unsigned char key[16];
    key_of(who, key);
    struct rate_entry *e = entry_of(t, key);
    forget_old(e, now_ms - t->window_ms);
    if (e->count >= t->limit) {
        *ret_wait_ms = e->stamps[0] + t->window_ms - now_ms;
        return false;
    }
    e->stamps[e->count++] = now_ms;
    return true;
}
