/* Leases: who may take, keep and give back; waiting on a clock of our own. */
#include "testing_store.h"

static struct store *memory(void)
{
    struct error err;
    struct store *s = NULL;
    assert_ok(store_open_memory(&APPLY, &s, &err), &err);
    return s;
}

static struct hold take(struct store *s, const struct lease_claim *claim)
{
    struct error err;
    struct hold hold = {0};
    assert_ok(lease_acquire(s, claim, 1000, &hold, &err), &err);
    return hold;
}

static void fences_grow_and_never_return(void **state unused_arg)
{
    struct error err;
    cleanup_store struct store *s = memory();
    struct lease_claim claim = claim_here("local", "run-1");
    struct lease lease;
    for (uint64_t i = 1; i <= 3; i++) {
        struct hold hold = take(s, &claim);
        assert_int_equal(hold.fence, i);
        assert_string_equal(hold.lease, "local");
        assert_string_equal(hold.run_id, "run-1");
        assert_ok(lease_release(s, &hold, 2000, &err), &err);
    }
    assert_ok(lease_read(s, "local", &lease, &err), &err);
    assert_false(lease.held);
    assert_int_equal(lease.fence, 3);
    assert_int_equal(lease.revision, 6);
    assert_ok(lease_read(s, "never", &lease, &err), &err);
    assert_int_equal(lease.revision, 0);
    assert_string_equal(lease.name, "never");
}

static void claiming_again_is_a_no_op(void **state unused_arg)
{
    struct error err;
    cleanup_store struct store *s = memory();
    struct lease_claim claim = claim_here("local", "run-1");
    struct lease before, after;
    struct hold first = take(s, &claim);
    assert_ok(lease_read(s, "local", &before, &err), &err);
    struct hold second = take(s, &claim);
    assert_ok(lease_read(s, "local", &after, &err), &err);
    assert_int_equal(first.fence, second.fence);
    assert_int_equal(before.revision, after.revision);
}

static void a_living_holder_is_named(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    cleanup_store struct store *s = memory();
    struct lease_claim mine = claim_here("local", "run-1"), other = claim_here("local", "run-2");
    snprintf(mine.owner.run_url, sizeof(mine.owner.run_url), "https://ci/7");
    take(s, &mine);
    assert_fails(lease_acquire(s, &other, 2000, &hold, &err), &err, ERR_LOCKED,
                 "lease 'local' is held by run run-1 (https://ci/7) on ");
    assert_non_null(strstr(err.msg, "since 1970-01-01T00:00:01Z: a test"));
}

/* One run id in two processes that may both live is two holders: a paused runner must not find
 * its own fence still good. */
static void the_same_run_in_another_process_is_another_holder(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    cleanup_store struct store *s = memory();
    struct lease_claim here = claim_here("local", "run-1");
    struct lease_claim there = claim_elsewhere("local", "run-1");
    take(s, &here);
    assert_fails(lease_acquire(s, &there, 1, &hold, &err), &err, ERR_LOCKED, "is held by run");
}

static void only_the_owner_gives_back(void **state unused_arg)
{
    struct error err;
    cleanup_store struct store *s = memory();
    struct lease_claim claim = claim_here("local", "run-1");
    struct hold hold = take(s, &claim), forged = hold, older = hold;
    snprintf(forged.run_id, sizeof(forged.run_id), "run-2");
    older.fence = 0;
    assert_fails(lease_release(s, &forged, 1, &err), &err, ERR_LOCKED, "lease 'local' is lost");
    assert_fails(lease_release(s, &older, 1, &err), &err, ERR_LOCKED, "fence 0, now at 1");
    assert_ok(lease_release(s, &hold, 1, &err), &err);
    assert_ok(lease_release(s, &hold, 1, &err), &err);
    assert_fails(lease_renew(s, &hold, 1, &err), &err, ERR_LOCKED, "held by nobody");
    struct hold next = take(s, &claim);
    assert_fails(lease_release(s, &hold, 1, &err), &err, ERR_LOCKED, "fence 1, now at 2");
    assert_ok(lease_renew(s, &next, 1, &err), &err);
}

/* ---- who is certainly dead ---------------------------------------------------------------- */

