/* The HTTP client of the house: many requests at once over reused connections, streaming both
 * ways, retries, redirects and limits. It knows no API, no signature scheme and no JSON.
 *
 *     struct http_request ask = {.method = "GET", .url = url, .max_body = BUF_DOCUMENT};
 *     cleanup_http_response struct http_response answer = {0};
 *     TRY(http_do(client, &ask, &answer, err));
 *     TRY(http_expect(&answer, err));
 *
 * An answer is an answer: a status that is not 2xx is no error of http_do, once the retries that
 * its class and the request's effect allow are used up. Whoever wants it to be one asks
 * http_expect. An error of http_do says that there was no whole, acceptable answer:
 *   ERR_TRANSIENT    no name, no connection, no time, a connection that broke: `sys` says which by
 *                    EHOSTUNREACH, ECONNREFUSED (or what connect said), ETIMEDOUT (no connection
 *                    in time), ETIME (asked, but no whole answer in time), ECONNRESET
 *   ERR_VERIFY       the server's certificate does not hold
 *   ERR_INTERRUPTED  a signal arrived (core/signals.h)
 *   ERR_CONFIG       an address, proxy or certificate store that cannot be used
 *   ERR_BUG          a request this program must not make (see http_request)
 *   ERR_FAILED       everything else: a limit passed, a redirect refused, not HTTP
 * and what the capability, the signer, the body or the sink said. Its message names method,
 * address (http_redact_url), the attempt unless it was the first, and the cause. */
#pragma once

#include "core/core.h"

struct events;
struct http_client;

/* ---- What a request is ---- */

struct http_header {
    struct str name;
    struct str value; /* without surrounding white space, may be empty */
};

/* A body that is not in memory. */
struct http_stream {
    int64_t length; /* bytes that `read` will give in all; compulsory */
    /* Fills `into` with 1 to `room` bytes and says how many; never called past `length`. */
    bool (*read)(void *ctx, char *into, size_t room, size_t *ret_count, struct error *err);
    /* Back to the first byte. NULL: the body can be sent once, the request is not retried after
     * its first byte was read. */
    bool (*rewind)(void *ctx, struct error *err);
    void *ctx;
};

/* Where a successful (2xx) body goes instead of memory. */
struct http_sink {
    /* Takes the next bytes; false (with err) ends the request with that error. */
    bool (*take)(void *ctx, struct str bytes, struct error *err);
    /* Forgets everything taken: a new attempt begins. NULL: not retried once a byte was taken. */
    bool (*restart)(void *ctx, struct error *err);
    void *ctx;
};

/* What a signer sees of one attempt. */
struct http_signing {
    const char *method;
    const char *url;
    const struct http_header *headers; /* the request's own */
    size_t header_count;
    struct str body; /* empty when the body is streamed */
    int attempt;     /* 1, 2, … */
    int64_t now_ms;  /* the client's clock */
};

struct http_header_list;
/* Appends a header to the attempt that is being signed; both strings are copied. */
void http_header_add(struct http_header_list *list, const char *name, const char *value);

/* Called before each attempt, and only while the address is still on the origin (scheme, host,
 * port) that the caller named. It may use the client itself. */
typedef bool http_sign_fn(void *ctx, const struct http_signing *what,
                          struct http_header_list *ret_add, struct error *err);

/* Failures that are tried again, as a set. */
enum http_retry_on {
    HTTP_RETRY_STATUS = 1,  /* 408 425 429 500 502 503 504 522 524 */
    HTTP_RETRY_TIMEOUT = 2, /* of connecting or of an attempt, or too slow */
    HTTP_RETRY_RESOLVE = 4, /* the name was not found */
    HTTP_RETRY_REFUSED = 8, /* nobody listens */
    HTTP_RETRY_BROKEN = 16, /* reset, closed early, cut short */
    HTTP_RETRY_ALL = 31
};

/* A field left 0 has the value in brackets. Waiting is exponential with full jitter: a random
 * time in [0, min(longest, base * 2^n)]. A Retry-After header (seconds or a date) replaces it; one
 * that passes the deadline ends the retries.
 * Whether a retry is allowed at all is the effect's matter: READ and IDEMPOTENT whenever the
 * failure is in `on`; ONCE only when the request provably was not sent (and never because of an
 * answer), which also means that it gets a connection of its own. */
