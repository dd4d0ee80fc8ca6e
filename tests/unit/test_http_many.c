/* Many requests at once, interruption, cancellation, and a client used inside its own callbacks. */
#include <signal.h>

#include "event/event.h"
#include "http_kit.h"

enum { MANY = 50 };

struct tally {
    struct http_client *client;
    const char *url;
    size_t ended, ok;
    bool seen[MANY];
    size_t stop_after;
    int signal;
};

static bool count_done(void *ctx, size_t index, struct http_outcome *outcome, struct error *err)
{
    struct tally *tally = ctx;
    assert_false(tally->seen[index]);
    tally->seen[index] = true;
    tally->ended++;
    tally->ok += outcome->ok && outcome->response.status == 200;
    if (tally->signal != 0)
        raise(tally->signal);
    return tally->stop_after == 0 || tally->ended < tally->stop_after ||
           err_set(err, ERR_CONFLICT, "enough");
}

static void many(struct http_request *requests, struct kit *kit, const char *path)
{
    for (size_t i = 0; i < MANY; i++)
        requests[i] = kit_get(kit, path);
}

static void test_parallel(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct tally tally = {0};
    struct http_request requests[MANY];
    const struct reply replies[] = {{.bytes = HTTP_OK("2") "\r\nok", .delay_ms = 100}};
    kit_open(&kit, replies, 1);
    many(requests, &kit, "/");
    struct http_batch batch = {requests, MANY, MANY, count_done, &tally};
    int64_t before = clock_mono_ms(clock_system());
    assert_ok(http_run(kit.client, &batch, &err), &err);
    assert_int_equal(tally.ok, MANY);
    assert_int_equal(server_connections(&kit.server), MANY);
    /* One after another they would take five seconds. */
    assert_true(clock_mono_ms(clock_system()) - before < 2500);
}

static void test_parallel_is_bounded(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct tally tally = {0};
    struct http_request requests[MANY];
    const struct reply replies[] = {{.bytes = HTTP_OK("2") "\r\nok"}};
    kit_open(&kit, replies, 1);
    many(requests, &kit, "/");
    struct http_batch batch = {requests, MANY, 3, count_done, &tally};
    assert_ok(http_run(kit.client, &batch, &err), &err);
    assert_int_equal(tally.ok, MANY);
    assert_int_equal(server_connections(&kit.server), 3);
}

/* Every request has its own end: a bad one spoils no other. */
static void test_mixed_ends(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct tally tally = {0};
    struct http_request requests[MANY];
    const struct reply replies[] = {
        {.path = "/bad", .close = true},
        {.path = "/late", .bytes = HTTP_STATUS("503") "\r\n", .once = true},
        {.bytes = HTTP_OK("2") "\r\nok"}};
    char bad[256], late[256];
    kit_open(&kit, replies, 3);
    many(requests, &kit, "/good");
    requests[3].url = server_url(&kit.server, "/bad", bad);
    requests[5].url = server_url(&kit.server, "/late", late);
    requests[7].url = "nonsense";
    struct http_batch batch = {requests, MANY, 10, count_done, &tally};
    assert_ok(http_run(kit.client, &batch, &err), &err);
    assert_int_equal(tally.ended, MANY);
    assert_int_equal(tally.ok, MANY - 2);
}

static void test_empty_batch(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    kit_open(&kit, NULL, 0);
    struct http_batch batch = {NULL, 0, 0, count_done, NULL};
    assert_ok(http_run(kit.client, &batch, &err), &err);
}

static void test_callback_cancels(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct tally tally = {.stop_after = 5};
    struct http_request requests[MANY];
    const struct reply replies[] = {{.bytes = HTTP_OK("2") "\r\nok"}};
    kit_open(&kit, replies, 1);
    many(requests, &kit, "/");
    struct http_batch batch = {requests, MANY, 10, count_done, &tally};
    assert_fails(http_run(kit.client, &batch, &err), &err, ERR_CONFLICT, "enough");
    assert_int_equal(tally.ended, 5);
    struct http_batch again = {requests, 1, 1, count_done, &(struct tally){0}};
    assert_ok(http_run(kit.client, &again, &err), &err);
}

