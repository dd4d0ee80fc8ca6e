/* Applying plans: order, journal, staleness, failures, interruption, and the lease in all that. */
#include "testing_plan.h"

static void on_failure(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                       struct error *err)
{
    struct world *w = ctx;
    w->undone_from = failed;
    assert_int_equal(actuator_hold(act)->fence, 1);
    if (w->undo)
        err_set(err, ERR_ROLLED_BACK, "undone: %s", plan->actions[failed].id);
}

static bool apply_plan(struct world *w, const struct plan *plan, struct error *err)
{
    struct executors executors = {.ctx = w, .failed = on_failure};
    for (int i = 0; i < ACTION_KIND_COUNT; i++)
        executors.table[i] = &EXECUTOR;
    struct actuator *act = open_act(w, "local");
    bool ok = plan_apply(plan, &executors, act, err);
    struct error close_err;
    if (w->robbed == NULL)
        assert_ok(actuator_close(act, &close_err), &close_err);
    else
        assert_fails(actuator_close(act, &close_err), &close_err, ERR_LOCKED, "lost");
    return ok;
}

/* The journal as "kind:action kind:action …". */
static void expect_journal(struct world *w, const char *expected)
{
    struct error err;
    struct journal journal;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_store struct store *s = NULL;
    assert_ok(store_open_read(w->path, &s, &err), &err);
    assert_ok(journal_read(s, "run-1", &w->arena, &journal, &err), &err);
    for (size_t i = 0; i < journal.count; i++)
        buf_addf(&text, "%s%s:%s", i ? " " : "", journal_kind_name(journal.items[i].kind),
                 journal.items[i].action);
    assert_str(buf_str(&text), expected);
}

static void actions_are_applied_in_order(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    assert_ok(apply_plan(&w, &plan, &err), &err);
    assert_str(buf_str(&w.log), "o[release.stage]oo[release.switch]oo[ledger.append]o");
    expect_journal(&w, "run_started: intent:release.stage effect:release.stage done:release.stage "
                       "intent:release.switch effect:release.switch done:release.switch "
                       "intent:ledger.append effect:ledger.append done:ledger.append "
                       "run_finished:");
    assert_true(only_run(&w).finished);
    assert_non_null(strstr(only_run(&w).result, "{\"result\":\"done\",\"message\":\"\",\"dur"));
}

static void the_plan_itself_is_journalled(void **state unused_arg)
{
    struct error err;
    struct journal journal;
    struct plan back;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    assert_ok(apply_plan(&w, &plan, &err), &err);
    cleanup_store struct store *s = NULL;
    assert_ok(store_open_read(w.path, &s, &err), &err);
    assert_ok(journal_read(s, "run-1", &w.arena, &journal, &err), &err);
    struct plan_origin origin;
    assert_ok(
        plan_run_parse(str_of(journal.items[0].payload), "journal", &w.arena, &origin, &back, &err),
        &err);
    assert_int_equal(back.count, 3);
    assert_string_equal(origin.verb, "deploy");
    assert_string_equal(origin.project, "/srv/project");
    assert_string_equal(journal.items[4].payload, "{\"current\":\"old\"}");
    assert_string_equal(journal.items[5].payload, "{\"took\":1}");
    assert_string_equal(journal.items[6].payload, "{\"current\":\"new\"}");
}

static void a_stale_plan_stops_before_the_effect(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    pairs_set(&w.facts, &w.arena, "current", "third");
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_STALE,
                 "release.switch: the plan is stale: current is 'third', not 'old'");
    assert_int_equal(err_exit_status(&err), 12);
    assert_str(buf_str(&w.log), "o[release.stage]oo");
    assert_true(only_run(&w).finished);
    assert_int_equal(w.undone_from, 1);
}

static void an_unknown_fact_is_stale(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    pairs_set(&plan.actions[0].expect, &w.arena, "socket", "free");
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_STALE, "socket is unknown, not 'free'");
    assert_str(buf_str(&w.log), "o");
}

static void what_is_so_already_is_not_done_again(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    pairs_set(&w.facts, &w.arena, "current", "new");
    assert_ok(apply_plan(&w, &plan, &err), &err);
    assert_str(buf_str(&w.log), "o[release.stage]oo"
                                "o[ledger.append]o");
    expect_journal(&w, "run_started: intent:release.stage effect:release.stage done:release.stage "
                       "intent:release.switch done:release.switch "
                       "intent:ledger.append effect:ledger.append done:ledger.append "
                       "run_finished:");
}

