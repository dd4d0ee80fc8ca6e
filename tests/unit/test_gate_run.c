/* Order, needs, attempts, the other two kinds, and results taken together. */
#include <signal.h>
#include <unistd.h>

#include "gate_kit.h"

/* ---- release ---- */

#define VERSION_BODY                                                                            \
    "{\"version\":\"0.2.0\",\"releaseDigest\":\"sha256:aa\",\"instanceId\":\"i-2\",\"bootId\":" \
    "\"b-2\"}"
#define VERSION_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 81\r\n\r\n" VERSION_BODY
#define OLD_REPLY                                                                               \
    "HTTP/1.1 200 OK\r\nContent-Length: 81\r\n\r\n"                                             \
    "{\"version\":\"0.2.0\",\"releaseDigest\":\"sha256:aa\",\"instanceId\":\"i-1\",\"bootId\":" \
    "\"b-1\"}"

static void release_open(struct gates *g, const struct reply *replies, size_t count)
{
    gates_open(g, replies, count);
    assert_int_equal(strlen(VERSION_BODY), 81);
    g->gate.kind = CONFIG_GATE_RELEASE;
    g->target.expect = (struct gate_expect){"0.2.0", "aa", "b-2", "i-2"};
}

static void test_release_answers(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.path = "/version", .bytes = VERSION_REPLY}};
    release_open(&g, replies, 1);
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_PASS, "");
    assert_non_null(strstr(r->evidence, "instance i-2"));
    assert_int_equal(server_connections(&g.kit.server), 5);
}

/* One connection in five still reaches the old process. */
static void test_old_release_answers_too(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = VERSION_REPLY, .once = true},
                                    {.bytes = VERSION_REPLY, .once = true},
                                    {.bytes = OLD_REPLY, .once = true},
                                    {.bytes = VERSION_REPLY}};
    release_open(&g, replies, 4);
    assert_said(gates_ask(&g), VERDICT_FAIL, "the instance that answers is 'i-1', deployed was");
    assert_said(gates_ask(&g), VERDICT_PASS, "");
}

static void check_release(struct gate_expect expect, const char *reply, enum gate_verdict verdict,
                          const char *part)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = reply}};
    release_open(&g, replies, 1);
    g.target.expect = expect;
    assert_said(gates_ask(&g), verdict, part);
}

static void test_release_differs(void **state unused_arg)
{
    check_release((struct gate_expect){"0.2.1", "aa", "b-2", "i-2"}, VERSION_REPLY, VERDICT_FAIL,
                  "the version that answers is '0.2.0'");
    check_release((struct gate_expect){"0.2.0", "sha256:bb", NULL, NULL}, VERSION_REPLY,
                  VERDICT_FAIL, "release digest");
    check_release((struct gate_expect){NULL, NULL, "b-3", ""}, VERSION_REPLY, VERDICT_FAIL,
                  "boot id");
    check_release((struct gate_expect){"0.2.0", "sha256:aa", NULL, NULL}, VERSION_REPLY,
                  VERDICT_PASS, "");
    check_release((struct gate_expect){"0.2.0", NULL, NULL, NULL}, VERSION_REPLY,
                  VERDICT_INCONCLUSIVE, "nothing is known");
    check_release((struct gate_expect){NULL, "aa", NULL, NULL}, HTTP_OK("2") "\r\n{}", VERDICT_FAIL,
                  "does not say its release digest");
    check_release((struct gate_expect){NULL, "aa", NULL, NULL}, HTTP_OK("2") "\r\n<>", VERDICT_FAIL,
                  "not JSON");
    check_release((struct gate_expect){NULL, "aa", NULL, NULL}, HTTP_STATUS("404") "\r\n",
                  VERDICT_FAIL, "404");
}

/* ---- command ---- */

static void check_command_within(int64_t timeout_ms, const char *script, enum gate_verdict verdict,
                                 const char *reason, const char *evidence)
{
    cleanup_gates struct gates g = {0};
    const char *argv[] = {"sh", "-c", script, "gate", "{{address}}/x {{component}}"};
    gates_open(&g, NULL, 0);
    g.gate.kind = CONFIG_GATE_COMMAND;
    g.gate.argv.items = argv;
    g.gate.argv.count = 5;
    g.gate.timeout_ms = timeout_ms;
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, verdict, reason);
    assert_non_null(strstr(r->evidence, evidence));
}

/* With more time than a machine under load takes. */
static void check_command(const char *script, enum gate_verdict verdict, const char *reason,
                          const char *evidence)
{
    check_command_within(60000, script, verdict, reason, evidence);
}

