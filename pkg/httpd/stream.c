/* Answers without an end, pushed piece by piece: server-sent events. */
#include "internal.h"

struct httpd_stream {
    struct httpd_request *req;
    struct buf pending;
    bool ended;
};

/* Called by libmicrohttpd when the client can take more. */
static ssize_t read_pending(void *cls, uint64_t pos, char *out, size_t max)
{
    struct httpd_stream *s = cls;
    (void)pos;
    if (s->req->aborted)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t count = s->pending.len < max ? s->pending.len : max;
    if (count > 0) {
        memcpy(out, s->pending.ptr, count);
        buf_drop(&s->pending, count);
        s->req->bytes_out += count;
        return (ssize_t)count;
    }
    if (s->ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    s->req->suspended = true;
    MHD_suspend_connection(s->req->mhd);
    conn_watch(s->req->conn);
    return 0;
}

struct httpd_stream *httpd_stream_open(struct httpd_request *req, const struct httpd_answer *head,
                                       size_t max_pending, httpd_gone *gone, void *ctx)
{
    struct httpd_stream *s = xcalloc(1, sizeof *s);
    s->req = req;
    s->pending = buf_make(max_pending);
    buf_add(&s->pending, head->body);
    req->stream = s;
    req->gone = gone;
    req->gone_ctx = ctx;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_pending, s, NULL);
    httpd_add_header(req, "Cache-Control", "no-cache");
    reply_with(req, head->status, head->type ? head->type : "text/event-stream", response);
    return s;
}

bool httpd_stream_push(struct httpd_stream *s, struct str bytes)
{
    if (s->ended || bytes.len > s->pending.max - s->pending.len)
        return false;
    buf_add(&s->pending, bytes);
    if (s->req->queued)
        request_resume(s->req);
    return true;
}

void httpd_stream_end(struct httpd_stream *s)
{
    s->ended = true;
    s->req->gone = NULL;
    if (s->req->queued)
        request_resume(s->req);
}

void stream_free(struct httpd_stream *s)
{
    if (!s)
        return;
    buf_release(&s->pending);
    free(s);
}

void httpd_sse_format(struct buf *b, const char *name, struct str data)
{
    struct str line;
    if (name)
        buf_addf(b, "event: %s\n", name);
    while (str_next_line(&data, &line))
        buf_addf(b, "data: %" PRIstr "\n", STR_ARG(line));
    buf_addc(b, '\n');
}
