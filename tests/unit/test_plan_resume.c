/* Going on with runs that were cut off, superseding them, and several leases under one actuator. */
#include "testing_plan.h"

static void on_resumed_failure(void *ctx, const struct plan *plan unused_arg, size_t failed,
                               struct actuator *act unused_arg, struct error *err unused_arg)
{
    ((struct world *)ctx)->undone_from = failed;
}

/* A journal as a run leaves it that ends after `count` entries. */
static void write_journal(struct world *w, const struct plan *plan, const char *entries)
{
    struct error err;
    struct str rest = str_of(entries);
    cleanup_buf struct buf begun = buf_make(STORE_TEXT_MAX), text = buf_make(STORE_TEXT_MAX);
    struct actuator *act = open_act(w, "local");
    assert_ok(plan_write(plan, &text, &err), &err);
    buf_addf(&begun, "{\"verb\":\"deploy\",\"project\":\"/srv/project\",\"plan\":%s}",
             buf_cstr(&text));
    while (rest.len > 0) {
        struct str entry = str_cut(rest, ' ', &rest, NULL), action = STR_EMPTY;
        struct journal_write write = {.payload =
                                          STR("{\"error\":\"gate\",\"message\":\"it said no\"}")};
        assert_true(journal_kind_parse(str_cut(entry, ':', &action, NULL), &write.kind));
        write.action = arena_strdup(&w->arena, action);
        if (write.kind == JOURNAL_RUN_STARTED)
            write.payload = buf_str(&begun);
        assert_ok(journal_append(actuator_store(act), actuator_hold(act), &write, 1, &err), &err);
    }
    assert_ok(actuator_close(act, &err), &err);
}

static bool resume(struct world *w, struct error *err)
{
    struct journal journal;
    struct plan plan;
    struct plan_origin origin;
    struct error close_err;
    struct executors executors = {.ctx = w, .failed = on_resumed_failure};
    for (int i = 0; i < ACTION_KIND_COUNT; i++)
        executors.table[i] = &EXECUTOR;
    struct actuator *act = open_act(w, "local");
    assert_ok(journal_read(actuator_store(act), "run-1", &w->arena, &journal, err), err);
    assert_ok(
        plan_run_parse(str_of(journal.items[0].payload), "journal", &w->arena, &origin, &plan, err),
        err);
    bool ok = plan_resume(&plan, &journal, &executors, act, err);
    assert_ok(actuator_close(act, &close_err), &close_err);
    return ok;
}

