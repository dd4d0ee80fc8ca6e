/* A seeded model of three runners that share a lease: they take, renew, write, give back, pause
 * for longer than the lease lives, and live on clocks that jump. Other runners' steps fall also
 * between the reading and the writing of one operation. Each schedule must keep four promises:
 *
 *   1. a fence is given once, and each is greater than those before;
 *   2. only the newest holder's writes succeed: no stale write, no second holder;
 *   3. a lease is taken from a holder only after a whole ttl without a renewal;
 *   4. a record's version grows by one with each write that was acknowledged, and only then. */
#include "store/internal.h"
#include "testing_store.h"
#include "under_valgrind.h"

/* A sanitizer takes six times as long, valgrind sixty times. */
#ifdef __SANITIZE_ADDRESS__
enum { SCHEDULES = 20000 };
#else
enum { SCHEDULES = 100000 };
#endif
enum { SCHEDULES_UNDER_VALGRIND = 4000 };
enum { STEPS = 14, ACTORS = 3, TTL_MS = 100, NEST_MAX = 2 };

enum what { IDLE, HOLDING, PAUSED };

struct actor {
    struct lease_claim claim;
    struct lease_watch watch;
    struct hold hold;
    enum what what;
    int64_t wakes_ms;
    int64_t skew_ms;  /* of its wall clock */
    bool busy;        /* in the middle of an operation */
    bool writing_for; /* believes to hold a lease */
};

struct model {
    struct store *inner, *store; /* SQLite, and the same with other actors' steps in between */
    struct actor actors[ACTORS];
    uint64_t seed;
    int64_t mono_ms;
    int nested;
    /* what must be true */
    char name[32];
    uint64_t fence;     /* the newest */
    bool held;          /* nobody gave it back since */
    int64_t renewed_ms; /* last acknowledged sign of life of the newest holder */
    uint64_t version;   /* of the record */
    uint64_t takeovers, writes, refused, races; /* what the schedules reached */
};

static uint64_t draw(struct model *m, uint64_t bound)
{
    m->seed = m->seed * 6364136223846793005U + 1442695040888963407U;
    return (m->seed >> 33) % bound;
}

static int64_t wall(struct model *m, struct actor *a)
{
    if (draw(m, 8) == 0)
        a->skew_ms = (int64_t)draw(m, 7200000) - 3600000;
    return 1000000000 + m->mono_ms + a->skew_ms;
}

/* ---- what one actor does ------------------------------------------------------------------ */

static bool try_take(struct model *m, struct actor *a, uint64_t stale_revision)
{
    struct error err;
    struct hold hold;
    a->claim.stale_revision = stale_revision;
    int64_t now_ms = wall(m, a);
    if (!lease_acquire(m->store, &a->claim, now_ms, &hold, &err)) {
        assert_int_equal(err.kind, ERR_LOCKED);
        return false;
    }
    assert_int_equal(hold.fence, m->fence + 1);
    if (m->held) {
        assert_true(m->mono_ms - m->renewed_ms >= TTL_MS);
        m->takeovers++;
    }
    m->fence = hold.fence;
    m->held = true;
    m->renewed_ms = m->mono_ms;
    a->hold = hold;
    a->what = HOLDING;
    a->watch = (struct lease_watch){0};
    return true;
}

static void take_or_watch(struct model *m, struct actor *a)
{
    struct error err;
    struct lease lease;
    if (try_take(m, a, 0))
        return;
    assert_ok(lease_read(m->store, m->name, &lease, &err), &err);
    if (lease_watch_stale(&a->watch, &lease, m->mono_ms))
        try_take(m, a, lease.revision);
}

/* Whatever an actor does with its hold succeeds exactly when it is the newest holder. `before` is
 * who that was when it began: between its reading and writing the world may have turned. */
static void judge(struct model *m, struct actor *a, bool ok, const struct error *err)
{
    bool newest = m->held && a->hold.fence == m->fence;
    if (!ok && err->kind == ERR_LOCKED) {
        assert_false(newest);
        a->what = IDLE;
        m->refused++;
        return;
    }
    if (!ok)
        print_error("%s\n", err->msg);
    assert_true(ok && newest);
}

static void renew(struct model *m, struct actor *a)
{
    struct error err;
    bool ok = lease_renew(m->store, &a->hold, wall(m, a), &err);
    judge(m, a, ok, &err);
    if (ok)
        m->renewed_ms = m->mono_ms;
}

static void give_back(struct model *m, struct actor *a)
{
    struct error err;
    bool ok = lease_release(m->store, &a->hold, wall(m, a), &err);
    judge(m, a, ok, &err);
    if (ok)
        m->held = false;
    a->what = IDLE;
}

static void write_record(struct model *m, struct actor *a)
{
    struct error err;
    char text[32];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)a->hold.fence);
    struct record_write write = {.name = m->name, .text = str_of(text), .expected = m->version};
    bool ok = record_put(m->store, &a->hold, &write, wall(m, a), &err);
    judge(m, a, ok, &err);
    if (ok) {
        m->version++;
        m->writes++;
    }
}

