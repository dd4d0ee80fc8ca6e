/* What the tests of http share: a clock that only sleeps move, a client, and shorthands. */
#pragma once

#include "http/http.h"
#include "support/server.h"
#include "testing.h"

enum { KIT_NOW_S = 1445412480 }; /* Wed, 21 Oct 2015 07:28:00 GMT */

struct kit {
    int64_t slept_ms; /* the clock: time passes only by sleeping */
    struct clock clock;
    struct cap cap;
    struct http_client *client;
    struct server server;
    char url[256];
};

static inline int64_t kit_now(void *ctx)
{
    return (int64_t)KIT_NOW_S * 1000 + *(int64_t *)ctx;
}
static inline int64_t kit_mono(void *ctx)
{
    return *(int64_t *)ctx;
}
static inline void kit_sleep(void *ctx, int64_t ms)
{
    *(int64_t *)ctx += ms;
}

static inline void kit_release(struct kit *kit)
{
    http_client_free(kit->client);
    server_stop(&kit->server);
}
#define cleanup_kit cleanup(kit_release)

static inline void kit_open_with(struct kit *kit, const struct cap *cap,
                                 struct http_network network)
{
    struct error err;
    kit->clock = (struct clock){kit_now, kit_mono, kit_sleep, &kit->slept_ms};
    struct http_client_options options = {
        .clock = &kit->clock, .rng = rng_system(), .cap = cap, .network = network};
    assert_ok(http_client_new(&options, &kit->client, &err), &err);
}

/* A client that may write, and a server with these replies. */
static inline void kit_open(struct kit *kit, const struct reply *replies, size_t count)
{
    *kit = (struct kit){.cap = cap_apply(NULL, NULL)};
    kit->server = server_start(replies, count, NULL);
    kit_open_with(kit, &kit->cap, (struct http_network){0});
}

static inline const char *kit_url(struct kit *kit, const char *path)
{
    return server_url(&kit->server, path, kit->url);
}

/* GET of the path, with nothing special. */
static inline struct http_request kit_get(struct kit *kit, const char *path)
{
    return (struct http_request){
        .method = "GET", .url = kit_url(kit, path), .max_body = BUF_DOCUMENT};
}

/* A request that writes, not to be repeated blindly. */
static inline struct http_request kit_post(struct kit *kit, const char *path, enum effect effect)
{
    return (struct http_request){.method = "POST",
                                 .url = kit_url(kit, path),
                                 .effect = effect,
                                 .body = STR("payload"),
                                 .max_body = BUF_DOCUMENT};
}

/* A client, one reply, one request. */
struct one {
    struct kit kit;
    struct reply reply;
    struct http_request request;
    struct http_response answer;
    struct error err;
};

static inline void one_release(struct one *one)
{
    http_response_release(&one->answer);
    kit_release(&one->kit);
}
#define cleanup_one cleanup(one_release)

static inline void one_open(struct one *one, const char *bytes)
{
    one->reply.bytes = bytes;
    kit_open(&one->kit, &one->reply, 1);
    one->request = kit_get(&one->kit, "/path");
    one->request.retry.attempts = 1;
}

static inline bool one_do(struct one *one)
{
    return http_do(one->kit.client, &one->request, &one->answer, &one->err);
}

static inline const char *seen(const struct one *one, size_t index)
{
    return server_record(&one->kit.server, index)->text;
}

#define HTTP_OK(body_len) "HTTP/1.1 200 OK\r\nContent-Length: " body_len "\r\n"
#define HTTP_STATUS(status) "HTTP/1.1 " status " X\r\nContent-Length: 0\r\n"
