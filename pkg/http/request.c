/* What a request must promise before anything is sent. Pure. */
#include "internal.h"

int64_t limit_or(int64_t given, int64_t otherwise)
{
    return given == 0 ? otherwise : given < 0 ? 0 : given;
}

static bool only_reads(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

static bool is_method(const char *method)
{
    size_t len = strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return len > 0 && method[len] == '\0';
}

/* A forgotten effect would read as READ and slip past the capability. */
static bool effect_check(const struct http_request *q, struct error *err)
{
    bool asks = only_reads(q->method) || (q->asks && strcmp(q->method, "POST") == 0);
    return q->effect != EFFECT_READ || asks ||
           err_set(err, ERR_BUG, "a %s that changes nothing: its effect was forgotten", q->method);
}

static bool body_check(const struct http_request *q, struct error *err)
{
    if (q->max_body <= 0)
        return err_set(err, ERR_BUG, "a request without a limit for the answer's body");
    if (q->stream != NULL && (q->body.len > 0 || q->stream->length < 0))
        return err_set(err, ERR_BUG, "a body both streamed and in memory, or of unknown length");
    if (q->range && (q->range_first < 0 || (q->range_last >= 0 && q->range_last < q->range_first)))
        return err_set(err, ERR_BUG, "a range that ends before it begins");
    return true;
}

static bool headers_check(const struct http_request *q, struct error *err)
{
    for (size_t i = 0; i < q->header_count; i++)
        if (header_is_clients(q->headers[i].name))
            return err_set(err, ERR_BUG, "the header '%" PRIstr "' is the client's own",
                           STR_ARG(q->headers[i].name));
    return true;
}

bool request_check(const struct http_request *q, struct error *err)
{
    if (q->method == NULL || q->url == NULL || !is_method(q->method))
        return err_set(err, ERR_BUG, "a request without method or address");
    TRY(effect_check(q, err));
    TRY(body_check(q, err));
    return headers_check(q, err);
}
