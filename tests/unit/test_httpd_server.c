/* The server over real sockets: deferred answers, streams, clients that leave, deadlines, drain.
 * The test is the client, between steps of the server's loop; time is the test's. */
#include "testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpd/httpd.h"

struct world {
    struct httpd *http;
    int listener;
    struct sockaddr_in at;
    int64_t now_ms;
    struct clock clock;
    struct httpd_request *deferred;
    struct httpd_stream *stream;
    int gone;
    int done_status[32];
    size_t done_count;
};

static int64_t told_time(void *ctx)
{
    const int64_t *now_ms = ctx;
    return *now_ms;
}

static void no_sleep(void *ctx unused_arg, int64_t ms unused_arg)
{
}

static void count_gone(void *ctx)
{
    struct world *w = ctx;
    w->gone++;
    w->deferred = NULL;
    w->stream = NULL;
}

static void answer_now(void *ctx unused_arg, struct httpd_request *req)
{
    httpd_reply(req, &(struct httpd_answer){.status = 200, .body = httpd_body(req)});
}

static void answer_later(void *ctx, struct httpd_request *req)
{
    struct world *w = ctx;
    w->deferred = req;
    httpd_defer(req, count_gone, w);
}

static void answer_never(void *ctx unused_arg, struct httpd_request *req unused_arg)
{
}

static void stream(void *ctx, struct httpd_request *req)
{
    struct world *w = ctx;
    const struct httpd_answer head = {.status = 200, .body = STR("data: first\n\n")};
    w->stream = httpd_stream_open(req, &head, 100000, count_gone, w);
}

static bool only_admins(void *ctx unused_arg, struct httpd_request *req)
{
    struct str who;
    if (httpd_header(req, "X-Admin", &who))
        return true;
    httpd_fail(req, 403, "forbidden", "not for you");
    return false;
}

static const struct httpd_route ROUTES[] = {
    {.path = "/now",
     .methods = HTTPD_BIT(HTTPD_GET) | HTTPD_BIT(HTTPD_POST),
     .handler = answer_now,
     .max_body = 1000},
    {.path = "/later", .methods = HTTPD_BIT(HTTPD_GET), .handler = answer_later},
    {.path = "/never", .methods = HTTPD_BIT(HTTPD_GET), .handler = answer_never},
    {.path = "/stream", .methods = HTTPD_BIT(HTTPD_GET), .handler = stream},
    {.path = "/admin",
     .methods = HTTPD_BIT(HTTPD_POST),
     .handler = answer_now,
     .admit = only_admins,
     .max_body = 100000,
     .body_time_ms = 3000},
};

static void done(void *ctx, const struct httpd_done *d)
{
    struct world *w = ctx;
    w->done_status[w->done_count++ % ARRAY_LEN(w->done_status)] = d->status;
}

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof *w);
    struct error err = {0};
    socklen_t len = sizeof w->at;
    w->now_ms = 1000000;
    w->clock = (struct clock){told_time, told_time, no_sleep, &w->now_ms};
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    w->at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(w->listener, (struct sockaddr *)&w->at, sizeof w->at), 0);
    assert_int_equal(listen(w->listener, 16), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&w->at, &len), 0);
    const struct httpd_options options = {.routes = ROUTES,
                                          .route_count = ARRAY_LEN(ROUTES),
                                          .ctx = w,
                                          .done = done,
                                          .clock = &w->clock,
                                          .rng = rng_system()};
    assert_ok(httpd_new(&options, &w->http, &err), &err);
    assert_ok(httpd_listen(w->http, w->listener, true, &err), &err);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    httpd_free(w->http);
    close(w->listener);
    free(w);
    return 0;
}

static int dial(const struct world *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&w->at, sizeof w->at), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void step(struct world *w)
{
    struct error err = {0};
    assert_ok(httpd_step(w->http, 0, &err), &err);
}

