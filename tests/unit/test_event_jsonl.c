/* JSON lines: the golden text that docs/output.md promises. */
#include <fcntl.h>

#include "story.h"

static void test_story(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    struct events *ev = t.events;
    events_add_sink(ev, sink_jsonl(t.fd, "teerexctl", "0.1.0"));
    events_group(ev, "Deploy \"local\"");
    step_id step = events_step_begin(ev, "a1", "pull");
    t.time.now_ms += 1500;
    events_step_retry(ev, step, 1, 2000, "refused");
    events_step_output(ev, step, STR("bad \xff byte"));
    events_step_end(ev, step, STEP_OK, "%s", "");
    events_verdict(ev, NULL, "health", VERDICT_SKIPPED, "no address");
    events_message(ev, &(struct event_message){
                           .level = EVENT_WARNING, .file = "a.yaml", .line = 2, .text = "w"});
    events_summary(ev, STR("# not told"));
    events_left(ev, "a1: stopped");
    events_finish(ev, &(struct event_finish){.json = STR("{\"a\":1}")});
    story_expect(
        &t,
        "{\"type\":\"version\",\"format\":1,\"program\":\"teerexctl\",\"version\":\"0.1.0\"}\n"
        "{\"type\":\"group\",\"at\":\"2026-01-02T03:04:05Z\",\"text\":\"Deploy \\\"local\\\"\"}\n"
        "{\"type\":\"step_begin\",\"at\":\"2026-01-02T03:04:05Z\",\"step\":1,\"host\":\"a1\","
        "\"name\":\"pull\"}\n"
        "{\"type\":\"step_retry\",\"at\":\"2026-01-02T03:04:06Z\",\"step\":1,\"host\":\"a1\","
        "\"name\":\"pull\",\"attempt\":1,\"delay_ms\":2000,\"text\":\"refused\"}\n"
        "{\"type\":\"step_output\",\"at\":\"2026-01-02T03:04:06Z\",\"step\":1,\"host\":\"a1\","
        "\"name\":\"pull\",\"text\":\"bad \\ufffd byte\"}\n"
        "{\"type\":\"step_end\",\"at\":\"2026-01-02T03:04:06Z\",\"step\":1,\"host\":\"a1\","
        "\"name\":\"pull\",\"outcome\":\"ok\",\"text\":\"\",\"elapsed_ms\":1500}\n"
        "{\"type\":\"verdict\",\"at\":\"2026-01-02T03:04:06Z\",\"name\":\"health\","
        "\"verdict\":\"skipped\",\"text\":\"no address\"}\n"
        "{\"type\":\"message\",\"at\":\"2026-01-02T03:04:06Z\",\"level\":\"warning\",\"text\":"
        "\"w\",\"file\":\"a.yaml\",\"line\":2}\n"
        "{\"type\":\"result\",\"at\":\"2026-01-02T03:04:06Z\",\"elapsed_ms\":1500,\"ok\":true,"
        "\"exit_status\":0,\"result\":{\"a\":1}}\n");
}

static void test_failure(void **state)
{
    struct story_test t;
    struct error err;
    (void)state;
    story_open(&t);
    events_add_sink(t.events, sink_jsonl(t.fd, "teerexctl", "0.1.0"));
    events_left(t.events, "a1: stopped");
    events_next(t.events, "teerexctl resume 42");
    err_set(&err, ERR_GATE, "gate health: 503");
    events_finish(t.events, &(struct event_finish){.err = &err, .exit_status = 6, .hint = "look"});
    story_expect(
        &t, "{\"type\":\"version\",\"format\":1,\"program\":\"teerexctl\",\"version\":\"0.1.0\"}\n"
            "{\"type\":\"result\",\"at\":\"2026-01-02T03:04:05Z\",\"elapsed_ms\":0,\"ok\":false,"
            "\"exit_status\":6,\"error\":{\"kind\":\"gate\",\"message\":\"gate health: 503\","
            "\"hint\":\"look\"},\"left\":[\"a1: stopped\"],\"next\":\"teerexctl resume 42\"}\n");
}

static void test_full_disk_is_reported(void **state)
{
    struct error err;
    cleanup_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    cleanup_events struct events *ev = events_new(clock_system(), rng_system());
    (void)state;
    assert_true(events_check(ev, &err));
    events_add_sink(ev, sink_jsonl(fd, "teerexctl", "0.1.0"));
    assert_fails(events_check(ev, &err), &err, ERR_FAILED, "No space left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
