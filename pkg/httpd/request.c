/* One request from its request line to its end: limits, route, body, handler. Knows nothing of
 * how answers look. */
#include "internal.h"

void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct httpd *h = cls;
    struct httpd_request *req = xcalloc(1, sizeof *req);
    req->server = h;
    req->mhd = mhd;
    req->conn = conn_of(mhd);
    req->conn->request = req;
    req->route = -1;
    req->method = HTTPD_OTHER;
    req->url_too_long = strlen(uri) > h->o.limits.url_bytes;
    req->began_ms = h->now_ms;
    conn_enter(req->conn, CONN_HEADERS, h->o.limits.header_ms);
    h->stats.in_flight++;
    return req;
}

void request_free(struct httpd_request *req)
{
    struct httpd *h = req->server;
    h->stats.in_flight--;
    h->stats.body_bytes -= req->body.len;
    buf_release(&req->body);
    for (size_t i = 0; i < req->header_count; i++)
        free(req->headers[i].value);
    if (req->answer)
        MHD_destroy_response(req->answer);
    stream_free(req->stream);
    free(req->path);
    free(req);
}

static void report(struct httpd_request *req)
{
    const struct httpd *h = req->server;
    if (!h->o.done || (!req->begun && req->status == 0))
        return;
    struct httpd_done done = {.route = req->route,
                              .status = req->status,
                              .method = req->method,
                              .method_text = str_of(req->method_text),
                              .path = str_of(req->path),
                              .request_id = httpd_request_id(req),
                              .client = httpd_client(req),
                              .bytes_in = req->body_seen,
                              .bytes_out = req->bytes_out,
                              .ms = clock_mono_ms(h->o.clock) - req->began_ms};
    h->o.done(h->o.ctx, &done);
}

static void tell_gone(struct httpd_request *req)
{
    httpd_gone *gone = req->gone;
    req->gone = NULL;
    if (gone)
        gone(req->gone_ctx);
}

void request_completed(void *cls, struct MHD_Connection *mhd, void **request,
                       enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)mhd, (void)why;
    struct httpd_request *req = *request;
    if (!req)
        return;
    *request = NULL;
    tell_gone(req);
    report(req);
    req->conn->request = NULL;
    conn_unwatch(req->conn);
    conn_enter(req->conn, CONN_IDLE, req->server->o.limits.idle_ms);
    request_free(req);
}

/* SIZE_MAX: chunked, unknown. */
static size_t announced_body(struct httpd_request *req)
{
    struct str text;
    uint64_t length = 0;
    if (httpd_header(req, "Transfer-Encoding", &text))
        return SIZE_MAX;
    if (!httpd_header(req, "Content-Length", &text))
        return 0;
    return str_to_u64(text, &length) ? (size_t)length : SIZE_MAX;
}

static void take_request_id(struct httpd_request *req)
{
    struct str id;
    char made[UUID_TEXT_MAX];
    if (!httpd_header(req, "X-Request-Id", &id) || !httpd_request_id_valid(id)) {
        request_id_make(req->server, made);
        id = str_of(made);
    }
    memcpy(req->id, id.ptr, id.len);
    req->id_len = id.len;
}

static void answer_options(struct httpd_request *req)
{
    const struct httpd_cors *cors = &req->server->o.cors;
    httpd_add_header(req, "Access-Control-Allow-Methods", cors->methods);
    httpd_add_header(req, "Access-Control-Allow-Headers", cors->allow_headers);
    httpd_add_header(req, "Access-Control-Max-Age", "86400");
    httpd_reply(req, &(struct httpd_answer){.status = 204});
}

static void refuse_method(struct httpd_request *req, const struct httpd_route *route)
{
    cleanup_buf struct buf allow = buf_make(128);
    httpd_route_allow(route, &allow);
    httpd_add_header(req, "Allow", buf_cstr(&allow));
    httpd_fail(req, 405, "method_not_allowed", "%s is not possible here", req->method_text);
}

