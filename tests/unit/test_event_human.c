/* The story for people: plain lines in a pipe, live lines on a terminal, the end of a failure. */
#include "story.h"

static void listen(struct story_test *t, struct look look, enum story story)
{
    events_add_sink(t->events,
                    sink_human(&(struct human_options){
                        .fd = t->fd, .look = look, .story = story, .program = "teerexctl"}));
}

static const struct look PIPE = {0};

static void tell_everything(struct story_test *t)
{
    struct events *ev = t->events;
    events_group(ev, "Deploy %s", "local");
    step_id pull = events_step_begin(ev, "a1", "pull images");
    step_id gate = events_step_begin(ev, NULL, "check");
    events_step_progress(ev, pull, "2 of 3");
    t->time.now_ms += 1500;
    events_step_retry(ev, pull, 1, 2000, "connection refused");
    events_step_output(ev, pull, STR("layer \x1b[31mred\x1b[0m \x1b[2J"));
    events_step_end(ev, pull, STEP_OK, "3 images");
    events_step_end(ev, gate, STEP_SKIPPED, "%s", "");
    events_verdict(ev, "a1", "health", VERDICT_PASS, "200 in 3 ms");
    events_verdict(ev, NULL, "attest", VERDICT_INCONCLUSIVE, "no answer");
    events_note(ev, "a note");
    events_detail(ev, "a detail");
    events_warn(ev, "a warning\nof two lines");
    events_message(ev, &(struct event_message){.level = EVENT_ERROR,
                                               .file = "envs/local.yaml",
                                               .line = 3,
                                               .col = 7,
                                               .text = "unknown key\n  3 | x"});
}

static void test_pipe(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, PIPE, STORY_NORMAL);
    tell_everything(&t);
    story_expect(&t, "==> Deploy local\n"
                     "  begin   a1: pull images\n"
                     "  begin   check\n"
                     "  retry   a1  pull images               attempt 1 failed, again in 2.0 s: "
                     "connection refused\n"
                     "  ok      a1  pull images               1.5 s  3 images\n"
                     "  skipped     check                     1.5 s\n"
                     "  pass    a1  gate health               200 in 3 ms\n"
                     "  unclear     gate attest               no answer\n"
                     "a note\n"
                     "warning: a warning\n"
                     "         of two lines\n"
                     "envs/local.yaml:3:7: error: unknown key\n"
                     "      3 | x\n");
}

static void test_quiet(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, PIPE, STORY_QUIET);
    tell_everything(&t);
    story_expect(&t, "  unclear     gate attest               no answer\n"
                     "warning: a warning\n"
                     "         of two lines\n"
                     "envs/local.yaml:3:7: error: unknown key\n"
                     "      3 | x\n");
}

static void test_verbose_shows_output_but_no_escape(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, PIPE, STORY_VERBOSE);
    tell_everything(&t);
    cleanup_free char *text = story_text(&t);
    assert_non_null(strstr(text, "    | layer red \\x1b[2J\n"));
    assert_non_null(strstr(text, "a detail\n"));
    assert_null(strchr(text, '\x1b'));
    story_close(&t);
}

static void test_end_of_a_failure(void **state)
{
    struct story_test t;
    struct error err;
    (void)state;
    story_open(&t);
    listen(&t, PIPE, STORY_NORMAL);
    step_id step = events_step_begin(t.events, "a1", "start");
    for (int i = 0; i < STEP_TAIL_LINES + 2; i++) {
        cleanup_free char *line = xasprintf("line %d", i);
        events_step_output(t.events, step, str_of(line));
    }
    events_step_end(t.events, step, STEP_FAILED, "exit status 2");
    events_left(t.events, "a1: 0.1.0 serves");
    events_left(t.events, "a2: untouched");
    events_next(t.events, "teerexctl resume %d", 42);
    err_set(&err, ERR_FAILED, "start on a1: exit status 2");
    events_finish(t.events, &(struct event_finish){.err = &err, .exit_status = 1, .hint = "look"});
    story_expect(&t, "  begin   a1: start\n"
                     "  FAILED  a1  start                     0 ms  exit status 2\n"
                     "    | line 2\n    | line 3\n    | line 4\n    | line 5\n    | line 6\n"
                     "    | line 7\n    | line 8\n    | line 9\n    | line 10\n    | line 11\n"
                     "    | line 12\n    | line 13\n"
                     "teerexctl: start on a1: exit status 2\n"
                     "left: a1: 0.1.0 serves\n"
                     "      a2: untouched\n"
                     "hint: look\n"
                     "next: teerexctl resume 42\n");
}

static void test_heartbeat(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, PIPE, STORY_NORMAL);
    events_tick(t.events);
    step_id step = events_step_begin(t.events, "a1", "pull");
    events_step_progress(t.events, step, "2 of 3");
    t.time.now_ms += HEARTBEAT_MS - 1;
    events_tick(t.events);
    t.time.now_ms += 1;
    events_tick(t.events);
    events_tick(t.events);
    story_expect(&t, "  begin   a1: pull\n"
                     "  still running: a1: pull (30.0 s, 2 of 3)\n");
}

static const struct look TERMINAL = {.live = true, .utf8 = true, .columns = 41};

static void test_live(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, TERMINAL, STORY_NORMAL);
    assert_int_equal(events_tick_ms(t.events), 100);
    step_id step = events_step_begin(t.events, "a1", "pull");
    events_tick(t.events);
    t.time.now_ms += 3100;
    events_tick(t.events);
    events_step_end(t.events, step, STEP_OK, "%s", "");
    story_expect(&t, "  ⠋ a1  pull\n"
                     "\r\033[1A\033[J  ⠙ a1  pull                      3 s\n"
                     "\r\033[1A\033[J  ✓ a1  pull                      3.1 s\n");
}

static void test_live_ascii_is_cut(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, (struct look){.live = true, .columns = 31}, STORY_NORMAL);
    events_step_begin(t.events, NULL, "a step with quite a long name");
    cleanup_free char *text = story_text(&t);
    assert_string_equal(text, "  - a step with quite a lon...\n");
    story_close(&t);
}

static void test_colors(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, (struct look){.color = true}, STORY_NORMAL);
    events_warn(t.events, "careful");
    story_expect(&t, "\033[33mwarning: \033[0mcareful\n");
}

static void test_nobody_listens(void **state)
{
    struct error err;
    (void)state;
    step_id step = events_step_begin(NULL, "a1", "pull");
    events_step_progress(NULL, step, "x");
    events_step_output(NULL, step, STR("x"));
    events_step_end(NULL, step, STEP_OK, "x");
    events_note(NULL, "x");
    events_left(NULL, "x");
    events_next(NULL, "x");
    events_tick(NULL);
    events_add_secret(NULL, STR("secret value"));
    assert_true(events_output(NULL, "name", STR("value"), &err));
    assert_true(events_check(NULL, &err));
    assert_int_equal(step, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_verbose_shows_output_but_no_escape),
        cmocka_unit_test(test_end_of_a_failure),
        cmocka_unit_test(test_heartbeat),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_live_ascii_is_cut),
        cmocka_unit_test(test_colors),
        cmocka_unit_test(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