static void a_run_goes_on_where_it_was_cut_off(void **state unused_arg)
{
    /* Where it ended; how the world is; what going on does. */
    static const struct {
        const char *entries, *current, *did;
    } CASES[] = {
        {"run_started:", "old", "o[release.stage]oo[release.switch]oo[ledger.append]o"},
        {"run_started: intent:release.stage", "old",
         "o[release.stage]oo[release.switch]oo[ledger.append]o"},
        {"run_started: intent:release.stage done:release.stage", "old",
         "o[release.switch]oo[ledger.append]o"},
        /* The effect had not happened. */
        {"run_started: done:release.stage intent:release.switch", "old",
         "o[release.switch]oo[ledger.append]o"},
        /* It had, whether or not the journal knows. */
        {"run_started: done:release.stage intent:release.switch", "new", "oo[ledger.append]o"},
        {"run_started: done:release.stage intent:release.switch effect:release.switch", "new",
         "oo[ledger.append]o"},
        {"run_started: done:release.stage done:release.switch done:ledger.append", "new", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err;
        cleanup_world struct world w;
        world_begin(&w);
        struct plan plan = three_steps(&w);
        pairs_set(&plan.actions[2].ensure, &w.arena, "told", "yes");
        pairs_set(&plan.actions[2].params, &w.arena, "tells", "yes");
        pairs_set(&w.facts, &w.arena, "current", CASES[i].current);
        write_journal(&w, &plan, CASES[i].entries);
        assert_ok(resume(&w, &err), &err);
        assert_str(buf_str(&w.log), CASES[i].did);
        assert_true(only_run(&w).finished);
        assert_non_null(strstr(only_run(&w).result, "\"result\":\"done\""));
    }
}

static void a_world_that_moved_is_stale(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    pairs_set(&w.facts, &w.arena, "current", "third");
    write_journal(&w, &plan, "run_started: done:release.stage intent:release.switch");
    assert_fails(resume(&w, &err), &err, ERR_STALE, "current is 'third', not 'old'");
    assert_str(buf_str(&w.log), "o");
}

/* Nothing can be observed of it and it happens once: whether it did is for a person to say. */
static void what_happens_once_is_not_repeated_blindly(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    write_journal(&w, &plan,
                  "run_started: done:release.stage done:release.switch intent:ledger.append");
    assert_fails(resume(&w, &err), &err, ERR_INCONCLUSIVE, "must not happen twice");
    assert_int_equal(err_exit_status(&err), 7);
    assert_str(buf_str(&w.log), "");
}

static void a_failure_is_followed_up(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    write_journal(&w, &plan, "run_started: done:release.stage failed:release.switch");
    assert_fails(resume(&w, &err), &err, ERR_GATE, "it said no");
    assert_int_equal(w.undone_from, 1);
    assert_str(buf_str(&w.log), "");
    assert_non_null(strstr(only_run(&w).result, "\"result\":\"gate\""));
}

static void another_run_can_only_be_superseded(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    write_journal(&w, &plan, "run_started: intent:release.stage");
    struct actuator *second = NULL;
    struct actuator_request request = {
        .store_path = w.path, .lease = "other", .run_id = "run-2", .clock = clock_system()};
    assert_ok(actuator_open(&request, &second, &err), &err);
    assert_fails(plan_supersede("run-1", second, &err), &err, ERR_CONFLICT, "under the lease");
    assert_ok(actuator_close(second, &err), &err);
    request.lease = "local";
    assert_ok(actuator_open(&request, &second, &err), &err);
    assert_ok(plan_supersede("run-1", second, &err), &err);
    assert_ok(actuator_close(second, &err), &err);
    assert_string_equal(only_run(&w).result, "{\"result\":\"superseded\",\"message\":\"by run "
                                             "run-2\",\"duration_ms\":0}");
}

/* The environment and its hosts: all, or none. */
static void the_actuator_takes_all_leases_or_none(void **state unused_arg)
{
    struct error err;
    struct lease lease;
    struct actuator *first = NULL, *second = NULL;
    static const char *const HOSTS[] = {"host:a", "host:b"};
    cleanup_world struct world w;
    world_begin(&w);
    struct actuator_request request = {.store_path = w.path,
                                       .lease = "staging",
                                       .shared = HOSTS + 1,
                                       .shared_count = 1,
                                       .run_id = "run-1",
                                       .clock = clock_system()};
    assert_ok(actuator_open(&request, &first, &err), &err);
    request.lease = "local";
    request.run_id = "run-2";
    request.shared = HOSTS;
    request.shared_count = 2;
    assert_fails(actuator_open(&request, &second, &err), &err, ERR_LOCKED,
                 "lease 'host:b' is held by run run-1");
    static const char *const TAKEN[] = {"local", "host:a"};
    for (size_t i = 0; i < ARRAY_LEN(TAKEN); i++) {
        assert_ok(lease_read(actuator_store(first), TAKEN[i], &lease, &err), &err);
        assert_false(lease.held);
    }
    assert_ok(actuator_close(first, &err), &err);
    assert_ok(actuator_open(&request, &second, &err), &err);
    assert_string_equal(actuator_hold(second)->lease, "local");
    assert_ok(actuator_close(second, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_where_it_was_cut_off),
        cmocka_unit_test(a_world_that_moved_is_stale),
        cmocka_unit_test(what_happens_once_is_not_repeated_blindly),
        cmocka_unit_test(a_failure_is_followed_up),
        cmocka_unit_test(another_run_can_only_be_superseded),
        cmocka_unit_test(the_actuator_takes_all_leases_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
