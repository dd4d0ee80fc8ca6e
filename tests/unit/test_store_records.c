/* Records, journal and chain: versions, fences, order, canonical bytes, tampering. */
#include "testing_store.h"

/* Somebody else takes the lease, as a watcher would. */
static struct hold steal_lease(struct fixture *f, const char *run_id)
{
    struct error err;
    struct hold hold;
    struct lease lease;
    struct lease_claim claim = claim_elsewhere("local", run_id);
    assert_ok(lease_read(f->store, "local", &lease, &err), &err);
    claim.stale_revision = lease.revision;
    assert_ok(lease_acquire(f->store, &claim, 1, &hold, &err), &err);
    return hold;
}

static bool put(struct fixture *f, const char *text, uint64_t expected, struct error *err)
{
    struct record_write write = {.name = "current", .text = str_of(text), .expected = expected};
    return record_put(f->store, &f->hold, &write, 77, err);
}

static void records_are_compared_and_swapped(void **state unused_arg)
{
    struct error err;
    struct record record;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    assert_ok(record_get(f.store, "current", &f.arena, &record, &err), &err);
    assert_int_equal(record.version, 0);
    assert_string_equal(record.text, "");
    assert_ok(put(&f, "{\"a\":1}", 0, &err), &err);
    assert_fails(put(&f, "{\"a\":2}", 0, &err), &err, ERR_CONFLICT, "has version 1, not 0");
    assert_fails(put(&f, "{\"a\":2}", 2, &err), &err, ERR_CONFLICT, "has version 1, not 2");
    assert_ok(put(&f, "{\"a\":2}", 1, &err), &err);
    assert_ok(record_get(f.store, "current", &f.arena, &record, &err), &err);
    assert_string_equal(record.text, "{\"a\":2}");
    assert_string_equal(record.name, "current");
    assert_int_equal(record.version, 2);
    assert_int_equal(record.fence, 1);
    assert_int_equal(record.time_ms, 77);
}

static void records_are_listed_by_prefix(void **state unused_arg)
{
    static const char *const NAMES[] = {"release/b", "release/a", "releas", "release0", "release/"};
    struct error err;
    struct record_list list;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        struct record_write write = {.name = NAMES[i], .text = STR("{}")};
        assert_ok(record_put(f.store, &f.hold, &write, 1, &err), &err);
    }
    assert_ok(record_list(f.store, "release/", &f.arena, &list, &err), &err);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].name, "release/");
    assert_string_equal(list.items[1].name, "release/a");
    assert_string_equal(list.items[2].name, "release/b");
    assert_ok(record_list(f.store, "", &f.arena, &list, &err), &err);
    assert_int_equal(list.count, 5);
}

static void an_old_fence_writes_nothing(void **state unused_arg)
{
    struct error err;
    struct record record;
    struct journal journal;
    struct chain chain;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    struct journal_write note = {.kind = JOURNAL_NOTE, .payload = STR("{}")};
    struct chain_write event = {.kind = CHAIN_DEPLOYED, .env = "local", .payload = STR("{}")};
    steal_lease(&f, "run-2");
    assert_fails(put(&f, "{}", 0, &err), &err, ERR_LOCKED, "lease 'local' is lost: fence 1, now");
    assert_fails(journal_append(f.store, &f.hold, &note, 1, &err), &err, ERR_LOCKED, "run run-2");
    assert_fails(chain_append(f.store, &f.hold, &event, 1, &err), &err, ERR_LOCKED, "elsewhere");
    assert_ok(record_get(f.store, "current", &f.arena, &record, &err), &err);
    assert_ok(journal_read(f.store, "run-1", &f.arena, &journal, &err), &err);
    assert_ok(chain_read(f.store, &f.arena, &chain, &err), &err);
    assert_int_equal(record.version + journal.count + chain.count, 0);
}

static void a_released_or_foreign_lease_writes_nothing(void **state unused_arg)
{
    struct error err;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    struct hold mine = f.hold;
    f.hold.fence++;
    assert_fails(put(&f, "{}", 0, &err), &err, ERR_LOCKED, "fence 2, now at 1");
    f.hold = mine;
    snprintf(f.hold.lease, sizeof(f.hold.lease), "staging");
    assert_fails(put(&f, "{}", 0, &err), &err, ERR_LOCKED, "held by nobody");
    f.hold = mine;
    assert_ok(lease_release(f.store, &f.hold, 2, &err), &err);
    assert_fails(put(&f, "{}", 0, &err), &err, ERR_LOCKED, "held by nobody");
}

