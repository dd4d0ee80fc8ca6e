/* Bodies that are not in memory: readers on the way out, sinks on the way in. */
#include "http_kit.h"

struct memory {
    struct buf buf;
    size_t at;
    int restarts;
    size_t fail_at;
};

static bool memory_take(void *ctx, struct str bytes, struct error *err)
{
    struct memory *m = ctx;
    buf_add(&m->buf, bytes);
    return m->fail_at == 0 || m->buf.len < m->fail_at ||
           err_set(err, ERR_CONFLICT, "the disk is full");
}

static bool memory_restart(void *ctx, struct error *err unused_arg)
{
    struct memory *m = ctx;
    buf_clear(&m->buf);
    m->at = 0;
    m->restarts++;
    return true;
}

static bool memory_read(void *ctx, char *into, size_t room, size_t *ret_count, struct error *err)
{
    struct memory *m = ctx;
    if (m->fail_at > 0 && m->at >= m->fail_at)
        return err_set(err, ERR_CONFLICT, "the file changed");
    struct str part = str_sub(buf_str(&m->buf), m->at, room < 1000 ? room : 1000);
    memcpy(into, part.ptr, part.len);
    m->at += part.len;
    *ret_count = part.len;
    return true;
}

static void memory_release(struct memory *m)
{
    buf_release(&m->buf);
}
#define cleanup_memory cleanup(memory_release)

static void test_sink(void **state unused_arg)
{
    cleanup_one struct one one = {.reply = {.repeat = 0}};
    cleanup_memory struct memory m = {.buf = buf_make(BUF_TEXT)};
    struct http_sink sink = {memory_take, NULL, &m};
    one_open(&one, HTTP_OK("10") "\r\n0123456789");
    one.request.sink = &sink;
    assert_ok(one_do(&one), &one.err);
    assert_str(buf_str(&m.buf), "0123456789");
    assert_int_equal(one.answer.body.len, 0);
    assert_int_equal(one.answer.body_length, 10);
    m.fail_at = 1;
    assert_fails(one_do(&one), &one.err, ERR_CONFLICT, "the disk is full");
}

/* A body of unknown length, in pieces that are each small enough. */
static void test_sink_is_bounded(void **state unused_arg)
{
    cleanup_one struct one one = {.reply = {.repeat = 100000}};
    cleanup_memory struct memory m = {.buf = buf_make(BUF_TEXT)};
    struct http_sink sink = {memory_take, NULL, &m};
    one_open(&one, "HTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123456789");
    one.request.sink = &sink;
    one.request.max_body = 100000;
    assert_fails(one_do(&one), &one.err, ERR_FAILED, "larger than 100000 bytes");
    assert_true(m.buf.len <= 100000);
}

/* A sink that cannot start anew is not given a second beginning. */
static void check_sink_retry(bool restarts, size_t requests)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    cleanup_memory struct memory m = {.buf = buf_make(BUF_TEXT)};
    struct error err;
    struct http_sink sink = {memory_take, restarts ? memory_restart : NULL, &m};
    const struct reply replies[] = {
        {.bytes = HTTP_OK("10") "\r\n01234", .close = true, .once = true},
        {.bytes = HTTP_OK("10") "\r\n0123456789"}};
    kit_open(&kit, replies, 2);
    struct http_request request = kit_get(&kit, "/");
    request.sink = &sink;
    assert_int_equal(http_do(kit.client, &request, &answer, &err), restarts);
    assert_int_equal(server_requests(&kit.server), requests);
    assert_str(buf_str(&m.buf), restarts ? "0123456789" : "01234");
}

static void test_sink_and_retries(void **state unused_arg)
{
    check_sink_retry(true, 2);
    check_sink_retry(false, 1);
}

/* The page of an error is no part of the download. */
static void test_sink_and_errors(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    cleanup_memory struct memory m = {.buf = buf_make(BUF_TEXT)};
    struct http_sink sink = {memory_take, NULL, &m};
    one_open(&one, "HTTP/1.1 404 X\r\nContent-Length: 4\r\n\r\ngone");
    one.request.sink = &sink;
    assert_ok(one_do(&one), &one.err);
    assert_str(buf_str(&m.buf), "");
    assert_str(buf_str(&one.answer.body), "gone");
}

static struct http_stream stream_of(struct memory *m, bool rewinds)
{
    m->buf = buf_make(BUF_TEXT);
    for (int i = 0; i < 3000; i++)
        buf_addf(&m->buf, "%09d\n", i);
    return (struct http_stream){
        .length = 30000, .read = memory_read, .ctx = m, .rewind = rewinds ? memory_restart : NULL};
}

static bool keep_rewind(void *ctx, struct error *err unused_arg)
{
    struct memory *m = ctx;
    m->at = 0;
    m->restarts++;
    return true;
}

static void check_stream(bool rewinds, size_t requests)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    cleanup_memory struct memory m = {0};
    struct error err;
    struct http_stream stream = stream_of(&m, rewinds);
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n", .once = true},
                                    {.bytes = HTTP_OK("0") "\r\n"}};
    if (rewinds)
        stream.rewind = keep_rewind;
    kit_open(&kit, replies, 2);
    struct http_request request = kit_post(&kit, "/", EFFECT_IDEMPOTENT);
    request.body = STR_EMPTY;
    request.stream = &stream;
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_int_equal(answer.status, rewinds ? 200 : 503);
    assert_int_equal(server_requests(&kit.server), requests);
    const struct record *last = server_record(&kit.server, requests - 1);
    assert_true(last->len > 30000);
    assert_non_null(strstr(last->text, "Content-Length: 30000\r\n"));
    assert_non_null(strstr(last->text, "\r\n\r\n000000000\n000000001\n"));
    assert_int_equal(m.restarts, rewinds ? 1 : 0);
}

static void test_streamed_body(void **state unused_arg)
{
    check_stream(true, 2);
    check_stream(false, 1);
}

static void test_streamed_body_fails(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    cleanup_memory struct memory m = {0};
    struct http_stream stream = stream_of(&m, true);
    one_open(&one, HTTP_OK("0") "\r\n");
    one.request = kit_post(&one.kit, "/", EFFECT_IDEMPOTENT);
    one.request.body = STR_EMPTY;
    one.request.stream = &stream;
    m.fail_at = 5000;
    assert_fails(one_do(&one), &one.err, ERR_CONFLICT, "the file changed");
    m.fail_at = 0;
    m.at = 0;
    stream.length = 40000;
    assert_fails(one_do(&one), &one.err, ERR_BUG, "ended after 30000 of 40000 bytes");
    assert_int_equal(server_requests(&one.kit.server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sink),
        cmocka_unit_test(test_sink_is_bounded),
        cmocka_unit_test(test_sink_and_retries),
        cmocka_unit_test(test_sink_and_errors),
        cmocka_unit_test(test_streamed_body),
        cmocka_unit_test(test_streamed_body_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