static void an_effect_that_fails_ends_the_run(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    w.fails = "release.switch";
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_TRANSIENT, "release.switch: no answer");
    expect_journal(&w, "run_started: intent:release.stage effect:release.stage done:release.stage "
                       "intent:release.switch failed:release.switch run_finished:");
    assert_int_equal(w.undone_from, 1);
    assert_non_null(strstr(only_run(&w).result, "\"result\":\"transient\""));
}

static void the_failure_policy_may_say_what_became_of_it(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    w.fails = "ledger.append";
    w.undo = true;
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_ROLLED_BACK, "undone: ledger.append");
    assert_int_equal(err_exit_status(&err), 10);
    assert_non_null(strstr(only_run(&w).result, "\"result\":\"rolled_back\""));
}

static void an_effect_that_did_nothing_is_a_failure(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    w.ignored = "release.switch";
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_FAILED,
                 "it did not take effect: current is 'old', not 'new'");
}

static void a_lost_lease_stops_everything(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    w.robbed = "release.switch";
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_LOCKED, "lease 'local' is");
    assert_str(buf_str(&w.log), "o[release.stage]oo");
    assert_false(only_run(&w).finished);
    assert_string_equal(only_run(&w).pending, "release.switch");
}

static void what_cannot_be_applied_is_refused_first(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    struct executors executors = {.ctx = &w};
    executors.table[ACTION_RELEASE_STAGE] = &EXECUTOR;
    struct actuator *act = open_act(&w, "local");
    assert_fails(plan_apply(&plan, &executors, act, &err), &err, ERR_BUG,
                 "nothing here can apply 'release.switch'");
    assert_ok(actuator_close(act, &err), &err);
    act = open_act(&w, "staging");
    assert_fails(plan_apply(&plan, &executors, act, &err), &err, ERR_BUG, "under the lease");
    plan.environment = "staging";
    plan.count = 0;
    assert_ok(plan_apply(&plan, &executors, act, &err), &err);
    assert_ok(actuator_close(act, &err), &err);
    assert_int_equal(w.log.len, 0);
}

static void the_actuator_holds_the_lease(void **state unused_arg)
{
    struct error err;
    struct actuator *second = NULL;
    cleanup_world struct world w;
    world_begin(&w);
    struct actuator *act = open_act(&w, "local");
    struct actuator_request request = {
        .store_path = w.path, .lease = "local", .run_id = "run-2", .clock = clock_system()};
    assert_fails(actuator_open(&request, &second, &err), &err, ERR_LOCKED, "held by run run-1");
    assert_int_equal(err_exit_status(&err), 5);
    assert_ok(cap_allow(actuator_cap(act), EFFECT_ONCE, "write", "x", &err), &err);
    assert_ok(actuator_close(act, &err), &err);
    assert_ok(actuator_open(&request, &second, &err), &err);
    assert_int_equal(actuator_hold(second)->fence, 2);
    actuator_close_at(&second);
    assert_null(second);
    act = open_act(&w, "local");
    assert_int_equal(actuator_hold(act)->fence, 3);
    assert_ok(actuator_close(act, &err), &err);
}

/* Last: a caught signal stays caught. */
static void an_interrupted_run_stays_open(void **state unused_arg)
{
    struct error err;
    cleanup_world struct world w;
    world_begin(&w);
    struct plan plan = three_steps(&w);
    assert_ok(signals_install(&err), &err);
    w.interrupt = "release.stage";
    assert_fails(apply_plan(&w, &plan, &err), &err, ERR_INTERRUPTED, "SIGTERM");
    assert_int_equal(err_exit_status(&err), 143);
    expect_journal(&w, "run_started: intent:release.stage effect:release.stage done:release.stage "
                       "note:release.switch");
    assert_false(only_run(&w).finished);
    assert_string_equal(only_run(&w).pending, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_are_applied_in_order),
        cmocka_unit_test(the_plan_itself_is_journalled),
        cmocka_unit_test(a_stale_plan_stops_before_the_effect),
        cmocka_unit_test(an_unknown_fact_is_stale),
        cmocka_unit_test(what_is_so_already_is_not_done_again),
        cmocka_unit_test(an_effect_that_fails_ends_the_run),
        cmocka_unit_test(the_failure_policy_may_say_what_became_of_it),
        cmocka_unit_test(an_effect_that_did_nothing_is_a_failure),
        cmocka_unit_test(a_lost_lease_stops_everything),
        cmocka_unit_test(what_cannot_be_applied_is_refused_first),
        cmocka_unit_test(the_actuator_holds_the_lease),
        cmocka_unit_test(an_interrupted_run_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