static void standing_of_a_holder(void **state unused_arg)
{
    struct lease_claim me = claim_here("x", "me"), gone = claim_here("x", "gone");
    struct lease lease = {.held = true};
    snprintf(me.owner.machine, sizeof(me.owner.machine), "m1");
    gone.owner = me.owner;
    assert_int_equal(lease_standing(&(struct lease){0}, &me.owner), LEASE_FREE);
    lease.owner = me.owner;
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_MINE);
    lease.owner.ident.start_ticks++; /* our pid, used again */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_DEAD);
    lease.owner.pid_ns++; /* a container: its pids say nothing here */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_HELD);
    lease.owner = gone.owner;
    lease.owner.ident.boot_id[0] ^= 1; /* this machine before it was started again */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_DEAD);
    lease.owner.host[0] ^= 1; /* another one, cloned from the same image */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_HELD);
    lease.owner.host[0] ^= 1;
    lease.owner.machine[0] ^= 1; /* another machine of the same name */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_HELD);
    lease.owner.machine[0] = me.owner.machine[0] = '\0'; /* machines without an id */
    assert_int_equal(lease_standing(&lease, &me.owner), LEASE_HELD);
}

static void a_freeze_sticks(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    cleanup_store struct store *s = memory();
    struct lease_claim claim = claim_here("prod", "run-1"), other = claim_here("prod", "run-2");
    struct hold running = take(s, &claim);
    assert_ok(lease_freeze(s, "prod", "ann", "audit until Monday", 5, &err), &err);
    assert_ok(lease_renew(s, &running, 6, &err), &err);
    assert_ok(lease_release(s, &running, 7, &err), &err);
    assert_fails(lease_acquire(s, &other, 8, &hold, &err), &err, ERR_LOCKED,
                 "'prod' is frozen by ann: audit until Monday (since 1970-01-01T00:00:00Z)");
    other.stale_revision = 5; /* the watcher's verdict breaks a lease, never a freeze */
    assert_fails(lease_acquire(s, &other, 8, &hold, &err), &err, ERR_LOCKED, "frozen");
    assert_ok(lease_unfreeze(s, "prod", NULL, &err), &err);
    assert_ok(lease_unfreeze(s, "prod", NULL, &err), &err);
    assert_ok(lease_acquire(s, &other, 9, &hold, &err), &err);
    assert_int_equal(hold.fence, 2);
}

static void only_who_froze_it_lifts_it(void **state unused_arg)
{
    struct error err;
    struct lease before, after;
    cleanup_store struct store *s = memory();
    assert_ok(lease_freeze(s, "prod", "ann", "audit", 5, &err), &err);
    assert_ok(lease_read(s, "prod", &before, &err), &err);
    assert_ok(lease_freeze(s, "prod", "ann", "audit", 6, &err), &err);
    assert_ok(lease_read(s, "prod", &after, &err), &err);
    assert_int_equal(before.revision, after.revision);
    assert_fails(lease_freeze(s, "prod", "bob", "mine", 7, &err), &err, ERR_LOCKED, "by ann");
    assert_fails(lease_unfreeze(s, "prod", "bob", &err), &err, ERR_LOCKED, "frozen by ann: audit");
    assert_ok(lease_unfreeze(s, "prod", "ann", &err), &err);
    assert_ok(lease_unfreeze(s, "prod", "bob", &err), &err);
    assert_ok(lease_freeze(s, "prod", "bob", "mine", 8, &err), &err);
    assert_ok(lease_unfreeze(s, "prod", NULL, &err), &err);
}

/* A verdict about a holder holds for the revision that was watched, not for the next. */
static void a_lease_is_broken_only_as_it_was_seen(void **state unused_arg)
{
    struct error err;
    struct lease seen;
    cleanup_store struct store *s = memory();
    struct lease_claim claim = claim_elsewhere("local", "run-1");
    struct hold hold = take(s, &claim);
    assert_ok(lease_read(s, "local", &seen, &err), &err);
    assert_ok(lease_renew(s, &hold, 2, &err), &err);
    assert_fails(lease_break(s, "local", seen.revision, 3, &err), &err, ERR_LOCKED, "is held by");
    assert_ok(lease_break(s, "local", seen.revision + 1, 3, &err), &err);
    assert_ok(lease_break(s, "local", 0, 3, &err), &err);
    assert_fails(lease_renew(s, &hold, 4, &err), &err, ERR_LOCKED, "held by nobody");
    assert_int_equal(take(s, &claim).fence, 2);
}