/* Steps until the client's end has something to read (or nothing happens for long). */
static bool arrives(struct world *w, int fd)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    for (int i = 0; i < 2000; i++) {
        step(w);
        if (poll(&in, 1, 1) == 1)
            return true;
    }
    return false;
}

static void some_steps(struct world *w)
{
    for (int i = 0; i < 30; i++) {
        step(w);
        poll(NULL, 0, 1);
    }
}

/* Reads until `part` was seen; "" waits for the end of the stream. */
static void expect(struct world *w, int fd, const char *part)
{
    char got[4096] = "";
    size_t len = 0;
    while (len < sizeof got - 1 && arrives(w, fd)) {
        ssize_t count = recv(fd, got + len, sizeof got - 1 - len, MSG_DONTWAIT);
        if (count <= 0 && *part == 0)
            return;
        if (count <= 0)
            break;
        len += (size_t)count;
        got[len] = 0;
        if (*part && strstr(got, part))
            return;
    }
    fail_msg("expected \"%s\", got \"%s\"", part, got);
}

static bool nothing_comes(struct world *w, int fd)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    some_steps(w);
    return poll(&in, 1, 0) == 0;
}

static void test_answers(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w);
    say(fd, "POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Request-Id: r1\r\n\r\nhel");
    assert_true(nothing_comes(w, fd));
    say(fd, "lo");
    expect(w, fd, "\r\n\r\nhello");
    say(fd, "GET /never HTTP/1.1\r\nHost: x\r\nX-Request-Id: r2\r\n\r\n");
    expect(w, fd, "\"requestId\":\"r2\",\"code\":\"internal\"}");
    assert_int_equal(w->done_count, 2);
    assert_int_equal(w->done_status[1], 500);
    assert_int_equal(httpd_stats(w->http).connections, 1);
    assert_int_equal(httpd_stats(w->http).in_flight, 0);
}

static void test_no_cors_unless_asked_for(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w);
    say(fd, "OPTIONS /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, fd, "HTTP/1.1 405");
}

static void test_admit(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w);
    /* The refused body is read all the same, and the connection stays usable. */
    say(fd, "POST /admin HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
    expect(w, fd, "forbidden");
    say(fd, "POST /admin HTTP/1.1\r\nHost: x\r\nX-Admin: me\r\nContent-Length: 2\r\n\r\nab");
    expect(w, fd, "\r\n\r\nab");
}

static void test_deferred(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w), other = dial(w);
    say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(nothing_comes(w, fd));
    assert_non_null(w->deferred);
    say(other, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, other, "200 OK");
    httpd_reply(w->deferred, &(struct httpd_answer){.status = 202, .body = STR("later")});
    expect(w, fd, "\r\n\r\nlater");
    assert_int_equal(w->gone, 0);
    say(fd, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, fd, "200 OK");
}

static void test_deferred_client_leaves(void **state)
{
    struct world *w = *state;
    int fd = dial(w);
    say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    some_steps(w);
    assert_non_null(w->deferred);
    close(fd);
    some_steps(w);
    assert_int_equal(w->gone, 1);
    assert_null(w->deferred);
    assert_int_equal(httpd_stats(w->http).connections, 0);
    assert_int_equal(w->done_count, 1);
    assert_int_equal(w->done_status[0], 0);
}

static void test_stream(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w);
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, fd, "data: first\n\n");
    assert_true(httpd_stream_push(w->stream, STR("data: second\n\n")));
    assert_true(httpd_stream_push(w->stream, STR("data: third\n\n")));
    expect(w, fd, "data: third\n\n");
    w->now_ms += (int64_t)3600 * 1000; /* streams have no deadline */
    assert_true(nothing_comes(w, fd));
    httpd_stream_end(w->stream);
    expect(w, fd, "0\r\n\r\n");
    assert_int_equal(w->gone, 0);
}

static void test_stream_client_leaves(void **state)
{
    struct world *w = *state;
    int fd = dial(w);
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, fd, "data: first\n\n");
    close(fd);
    some_steps(w);
    assert_int_equal(w->gone, 1);
    assert_int_equal(httpd_stats(w->http).in_flight, 0);
}