static void test_commands(void **state unused_arg)
{
    check_command("echo fine", VERDICT_PASS, "", "fine");
    check_command("echo looked; echo not sure >&2; exit 7", VERDICT_INCONCLUSIVE, "status 7",
                  "not sure");
    check_command("exit 75", VERDICT_INCONCLUSIVE, "status 75", "");
    check_command("echo wrong; echo; exit 1", VERDICT_FAIL, "exited with status 1", "wrong");
    check_command("exit 127", VERDICT_FAIL, "status 127", "");
    check_command("kill -9 $$", VERDICT_INCONCLUSIVE, "SIGKILL", "");
    check_command("echo \"$1\"", VERDICT_PASS, "", "/x prover");
    check_command("yes | head -c 10000000; exit 0", VERDICT_PASS, "", "y");
    check_command_within(1000, "sleep 30", VERDICT_INCONCLUSIVE, "did not end within 1.0 s", "");
}

static void test_command_missing(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const char *argv[] = {"no-such-program-here"};
    gates_open(&g, NULL, 0);
    g.gate.kind = CONFIG_GATE_COMMAND;
    assert_said(gates_ask(&g), VERDICT_INCONCLUSIVE, "cannot be asked");
    g.gate.argv.items = argv;
    g.gate.argv.count = 1;
    assert_said(gates_ask(&g), VERDICT_INCONCLUSIVE, "no-such-program-here");
}

/* ---- attempts ---- */

static void test_attempts(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n", .once = true},
                                    {.bytes = HTTP_STATUS("503") "\r\n", .once = true},
                                    {.bytes = HTTP_OK("0") "\r\n"}};
    gates_open(&g, replies, 3);
    g.gate.retries = 5;
    g.gate.interval_ms = 2000;
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_PASS, "");
    assert_int_equal(r->attempts, 3);
    assert_int_equal(g.kit.slept_ms, 4000);
}

static void test_attempts_end(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n"}};
    gates_open(&g, replies, 1);
    g.gate.retries = 2;
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_FAIL, "503");
    assert_int_equal(r->attempts, 3);
    assert_int_equal(server_requests(&g.kit.server), 3);
}

static bool alive_for(void *ctx, struct buf *why)
{
    int *left = ctx;
    buf_adds(why, "exit status 3");
    return (*left)-- > 0;
}

static void test_ended_process_fails_fast(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    int left = 4;
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n"}};
    gates_open(&g, replies, 1);
    g.target.alive = alive_for;
    g.target.alive_ctx = &left;
    g.gate.retries = 100;
    g.gate.interval_ms = 60000;
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_FAIL, "the process has ended: exit status 3");
    assert_int_equal(r->attempts, 2);
    assert_true(g.kit.slept_ms < 1000);
}

/* Somebody answers, but it cannot be the process that was asked. */
static void test_pass_of_a_dead_process(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    int left = 0;
    const struct reply replies[] = {{.bytes = HTTP_OK("0") "\r\n"}};
    gates_open(&g, replies, 1);
    g.target.alive = alive_for;
    g.target.alive_ctx = &left;
    assert_said(gates_ask(&g), VERDICT_FAIL, "the process has ended");
}

/* ---- needs ---- */

enum { CHAIN = 3 };

/* Three gates that need each other in the order c → b → a, given as c, b, a. */
struct chain {
    struct gates g;
    struct config_gate gates[CHAIN];
    const struct config_gate *list[CHAIN];
    const char *names[CHAIN];
};

static void chain_release(struct chain *c)
{
    gates_release(&c->g);
}

static void chain_open(struct chain *c, const char *a_reply)
{
    static const char *const NAMES[] = {"c", "b", "a"};
    const struct reply replies[] = {{.path = "/a", .bytes = a_reply},
                                    {.bytes = HTTP_OK("0") "\r\n"}};
    gates_open(&c->g, replies, 2);
    for (size_t i = 0; i < CHAIN; i++) {
        c->names[i] = NAMES[i];
        c->gates[i] = c->g.gate;
        c->gates[i].name = NAMES[i];
        c->gates[i].url = arena_printf(&c->g.arena, "{{address}}/%s", NAMES[i]);
        c->list[i] = &c->gates[i];
    }
    c->gates[0].needs.items = &c->names[1];
    c->gates[1].needs.items = &c->names[2];
    c->gates[0].needs.count = c->gates[1].needs.count = 1;
}

