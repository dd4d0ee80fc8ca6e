/* The service's parts by themselves: messages, the rate limit, the body of /prove, metrics, the
 * command line. */
#include "testing.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics.h"
#include "msg.h"
#include "options.h"
#include "prove_body.h"
#include "ratelimit.h"

static void test_wire_form(void **state unused_arg)
{
    unsigned char packet[MSG_HEAD + 3];
    const struct msg m = {.op = 0x01020304, .tag = 0xfffffffe, .payload = STR("abc"), .fd = -1};
    struct msg back;
    msg_encode_head(&m, packet);
    memcpy(packet + MSG_HEAD, "abc", 3);
    assert_memory_equal(packet, "\3\0\0\0\4\3\2\1\xfe\xff\xff\xff", MSG_HEAD);
    assert_true(msg_decode(str_n(packet, sizeof packet), &back));
    assert_int_equal(back.op, m.op);
    assert_int_equal(back.tag, m.tag);
    assert_str(back.payload, "abc");
    for (size_t len = 0; len < sizeof packet; len++)
        assert_false(msg_decode(str_n(packet, len), &back));
    packet[0] = 4;
    assert_false(msg_decode(str_n(packet, sizeof packet), &back));
}

static void test_messages_travel(void **state unused_arg)
{
    int ends[2];
    struct error err = {0};
    static struct msg_room room;
    static char large[MSG_PAYLOAD_MAX + 1];
    struct msg m;
    assert_ok(msg_pair(ends, &err), &err);
    assert_int_equal(msg_recv(ends[1], false, &room, &m), MSG_NOTHING);
    assert_ok(msg_send_plain(ends[0], 7, 8, STR("hello"), &err), &err);
    assert_ok(msg_send_plain(ends[0], 9, 10, str_n(large, MSG_PAYLOAD_MAX), &err), &err);
    assert_int_equal(msg_recv(ends[1], true, &room, &m), MSG_GOT);
    assert_int_equal(m.op, 7);
    assert_str(m.payload, "hello");
    assert_int_equal(m.fd, -1);
    assert_int_equal(msg_recv(ends[1], false, &room, &m), MSG_GOT);
    assert_int_equal(m.payload.len, MSG_PAYLOAD_MAX);
    assert_fails(msg_send_plain(ends[0], 1, 1, str_n(large, sizeof large), &err), &err, ERR_BUG,
                 "16385 bytes");
    assert_int_equal(send(ends[0], "junk", 4, 0), 4);
    assert_int_equal(msg_recv(ends[1], false, &room, &m), MSG_BAD);
    assert_int_equal(send(ends[0], large, sizeof large, 0), sizeof large);
    assert_int_equal(msg_recv(ends[1], false, &room, &m), MSG_BAD);
    close(ends[0]);
    assert_int_equal(msg_recv(ends[1], false, &room, &m), MSG_CLOSED);
    assert_fails(msg_send_plain(ends[1], 1, 1, STR(""), &err), &err, ERR_FAILED, "send");
    close(ends[1]);
}

static void test_descriptors_travel(void **state unused_arg)
{
    int ends[2], pipe_ends[2];
    struct error err = {0};
    static struct msg_room room;
    struct msg m;
    char byte = 0;
    assert_ok(msg_pair(ends, &err), &err);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_ok(msg_send(ends[0], &(struct msg){.op = 3, .fd = pipe_ends[1]}, &err), &err);
    assert_int_equal(msg_recv(ends[1], true, &room, &m), MSG_GOT);
    assert_true(m.fd >= 0 && m.fd != pipe_ends[1]);
    assert_true(fcntl(m.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(m.fd, "x", 1), 1);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(m.fd);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(pipe_ends[i]);
    }
}

static void test_slow_receiver(void **state unused_arg)
{
    int ends[2];
    struct error err = {0};
    assert_ok(msg_pair(ends, &err), &err);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    int sent = 0;
    while (sent < 100000 && msg_send_plain(ends[0], 1, 1, STR("x"), &err))
        sent++;
    assert_in_range(sent, 1, 99999);
    assert_int_equal(err.kind, ERR_TRANSIENT);
    close(ends[0]);
    close(ends[1]);
}

static bool ask(struct rate_table *t, const char *who, int64_t now_ms)
{
    struct httpd_addr addr;
    int64_t wait_ms = -1;
    assert_true(httpd_addr_parse(str_of(who), &addr));
    bool allowed = rate_allow(t, &addr, now_ms, &wait_ms);
    assert_true(allowed || (wait_ms > 0 && wait_ms <= t->window_ms));
    return allowed;
}

