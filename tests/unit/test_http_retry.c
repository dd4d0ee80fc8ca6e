/* Retries against a server that counts what it was sent. */
#include <errno.h>

#include "http_kit.h"

static struct http_response ask(struct kit *kit, struct http_request request)
{
    struct http_response answer = {0};
    struct error err;
    assert_ok(http_do(kit->client, &request, &answer, &err), &err);
    return answer;
}

static void test_statuses_are_tried_again(void **state unused_arg)
{
    static const char *const STATUSES[] = {
        HTTP_STATUS("408") "\r\n", HTTP_STATUS("425") "\r\n", HTTP_STATUS("429") "\r\n",
        HTTP_STATUS("500") "\r\n", HTTP_STATUS("502") "\r\n", HTTP_STATUS("503") "\r\n",
        HTTP_STATUS("504") "\r\n", HTTP_STATUS("522") "\r\n", HTTP_STATUS("524") "\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
        cleanup_kit struct kit kit = {0};
        const struct reply replies[] = {{.bytes = STATUSES[i], .once = true},
                                        {.bytes = HTTP_OK("2") "\r\nok"}};
        kit_open(&kit, replies, 2);
        cleanup_http_response struct http_response answer = ask(&kit, kit_get(&kit, "/"));
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.attempts, 2);
        assert_int_equal(server_requests(&kit.server), 2);
        assert_true(kit.slept_ms <= 500);
    }
}

static void test_other_statuses_are_answers(void **state unused_arg)
{
    static const char *const STATUSES[] = {HTTP_STATUS("400") "\r\n", HTTP_STATUS("401") "\r\n",
                                           HTTP_STATUS("404") "\r\n", HTTP_STATUS("501") "\r\n",
                                           HTTP_STATUS("304") "\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
        cleanup_kit struct kit kit = {0};
        const struct reply replies[] = {{.bytes = STATUSES[i]}};
        kit_open(&kit, replies, 1);
        cleanup_http_response struct http_response answer = ask(&kit, kit_get(&kit, "/"));
        assert_int_equal(answer.attempts, 1);
        assert_int_equal(server_requests(&kit.server), 1);
    }
}

static void test_last_answer_is_given(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    const struct reply replies[] = {{.bytes = "HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nbusy"}};
    kit_open(&kit, replies, 1);
    cleanup_http_response struct http_response answer = ask(&kit, kit_get(&kit, "/x?key=1"));
    assert_int_equal(answer.attempts, 4);
    assert_int_equal(server_requests(&kit.server), 4);
    assert_true(kit.slept_ms <= 500 + 1000 + 2000);
    assert_fails(http_expect(&answer, &err), &err, ERR_TRANSIENT,
                 "/x?key=*** answered 503 Service Unavailable (attempt 4): busy");
    assert_int_equal(err.http, 503);
}

static void check_retry_after(const char *reply, int64_t waited, int attempts)
{
    cleanup_kit struct kit kit = {0};
    const struct reply replies[] = {{.bytes = reply, .once = true}, {.bytes = HTTP_OK("0") "\r\n"}};
    kit_open(&kit, replies, 2);
    struct http_request request = kit_get(&kit, "/");
    request.deadline_ms = 60000;
    cleanup_http_response struct http_response answer = ask(&kit, request);
    assert_int_equal(answer.attempts, attempts);
    assert_int_equal(kit.slept_ms, waited);
}

static void test_retry_after(void **state unused_arg)
{
    check_retry_after(HTTP_STATUS("429") "Retry-After: 7\r\n\r\n", 7000, 2);
    check_retry_after(HTTP_STATUS("503") "retry-after: Wed, 21 Oct 2015 07:28:30 GMT\r\n\r\n",
                      30000, 2);
    check_retry_after(HTTP_STATUS("503") "Retry-After: 0\r\n\r\n", 0, 2);
    /* Past the deadline there is nothing to wait for. */
    check_retry_after(HTTP_STATUS("503") "Retry-After: 61\r\n\r\n", 0, 1);
    check_retry_after(HTTP_STATUS("503") "Retry-After: 99999999\r\n\r\n", 0, 1);
}