static bool chain_ask(struct chain *c)
{
    return gate_run_all(&c->g.context, c->list, CHAIN, &c->g.results, &c->g.err);
}

static void test_needs_come_first(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    chain_open(&c, HTTP_OK("0") "\r\n");
    assert_ok(chain_ask(&c), &c.g.err);
    assert_string_equal(c.g.results.items[0].name, "a");
    assert_string_equal(c.g.results.items[1].name, "b");
    assert_string_equal(c.g.results.items[2].name, "c");
    assert_int_equal(gate_results_verdict(&c.g.results), VERDICT_PASS);
}

static void test_failed_need(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    chain_open(&c, HTTP_STATUS("500") "\r\n");
    c.gates[1].fallback = CONFIG_FALLBACK_SKIP;
    c.gates[0].fallback = CONFIG_FALLBACK_FAIL;
    assert_ok(chain_ask(&c), &c.g.err);
    assert_said(&c.g.results.items[0], VERDICT_FAIL, "500");
    assert_said(&c.g.results.items[1], VERDICT_SKIPPED, "needs 'a', which failed");
    /* What was skipped did not pass, nor does what needs it. */
    assert_said(&c.g.results.items[2], VERDICT_INCONCLUSIVE, "needs 'b', which was not asked");
    assert_int_equal(c.g.results.items[2].attempts, 0);
    assert_int_equal(server_requests(&c.g.kit.server), 1);
    assert_fails(gate_results_check(&c.g.results, &c.g.err), &c.g.err, ERR_GATE,
                 "gate 'a' on here: fail: answered 500 Internal Server Error, expected 200 (and 2 "
                 "more did not pass)");
}

static void test_inconclusive_need(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    chain_open(&c, HTTP_STATUS("429") "\r\n");
    assert_ok(chain_ask(&c), &c.g.err);
    assert_said(&c.g.results.items[1], VERDICT_INCONCLUSIVE, "needs 'a', which was inconclusive");
    assert_fails(gate_results_check(&c.g.results, &c.g.err), &c.g.err, ERR_INCONCLUSIVE, "'a'");
}

/* A need that was asked in an earlier call counts; one that never was does not. */
static void test_needs_of_earlier_calls(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    chain_open(&c, HTTP_OK("0") "\r\n");
    assert_ok(gate_run_all(&c.g.context, &c.list[1], 1, &c.g.results, &c.g.err), &c.g.err);
    assert_said(&c.g.results.items[0], VERDICT_INCONCLUSIVE, "needs 'a', which was not asked");
    assert_ok(gate_run_all(&c.g.context, &c.list[2], 1, &c.g.results, &c.g.err), &c.g.err);
    assert_ok(gate_run_all(&c.g.context, &c.list[1], 1, &c.g.results, &c.g.err), &c.g.err);
    assert_said(&c.g.results.items[2], VERDICT_PASS, "");
}

static void test_circle_refused(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    chain_open(&c, HTTP_OK("0") "\r\n");
    c.gates[2].needs.items = &c.names[0];
    c.gates[2].needs.count = 1;
    assert_fails(chain_ask(&c), &c.g.err, ERR_CONFIG, "in a circle");
    c.gates[2].needs.items = &c.names[2]; /* itself */
    assert_fails(chain_ask(&c), &c.g.err, ERR_CONFIG, "in a circle");
    assert_int_equal(server_requests(&c.g.kit.server), 0);
}

/* ---- targets ---- */

static void test_every_host_is_asked(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_OK("0") "\r\n"}};
    gates_open(&g, replies, 1);
    struct gate_target targets[] = {g.target, g.target, g.target};
    targets[1].host = "there";
    targets[1].address = "http://127.0.0.1:1";
    targets[2].component = "other";
    g.context.targets = targets;
    g.context.target_count = 3;
    gates_ask(&g);
    assert_int_equal(g.results.count, 2);
    assert_said(&g.results.items[0], VERDICT_PASS, "");
    assert_said(&g.results.items[1], VERDICT_FAIL, "");
    assert_string_equal(g.results.items[1].host, "there");
}

static void test_nobody_to_ask(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    gates_open(&g, NULL, 0);
    g.context.target_count = 0;
    assert_said(gates_ask(&g), VERDICT_INCONCLUSIVE, "there is no 'prover' to be asked");
}

/* ---- selection, rendering ---- */

static struct config config_of(struct chain *c)
{
    struct config config = {.environment = "local"};
    config.env.gates.items = c->gates;
    config.env.gates.count = CHAIN;
    return config;
}