static bool ask_inside(void *ctx, size_t index unused_arg, struct http_outcome *outcome,
                       struct error *err)
{
    struct tally *tally = ctx;
    cleanup_http_response struct http_response answer = {0};
    struct http_request request = {.method = "GET", .url = tally->url, .max_body = 100};
    TRY(http_do(tally->client, &request, &answer, err));
    tally->ok += outcome->ok && answer.status == 200;
    return true;
}

static void test_used_inside_its_callback(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct http_request requests[MANY];
    const struct reply replies[] = {{.bytes = HTTP_OK("2") "\r\nok"}};
    kit_open(&kit, replies, 1);
    struct tally tally = {.client = kit.client, .url = kit_url(&kit, "/")};
    many(requests, &kit, "/");
    struct http_batch batch = {requests, 10, 4, ask_inside, &tally};
    assert_ok(http_run(kit.client, &batch, &err), &err);
    assert_int_equal(tally.ok, 10);
    assert_int_equal(server_requests(&kit.server), 20);
}

struct heard {
    size_t count;
    char text[512];
};

static void hear(void *self, const struct event *event, const struct board *board unused_arg)
{
    struct heard *heard = self;
    heard->count++;
    snprintf(heard->text, sizeof(heard->text), "%" PRIstr, STR_ARG(event->text[EVENT_TEXT]));
}

static void hear_end(void *self unused_arg)
{
}

static void test_retries_are_told(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    cleanup_events struct events *events = events_new(clock_system(), rng_system());
    struct heard heard = {0};
    struct error err;
    const struct reply replies[] = {
        {.bytes = HTTP_STATUS("503") "Retry-After: 2\r\n\r\n", .once = true},
        {.bytes = HTTP_OK("0") "\r\n"}};
    events_add_sink(events, (struct sink){.self = &heard, .emit = hear, .free = hear_end});
    kit.server = server_start(replies, 2, NULL);
    kit.clock = (struct clock){kit_now, kit_mono, kit_sleep, &kit.slept_ms};
    struct http_client_options options = {
        .clock = &kit.clock, .rng = rng_system(), .cap = cap_observe(), .events = events};
    assert_ok(http_client_new(&options, &kit.client, &err), &err);
    struct http_request request = kit_get(&kit, "/a?token=hidden");
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_int_equal(heard.count, 1);
    assert_non_null(
        strstr(heard.text, "token=***: 503 Service Unavailable; retry 1 of 3 in 2.0 s"));
}

/* Last: from here on the process has been told to stop. */
static void test_signal_interrupts(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    struct error err;
    struct tally tally = {.signal = SIGTERM};
    struct http_request requests[MANY];
    char slow[256];
    const struct reply replies[] = {
        {.path = "/slow", .bytes = HTTP_OK("0") "\r\n", .delay_ms = 30000},
        {.bytes = HTTP_OK("2") "\r\nok"}};
    kit_open(&kit, replies, 2);
    many(requests, &kit, "/");
    requests[1].url = server_url(&kit.server, "/slow", slow);
    assert_ok(signals_install(&err), &err);
    struct http_batch batch = {requests, 2, 2, count_done, &tally};
    int64_t before = clock_mono_ms(clock_system());
    assert_fails(http_run(kit.client, &batch, &err), &err, ERR_INTERRUPTED, "SIGTERM");
    assert_int_equal(err_exit_status(&err), 143);
    assert_true(clock_mono_ms(clock_system()) - before < 10000);
    cleanup_http_response struct http_response answer = {0};
    assert_fails(http_do(kit.client, &requests[0], &answer, &err), &err, ERR_INTERRUPTED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parallel),         cmocka_unit_test(test_parallel_is_bounded),
        cmocka_unit_test(test_mixed_ends),       cmocka_unit_test(test_empty_batch),
        cmocka_unit_test(test_callback_cancels), cmocka_unit_test(test_used_inside_its_callback),
        cmocka_unit_test(test_retries_are_told), cmocka_unit_test(test_signal_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