static void only_text_of_bounded_size_is_stored(void **state unused_arg)
{
    struct error err;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    cleanup_free char *big = xmalloc(STORE_TEXT_MAX + 1);
    memset(big, 'x', STORE_TEXT_MAX + 1);
    struct record_write write = {.name = "r", .text = str_n(big, STORE_TEXT_MAX + 1)};
    assert_fails(record_put(f.store, &f.hold, &write, 1, &err), &err, ERR_FAILED, "262145 bytes");
    write.text.len--;
    assert_ok(record_put(f.store, &f.hold, &write, 1, &err), &err);
    write = (struct record_write){.name = "r", .text = STR("a\0b"), .expected = 1};
    assert_fails(record_put(f.store, &f.hold, &write, 1, &err), &err, ERR_FAILED, "not UTF-8");
    write.text = STR("\xff");
    assert_fails(record_put(f.store, &f.hold, &write, 1, &err), &err, ERR_FAILED, "not UTF-8");
    write = (struct record_write){.name = "", .text = STR("{}")};
    assert_fails(record_put(f.store, &f.hold, &write, 1, &err), &err, ERR_BUG, "name of a record");
}

static void a_reading_handle_refuses_every_write(void **state unused_arg)
{
    struct error err;
    struct hold hold = {.lease = "local", .run_id = "run-1", .fence = 1};
    struct lease_claim claim = claim_here("local", "run-1");
    struct record_write write = {.name = "r", .text = STR("{}")};
    struct journal_write note = {.kind = JOURNAL_NOTE, .payload = STR("{}")};
    struct chain_write event = {.kind = CHAIN_FAILED, .env = "local", .payload = STR("{}")};
    cleanup_store struct store *s = NULL;
    assert_ok(store_open_read("/nowhere/store.db", &s, &err), &err);
    assert_fails(lease_acquire(s, &claim, 1, &hold, &err), &err, ERR_BUG, "write lease 'local'");
    assert_fails(lease_renew(s, &hold, 1, &err), &err, ERR_BUG, "may only observe");
    assert_fails(lease_release(s, &hold, 1, &err), &err, ERR_BUG, "may only observe");
    assert_fails(lease_freeze(s, "local", "a", "b", 1, &err), &err, ERR_BUG, "may only observe");
    assert_fails(lease_unfreeze(s, "local", NULL, &err), &err, ERR_BUG, "may only observe");
    assert_fails(record_put(s, &hold, &write, 1, &err), &err, ERR_BUG, "write record 'r'");
    assert_fails(journal_append(s, &hold, &note, 1, &err), &err, ERR_BUG, "journal 'note'");
    assert_fails(chain_append(s, &hold, &event, 1, &err), &err, ERR_BUG, "event 'failed'");
    assert_fails(store_open_write("/tmp/x.db", cap_observe(), &s, &err), &err, ERR_BUG, "observe");
}

/* ---- journal ------------------------------------------------------------------------------ */

static void append(struct fixture *f, enum journal_kind kind, const char *action,
                   const char *payload)
{
    struct error err;
    struct journal_write write = {.kind = kind, .action = action, .payload = str_of(payload)};
    assert_ok(journal_append(f->store, &f->hold, &write, 10 * (int64_t)kind, &err), &err);
}

static void a_journal_reads_back_in_order(void **state unused_arg)
{
    struct error err;
    struct journal journal;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    for (int kind = 0; kind < JOURNAL_KIND_COUNT; kind++)
        append(&f, (enum journal_kind)kind, kind ? "gate.run:http" : NULL, "{\"k\":\"ü\"}");
    assert_ok(journal_read(f.store, "run-1", &f.arena, &journal, &err), &err);
    assert_int_equal(journal.count, JOURNAL_KIND_COUNT);
    for (size_t i = 0; i < journal.count; i++) {
        const struct journal_entry *entry = &journal.items[i];
        assert_int_equal(entry->seq, i + 1);
        assert_int_equal(entry->v, 1);
        assert_int_equal(entry->kind, i);
        assert_int_equal(entry->time_ms, 10 * i);
        assert_int_equal(entry->fence, 1);
        assert_string_equal(entry->action, i ? "gate.run:http" : "");
        assert_string_equal(entry->payload, "{\"k\":\"ü\"}");
    }
    assert_ok(journal_read(f.store, "run-9", &f.arena, &journal, &err), &err);
    assert_int_equal(journal.count, 0);
}