static size_t header_bytes(struct httpd_request *req)
{
    return MHD_get_connection_info(req->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
}

/* What can be said from the request line and the headers alone; true to go on. */
static bool check_head(struct httpd_request *req)
{
    const struct httpd_options *o = &req->server->o;
    if (req->url_too_long)
        httpd_fail(req, 414, "url_too_long", "more than %zu bytes of URL", o->limits.url_bytes);
    else if (header_bytes(req) > o->limits.header_bytes)
        httpd_fail(req, 431, "headers_too_large", "more than %zu bytes of headers",
                   o->limits.header_bytes);
    else if (req->method == HTTPD_OPTIONS && o->cors.origin)
        answer_options(req);
    else if (req->route < 0)
        httpd_fail(req, 404, "not_found", "no such route");
    else if (!httpd_route_takes(&o->routes[req->route], req->method))
        refuse_method(req, &o->routes[req->route]);
    return req->answer == NULL;
}

static bool check_size(struct httpd_request *req, size_t size)
{
    const struct httpd *h = req->server;
    size_t most = h->o.routes[req->route].max_body;
    if (size > most)
        httpd_fail(req, 413, "too_large", "the body is larger than %zu bytes", most);
    else if (h->stats.body_bytes + size > h->o.limits.body_total) {
        httpd_add_header(req, "Retry-After", "5");
        httpd_fail(req, 503, "busy", "too many large requests at once");
    }
    return req->answer == NULL;
}

static bool admitted(struct httpd_request *req, size_t announced)
{
    const struct httpd_options *o = &req->server->o;
    if (!check_head(req))
        return false;
    httpd_admit *admit = o->routes[req->route].admit;
    if (admit && !admit(o->ctx, req))
        return false;
    return announced == SIZE_MAX || check_size(req, announced);
}

/* Asked before anything is received of it, or too large to be thrown away. */
static bool must_answer_at_once(struct httpd_request *req, size_t announced)
{
    struct str expect;
    return httpd_header(req, "Expect", &expect) ||
           (announced > DISCARD_MAX && announced != SIZE_MAX);
}

static enum MHD_Result head_complete(struct httpd_request *req, const char *url, const char *method)
{
    const struct httpd_options *o = &req->server->o;
    size_t announced = announced_body(req);
    req->begun = true;
    req->path = xstrdup(url);
    struct str name = str_sub(str_of(method), 0, sizeof req->method_text - 1);
    memcpy(req->method_text, name.ptr, name.len);
    req->method = httpd_method_of(str_of(method));
    req->route = httpd_route_find(o->routes, o->route_count, str_of(req->path));
    take_request_id(req);
    req->in_handler = true;
    req->discard = !admitted(req, announced);
    req->in_handler = false;
    int64_t body_ms = req->route >= 0 ? o->routes[req->route].body_time_ms : 0;
    if (announced > 0)
        conn_enter(req->conn, CONN_BODY, body_ms ? body_ms : o->limits.body_ms);
    if (req->discard)
        return must_answer_at_once(req, announced) ? request_queue(req) : MHD_YES;
    req->body = buf_make(o->routes[req->route].max_body + 1);
    if (announced > 0 && announced != SIZE_MAX && !buf_reserve(&req->body, announced))
        return MHD_NO;
    return MHD_YES;
}

static enum MHD_Result take_body(struct httpd_request *req, struct str bytes)
{
    req->body_seen += bytes.len;
    if (!req->discard) {
        req->in_handler = true;
        req->discard = !check_size(req, req->body.len + bytes.len);
        req->in_handler = false;
    }
    if (req->discard)
        return req->body_seen > DISCARD_MAX ? MHD_NO : MHD_YES;
    buf_add(&req->body, bytes);
    req->server->stats.body_bytes += bytes.len;
    return MHD_YES;
}

static enum MHD_Result run_handler(struct httpd_request *req)
{
    const struct httpd_options *o = &req->server->o;
    conn_enter(req->conn, CONN_WORKING, 0);
    if (!req->answer) {
        req->in_handler = true;
        o->routes[req->route].handler(o->ctx, req);
        req->in_handler = false;
    }
    if (!req->answer && !req->deferred)
        httpd_fail(req, 500, "internal", "this route gave no answer");
    if (req->answer)
        return request_queue(req);
    req->suspended = true;
    MHD_suspend_connection(req->mhd);
    conn_watch(req->conn);
    return MHD_YES;
}

enum MHD_Result request_queue(struct httpd_request *req)
{
    struct httpd *h = req->server;
    struct MHD_Response *answer = steal_ptr(&req->answer);
    if (h->draining)
        MHD_add_response_header(answer, "Connection", "close");
    conn_enter(req->conn, req->stream ? CONN_STREAMING : CONN_SENDING,
               req->stream ? 0 : h->o.limits.send_ms);
    req->queued = true;
    enum MHD_Result queued = MHD_queue_response(req->mhd, (unsigned)req->status, answer);
    MHD_destroy_response(answer);
    return queued;
}

void request_resume(struct httpd_request *req)
{
    if (!req->suspended)
        return;
    req->suspended = false;
    conn_unwatch(req->conn);
    req->server->kick = true;
    MHD_resume_connection(req->mhd);
    if (req->aborted)
        tell_gone(req);
}

/* The shape is libmicrohttpd's. NOLINTNEXTLINE(readability-function-size) */
enum MHD_Result request_access(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **request)
{
    (void)cls, (void)mhd, (void)version;
    struct httpd_request *req = *request;
    if (!req || req->aborted)
        return MHD_NO;
    if (!req->begun)
        return head_complete(req, url, method);
    if (*size == 0)
        return req->queued ? MHD_YES : run_handler(req);
    struct str bytes = str_n(data, *size);
    *size = 0;
    return take_body(req, bytes);
}