struct http_retry {
    int attempts;          /* in all [4]; 1 means no retry */
    int64_t base_ms;       /* [500] */
    int64_t longest_ms;    /* [20 s] */
    enum http_retry_on on; /* [HTTP_RETRY_ALL] */
};

enum {
    HTTP_CONNECT_MS = 10 * 1000, /* defaults of the limits below */
    HTTP_ATTEMPT_MS = 60 * 1000,
    HTTP_DEADLINE_MS = 300 * 1000,
    HTTP_MIN_SPEED = 64,
    HTTP_MIN_SPEED_S = 30,
    HTTP_HEADER_BYTES = 64 * 1024, /* of one response's headers, all together */
    HTTP_HEADER_COUNT = 256,
    HTTP_NO_LIMIT = -1
};

/* Everything is borrowed until the call returns. Zero is the default of every field but method,
 * url and max_body. */
struct http_request {
    const char *method; /* "GET" */
    const char *url;    /* http or https; userinfo is refused: credentials belong in a header */
    enum effect effect; /* only GET, HEAD and OPTIONS are READ, and … */
    bool asks;          /* … a POST that says so: a GraphQL query, a JSON-RPC call */
    const struct http_header *headers; /* Host and Content-Length are set by the client */
    size_t header_count;
    struct str body;                  /* bytes in memory, or … */
    const struct http_stream *stream; /* … a reader */
    const struct http_sink *sink;     /* NULL: the body is kept in the response */
    int64_t max_body; /* compulsory: bytes of body accepted, after decompression. More is an error
                         in a 2xx answer and cut (http_response.body_cut) in any other */
    bool accept_gzip; /* ask for gzip and decompress */
    bool range;       /* ask for bytes [range_first, range_last]; -1 as last: to the end. A 206
                         whose Content-Range starts elsewhere is an error; 200 means that the
                         server ignored it */
    int64_t range_first, range_last;
    int64_t connect_ms;      /* one connection [HTTP_CONNECT_MS] */
    int64_t attempt_ms;      /* one attempt with its redirects [HTTP_ATTEMPT_MS], HTTP_NO_LIMIT */
    int64_t deadline_ms;     /* the whole call with waits, from its start [HTTP_DEADLINE_MS] */
    int64_t min_speed;       /* bytes a second [HTTP_MIN_SPEED] averaged over … ; HTTP_NO_LIMIT */
    int64_t min_speed_s;     /* … seconds [HTTP_MIN_SPEED_S]; waiting for an answer counts too */
    const char *unix_socket; /* connect there, without proxy; a path of any length */
    bool fresh;         /* a connection of its own, not kept: the answer is from who listens now */
    int redirects;      /* followed at most [0: a 3xx is the answer]. To another origin go only
                           GET and HEAD with headers known to be harmless
                           (http_request_header_travels); from https to http is refused */
    http_sign_fn *sign; /* NULL: none */
    void *sign_ctx;
    struct http_retry retry;
};

/* ---- What comes back ---- */

struct http_timing { /* microseconds since the last attempt's start; 0 when it did not happen */
    int64_t resolved_us, connected_us, tls_us, first_byte_us, total_us;
};

/* Zero-initialise before use; release afterwards whether or not the call succeeded. */
struct http_response {
    int status;
    struct http_header *headers; /* in order, names as sent; of the final answer only */
    size_t header_count;
    struct buf body;     /* empty when a sink took it */
    bool body_cut;       /* a body that is not 2xx was longer than max_body */
    int64_t body_length; /* bytes received, also by a sink */
    char *url;           /* the last one asked */
    const char *method;  /* the last one used: constant or the request's */
    int attempts;        /* made in all, at least 1 */
    int redirects;       /* followed in the last attempt */
    struct http_timing timing;
    struct arena arena; /* holds headers and url */
};

/* Frees what it holds and makes it zero again. */
void http_response_release(struct http_response *r);
#define cleanup_http_response cleanup(http_response_release)

/* The first header of that name (any case), empty when absent. */
struct str http_header(const struct http_response *r, const char *name);
/* The index-th (0, 1, …) header of that name; false when there are fewer. */
bool http_header_at(const struct http_response *r, const char *name, size_t index,
                    struct str *ret_value) must_use;

/* True for 2xx; otherwise the error of that status (http_status_kind) with method, address,
 * status, attempts and the beginning of the body. */