static void runs_say_what_is_open(void **state unused_arg)
{
    struct error err;
    struct run_list runs;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    append(&f, JOURNAL_RUN_STARTED, NULL, "{}");
    append(&f, JOURNAL_INTENT, "a", "{}");
    append(&f, JOURNAL_DONE, "a", "{}");
    append(&f, JOURNAL_RUN_FINISHED, NULL, "{\"result\":\"done\"}");
    f.hold = steal_lease(&f, "run-2");
    append(&f, JOURNAL_RUN_STARTED, NULL, "{}");
    append(&f, JOURNAL_INTENT, "a", "{}");
    append(&f, JOURNAL_DONE, "a", "{}");
    append(&f, JOURNAL_INTENT, "b", "{}");
    append(&f, JOURNAL_EFFECT, "b", "{}");

    struct run_query query = {.lease = "local"};
    assert_ok(store_runs(f.store, &query, &f.arena, &runs, &err), &err);
    assert_int_equal(runs.count, 2);
    assert_string_equal(runs.items[0].id, "run-2");
    assert_string_equal(runs.items[0].pending, "b");
    assert_string_equal(runs.items[0].last_action, "b");
    assert_int_equal(runs.items[0].last_kind, JOURNAL_EFFECT);
    assert_int_equal(runs.items[0].fence, 2);
    assert_false(runs.items[0].finished);
    assert_string_equal(runs.items[1].id, "run-1");
    assert_true(runs.items[1].finished);
    assert_string_equal(runs.items[1].result, "{\"result\":\"done\"}");
    assert_string_equal(runs.items[1].pending, "");

    query = (struct run_query){.open_only = true};
    assert_ok(store_runs(f.store, &query, &f.arena, &runs, &err), &err);
    assert_int_equal(runs.count, 1);
    query = (struct run_query){.limit = 1};
    assert_ok(store_runs(f.store, &query, &f.arena, &runs, &err), &err);
    assert_int_equal(runs.count, 1);
    assert_string_equal(runs.items[0].id, "run-2");
    query = (struct run_query){.lease = "prod"};
    assert_ok(store_runs(f.store, &query, &f.arena, &runs, &err), &err);
    assert_int_equal(runs.count, 0);
}

/* ---- chain -------------------------------------------------------------------------------- */

static void fill_chain(struct fixture *f, struct chain *ret)
{
    struct error err;
    for (int i = 0; i < 4; i++) {
        struct chain_write write = {
            .kind = (enum chain_kind)i, .env = "local", .payload = STR("{\"version\":\"1\"}")};
        assert_ok(chain_append(f->store, &f->hold, &write, 1000 + i, &err), &err);
    }
    assert_ok(chain_read(f->store, &f->arena, ret, &err), &err);
    assert_int_equal(ret->count, 4);
}

/* The bytes as the header describes them, written out by hand. */
static void the_canonical_bytes_are_as_documented(void **state unused_arg)
{
    static const char BYTES[] =
        "teerex-event 1\n1:1\n"
        "64:0000000000000000000000000000000000000000000000000000000000000000\n"
        "4:1000\n1:1\n5:local\n8:deployed\n5:run-1\n15:{\"version\":\"1\"}\n";
    char expected[SHA256_HEX_MAX];
    struct chain chain;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    fill_chain(&f, &chain);
    sha256_hex(str_of(BYTES), expected);
    assert_string_equal(chain.items[0].hash, expected);
    assert_string_equal(chain.items[1].prev, expected);
    assert_string_equal(chain_head(&chain), chain.items[3].hash);
    assert_int_equal(chain_head(&(struct chain){0})[63], '0');
}

static void verify_fails(struct chain chain, const char *part)
{
    struct error err;
    assert_fails(chain_verify(&chain, &err), &err, ERR_VERIFY, part);
}

static void tampering_names_the_event(void **state unused_arg)
{
    struct error err;
    struct chain chain;
    struct chain_event events[4];
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    fill_chain(&f, &chain);
    assert_ok(chain_verify(&chain, &err), &err);
    const struct chain_event *good = chain.items;
    chain.items = events;
#define CHANGED(index, change, part)      \
    memcpy(events, good, sizeof(events)); \
    events[index].change;                 \
    verify_fails(chain, part)
    CHANGED(2, payload = "{\"version\":\"2\"}", "event 3 was changed");
    CHANGED(0, env = "prod", "event 1 was changed");
    CHANGED(1, run = "run-2", "event 2 was changed");
    CHANGED(1, time_ms++, "event 2 was changed");
    CHANGED(1, fence++, "event 2 was changed");
    CHANGED(3, kind = CHAIN_DEPLOYED, "event 4 was changed");
    CHANGED(3, hash[0] ^= 1, "event 4 was changed");
    CHANGED(2, hash[0] ^= 1, "event 3 was changed");
    CHANGED(2, prev[5] ^= 1, "event 3 does not follow event 2");
    CHANGED(1, seq = 3, "event 2 is missing");
    memcpy(events, good, sizeof(events));
    events[1] = events[2];
    verify_fails(chain, "event 2 is missing: 3 follows");
    chain.items = events + 1;
    chain.count = 3;
    verify_fails(chain, "event 1 is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_compared_and_swapped),
        cmocka_unit_test(records_are_listed_by_prefix),
        cmocka_unit_test(an_old_fence_writes_nothing),
        cmocka_unit_test(a_released_or_foreign_lease_writes_nothing),
        cmocka_unit_test(only_text_of_bounded_size_is_stored),
        cmocka_unit_test(a_reading_handle_refuses_every_write),
        cmocka_unit_test(a_journal_reads_back_in_order),
        cmocka_unit_test(runs_say_what_is_open),
        cmocka_unit_test(the_canonical_bytes_are_as_documented),
        cmocka_unit_test(tampering_names_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
