/* What an http gate makes of every kind of answer, and of none. */
#include <unistd.h>

#include "gate_kit.h"

static void check_reply(struct reply reply, enum gate_verdict verdict, const char *part)
{
    cleanup_gates struct gates g = {0};
    gates_open(&g, &reply, 1);
    g.gate.timeout_ms = 200;
    assert_said(gates_ask(&g), verdict, part);
}

static void test_passes(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_OK("15") "\r\n{\"status\":\"ok\"}"}};
    gates_open(&g, replies, 1);
    gates_expect_json(&g, "status", "ok", NULL);
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_PASS, "");
    assert_string_equal(r->evidence, "200 OK, status = \"ok\"");
    assert_string_equal(r->host, "here");
    assert_int_equal(r->attempts, 1);
    assert_true(gate_results_check(&g.results, &g.err));
}

static void test_proven_wrong(void **state unused_arg)
{
    check_reply((struct reply){.bytes = HTTP_STATUS("500") "\r\n"}, VERDICT_FAIL,
                "answered 500 Internal Server Error, expected 200");
    check_reply((struct reply){.bytes = HTTP_STATUS("302") "Location: /\r\n\r\n"}, VERDICT_FAIL,
                "answered 302 Found");
    check_reply((struct reply){.bytes = HTTP_STATUS("204") "\r\n"}, VERDICT_FAIL, "204");
    check_reply((struct reply){.close = true}, VERDICT_FAIL, "Empty reply");
    check_reply((struct reply){.reset = true}, VERDICT_FAIL, "");
    check_reply((struct reply){.bytes = "220 smtp ready\r\n", .close = true}, VERDICT_FAIL, "");
    check_reply((struct reply){.bytes = HTTP_OK("9") "\r\ncut", .close = true}, VERDICT_FAIL, "");
}

static void test_could_not_find_out(void **state unused_arg)
{
    check_reply((struct reply){.bytes = HTTP_STATUS("429") "\r\n"}, VERDICT_INCONCLUSIVE, "429");
    check_reply((struct reply){.bytes = HTTP_STATUS("407") "\r\n"}, VERDICT_INCONCLUSIVE, "407");
    check_reply((struct reply){.delay_ms = 20000}, VERDICT_INCONCLUSIVE, "timed out");
}

static void check_url(const char *url, enum gate_verdict verdict, const char *part)
{
    cleanup_gates struct gates g = {0};
    gates_open(&g, NULL, 0);
    g.gate.url = url;
    assert_said(gates_ask(&g), verdict, part);
}

static void test_addresses(void **state unused_arg)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", free_port());
    check_url(url, VERDICT_FAIL, "onnect");
    check_url("http://no-such-host.invalid/", VERDICT_INCONCLUSIVE, "resolve");
    check_url("{{nonsense}}/health", VERDICT_INCONCLUSIVE, "cannot be asked");
    check_url("/health", VERDICT_INCONCLUSIVE, "not an address");
    check_url("ftp://127.0.0.1/", VERDICT_INCONCLUSIVE, "not an http");
}

static void test_latency(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {{.bytes = HTTP_OK("2") "\r\nok", .delay_ms = 120}};
    gates_open(&g, replies, 1);
    g.gate.expect.max_latency_ms = 60000;
    assert_said(gates_ask(&g), VERDICT_PASS, "");
    g.gate.expect.max_latency_ms = 50;
    assert_said(gates_ask(&g), VERDICT_FAIL, "at most 50 ms are allowed");
    g.gate.timeout_ms = 100; /* no answer at all, and a bound: it is too slow */
    assert_said(gates_ask(&g), VERDICT_FAIL, "timed out");
}

static void check_json(const char *body, const char *path, const char *equals, const char *regex,
                       bool pass)
{
    cleanup_gates struct gates g = {0};
    cleanup_free char *bytes =
        xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    const struct reply replies[] = {{.bytes = bytes}};
    gates_open(&g, replies, 1);
    gates_expect_json(&g, path, equals, regex);
    const struct gate_result *r = gates_ask(&g);
    if (r->verdict != (pass ? VERDICT_PASS : VERDICT_FAIL))
        print_error("%s of %s: %s\n", path, body, r->reason);
    assert_int_equal(r->verdict, pass ? VERDICT_PASS : VERDICT_FAIL);
}

