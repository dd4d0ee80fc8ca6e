/* One request against a real, badly behaved server: answers, limits, time-outs, ranges. */
#include <errno.h>

#include "http_kit.h"

static void test_answer(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    struct str value = STR_EMPTY;
    one_open(&one, HTTP_OK("5") "X-Many: one\r\nx-many:  two \r\nX-Empty:\r\n\r\nhello");
    assert_ok(one_do(&one), &one.err);
    assert_int_equal(one.answer.status, 200);
    assert_str(buf_str(&one.answer.body), "hello");
    assert_str(http_header(&one.answer, "X-MANY"), "one");
    assert_true(http_header_at(&one.answer, "X-Many", 1, &value));
    assert_str(value, "two");
    assert_false(http_header_at(&one.answer, "X-Many", 2, &value));
    assert_true(http_header_at(&one.answer, "X-Empty", 0, &value));
    assert_str(value, "");
    assert_false(http_header_at(&one.answer, "X-None", 0, &value));
    assert_string_equal(one.answer.method, "GET");
    assert_true(one.answer.timing.total_us > 0);
    assert_true(one.answer.timing.first_byte_us <= one.answer.timing.total_us);
    assert_true(str_starts(str_of(seen(&one, 0)), STR("GET /path HTTP/1.1\r\n")));
    assert_ok(http_expect(&one.answer, &one.err), &one.err);
    assert_fails(http_expect_status(&one.answer, 201, &one.err), &one.err, ERR_FAILED, "200 OK");
}

static void test_connection_is_kept(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    one_open(&one, HTTP_OK("0") "\r\n");
    for (int i = 0; i < 5; i++)
        assert_ok(one_do(&one), &one.err);
    assert_int_equal(server_connections(&one.kit.server), 1);
    one.request.fresh = true;
    for (int i = 0; i < 3; i++)
        assert_ok(one_do(&one), &one.err);
    assert_int_equal(server_connections(&one.kit.server), 4);
}

static void test_request_bodies(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    const struct http_header type = {STR("content-type"), STR("application/json")};
    const struct http_header empty = {STR("X-Empty"), STR("")};
    one_open(&one, HTTP_OK("0") "\r\n");
    one.request = kit_post(&one.kit, "/p", EFFECT_IDEMPOTENT);
    assert_ok(one_do(&one), &one.err);
    assert_non_null(strstr(seen(&one, 0), "Content-Length: 7\r\n"));
    assert_non_null(strstr(seen(&one, 0), "\r\n\r\npayload"));
    assert_null(strcasestr(seen(&one, 0), "Content-Type"));
    assert_null(strcasestr(seen(&one, 0), "Expect"));
    one.request.headers = &type;
    one.request.header_count = 1;
    one.request.method = "PUT";
    one.request.body = STR_EMPTY;
    assert_ok(one_do(&one), &one.err);
    assert_non_null(strstr(seen(&one, 1), "Content-Length: 0\r\n"));
    assert_non_null(strstr(seen(&one, 1), "content-type: application/json\r\n"));
    one.request.headers = &empty;
    one.request.method = "DELETE";
    assert_ok(one_do(&one), &one.err);
    assert_non_null(strstr(seen(&one, 2), "X-Empty:\r\n"));
    assert_null(strcasestr(seen(&one, 2), "Content-Length"));
}

static void test_body_limits(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    one_open(&one, HTTP_OK("10") "\r\n0123456789");
    one.request.max_body = 10;
    assert_ok(one_do(&one), &one.err);
    one.request.max_body = 9;
    assert_fails(one_do(&one), &one.err, ERR_FAILED, "larger than 9 bytes");
}

