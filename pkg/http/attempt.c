/* Setting up one hop on a curl handle. It decides nothing about what comes after. */
#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "internal.h"

/* Everything set here is a constant, a copy or outlives the hop; curl refuses only what its build
 * lacks, which the transfer itself then reports. */
#define SET(t, option, value) ((void)curl_easy_setopt((t)->handle, CURLOPT_##option, (value)))

static void set_basics(struct transfer *t)
{
    const char *agent = t->client->options.user_agent;
    SET(t, URL, t->url);
    SET(t, PRIVATE, t);
    SET(t, NOSIGNAL, 1L);
    SET(t, PROTOCOLS_STR, "http,https");
    SET(t, FOLLOWLOCATION, 0L);
    SET(t, ERRORBUFFER, t->curl_text);
    SET(t, USERAGENT, agent != NULL ? agent : "teerexctl");
    SET(t, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(t, HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(t, SUPPRESS_CONNECT_HEADERS, 1L);
    SET(t, TCP_KEEPALIVE, 1L);
    SET(t, HEADERFUNCTION, receive_header);
    SET(t, HEADERDATA, t);
    SET(t, WRITEFUNCTION, receive_body);
    SET(t, WRITEDATA, t);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* False when no time is left to begin. */
static bool set_limits(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    int64_t now = clock_mono_ms(t->client->options.clock);
    int64_t end = least(t->deadline_ms, t->attempt_end_ms);
    if (end <= now) {
        err_set(err, ERR_TRANSIENT, "no time is left");
        err->sys = ETIMEDOUT;
        return false;
    }
    SET(t, TIMEOUT_MS, end == INT64_MAX ? 0L : (long)(end - now));
    SET(t, CONNECTTIMEOUT_MS, (long)limit_or(q->connect_ms, HTTP_CONNECT_MS));
    SET(t, LOW_SPEED_LIMIT, (long)limit_or(q->min_speed, HTTP_MIN_SPEED));
    SET(t, LOW_SPEED_TIME, (long)limit_or(q->min_speed_s, HTTP_MIN_SPEED_S));
    return true;
}

/* curl would look into the environment by itself, with rules of its own; the empty string keeps
 * it from that. */
static void set_proxy(struct transfer *t)
{
    const struct http_network *net = &t->client->options.network;
    bool tls = strncasecmp(t->url, "https:", 6) == 0;
    const char *proxy = tls ? net->https_proxy : net->http_proxy;
    if (proxy == NULL)
        proxy = net->all_proxy;
    SET(t, PROXY, proxy != NULL && t->request->unix_socket == NULL ? proxy : "");
    SET(t, NOPROXY, net->no_proxy != NULL ? net->no_proxy : "");
}

static void set_certificates(struct transfer *t)
{
    const struct http_network *net = &t->client->options.network;
    if (net->ca_file == NULL && net->ca_dir == NULL)
        return;
    SET(t, CAINFO, net->ca_file);
    SET(t, CAPATH, net->ca_dir);
}

static bool set_connection(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    char path[108] = "";
    set_proxy(t);
    set_certificates(t);
    /* A kept connection may be closed under our feet; curl then sends the request again by itself,
     * which only a connection of its own prevents. */
    SET(t, FRESH_CONNECT, q->fresh || q->effect == EFFECT_ONCE ? 1L : 0L);
    SET(t, FORBID_REUSE, q->fresh ? 1L : 0L);
    if (q->unix_socket == NULL)
        return true;
    TRY(unix_short_path(t->client, q->unix_socket, path, err));
    SET(t, UNIX_SOCKET_PATH, path);
    return true;
}

static bool header_goes(const struct transfer *t, struct str name)
{
    return (!t->foreign || http_request_header_travels(name)) &&
           (!t->body_left || !header_is_about_body(name));
}

static bool sign(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    struct http_signing what = {.method = t->method,
                                .url = t->url,
                                .headers = q->headers,
                                .header_count = q->header_count,
                                .body = t->body_left ? STR_EMPTY : q->body,
                                .attempt = t->attempt,
                                .now_ms = clock_now_ms(t->client->options.clock)};
    if (q->sign == NULL || t->foreign)
        return true;
    if (!q->sign(q->sign_ctx, &what, &t->headers, err))
        return err_wrap(err, "sign");
    return true;
}

static bool set_headers(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    bool has_type = false;
    header_list_release(&t->headers);
    for (size_t i = 0; i < q->header_count; i++) {
        if (!header_goes(t, q->headers[i].name))
            continue;
        cleanup_free char *name = xstrndup(q->headers[i].name.ptr, q->headers[i].name.len);
        cleanup_free char *value = xstrndup(q->headers[i].value.ptr, q->headers[i].value.len);
        has_type = has_type || strcasecmp(name, "Content-Type") == 0;
        http_header_add(&t->headers, name, value);
    }
    TRY(sign(t, err));
    TRY(header_list_check(&t->headers, err));
    /* Two habits of curl: waiting a second for "100 Continue", and calling every body a form. */
    struct curl_slist *lines = curl_slist_append(t->headers.lines, "Expect:");
    if (lines != NULL && !has_type)
        lines = curl_slist_append(lines, "Content-Type:");
    if (lines == NULL)
        return err_set(err, ERR_FAILED, "out of memory");
    t->headers.lines = lines;
    SET(t, HTTPHEADER, lines);
    return true;
}

static void set_stream(struct transfer *t)
{
    SET(t, UPLOAD, 1L);
    SET(t, INFILESIZE_LARGE, (curl_off_t)t->request->stream->length);
    SET(t, READFUNCTION, send_body);
    SET(t, READDATA, t);
    SET(t, SEEKFUNCTION, send_rewind);
    SET(t, SEEKDATA, t);
}

static bool usually_has_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static void set_method(struct transfer *t)
{
    const struct http_request *q = t->request;
    bool body = transfer_has_body(t);
    if (body && q->stream != NULL)
        set_stream(t);
    else if (body || usually_has_body(t->method)) {
        SET(t, POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len);
        SET(t, POSTFIELDS, q->body.len > 0 ? q->body.ptr : "");
    } else if (strcmp(t->method, "HEAD") == 0)
        SET(t, NOBODY, 1L);
    if (strcmp(t->method, "HEAD") != 0)
        SET(t, CUSTOMREQUEST, t->method);
}

static void set_wishes(struct transfer *t)
{
    const struct http_request *q = t->request;
    char range[64];
    if (q->accept_gzip)
        SET(t, ACCEPT_ENCODING, "gzip");
    if (!q->range)
        return;
    if (q->range_last < 0)
        snprintf(range, sizeof(range), "%" PRId64 "-", q->range_first);
    else
        snprintf(range, sizeof(range), "%" PRId64 "-%" PRId64, q->range_first, q->range_last);
    SET(t, RANGE, range);
}

/* Body and sink go back to their first byte. */
static bool rewind_ends(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    if (t->stream_read > 0 && transfer_has_body(t)) {
        if (q->stream->rewind == NULL)
            return err_set(err, ERR_FAILED, "the body cannot be sent a second time");
        TRY(q->stream->rewind(q->stream->ctx, err));
        t->stream_read = 0;
    }
    if (t->sink_took)
        TRY(q->sink->restart(q->sink->ctx, err));
    t->sink_took = false;
    return true;
}

static void begin_attempt(struct transfer *t)
{
    int64_t limit = limit_or(t->request->attempt_ms, HTTP_ATTEMPT_MS);
    int64_t now = clock_mono_ms(t->client->options.clock);
    t->attempt++;
    t->attempt_end_ms = limit > 0 ? now + limit : INT64_MAX;
    t->redirects = 0;
    t->foreign = t->body_left = false;
    t->method = t->request->method;
    t->url = xstrdup(t->request->url);
}

static void begin_hop(struct transfer *t)
{
    http_response_release(&t->response);
    t->response.body = buf_make((size_t)t->request->max_body);
    t->header_bytes = 0;
    t->headers_whole = t->stopped = false;
    t->curl_text[0] = '\0';
    t->handle = client_take_handle(t->client);
}

bool attempt_begin(struct transfer *t, struct error *err)
{
    const struct http_request *q = t->request;
    char shown[HTTP_URL_TEXT_MAX];
    if (t->url == NULL)
        begin_attempt(t);
    http_redact_url(str_of(t->url), shown);
    TRY(cap_allow(t->client->options.cap, q->effect, t->method, shown, err));
    TRY(rewind_ends(t, err));
    begin_hop(t);
    set_basics(t);
    set_method(t);
    set_wishes(t);
    TRY(set_limits(t, err));
    TRY(set_connection(t, err));
    return set_headers(t, err);
}
