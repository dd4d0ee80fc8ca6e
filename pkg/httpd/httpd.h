/* An HTTP/1.1 server over libmicrohttpd: routes with limits, deferred answers, streams, drain.
 *
 * One process, one thread, one epoll: the caller runs httpd_step in a loop and may watch its own
 * descriptors in it (httpd_watch), so handlers need no locks. A handler answers at once
 * (httpd_reply, httpd_fail), later (httpd_defer, then one of the former) or as a stream
 * (httpd_stream_open). Every answer carries X-Request-Id; HEAD, OPTIONS, 404, 405, 408, 413, 414
 * and 431 are handled here, in one place. Knows nothing of what is served. */
#pragma once

#include <sys/socket.h>

#include "core/core.h"

struct httpd;
struct httpd_request;
struct httpd_stream;

/* ---- client addresses (forwarded.c): pure functions ---- */

enum { HTTPD_ADDR_TEXT_MAX = 46 };

/* An IPv6 address, IPv4 as ::ffff:a.b.c.d; `local` is a unix-socket peer, which has none. */
struct httpd_addr {
    unsigned char bytes[16];
    bool local;
};

struct httpd_cidr {
    struct httpd_addr base;
    unsigned prefix; /* bits of the 128; an IPv4 prefix counts from 96 */
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80", optionally in double quotes. */
bool httpd_addr_parse(struct str text, struct httpd_addr *ret) must_use;
/* Without port; "local" for a unix-socket peer. */
void httpd_addr_format(const struct httpd_addr *addr, char ret[HTTPD_ADDR_TEXT_MAX]);
struct httpd_addr httpd_addr_of(const struct sockaddr *sa);
bool httpd_addr_is_loopback(const struct httpd_addr *addr);
/* "10.0.0.0/8", "2001:db8::/32", or one address. False when malformed or when bits below the
 * prefix are set. */
bool httpd_cidr_parse(struct str text, struct httpd_cidr *ret) must_use;
bool httpd_cidr_has(const struct httpd_cidr *cidr, const struct httpd_addr *addr);

struct httpd_client {
    struct httpd_addr addr;
    bool exempt; /* the socket's peer is this machine and nothing was forwarded */
};

/* Who asks: the rightmost hop of `forwarded` (all X-Forwarded-For values joined by ",") that is
 * not in `trusted`; the peer itself when the peer is not trusted or the header is absent. A hop
 * that is not an address ends the walk at the hop that reported it. */
struct httpd_client httpd_client_of(const struct httpd_addr *peer, struct str forwarded,
                                    const struct httpd_cidr *trusted, size_t trusted_count);

/* ---- routes ---- */

enum httpd_method {
    HTTPD_GET,
    HTTPD_HEAD,
    HTTPD_POST,
    HTTPD_PUT,
    HTTPD_DELETE,
    HTTPD_OPTIONS,
    HTTPD_OTHER,
    HTTPD_METHOD_COUNT
};
#define HTTPD_BIT(method) (1U << (method))

/* Must end in exactly one reply, defer or stream; a handler that does none answers 500. */
typedef void httpd_handler(void *ctx, struct httpd_request *req);
/* Asked when the headers are complete, before a body is received: true to go on; false after
 * having replied (the body, if it is not absurdly large, is read and thrown away first, so that
 * the client sees the answer and not a reset connection). */
typedef bool httpd_admit(void *ctx, struct httpd_request *req);

struct httpd_route {
    const char *path; /* exact */
    unsigned methods; /* HTTPD_BIT(HTTPD_GET) | …; GET implies HEAD */
    httpd_handler *handler;
    httpd_admit *admit;   /* NULL: everybody */
    size_t max_body;      /* bytes; 0: the route takes none. More is 413 */
    int64_t body_time_ms; /* for the whole body; 0: limits.body_ms. Later is 408 */
};

struct httpd_cors {
    const char *origin, *methods, *allow_headers, *expose_headers;
};

/* Everything has a limit; 0 means the default in the comment. */
struct httpd_limits {
    unsigned connections; /* 12000; more wait in the listener's backlog */
    size_t url_bytes;     /* 2048; more is 414 */
    size_t header_bytes;  /* 5120, request line included; more is 431 (beyond
                              about 7 KiB said by libmicrohttpd itself, without our error body) */
    size_t body_total;    /* 256 MiB of request bodies in memory at once; more is 503 */
    int64_t idle_ms;      /* 75 s from connecting, or from an answer, to the next request line */
    int64_t header_ms;    /* 10 s from the request line to the end of the headers; more is 408 */
    int64_t body_ms;      /* 60 s */
    int64_t send_ms;      /* 60 s to take an answer */
};

/* What became of a request; for logs and metrics. Borrowed for the call. */
struct httpd_done {
    int route;  /* index into routes, -1 when none matched */
    int status; /* 0 when the client left before an answer */
    enum httpd_method method;
    struct str method_text, path, request_id;
    struct httpd_client client;
    size_t bytes_in, bytes_out; /* of the bodies */
    int64_t ms;                 /* from the request line to the last byte of the answer */
};

struct httpd_options {
    const struct httpd_route *routes; /* borrowed, outlives the server */
    size_t route_count;
    void *ctx;                                              /* handed to handlers, admit and done */
    void (*done)(void *ctx, const struct httpd_done *done); /* may be NULL */
    struct httpd_limits limits;
    struct httpd_cors cors;           /* origin NULL: no CORS, OPTIONS is 405 */
    const struct httpd_cidr *trusted; /* proxies whose X-Forwarded-For counts; borrowed */
    size_t trusted_count;
    const struct clock *clock;
    const struct rng *rng; /* request ids */
};

/* ---- life ---- */

/* A server that listens nowhere yet; everything in options is copied or outlives it. ERR_FAILED
 * when the kernel or libmicrohttpd refuse. */
bool httpd_new(const struct httpd_options *options, struct httpd **ret, struct error *err) must_use;
/* Ends everything at once: open connections are cut, `gone` callbacks run. NULL is fine. */
void httpd_free(struct httpd *h);
void httpd_free_at(struct httpd **h);
#define cleanup_httpd cleanup(httpd_free_at)

/* Accepts on fd (listening, stream, TCP or unix; made non-blocking). The server does not own it
 * and never closes it. `accepting` false: held until httpd_accept. At most 4. */
bool httpd_listen(struct httpd *h, int fd, bool accepting, struct error *err) must_use;
/* Starts accepting on a held listener. */
bool httpd_accept(struct httpd *h, int fd, struct error *err) must_use;

typedef void httpd_watcher(void *ctx, int fd);
/* Calls `ready` whenever fd is readable or hung up; at most 32. httpd_unwatch before closing. */
bool httpd_watch(struct httpd *h, int fd, httpd_watcher *ready, void *ctx,
                 struct error *err) must_use;
void httpd_unwatch(struct httpd *h, int fd);

/* Waits at most max_wait_ms (-1: for ever) for something to do and does it. */
bool httpd_step(struct httpd *h, int64_t max_wait_ms, struct error *err) must_use;

/* Stops accepting; answers from now on say `Connection: close`; connections that stay idle are
 * kept for idle_ms more; running requests finish. Listeners stay open. Idempotent. */
void httpd_drain(struct httpd *h, int64_t idle_ms);
bool httpd_draining(const struct httpd *h);
/* Draining, and nobody is left. */
bool httpd_drained(const struct httpd *h);

struct httpd_stats {
    size_t connections, in_flight; /* now */
    uint64_t accepted;             /* since the start */
    size_t body_bytes;             /* request bodies in memory now */
};
struct httpd_stats httpd_stats(const struct httpd *h);

/* ---- inside a request; borrowed strings live as long as the request ---- */

struct str httpd_path(const struct httpd_request *req);
enum httpd_method httpd_method(const struct httpd_request *req);
/* Index into the routes. */
int httpd_route_index(const struct httpd_request *req);
/* The first value of a header or query argument; false when absent. */
bool httpd_header(struct httpd_request *req, const char *name, struct str *ret);
bool httpd_query(struct httpd_request *req, const char *name, struct str *ret);
/* The whole body; empty in admit. */
struct str httpd_body(const struct httpd_request *req);
struct str httpd_request_id(const struct httpd_request *req);
struct httpd_client httpd_client(struct httpd_request *req);
struct httpd *httpd_server(struct httpd_request *req);

/* ---- answering ---- */

struct httpd_answer {
    int status;
    const char *type; /* NULL: application/json */
    struct str body;
    bool body_is_static; /* outlives the server: not copied */
};

/* A header of the coming answer; `name` is a literal, the value is copied. At most 8. */
void httpd_add_header(struct httpd_request *req, const char *name, const char *value);
void httpd_reply(struct httpd_request *req, const struct httpd_answer *answer);
/* {"error": text, "requestId": id, "code": code}. */
void httpd_fail(struct httpd_request *req, int status, const char *code, const char *fmt, ...)
    printf_like(4, 5);

/* The client left; the request (or stream) is gone when this returns. */
typedef void httpd_gone(void *ctx);
/* The answer comes later, from outside the handler. `gone` (may be NULL) is called at most once,
 * and then nothing may be called with req any more. */
void httpd_defer(struct httpd_request *req, httpd_gone *gone, void *ctx);

/* Answers with head's status and type and leaves the body open. At most max_pending bytes wait
 * for the client. Owned by the server; ends by httpd_stream_end or `gone`. */
struct httpd_stream *httpd_stream_open(struct httpd_request *req, const struct httpd_answer *head,
                                       size_t max_pending, httpd_gone *gone, void *ctx);
/* False when the client does not keep up: nothing was added. */
bool httpd_stream_push(struct httpd_stream *s, struct str bytes) must_use;
void httpd_stream_end(struct httpd_stream *s);
/* One server-sent event ("event:" when name is not NULL, a "data:" line per line of data). */
void httpd_sse_format(struct buf *b, const char *name, struct str data);

/* ---- pure parts, tested by themselves ---- */

enum { HTTPD_REQUEST_ID_MAX = 128 };
/* 1 to 128 of A-Z a-z 0-9 . _ - : what may be echoed into headers and logs. */
bool httpd_request_id_valid(struct str id);
enum httpd_method httpd_method_of(struct str text);
/* Index of the route with this path, or -1. */
int httpd_route_find(const struct httpd_route *routes, size_t count, struct str path);
bool httpd_route_takes(const struct httpd_route *route, enum httpd_method method);
/* The Allow header of a route: "GET, HEAD, OPTIONS". */
void httpd_route_allow(const struct httpd_route *route, struct buf *b);