/* One reply of each breaking kind, then a good one. */
static size_t requests_until_good(struct reply bad, enum effect effect, bool *ret_ok)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    bad.once = true;
    const struct reply replies[] = {bad, {.bytes = HTTP_OK("2") "\r\nok"}};
    kit_open(&kit, replies, 2);
    struct http_request request = kit_post(&kit, "/", effect);
    request.attempt_ms = 300;
    *ret_ok = http_do(kit.client, &request, &answer, &err) && answer.status == 200;
    if (!*ret_ok && answer.attempts == 0)
        assert_int_equal(err.kind, ERR_TRANSIENT);
    return server_requests(&kit.server);
}

static const struct reply BREAKING[] = {
    {.close = true},                                           /* nothing */
    {.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .close = true}, /* half a header */
    {.bytes = HTTP_OK("100") "\r\nshort", .close = true},      /* half a body */
    {.bytes = HTTP_OK("100") "\r\nshort", .reset = true},
    {.reset = true},
    {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", .close = true},
    {.delay_ms = 2000}, /* an attempt's time-out */
    {.bytes = HTTP_STATUS("503") "\r\n"},
};

static void test_idempotent_is_repeated(void **state unused_arg)
{
    for (size_t i = 0; i < ARRAY_LEN(BREAKING); i++) {
        bool ok = false;
        assert_int_equal(requests_until_good(BREAKING[i], EFFECT_IDEMPOTENT, &ok), 2);
        assert_true(ok);
    }
}

static void test_once_is_never_sent_twice(void **state unused_arg)
{
    for (size_t i = 0; i < ARRAY_LEN(BREAKING); i++) {
        bool ok = true;
        assert_int_equal(requests_until_good(BREAKING[i], EFFECT_ONCE, &ok), 1);
        assert_false(ok);
    }
}

/* A kept connection that the server closes without an answer is where curl itself sends again. */
static void test_once_on_a_kept_connection(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    const struct reply replies[] = {{.path = "/warm", .bytes = HTTP_OK("0") "\r\n"},
                                    {.path = "/once", .close = true}};
    kit_open(&kit, replies, 2);
    for (int i = 0; i < 3; i++) {
        cleanup_http_response struct http_response warm = ask(&kit, kit_get(&kit, "/warm"));
        assert_int_equal(warm.status, 200);
        cleanup_http_response struct http_response answer = {0};
        struct http_request request = kit_post(&kit, "/once", EFFECT_ONCE);
        assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_TRANSIENT, "POST");
    }
    assert_int_equal(server_requests(&kit.server), 6);
}

static void test_once_not_sent_is_repeated(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    kit_open(&kit, NULL, 0);
    snprintf(kit.url, sizeof(kit.url), "http://127.0.0.1:%d/", free_port());
    struct http_request request = kit_post(&kit, "/", EFFECT_ONCE);
    snprintf(kit.url, sizeof(kit.url), "http://127.0.0.1:%d/", free_port());
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_TRANSIENT, "(attempt 4)");
    assert_int_equal(err.sys, ECONNREFUSED);
    assert_true(kit.slept_ms > 0);
}

static void test_failures_can_be_chosen(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    kit_open(&kit, NULL, 0);
    struct http_request request = kit_get(&kit, "/");
    snprintf(kit.url, sizeof(kit.url), "http://127.0.0.1:%d/", free_port());
    request.retry.on = HTTP_RETRY_ALL & ~HTTP_RETRY_REFUSED;
    assert_false(http_do(kit.client, &request, &answer, &err));
    assert_int_equal(kit.slept_ms, 0);
    request.retry.on = HTTP_RETRY_REFUSED;
    request.retry.attempts = 2;
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_TRANSIENT, "(attempt 2)");
}