static void test_rate_window(void **state unused_arg)
{
    struct rate_table t = rate_make(3, 1000, rng_system());
    assert_true(ask(&t, "192.0.2.1", 0));
    assert_true(ask(&t, "192.0.2.1", 500));
    assert_true(ask(&t, "192.0.2.1", 900));
    assert_false(ask(&t, "192.0.2.1", 999));
    assert_true(ask(&t, "192.0.2.2", 999));
    assert_true(ask(&t, "192.0.2.1", 1000)); /* the one of 0 is out of the window */
    assert_false(ask(&t, "192.0.2.1", 1001));
    assert_false(ask(&t, "192.0.2.1", 1499)); /* being refused costs nothing more */
    assert_true(ask(&t, "192.0.2.1", 1500));
    struct httpd_addr addr;
    int64_t wait_ms = 0;
    assert_true(httpd_addr_parse(STR("192.0.2.1"), &addr));
    assert_false(rate_allow(&t, &addr, 1600, &wait_ms));
    assert_int_equal(wait_ms, 300);
    rate_release(&t);
}

static void test_rate_of_networks(void **state unused_arg)
{
    struct rate_table t = rate_make(1, 1000, rng_system());
    assert_true(ask(&t, "2001:db8::1", 0));
    assert_false(ask(&t, "2001:db8::ffff:1", 1));
    assert_true(ask(&t, "2001:db8:0:1::1", 1));
    assert_true(ask(&t, "192.0.2.1", 1));
    assert_true(ask(&t, "192.0.2.2", 1));
    assert_false(ask(&t, "::ffff:192.0.2.2", 2));
    rate_release(&t);
}

/* More clients than places: the table does not grow, and who asked last is not forgotten first. */
static void test_rate_table_is_bounded(void **state unused_arg)
{
    struct rate_table t = rate_make(1, 1000000, rng_system());
    struct httpd_addr addr = {.bytes = {[10] = 0xff, [11] = 0xff}};
    int64_t wait_ms = 0, now = 0;
    for (uint32_t i = 0; i < 50000; i++) {
        memcpy(addr.bytes + 12, &i, sizeof i);
        assert_true(rate_allow(&t, &addr, now++, &wait_ms));
        assert_false(rate_allow(&t, &addr, now++, &wait_ms));
    }
    rate_release(&t);
}

static enum prove_fault read_body(const char *body, const char *expected)
{
    cleanup_buf struct buf message = buf_make(1000);
    struct error why = {0};
    enum prove_fault fault = prove_body_read(str_of(body), &message, &why);
    assert_int_equal(fault == PROVE_FINE, why.msg[0] == 0);
    if (fault == PROVE_FINE)
        assert_str(buf_str(&message), expected);
    return fault;
}