static void test_endless_body(void **state unused_arg)
{
    cleanup_one struct one one = {.reply = {.repeat = 1000000}};
    one_open(&one,
             "HTTP/1.1 200 OK\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    one.request.max_body = 100000;
    assert_fails(one_do(&one), &one.err, ERR_FAILED, "larger than 100000 bytes");
}

static void test_error_page_is_cut(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    one_open(&one, "HTTP/1.1 404 X\r\nContent-Length: 20\r\n\r\nno\x1bsuch thing, sorry!");
    one.request.max_body = 7;
    assert_ok(one_do(&one), &one.err);
    assert_true(one.answer.body_cut);
    assert_int_equal(one.answer.status, 404);
    assert_fails(http_expect(&one.answer, &one.err), &one.err, ERR_NOT_FOUND,
                 "/path answered 404 Not Found (attempt 1): no such");
}

static void check_hostile(const char *bytes, enum err_kind kind, const char *part)
{
    cleanup_one struct one one = {.reply = {.close = true}};
    one_open(&one, bytes);
    assert_fails(one_do(&one), &one.err, kind, part);
}

static void test_hostile_answers(void **state unused_arg)
{
    check_hostile("", ERR_TRANSIENT, "Empty reply");
    check_hostile("SSH-2.0-OpenSSH_9.2\r\n", ERR_FAILED, "HTTP/0.9");
    check_hostile("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", ERR_FAILED, "without colon");
    check_hostile("HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n", ERR_FAILED, "malformed");
    check_hostile("HTTP/1.1 200 OK\r\nX-A: a\001b\r\n\r\n", ERR_FAILED, "malformed");
    check_hostile("HTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\n\r\n", ERR_FAILED, "malformed");
    check_hostile(HTTP_OK("5") "Content-Length: 3\r\n\r\nhello", ERR_FAILED, "two different");
    check_hostile("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", ERR_FAILED, "");
    check_hostile("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ERR_TRANSIENT, "");
    check_hostile(HTTP_OK("10") "\r\nshort", ERR_TRANSIENT, "");
    check_hostile("HTTP/1.1 200 OK\r\nX-Cut: he", ERR_TRANSIENT, "");
    check_hostile("HTTP/1.1 99999 OK\r\n\r\n", ERR_FAILED, "");
}

static void test_header_limits(void **state unused_arg)
{
    cleanup_buf struct buf bytes = buf_make(BUF_TEXT);
    buf_adds(&bytes, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < HTTP_HEADER_COUNT + 1; i++)
        buf_addf(&bytes, "X-%d: y\r\n", i);
    buf_adds(&bytes, "\r\n");
    check_hostile(buf_cstr(&bytes), ERR_FAILED, "more than 256 response headers");
    buf_clear(&bytes);
    buf_adds(&bytes, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 100; i++)
        buf_addf(&bytes, "X-%d: %01000d\r\n", i, i);
    buf_adds(&bytes, "\r\n");
    check_hostile(buf_cstr(&bytes), ERR_FAILED, "more than 65536 bytes of response headers");
}

/* Interim answers are not the answer, and their headers not its headers. */
static void test_interim_answers(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    one_open(&one, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" HTTP_OK("2") "\r\nok");
    assert_ok(one_do(&one), &one.err);
    assert_int_equal(one.answer.status, 200);
    assert_str(http_header(&one.answer, "Link"), "");
    assert_int_equal(one.answer.header_count, 1);
}

static void test_slow_server(void **state unused_arg)
{
    cleanup_one struct one one = {.reply = {.pause_at = 40, .pause_ms = 20000}};
    one_open(&one, HTTP_OK("100") "\r\nabcdefghijklmnopqrstuvwxyz");
    one.request.min_speed = 1000;
    one.request.min_speed_s = 1;
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "too slow");
    assert_int_equal(one.err.sys, ETIME);
}

static void test_attempt_timeout(void **state unused_arg)
{
    cleanup_one struct one one = {.reply = {.delay_ms = 20000}};
    one_open(&one, HTTP_OK("0") "\r\n");
    one.request.attempt_ms = 100;
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "timed out");
    assert_int_equal(one.err.sys, ETIME);
    one.request.attempt_ms = HTTP_NO_LIMIT;
    one.request.deadline_ms = 100;
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "timed out");
}

static void test_ranges(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    one_open(&one,
             "HTTP/1.1 206 X\r\nContent-Range: bytes 5-9/100\r\nContent-Length: 5\r\n\r\n56789");
    one.request.range = true;
    one.request.range_first = 5;
    one.request.range_last = 9;
    assert_ok(one_do(&one), &one.err);
    assert_non_null(strstr(seen(&one, 0), "Range: bytes=5-9\r\n"));
    one.request.range_last = -1;
    assert_ok(one_do(&one), &one.err);
    assert_non_null(strstr(seen(&one, 1), "Range: bytes=5-\r\n"));
    one.request.range_first = 6;
    assert_fails(one_do(&one), &one.err, ERR_FAILED, "holds the range 'bytes 5-9/100'");
}

/* "hello", compressed. */
static void test_gzip(void **state unused_arg)
{
    static const unsigned char GZIP[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                         0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                         0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
    char reply[256];
    cleanup_one struct one one = {0};
    int head = snprintf(reply, sizeof(reply),
                        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        sizeof(GZIP));
    memcpy(reply + head, GZIP, sizeof(GZIP));
    one.reply.len = (size_t)head + sizeof(GZIP);
    one_open(&one, reply);
    assert_ok(one_do(&one), &one.err);
    assert_int_equal(one.answer.body.len, sizeof(GZIP)); /* nobody asked for decompression */
    assert_null(strcasestr(seen(&one, 0), "Accept-Encoding"));
    one.request.accept_gzip = true;
    assert_ok(one_do(&one), &one.err);
    assert_str(buf_str(&one.answer.body), "hello");
    one.request.max_body = 4;
    assert_fails(one_do(&one), &one.err, ERR_FAILED, "larger than 4 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_connection_is_kept),
        cmocka_unit_test(test_request_bodies),
        cmocka_unit_test(test_body_limits),
        cmocka_unit_test(test_endless_body),
        cmocka_unit_test(test_error_page_is_cut),
        cmocka_unit_test(test_hostile_answers),
        cmocka_unit_test(test_header_limits),
        cmocka_unit_test(test_interim_answers),
        cmocka_unit_test(test_slow_server),
        cmocka_unit_test(test_attempt_timeout),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
