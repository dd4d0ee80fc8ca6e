/* The callbacks that curl calls while bytes move: limits are kept here. A callback that ends the
 * transfer leaves the reason in it. */
#include <inttypes.h>

#include "internal.h"

/* What every callback returns to stop curl: something else than what it was given. */
enum { STOP = 0 };

static bool is_success(const struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

size_t receive_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct str rest = str_n(bytes, size * count), line = STR_EMPTY;
    t->header_bytes += rest.len;
    t->stopped = true;
    if (t->header_bytes > HTTP_HEADER_BYTES) {
        err_set(&t->cause, ERR_FAILED, "more than %d bytes of response headers", HTTP_HEADER_BYTES);
        return STOP;
    }
    bool some = str_next_line(&rest, &line) && line.len > 0;
    bool begins = str_starts(line, STR("HTTP/"));
    t->headers_whole = !begins && (t->headers_whole || !some);
    if (begins)
        t->response.header_count = 0; /* what came before was an interim answer */
    else if (some && !response_add_line(&t->response, line, &t->cause))
        return STOP;
    t->stopped = false;
    return size * count;
}

/* The length that was announced, if any, refuses a body before its bytes are read. */
static bool fits(struct transfer *t, size_t more)
{
    curl_off_t announced = -1;
    int64_t max = t->request->max_body;
    if (t->response.body_length == 0 && !t->request->accept_gzip)
        curl_easy_getinfo(t->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    return announced <= max && (int64_t)more <= max - t->response.body_length;
}

static bool keep_in_memory(struct transfer *t, struct str bytes)
{
    buf_add(&t->response.body, bytes);
    return buf_check(&t->response.body, "the answer", &t->cause);
}

static bool take_success(struct transfer *t, struct str bytes)
{
    const struct http_sink *sink = t->request->sink;
    if (!fits(t, bytes.len))
        return err_set(&t->cause, ERR_FAILED, "the answer is larger than %" PRId64 " bytes",
                       t->request->max_body);
    t->response.body_length += (int64_t)bytes.len;
    if (sink == NULL)
        return keep_in_memory(t, bytes);
    t->sink_took = true;
    return sink->take(sink->ctx, bytes, &t->cause);
}

/* The page that comes with an error is only shown: its beginning is enough. */
static bool take_other(struct transfer *t, struct str bytes)
{
    int64_t room = t->request->max_body - t->response.body_length;
    struct str part = str_sub(bytes, 0, (size_t)room);
    t->response.body_length += (int64_t)part.len;
    t->response.body_cut = part.len < bytes.len;
    return keep_in_memory(t, part) && !t->response.body_cut;
}

size_t receive_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct str got = str_n(bytes, size * count);
    bool go_on = is_success(t) ? take_success(t, got) : take_other(t, got);
    t->stopped = !go_on && !t->response.body_cut;
    return go_on ? got.len : CURL_WRITEFUNC_ERROR;
}

static bool read_stream(struct transfer *t, char *into, size_t room, size_t *ret_count)
{
    const struct http_stream *stream = t->request->stream;
    TRY(stream->read(stream->ctx, into, room, ret_count, &t->cause));
    if (*ret_count == 0 || *ret_count > room)
        return err_set(&t->cause, ERR_BUG, "the body ended after %" PRId64 " of %" PRId64 " bytes",
                       t->stream_read, stream->length);
    t->stream_read += (int64_t)*ret_count;
    return true;
}

size_t send_body(char *into, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    int64_t left = t->request->stream->length - t->stream_read;
    size_t room = size * count, given = 0;
    if ((int64_t)room > left)
        room = (size_t)left;
    if (room == 0)
        return 0;
    if (read_stream(t, into, room, &given))
        return given;
    t->stopped = true;
    return CURL_READFUNC_ABORT;
}

/* curl asks for it when a kept connection turns out to be closed. */
int send_rewind(void *arg, curl_off_t offset, int origin)
{
    struct transfer *t = arg;
    const struct http_stream *stream = t->request->stream;
    if (offset != 0 || origin != SEEK_SET || stream->rewind == NULL)
        return CURL_SEEKFUNC_CANTSEEK;
    t->stopped = !stream->rewind(stream->ctx, &t->cause);
    t->stream_read = 0;
    return t->stopped ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}