static void leases_are_listed_by_name(void **state unused_arg)
{
    struct error err;
    struct lease_list list;
    cleanup_arena struct arena arena = {0};
    cleanup_store struct store *s = memory();
    struct lease_claim b = claim_here("b", "run-1");
    assert_ok(lease_list(s, &arena, &list, &err), &err);
    assert_int_equal(list.count, 0);
    take(s, &b);
    assert_ok(lease_freeze(s, "a", "ann", "audit", 5, &err), &err);
    assert_ok(lease_list(s, &arena, &list, &err), &err);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].name, "a");
    assert_true(list.items[0].frozen && !list.items[0].held);
    assert_string_equal(list.items[1].owner.run_id, "run-1");
}

static void names_are_checked(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    cleanup_store struct store *s = memory();
    char longest[STORE_NAME_MAX + 1];
    memset(longest, 'n', sizeof(longest));
    longest[STORE_NAME_MAX] = '\0';
    struct lease_claim claim = claim_here(longest, "run-1");
    assert_fails(lease_acquire(s, &claim, 1, &hold, &err), &err, ERR_BUG, "not 128");
    longest[STORE_NAME_MAX - 1] = '\0';
    assert_ok(lease_acquire(s, &claim, 1, &hold, &err), &err);
    assert_string_equal(hold.lease, longest);
    claim = claim_here("", "run-1");
    assert_fails(lease_acquire(s, &claim, 1, &hold, &err), &err, ERR_BUG, "not 0");
    claim = claim_here("x", "");
    assert_fails(lease_acquire(s, &claim, 1, &hold, &err), &err, ERR_BUG, "without a run");
}

/* ---- watching and waiting ----------------------------------------------------------------- */

static void a_watch_counts_only_unchanged_time(void **state unused_arg)
{
    static const struct {
        uint64_t revision;
        int64_t mono_ms;
        bool stale;
    } SEEN[] = {
        {7, 1000, false}, {7, 1999, false}, {7, 2000, true}, /* ttl is 1000 */
        {8, 2001, false},                                    /* it lived */
        {8, 3000, false}, {9, 3000, false}, {9, 3999, false}, {9, 4000, true}, {9, 90000, true},
    };
    struct lease_watch watch = {0};
    for (size_t i = 0; i < ARRAY_LEN(SEEN); i++) {
        struct lease lease = {.revision = SEEN[i].revision, .held = true, .ttl_ms = 1000};
        assert_int_equal(lease_watch_stale(&watch, &lease, SEEN[i].mono_ms), SEEN[i].stale);
    }
    struct lease released = {.revision = 9, .held = false, .ttl_ms = 1000};
    assert_false(lease_watch_stale(&watch, &released, 100000));
}

struct world {
    struct store *store;
    struct fake_clock clock;
    struct hold holder; /* who renews while we sleep */
    bool renews, jumps;
    int told, sleeps;
};

static void world_turns(void *ctx)
{
    struct world *w = ctx;
    struct error err;
    w->sleeps++;
    if (w->jumps)
        w->clock.now_ms += w->sleeps % 2 ? 3600 * 1000 : -7200 * 1000;
    if (w->renews)
        assert_ok(lease_renew(w->store, &w->holder, w->clock.now_ms, &err), &err);
}

static void count_told(void *ctx, const struct lease *lease)
{
    ((struct world *)ctx)->told++;
    assert_string_equal(lease->owner.host, "elsewhere");
}

static bool wait_for(struct world *w, int64_t wait_ms, struct hold *ret, struct error *err)
{
    struct clock clock = fake_clock_of(&w->clock);
    struct lease_claim claim = claim_here("local", "waiter");
    struct lease_patience patience = {
        .wait_ms = wait_ms, .clock = &clock, .waiting = count_told, .ctx = w};
    return lease_wait(w->store, &claim, &patience, ret, err);
}

static void world_begin(struct world *w)
{
    struct lease_claim other = claim_elsewhere("local", "run-1");
    w->store = memory();
    w->clock = (struct fake_clock){.now_ms = 1, .mono_ms = 50, .asleep = world_turns, .ctx = w};
    w->holder = take(w->store, &other);
}

