/* The routes of the wire contract but POST /prove. */
#include "buildinfo.h"
#include "front.h"

enum { NONCE_BYTES_MAX = 64 };

static void reply_page(struct httpd_request *req, const struct buf *page)
{
    httpd_reply(
        req, &(struct httpd_answer){.status = 200, .body = buf_str(page), .body_is_static = true});
}

static void health(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    reply_page(req, &f->health);
}

static void healthz(void *ctx, struct httpd_request *req)
{
    (void)ctx;
    httpd_reply(req, &(struct httpd_answer){.status = 200,
                                            .body = STR("{\"status\":\"ok\"}"),
                                            .body_is_static = true});
}

static void readyz(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    const char *reason = front_not_ready(f);
    if (!reason) {
        httpd_reply(req, &(struct httpd_answer){.status = 200,
                                                .body = STR("{\"status\":\"ready\"}"),
                                                .body_is_static = true});
        return;
    }
    httpd_add_header(req, "Retry-After", "5");
    httpd_fail(req, 503, front_draining(f) ? "draining" : "no_bb", "not ready: %s", reason);
}

static void version(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    reply_page(req, &f->version);
}

static size_t running_workers(const struct front *f)
{
    size_t count = 0;
    for (size_t i = 0; i < f->o->workers; i++)
        count += f->workers[i].end >= 0;
    return count;
}

static void metrics(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    struct httpd_stats stats = httpd_stats(f->http);
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    const struct metrics_now now = {.connections = stats.connections,
                                    .in_flight = stats.in_flight,
                                    .body_bytes = stats.body_bytes,
                                    .accepted = stats.accepted,
                                    .log_dropped = f->log.dropped,
                                    .draining = front_draining(f),
                                    .ready = front_not_ready(f) == NULL,
                                    .workers = running_workers(f),
                                    .version = BUILDINFO.version,
                                    .git_sha = BUILDINFO.git_sha,
                                    .instance_id = f->o->instance_id,
                                    .boot_id = f->o->boot_id,
                                    .started_s = f->o->started_ms / 1000};
    metrics_write(&f->metrics, &now, &text);
    httpd_reply(req, &(struct httpd_answer){.status = 200,
                                            .type = "text/plain; version=0.0.4; charset=utf-8",
                                            .body = buf_str(&text)});
}

/* Whoever asks for the key of an instance that drains would send to its successor, on a connection
 * of his own: so he is sent to ask there. True when that was the answer. */
static bool asked_too_late(const struct front *f, struct httpd_request *req, const char *path)
{
    if (!front_draining(f) || f->sockets.owned)
        return false;
    httpd_add_header(req, "Location", path);
    httpd_add_header(req, "Cache-Control", "no-store");
    httpd_reply(req, &(struct httpd_answer){.status = 307, .body = STR("{}")});
    return true;
}

static void key(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    if (!asked_too_late(f, req, "/encryption-public-key"))
        reply_page(req, &f->key_page);
}

static bool nonce_valid(struct str nonce)
{
    unsigned char bytes[NONCE_BYTES_MAX];
    return nonce.len > 0 && nonce.len % 2 == 0 && nonce.len / 2 <= sizeof bytes &&
           hex_decode(nonce, bytes, nonce.len / 2);
}

/* In standard mode nothing is signed, so a nonce is only checked for its form. */
static void attestation(void *ctx, struct httpd_request *req)
{
    const struct front *f = ctx;
    struct str nonce = STR_EMPTY;
    char path[sizeof "/attestation?nonce=" + 2 * NONCE_BYTES_MAX];
    if (httpd_query(req, "nonce", &nonce) && !nonce_valid(nonce)) {
        httpd_fail(req, 400, "bad_nonce", "nonce must be 1 to %d bytes in hex", NONCE_BYTES_MAX);
        return;
    }
    snprintf(path, sizeof path, "/attestation%s%" PRIstr, nonce.len ? "?nonce=" : "",
             STR_ARG(nonce));
    if (!asked_too_late(f, req, path))
        reply_page(req, &f->attestation);
}

#define GET_ROUTE(name, function)                                              \
    {                                                                          \
        .path = (name), .methods = HTTPD_BIT(HTTPD_GET), .handler = (function) \
    }

const struct httpd_route FRONT_ROUTES[ROUTE_COUNT] = {
    [ROUTE_HEALTH] = GET_ROUTE("/health", health),
    [ROUTE_HEALTHZ] = GET_ROUTE("/healthz", healthz),
    [ROUTE_READYZ] = GET_ROUTE("/readyz", readyz),
    [ROUTE_VERSION] = GET_ROUTE("/version", version),
    [ROUTE_METRICS] = GET_ROUTE("/metrics", metrics),
    [ROUTE_KEY] = GET_ROUTE("/encryption-public-key", key),
    [ROUTE_ATTESTATION] = GET_ROUTE("/attestation", attestation),
    [ROUTE_PROVE] = {.path = "/prove",
                     .methods = HTTPD_BIT(HTTPD_POST),
                     .handler = prove_handle,
                     .admit = prove_admit,
                     .max_body = PROVE_BODY_MAX},
};

const char *const FRONT_ROUTE_NAMES[ROUTE_COUNT + 1] = {
    [ROUTE_HEALTH] = "/health",
    [ROUTE_HEALTHZ] = "/healthz",
    [ROUTE_READYZ] = "/readyz",
    [ROUTE_VERSION] = "/version",
    [ROUTE_METRICS] = "/metrics",
    [ROUTE_KEY] = "/encryption-public-key",
    [ROUTE_ATTESTATION] = "/attestation",
    [ROUTE_PROVE] = "/prove",
    [ROUTE_COUNT] = "other",
};
