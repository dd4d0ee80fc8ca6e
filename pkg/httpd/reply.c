/* How answers look: their headers, the error body, request ids. Knows nothing of routes. */
#include "data/data.h"
#include "internal.h"

#include <sys/socket.h>

static void draw(void *ctx, void *bytes, size_t len)
{
    struct httpd *h = ctx;
    if (len > h->random_left) {
        rng_fill(h->o.rng, h->random, sizeof h->random);
        h->random_left = sizeof h->random;
    }
    h->random_left -= len;
    memcpy(bytes, h->random + h->random_left, len);
}

void request_id_make(struct httpd *h, char ret_text[UUID_TEXT_MAX])
{
    const struct rng pooled = {.fill = draw, .ctx = h};
    uuid_make(&pooled, ret_text);
}

void httpd_add_header(struct httpd_request *req, const char *name, const char *value)
{
    if (req->header_count == HEADERS_MAX)
        return;
    req->headers[req->header_count].name = name;
    req->headers[req->header_count].value = xstrdup(value);
    req->header_count++;
}

static void add_common_headers(struct httpd_request *req, struct MHD_Response *response,
                               const char *type)
{
    const struct httpd_cors *cors = &req->server->o.cors;
    if (req->status != 204)
        MHD_add_response_header(response, "Content-Type", type ? type : "application/json");
    MHD_add_response_header(response, "X-Request-Id", req->id);
    if (cors->origin)
        MHD_add_response_header(response, "Access-Control-Allow-Origin", cors->origin);
    if (cors->origin && cors->expose_headers)
        MHD_add_response_header(response, "Access-Control-Expose-Headers", cors->expose_headers);
    for (size_t i = 0; i < req->header_count; i++)
        MHD_add_response_header(response, req->headers[i].name, req->headers[i].value);
}

void reply_with(struct httpd_request *req, int status, const char *type,
                struct MHD_Response *response)
{
    req->status = status;
    req->gone = req->stream ? req->gone : NULL;
    add_common_headers(req, response, type);
    req->answer = response;
    request_resume(req);
}

void httpd_reply(struct httpd_request *req, const struct httpd_answer *answer)
{
    if (req->answer || req->queued)
        return;
    /* libmicrohttpd takes a mutable pointer, and reads only. */
    union {
        const char *in;
        void *out;
    } bytes = {.in = answer->body.ptr};
    enum MHD_ResponseMemoryMode mode =
        answer->body_is_static ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.len, bytes.out, mode);
    req->bytes_out = req->method == HTTPD_HEAD ? 0 : answer->body.len;
    reply_with(req, answer->status, answer->type, response);
}

static void error_body(struct buf *b, struct str text, struct str id, const char *code)
{
    buf_adds(b, "{\"error\":");
    json_quote(b, text);
    buf_adds(b, ",\"requestId\":");
    json_quote(b, id);
    buf_adds(b, ",\"code\":");
    json_quote(b, str_of(code));
    buf_addc(b, '}');
}

void httpd_fail(struct httpd_request *req, int status, const char *code, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(ERR_MSG_MAX);
    cleanup_buf struct buf body = buf_make(BUF_LINE);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    error_body(&body, buf_str(&text), httpd_request_id(req), code);
    httpd_reply(req, &(struct httpd_answer){.status = status, .body = buf_str(&body)});
}

void httpd_defer(struct httpd_request *req, httpd_gone *gone, void *ctx)
{
    req->deferred = true;
    req->gone = gone;
    req->gone_ctx = ctx;
}

/* libmicrohttpd asks nobody while it waits for input, so the answer to a client that is too slow
 * goes past it; nothing else was sent for this request yet. */
void reply_timeout_raw(struct conn *c)
{
    struct httpd_request *req = c->request;
    cleanup_buf struct buf body = buf_make(BUF_LINE);
    cleanup_buf struct buf head = buf_make(BUF_LINE);
    if (!req->id_len) {
        request_id_make(req->server, req->id);
        req->id_len = strlen(req->id);
    }
    error_body(&body, STR("the request took too long to arrive"), httpd_request_id(req), "timeout");
    buf_addf(&head,
             "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
             "X-Request-Id: %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
             req->id, body.len);
    buf_add(&head, buf_str(&body));
    send(c->watched.fd, head.ptr, head.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    req->status = 408;
}