static void a_silent_holder_is_replaced_after_its_ttl(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    struct world w = {.jumps = true};
    world_begin(&w);
    assert_ok(wait_for(&w, 60000, &hold, &err), &err);
    assert_int_equal(hold.fence, 2);
    assert_in_range(w.clock.mono_ms - 50, 30000, 31500);
    assert_int_equal(w.told, 1);
    assert_fails(lease_renew(w.store, &w.holder, 1, &err), &err, ERR_LOCKED, "run waiter");
    store_close(w.store);
}

static void a_renewing_holder_is_never_replaced(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    struct world w = {.renews = true, .jumps = true};
    world_begin(&w);
    assert_fails(wait_for(&w, 120000, &hold, &err), &err, ERR_LOCKED, "run run-1");
    assert_in_range(w.clock.mono_ms - 50, 120000, 120001);
    assert_int_equal(w.told, 1);
    store_close(w.store);
}

static void no_patience_tries_once(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    struct world w = {0};
    world_begin(&w);
    assert_fails(wait_for(&w, 0, &hold, &err), &err, ERR_LOCKED, "on elsewhere, pid ");
    assert_int_equal(w.sleeps, 0);
    assert_ok(lease_release(w.store, &w.holder, 1, &err), &err);
    assert_ok(wait_for(&w, 0, &hold, &err), &err);
    store_close(w.store);
}

static void a_frozen_lease_is_waited_for_in_vain(void **state unused_arg)
{
    struct error err;
    struct hold hold;
    struct world w = {0};
    world_begin(&w);
    assert_ok(lease_freeze(w.store, "local", "ann", "no", 1, &err), &err);
    assert_fails(wait_for(&w, 90000, &hold, &err), &err, ERR_LOCKED, "frozen by ann");
    assert_in_range(w.sleeps, 10, 1000);
    store_close(w.store);
}

/* Two leases of one silent holder: both are watched from the start, so one ttl is enough; and
 * while they are waited for, none is held. */
static void several_are_waited_for_at_once(void **state unused_arg)
{
    struct error err;
    struct lease lease;
    struct hold holds[3];
    struct world w = {0};
    world_begin(&w);
    struct lease_claim host = claim_elsewhere("host:a", "run-1");
    take(w.store, &host);
    struct clock clock = fake_clock_of(&w.clock);
    struct lease_claim wanted[] = {claim_here("free", "waiter"), claim_here("host:a", "waiter"),
                                   claim_here("local", "waiter")};
    const struct lease_claims claims = {wanted, ARRAY_LEN(wanted)};
    struct lease_patience patience = {.wait_ms = 10000, .clock = &clock};
    assert_fails(lease_wait_all(w.store, &claims, &patience, holds, &err), &err, ERR_LOCKED,
                 "lease 'host:a' is held");
    assert_ok(lease_read(w.store, "free", &lease, &err), &err);
    assert_false(lease.held);
    patience.wait_ms = 60000;
    int64_t start_ms = w.clock.mono_ms;
    assert_ok(lease_wait_all(w.store, &claims, &patience, holds, &err), &err);
    assert_in_range(w.clock.mono_ms - start_ms, 30000, 31500);
    for (size_t i = 0; i < ARRAY_LEN(holds); i++)
        assert_ok(lease_renew(w.store, &holds[i], 1, &err), &err);
    store_close(w.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fences_grow_and_never_return),
        cmocka_unit_test(claiming_again_is_a_no_op),
        cmocka_unit_test(a_living_holder_is_named),
        cmocka_unit_test(the_same_run_in_another_process_is_another_holder),
        cmocka_unit_test(only_the_owner_gives_back),
        cmocka_unit_test(standing_of_a_holder),
        cmocka_unit_test(a_freeze_sticks),
        cmocka_unit_test(only_who_froze_it_lifts_it),
        cmocka_unit_test(a_lease_is_broken_only_as_it_was_seen),
        cmocka_unit_test(leases_are_listed_by_name),
        cmocka_unit_test(several_are_waited_for_at_once),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(a_watch_counts_only_unchanged_time),
        cmocka_unit_test(a_silent_holder_is_replaced_after_its_ttl),
        cmocka_unit_test(a_renewing_holder_is_never_replaced),
        cmocka_unit_test(no_patience_tries_once),
        cmocka_unit_test(a_frozen_lease_is_waited_for_in_vain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