static void fall_asleep(struct model *m, struct actor *a)
{
    a->wakes_ms = m->mono_ms + (int64_t)draw(m, 3 * TTL_MS);
    if (a->what == HOLDING)
        a->writing_for = true;
    a->what = PAUSED;
}

static void step_of(struct model *m, struct actor *a)
{
    if (a->what == PAUSED && m->mono_ms < a->wakes_ms)
        return;
    if (a->what == PAUSED) {
        a->what = a->writing_for ? HOLDING : IDLE;
        a->writing_for = false;
    }
    uint64_t choice = draw(m, 10);
    if (choice == 0)
        fall_asleep(m, a);
    else if (a->what == IDLE)
        take_or_watch(m, a);
    else if (choice < 4)
        renew(m, a);
    else if (choice < 8)
        write_record(m, a);
    else
        give_back(m, a);
}

static void any_step(struct model *m)
{
    struct actor *a = &m->actors[draw(m, ACTORS)];
    m->mono_ms += (int64_t)draw(m, TTL_MS / 2);
    if (a->busy)
        return;
    a->busy = true;
    step_of(m, a);
    a->busy = false;
}

/* ---- a backend that lets others in between ------------------------------------------------- */

static void let_others_in(struct model *m)
{
    if (m->nested >= NEST_MAX || draw(m, 3) != 0)
        return;
    m->nested++;
    any_step(m);
    m->nested--;
}

static bool turning_get(void *impl, const char *name, struct lease *ret, struct error *err)
{
    struct model *m = impl;
    bool ok = m->inner->ops->lease_get(m->inner->impl, name, ret, err);
    let_others_in(m);
    return ok;
}

static bool turning_swap(void *impl, const struct lease *next, struct error *err)
{
    struct model *m = impl;
    bool ok = m->inner->ops->lease_swap(m->inner->impl, next, err);
    m->races += !ok && err->kind == ERR_CONFLICT;
    return ok;
}

static bool turning_put(void *impl, const struct hold *hold, const struct record_write *write,
                        int64_t now_ms, struct error *err)
{
    struct model *m = impl;
    let_others_in(m);
    struct record_write current = *write;
    current.expected = m->version; /* the version is not what this model is about */
    return m->inner->ops->record_put(m->inner->impl, hold, &current, now_ms, err);
}

static void turning_close(void *impl unused_arg)
{
}

static const struct store_ops TURNING = {.close = turning_close,
                                         .lease_get = turning_get,
                                         .lease_swap = turning_swap,
                                         .record_put = turning_put};

/* ---- schedules ---------------------------------------------------------------------------- */

static void run_schedule(struct model *m, uint64_t seed)
{
    struct error err;
    struct record record;
    cleanup_arena struct arena arena = {0};
    snprintf(m->name, sizeof(m->name), "lease-%llu", (unsigned long long)seed);
    m->seed = seed * 0x9E3779B97F4A7C15U;
    m->fence = m->version = 0;
    m->held = false;
    for (int i = 0; i < ACTORS; i++) {
        struct actor *a = &m->actors[i];
        *a = (struct actor){.claim = a->claim};
        a->claim.name = m->name;
    }
    for (int i = 0; i < STEPS; i++)
        any_step(m);
    assert_ok(record_get(m->inner, m->name, &arena, &record, &err), &err);
    assert_int_equal(record.version, m->version);
    assert_true(record.fence <= m->fence);
}

static void every_schedule_keeps_the_promises(void **state unused_arg)
{
    struct error err;
    struct model m = {0};
    uint64_t count = under_valgrind() ? SCHEDULES_UNDER_VALGRIND : SCHEDULES;
    assert_ok(store_open_memory(&APPLY, &m.inner, &err), &err);
    m.store = store_new(&TURNING, &m, "model", &APPLY);
    for (int i = 0; i < ACTORS; i++) {
        char run_id[16];
        snprintf(run_id, sizeof(run_id), "actor-%d", i);
        m.actors[i].claim = claim_elsewhere("", run_id);
        m.actors[i].claim.ttl_ms = TTL_MS;
    }
    for (uint64_t seed = 1; seed <= count; seed++)
        run_schedule(&m, seed);
    print_message("%llu schedules: %llu takeovers, %llu writes, %llu refused, %llu lost races\n",
                  (unsigned long long)count, (unsigned long long)m.takeovers,
                  (unsigned long long)m.writes, (unsigned long long)m.refused,
                  (unsigned long long)m.races);
    /* A model that never gets into trouble proves nothing. */
    assert_true(m.takeovers > count / 50 && m.refused > count / 50);
    assert_true(m.writes > count && m.races > count / 50);
    store_close(m.store);
    store_close(m.inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_schedule_keeps_the_promises)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