static void test_json_values(void **state unused_arg)
{
    check_json("{\"a\":{\"b\":[1,{\"c\":true}]}}", "a.b[1].c", "true", NULL, true);
    check_json("{\"a\":{\"b\":[1,{\"c\":true}]}}", "a.b[0]", "1", NULL, true);
    check_json("{\"a\":{\"b\":[1,{\"c\":true}]}}", "/a/b/0", "1", NULL, true);
    check_json("{\"a\":1.0}", "a", "1", NULL, true);
    check_json("{\"a\":\"1\"}", "a", "1", NULL, false); /* a text is no number */
    check_json("{\"a\":1.5}", "a", "1.5", NULL, true);
    check_json("{\"a\":null}", "a", "null", NULL, true);
    check_json("{\"b\":1}", "a", "null", NULL, false); /* absent is not null */
    check_json("{\"a\":\"true\"}", "a", "true", NULL, false);
    check_json("{\"a\":[1]}", "a", "1", NULL, false);
    check_json("{\"a\":\"v1.2.3\"}", "a", NULL, "^v1\\.[0-9]+\\.", true);
    check_json("{\"a\":\"v2.2.3\"}", "a", NULL, "^v1\\.", false);
    check_json("{\"a\":42}", "a", NULL, "^4", true);
    check_json("{\"a\":[42]}", "a", NULL, "4", false);
    check_json("{\"a\":\"x\\u0000ok\"}", "a", NULL, "ok", false);
    check_json("{\"a\":1}", "b", NULL, ".*", false);
    check_json("{\"a\":1}", "a[", "1", NULL, false);
    check_json("{\"a\":\"x\"}", "a", NULL, "(", false); /* no expression */
}

static void test_hostile_json(void **state unused_arg)
{
    check_json("", "a", "1", NULL, false);
    check_json("{\"a\":1", "a", "1", NULL, false);
    check_json("{\"a\":1}{\"a\":1}", "a", "1", NULL, false);
    check_json("{\"a\":2,\"a\":1}", "a", "1", NULL, false);
    check_json("{\"a\":\"\xff\"}", "a", NULL, ".", false);
    check_json("<html>", "a", "1", NULL, false);
    cleanup_buf struct buf deep = buf_make(BUF_TEXT);
    for (int i = 0; i < 100000; i++)
        buf_addc(&deep, '[');
    check_json(buf_cstr(&deep), "a", "1", NULL, false);
}

static void test_large_body_refused(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n{\"a\":1}", .close = true}};
    gates_open(&g, replies, 1);
    assert_said(gates_ask(&g), VERDICT_FAIL, "larger than 1048576 bytes");
}

/* Evidence comes from strangers: it must neither steer a terminal nor grow. */
static void test_evidence_is_harmless(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    const struct reply replies[] = {
        {.bytes = HTTP_OK("24") "\r\n{\"a\":\"\xe2\x80\xaeok \\u001b[31m\"}"}};
    gates_open(&g, replies, 1);
    gates_expect_json(&g, "a", "ok", NULL);
    const struct gate_result *r = gates_ask(&g);
    assert_said(r, VERDICT_FAIL, "\\u202e");
    assert_null(strstr(r->evidence, "\xe2\x80\xae"));
}

static void test_secrets_are_redacted(void **state unused_arg)
{
    cleanup_gates struct gates g = {0};
    cleanup_events struct events *events = events_new(clock_system(), rng_system());
    const struct reply replies[] = {{.bytes = HTTP_OK("16") "\r\n{\"a\":\"hunter22\"}"}};
    events_add_secret(events, STR("hunter22"));
    gates_open(&g, replies, 1);
    g.context.events = events;
    gates_expect_json(&g, "a", "other", NULL);
    const struct gate_result *r = gates_ask(&g);
    assert_null(strstr(r->reason, "hunter22"));
    assert_null(strstr(r->evidence, "hunter22"));
    assert_said(r, VERDICT_FAIL, "***");
}

static void test_private_socket(void **state unused_arg)
{
    static const struct reply REPLIES[] = {{.path = "/slow", .delay_ms = 20000},
                                           {.bytes = HTTP_OK("0") "\r\n"}};
    cleanup_gates struct gates g = {0};
    char dir[] = "/tmp/teerex-gate-XXXXXX";
    assert_non_null(mkdtemp(dir));
    cleanup_free char *path = xasprintf("%s/s.sock", dir);
    gates_open(&g, NULL, 0);
    server_stop(&g.kit.server);
    g.target.unix_socket = path;
    assert_said(gates_ask(&g), VERDICT_FAIL, "onnect"); /* nobody there */
    g.kit.server = server_start(REPLIES, 2, path);
    assert_said(gates_ask(&g), VERDICT_PASS, "");
    g.gate.url = "{{address}}/slow";
    g.gate.timeout_ms = 100;
    assert_said(gates_ask(&g), VERDICT_FAIL, "timed out"); /* no network to blame */
    g.gate.url = "http://127.0.0.1:1/elsewhere";
    g.gate.timeout_ms = 5000;
    assert_said(gates_ask(&g), VERDICT_FAIL, "onnect");
    assert_int_equal(server_requests(&g.kit.server), 2);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_proven_wrong),
        cmocka_unit_test(test_could_not_find_out),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_latency),
        cmocka_unit_test(test_json_values),
        cmocka_unit_test(test_hostile_json),
        cmocka_unit_test(test_large_body_refused),
        cmocka_unit_test(test_evidence_is_harmless),
        cmocka_unit_test(test_secrets_are_redacted),
        cmocka_unit_test(test_private_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