static void test_body(void **state unused_arg)
{
    static const struct {
        const char *body;
        enum prove_fault fault;
    } rows[] = {
        {"{\"data\":\"aGVsbG8=\"}", PROVE_FINE},
        {" { \"x\" : [1,{\"data\":3}], \"data\" : \"aGVsbG8=\" , \"y\":{}} ", PROVE_FINE},
        {"{\"data\":7,\"data\":\"aGVsbG8=\"}", PROVE_FINE},
        {"{\"data\":\"aGVsb\\u0047\\u0038=\"}", PROVE_FINE},
        {"", PROVE_BAD_JSON},
        {"{", PROVE_BAD_JSON},
        {"[\"data\",\"aGVsbG8=\"]", PROVE_BAD_JSON},
        {"\"data\"", PROVE_BAD_JSON},
        {"7", PROVE_BAD_JSON},
        {"{\"data\":\"aGVsbG8=\"}}", PROVE_BAD_JSON},
        {"{\"data\":\"aGVsbG8=\",}", PROVE_BAD_JSON},
        {"{data:\"aGVsbG8=\"}", PROVE_BAD_JSON},
        {"[[[[[[[[[[[[[[[[[[[[[[", PROVE_BAD_JSON},
        {"{}", PROVE_NO_DATA},
        {"{\"Data\":\"aGVsbG8=\"}", PROVE_NO_DATA},
        {"{\"a\":{\"data\":\"aGVsbG8=\"}}", PROVE_NO_DATA},
        {"{\"a\":\"data\"}", PROVE_NO_DATA},
        {"{\"data\":[\"aGVsbG8=\"]}", PROVE_NO_DATA},
        {"{\"data\":\"aGVsbG8=\",\"data\":null}", PROVE_NO_DATA},
        {"{\"data\":\"\"}", PROVE_NO_DATA},
        {"{\"data\":\"aGVsbG8\"}", PROVE_BAD_BASE64},
        {"{\"data\":\"aGVsbG9=\"}", PROVE_BAD_BASE64},
        {"{\"data\":\"aGVs bG8=\"}", PROVE_BAD_BASE64},
        {"{\"data\":\"aGVsbG8=\\n\"}", PROVE_BAD_BASE64},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(read_body(rows[i].body, "hello"), rows[i].fault);
}

static void test_versions(void **state unused_arg)
{
    static const char *const good[] = {
        "0.0.0",          "5.0.0",       "10.20.30",          "5.0.0-nightly.20260101",
        "1.2.3-a-b.0.x1", "1.2.3+001.b", "1.2.3-rc.1+build.5"};
    static const char *const bad[] = {
        "",         "1",         "1.2",        "1.2.3.4",  "01.2.3",     "1.02.3",   "1.2.03",
        "v1.2.3",   "1.2.3-",    "1.2.3+",     "1.2.3-01", "1.2.3-a..b", "1.2.3-a.", "1.2.3+a+b",
        "../1.2.3", "1.2.3/..",  "1.2.3-\xe9", "1.2.3 ",   "1.2.3-a_b",  "-1.2.3",   "1.2.x",
        "1..3",     "1.2.3-a/b", "1.2.3+a/b",  "1.2.3\n"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(prove_version_valid(str_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(prove_version_valid(str_of(bad[i])));
    assert_false(prove_version_valid(str_n("1.2.3\0", 6)));
}

static void test_metrics(void **state unused_arg)
{
    static const char *const routes[] = {"/a", "other"};
    struct metrics m = {.routes = routes, .route_count = 2, .rate_limited = 4};
    const struct metrics_now now = {.version = "1", .git_sha = "s", .boot_id = "b", .ready = true};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    metrics_count(&m, 0, 200, 0);
    metrics_count(&m, 0, 200, 5);
    metrics_count(&m, 0, 503, 70000);
    metrics_count(&m, -1, 404, 2);
    metrics_count(&m, -1, 418, 2);
    metrics_write(&m, &now, &out);
    static const char *const parts[] = {
        "requests_total{route=\"/a\",status=\"200\"} 2\n",
        "requests_total{route=\"/a\",status=\"503\"} 1\n",
        "requests_total{route=\"other\",status=\"404\"} 1\n",
        "requests_total{route=\"other\",status=\"other\"} 1\n",
        "duration_seconds_bucket{route=\"/a\",le=\"0.001\"} 1\n",
        "duration_seconds_bucket{route=\"/a\",le=\"0.005\"} 2\n",
        "duration_seconds_bucket{route=\"/a\",le=\"60\"} 2\n",
        "duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 3\n",
        "duration_seconds_sum{route=\"/a\"} 70.005\n",
        "duration_seconds_count{route=\"/a\"} 3\n",
        "teerex_rate_limited_total 4\n",
        "teerex_ready 1\n",
        "instance=\"\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        assert_true(str_has(buf_str(&out), str_of(parts[i])));
}

static void test_options(void **state unused_arg)
{
    char *argv[] = {(char[]){"p"},
                    (char[]){"--hold"},
                    (char[]){"--drain-idle=250ms"},
                    (char[]){"--trusted-proxy"},
                    (char[]){"10.0.0.0/8, ::1"},
                    (char[]){"--workers"},
                    (char[]){"4"},
                    NULL};
    struct prover_options o;
    enum options_outcome outcome;
    struct error err = {0};
    assert_ok(options_read((int)ARRAY_LEN(argv) - 1, argv, &o, &outcome, &err), &err);
    assert_int_equal(outcome, OPTIONS_RUN);
    assert_true(o.hold);
    assert_int_equal(o.drain_idle_ms, 250);
    assert_int_equal(o.drain_max_ms, 600000);
    assert_int_equal(o.trusted_count, 2);
    assert_int_equal(o.workers, 4);
    assert_int_equal(o.port, 4000);
    assert_null(o.check_socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_form),
        cmocka_unit_test(test_messages_travel),
        cmocka_unit_test(test_descriptors_travel),
        cmocka_unit_test(test_slow_receiver),
        cmocka_unit_test(test_rate_window),
        cmocka_unit_test(test_rate_of_networks),
        cmocka_unit_test(test_rate_table_is_bounded),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