static void test_selection(void **state unused_arg)
{
    cleanup(chain_release) struct chain c = {0};
    const struct config_gate *const *found = NULL;
    size_t count = 0;
    const char *names[] = {"b", "heatlh"};
    config_strings good = {names, 1}, bad = {&names[1], 1};
    chain_open(&c, HTTP_OK("0") "\r\n");
    struct config config = config_of(&c);
    assert_ok(gate_select(&config, &good, &c.g.arena, &found, &count, &c.g.err), &c.g.err);
    assert_int_equal(count, 2);
    assert_string_equal(found[0]->name, "b");
    assert_string_equal(found[1]->name, "a");
    assert_ok(gate_select(&config, NULL, &c.g.arena, &found, &count, &c.g.err), &c.g.err);
    assert_int_equal(count, CHAIN);
    c.gates[2].name = "health";
    assert_fails(gate_select(&config, &bad, &c.g.arena, &found, &count, &c.g.err), &c.g.err,
                 ERR_USAGE, "'local' has no gate 'heatlh'; did you mean 'health'?");
}

static void test_no_result_is_no_pass(void **state unused_arg)
{
    struct gate_results none = {0};
    struct error err;
    assert_int_equal(gate_results_verdict(&none), VERDICT_INCONCLUSIVE);
    assert_fails(gate_results_check(&none, &err), &err, ERR_INCONCLUSIVE, "no gate was asked");
}

static void test_rendering(void **state unused_arg)
{
    struct gate_result items[] = {
        {"alive", CONFIG_GATE_HTTP, "prover", "here", VERDICT_PASS, "", "200 OK", 12, 1},
        {"release-with-a-name-that-never-ends", CONFIG_GATE_RELEASE, "prover", "here", VERDICT_FAIL,
         "the release digest that answers is 'sha256:0123', deployed was 'sha256:4567'", "x", 3, 2},
        {"skipped", CONFIG_GATE_COMMAND, "", "", VERDICT_SKIPPED, "not asked", "", 0, 0}};
    struct gate_results results = {.items = items, .count = 3};
    cleanup_buf struct buf out = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    struct str rest = STR_EMPTY, line = STR_EMPTY;
    struct error err;
    gate_results_render(&results, 80, true, &out);
    rest = buf_str(&out);
    while (str_next_line(&rest, &line))
        assert_true(text_width(line) <= 80);
    assert_true(str_starts(buf_str(&out), STR("GATE ")));
    assert_non_null(strstr(buf_cstr(&out), "12 ms"));
    results.count = 1;
    buf_clear(&out);
    gate_results_render(&results, 80, true, &out);
    assert_str(buf_str(&out), "GATE   HOST  VERDICT  TOOK   SEEN\n"
                              "alive  here  pass     12 ms  200 OK\n");
    results.count = 3;
    struct json_writer w = jw_make(&json, JSON_COMPACT);
    gate_results_write(&results, &w);
    assert_ok(jw_finish(&w, "results", &err), &err);
    assert_true(str_starts(buf_str(&json),
                           STR("[{\"name\":\"alive\",\"kind\":\"http\",\"component\":\"prover\","
                               "\"host\":\"here\",\"verdict\":\"pass\",\"reason\":\"\","
                               "\"evidence\":\"200 OK\",\"latency_ms\":12,\"attempts\":1},")));
}

/* Last: from here on the process has been told to stop. */
static void test_interrupted(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n"}};
    const struct config_gate *gates[] = {&g.gate};
    gates_open(&g, replies, 1);
    assert_ok(signals_install(&g.err), &g.err);
    raise(SIGTERM);
    assert_fails(gate_run_all(&g.context, gates, 1, &g.results, &g.err), &g.err, ERR_INTERRUPTED,
                 "SIGTERM");
    assert_int_equal(g.results.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_answers),
        cmocka_unit_test(test_old_release_answers_too),
        cmocka_unit_test(test_release_differs),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_command_missing),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_attempts_end),
        cmocka_unit_test(test_ended_process_fails_fast),
        cmocka_unit_test(test_pass_of_a_dead_process),
        cmocka_unit_test(test_needs_come_first),
        cmocka_unit_test(test_failed_need),
        cmocka_unit_test(test_inconclusive_need),
        cmocka_unit_test(test_needs_of_earlier_calls),
        cmocka_unit_test(test_circle_refused),
        cmocka_unit_test(test_every_host_is_asked),
        cmocka_unit_test(test_nobody_to_ask),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_no_result_is_no_pass),
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