static void test_stream_client_does_not_read(void **state)
{
    struct world *w = *state;
    cleanup_close int fd = dial(w);
    char block[10000];
    int pushed = 0;
    memset(block, 'x', sizeof block);
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, fd, "data: first\n\n");
    while (pushed < 100000 && httpd_stream_push(w->stream, str_n(block, sizeof block))) {
        pushed++;
        step(w);
    }
    assert_in_range(pushed, 1, 99999);
    httpd_stream_end(w->stream);
}

/* A client gets this far, then stops; after the time it is told 408 (or just closed, when it had
 * not asked for anything). */
static void test_deadlines(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *sent;
        int64_t patience_ms;
        const char *told;
    } rows[] = {
        {"", 75000, ""},
        {"GET /no", 75000, ""},
        {"GET /now HTTP/1.1\r\nHost:", 10000, "HTTP/1.1 408"},
        {"POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 60000, "HTTP/1.1 408"},
        {"POST /admin HTTP/1.1\r\nHost: x\r\nX-Admin: a\r\nContent-Length: 9\r\n\r\n", 3000,
         "HTTP/1.1 408"},
        {"POST /admin HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", 3000, "HTTP/1.1 408"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_close int fd = dial(w);
        say(fd, rows[i].sent);
        some_steps(w);
        w->now_ms += rows[i].patience_ms - 1;
        assert_true(nothing_comes(w, fd));
        w->now_ms += 1001; /* deadlines are looked at once a second */
        expect(w, fd, rows[i].told);
        some_steps(w);
        assert_int_equal(httpd_stats(w->http).connections, 0);
    }
}

static void test_drain(void **state)
{
    struct world *w = *state;
    cleanup_close int busy = dial(w), idle = dial(w), late = dial(w);
    say(busy, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    some_steps(w);
    httpd_drain(w->http, 5000);
    cleanup_close int outside = dial(w); /* in the backlog: for who comes after us */
    say(outside, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(nothing_comes(w, outside));
    say(late, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(w, late, "Connection: close");
    w->now_ms += 4000;
    assert_true(nothing_comes(w, idle));
    w->now_ms += 1200;
    expect(w, idle, "");
    assert_false(httpd_drained(w->http));
    httpd_reply(w->deferred, &(struct httpd_answer){.status = 200, .body = STR("done")});
    expect(w, busy, "done");
    some_steps(w);
    assert_true(httpd_drained(w->http));
}

static void test_free_tells_everybody(void **state)
{
    struct world *w = *state;
    cleanup_close int later = dial(w), streaming = dial(w), half = dial(w);
    say(later, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    say(streaming, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    say(half, "POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
    some_steps(w);
    assert_int_equal(httpd_stats(w->http).in_flight, 3);
    httpd_free(w->http);
    w->http = NULL;
    assert_int_equal(w->gone, 2);
}

static void note_byte(void *ctx, int fd)
{
    char *byte = ctx;
    assert_int_equal(read(fd, byte, 1), 1);
}

static void test_watch(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    assert_ok(httpd_watch(w->http, ends[0], note_byte, &byte, &err), &err);
    assert_int_equal(write(ends[1], "ab", 2), 2);
    step(w);
    assert_int_equal(byte, 'a');
    httpd_unwatch(w->http, ends[0]);
    some_steps(w);
    assert_int_equal(byte, 'a');
    close(ends[0]);
    close(ends[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers),
        TEST(test_no_cors_unless_asked_for),
        TEST(test_admit),
        TEST(test_deferred),
        TEST(test_deferred_client_leaves),
        TEST(test_stream),
        TEST(test_stream_client_leaves),
        TEST(test_stream_client_does_not_read),
        TEST(test_deadlines),
        TEST(test_drain),
        TEST(test_free_tells_everybody),
        TEST(test_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