static void test_name_not_found(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    kit_open_with(&kit, cap_observe(), (struct http_network){0});
    struct http_request request = {.method = "GET",
                                   .url = "http://no-such-host.invalid/",
                                   .max_body = 1,
                                   .retry = {.attempts = 2}};
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_TRANSIENT, "resolve");
    assert_int_equal(err.sys, EHOSTUNREACH);
}

static void test_deadline_ends_the_waits(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    const struct reply replies[] = {{.bytes = HTTP_STATUS("500") "\r\n"}};
    kit_open(&kit, replies, 1);
    struct http_request request = kit_get(&kit, "/");
    request.deadline_ms = 10000;
    request.retry = (struct http_retry){.attempts = 100000, .base_ms = 4000, .longest_ms = 4000};
    cleanup_http_response struct http_response answer = ask(&kit, request);
    assert_true(kit.slept_ms <= 10000);
    assert_true(answer.attempts > 1 && answer.attempts < 1000);
    assert_int_equal(server_requests(&kit.server), (size_t)answer.attempts);
}

static bool sign(void *ctx, const struct http_signing *what, struct http_header_list *add,
                 struct error *err unused_arg)
{
    char text[32];
    int *calls = ctx;
    snprintf(text, sizeof(text), "attempt-%d", what->attempt);
    assert_int_equal(what->attempt, ++*calls);
    assert_str(what->body, "payload");
    http_header_add(add, "X-Signature", text);
    return true;
}

static void test_each_attempt_is_signed(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    int calls = 0;
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n", .once = true},
                                    {.bytes = HTTP_OK("0") "\r\n"}};
    kit_open(&kit, replies, 2);
    struct http_request request = kit_post(&kit, "/", EFFECT_IDEMPOTENT);
    request.sign = sign;
    request.sign_ctx = &calls;
    cleanup_http_response struct http_response answer = ask(&kit, request);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(server_record(&kit.server, 0)->text, "X-Signature: attempt-1\r\n"));
    assert_non_null(strstr(server_record(&kit.server, 1)->text, "X-Signature: attempt-2\r\n"));
    assert_int_equal(calls, 2);
}

static bool sign_badly(void *ctx unused_arg, const struct http_signing *what unused_arg,
                       struct http_header_list *add, struct error *err)
{
    http_header_add(add, "X-A", "line\nbreak");
    return err_set(err, ERR_AUTH, "no credentials");
}

static void test_signer_fails(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    kit_open(&kit, NULL, 0);
    struct http_request request = kit_get(&kit, "/");
    request.sign = sign_badly;
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_AUTH,
                 "sign: no credentials");
    assert_int_equal(server_requests(&kit.server), 0);
}

static bool lost(void *ctx, struct error *err)
{
    int *left = ctx;
    return (*left)-- > 0 || err_set(err, ERR_LOCKED, "the lease is lost");
}

/* The capability is asked before each attempt, not once. */
static void test_lost_lease_stops_retries(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    int left = 2;
    const struct reply replies[] = {{.bytes = HTTP_STATUS("503") "\r\n"}};
    kit_open(&kit, replies, 1);
    kit.cap = cap_apply(lost, &left);
    struct http_request request = kit_post(&kit, "/", EFFECT_IDEMPOTENT);
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_LOCKED, "lease");
    assert_int_equal(server_requests(&kit.server), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses_are_tried_again),
        cmocka_unit_test(test_other_statuses_are_answers),
        cmocka_unit_test(test_last_answer_is_given),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_idempotent_is_repeated),
        cmocka_unit_test(test_once_is_never_sent_twice),
        cmocka_unit_test(test_once_on_a_kept_connection),
        cmocka_unit_test(test_once_not_sent_is_repeated),
        cmocka_unit_test(test_failures_can_be_chosen),
        cmocka_unit_test(test_name_not_found),
        cmocka_unit_test(test_deadline_ends_the_waits),
        cmocka_unit_test(test_each_attempt_is_signed),
        cmocka_unit_test(test_signer_fails),
        cmocka_unit_test(test_lost_lease_stops_retries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