bool http_expect(const struct http_response *r, struct error *err) must_use;
/* True for exactly this status. Any other 2xx is ERR_FAILED. */
bool http_expect_status(const struct http_response *r, int status, struct error *err) must_use;

/* ---- The client ---- */

/* Where the network is reached through; borrowed strings, NULL when unset. */
struct http_network {
    const char *https_proxy, *http_proxy, *all_proxy; /* "http://user:pass@host:port" */
    const char *no_proxy;                             /* "host,.domain,10.0.0.0/8" or "*" */
    const char *ca_file, *ca_dir;                     /* instead of the system's certificates */
};
/* From HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY (lower case wins, as everywhere),
 * CURL_CA_BUNDLE or SSL_CERT_FILE, SSL_CERT_DIR. Empty counts as unset. */
struct http_network http_network_from_env(void);

/* Borrowed for the client's life; clock, rng and cap are compulsory. */
struct http_client_options {
    const struct clock *clock; /* waits and deadlines; the time-outs on the wire are curl's */
    const struct rng *rng;
    const struct cap *cap;  /* asked before each attempt of a request that is not READ */
    struct events *events;  /* NULL: retries are not told */
    const char *user_agent; /* NULL: "teerexctl" */
    struct http_network network;
};

/* One a process. Do not use it on both sides of a fork. */
bool http_client_new(const struct http_client_options *options, struct http_client **ret,
                     struct error *err) must_use;
void http_client_free(struct http_client *client);
void http_client_free_at(struct http_client **client);
#define cleanup_http_client cleanup(http_client_free_at)

/* One request; see the top of this file. *ret is set only on success. */
bool http_do(struct http_client *client, const struct http_request *request,
             struct http_response *ret, struct error *err) must_use;

/* How one request of a batch ended: response when ok, error otherwise. */
struct http_outcome {
    bool ok;
    struct http_response response; /* the callback may take it by copying and zeroing it */
    struct error error;
};
/* Called once for each request as it ends, in order of completion. False (with err) cancels what
 * is left. It may use the client itself. */
typedef bool http_done_fn(void *ctx, size_t index, struct http_outcome *outcome, struct error *err);
struct http_batch {
    const struct http_request *requests;
    size_t count;
    size_t max_parallel; /* transfers at a time; 0: 8 */
    http_done_fn *done;
    void *ctx;
};
/* Many requests at once, started in order. True when each came to an end and was told to `done`,
 * however it ended; false when interrupted or when `done` said so. */
bool http_run(struct http_client *client, const struct http_batch *batch,
              struct error *err) must_use;

/* ---- The rules, to be asked and tested alone ---- */

enum http_class {
    HTTP_CLASS_DONE,      /* 1xx, 2xx, 3xx */
    HTTP_CLASS_CLIENT,    /* 4xx: the same request will fail again */
    HTTP_CLASS_THROTTLED, /* 429 */
    HTTP_CLASS_TRANSIENT, /* 408 425: ask again */
    HTTP_CLASS_SERVER,    /* 500 502 503 504 522 524: ask again */
    HTTP_CLASS_BROKEN,    /* other 5xx: asking again does not help */
    HTTP_CLASS_COUNT
};
enum http_class http_classify(int status);
bool http_class_retries(enum http_class class);

/* 401 403 407 AUTH, 404 410 NOT_FOUND, 409 412 CONFLICT, 408 425 429 and 5xx TRANSIENT,
 * others FAILED. */
enum err_kind http_status_kind(int status);

/* "503 Service Unavailable", "599". */
const char *http_status_reason(int status); /* "" when unknown */

/* Retry-After: "120" or "Wed, 21 Oct 2015 07:28:00 GMT" (RFC 9110 10.2.3) → milliseconds from
 * now_ms, 0 when the date has passed; false when malformed. */
bool http_retry_after_ms(struct str value, int64_t now_ms, int64_t *ret_ms) must_use;

/* May this request header follow a redirect to another origin? */
bool http_request_header_travels(struct str name);

/* The address as it may be shown: without userinfo, with the values of parameters that look
 * secret (token, signature, key, …) as "***", cut at 300 bytes. NUL-terminated. */
enum { HTTP_URL_TEXT_MAX = 512 };
void http_redact_url(struct str url, char ret_text[HTTP_URL_TEXT_MAX]);
