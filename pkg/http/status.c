/* What a status means: its class, whether asking again helps, its error. Pure. */
#include "http/http.h"

struct status_row {
    int status;
    const char *reason;
    enum http_class class;
    enum err_kind kind;
};

/* The statuses that do not follow their hundred, or whose name people want to read. */
static const struct status_row STATUSES[] = {
    {200, "OK", HTTP_CLASS_DONE, ERR_FAILED},
    {201, "Created", HTTP_CLASS_DONE, ERR_FAILED},
    {202, "Accepted", HTTP_CLASS_DONE, ERR_FAILED},
    {204, "No Content", HTTP_CLASS_DONE, ERR_FAILED},
    {206, "Partial Content", HTTP_CLASS_DONE, ERR_FAILED},
    {301, "Moved Permanently", HTTP_CLASS_DONE, ERR_FAILED},
    {302, "Found", HTTP_CLASS_DONE, ERR_FAILED},
    {303, "See Other", HTTP_CLASS_DONE, ERR_FAILED},
    {304, "Not Modified", HTTP_CLASS_DONE, ERR_FAILED},
    {307, "Temporary Redirect", HTTP_CLASS_DONE, ERR_FAILED},
    {308, "Permanent Redirect", HTTP_CLASS_DONE, ERR_FAILED},
    {400, "Bad Request", HTTP_CLASS_CLIENT, ERR_FAILED},
    {401, "Unauthorized", HTTP_CLASS_CLIENT, ERR_AUTH},
    {403, "Forbidden", HTTP_CLASS_CLIENT, ERR_AUTH},
    {404, "Not Found", HTTP_CLASS_CLIENT, ERR_NOT_FOUND},
    {405, "Method Not Allowed", HTTP_CLASS_CLIENT, ERR_FAILED},
    {407, "Proxy Authentication Required", HTTP_CLASS_CLIENT, ERR_AUTH},
    {408, "Request Timeout", HTTP_CLASS_TRANSIENT, ERR_TRANSIENT},
    {409, "Conflict", HTTP_CLASS_CLIENT, ERR_CONFLICT},
    {410, "Gone", HTTP_CLASS_CLIENT, ERR_NOT_FOUND},
    {412, "Precondition Failed", HTTP_CLASS_CLIENT, ERR_CONFLICT},
    {413, "Content Too Large", HTTP_CLASS_CLIENT, ERR_FAILED},
    {416, "Range Not Satisfiable", HTTP_CLASS_CLIENT, ERR_FAILED},
    {422, "Unprocessable Content", HTTP_CLASS_CLIENT, ERR_FAILED},
    {425, "Too Early", HTTP_CLASS_TRANSIENT, ERR_TRANSIENT},
    {429, "Too Many Requests", HTTP_CLASS_THROTTLED, ERR_TRANSIENT},
    {500, "Internal Server Error", HTTP_CLASS_SERVER, ERR_TRANSIENT},
    {501, "Not Implemented", HTTP_CLASS_BROKEN, ERR_TRANSIENT},
    {502, "Bad Gateway", HTTP_CLASS_SERVER, ERR_TRANSIENT},
    {503, "Service Unavailable", HTTP_CLASS_SERVER, ERR_TRANSIENT},
    {504, "Gateway Timeout", HTTP_CLASS_SERVER, ERR_TRANSIENT},
    {522, "Connection Timed Out", HTTP_CLASS_SERVER, ERR_TRANSIENT},
    {524, "A Timeout Occurred", HTTP_CLASS_SERVER, ERR_TRANSIENT},
};

static const struct status_row CLIENT_ERROR = {400, "", HTTP_CLASS_CLIENT, ERR_FAILED};
static const struct status_row SERVER_ERROR = {599, "", HTTP_CLASS_BROKEN, ERR_TRANSIENT};
static const struct status_row OTHER = {0, "", HTTP_CLASS_DONE, ERR_FAILED};

static const struct status_row *row_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++)
        if (STATUSES[i].status == status)
            return &STATUSES[i];
    return status >= 500 ? &SERVER_ERROR : status >= 400 ? &CLIENT_ERROR : &OTHER;
}

enum http_class http_classify(int status)
{
    return row_of(status)->class;
}

bool http_class_retries(enum http_class class)
{
    return class == HTTP_CLASS_THROTTLED || class == HTTP_CLASS_TRANSIENT ||
           class == HTTP_CLASS_SERVER;
}

enum err_kind http_status_kind(int status)
{
    return row_of(status)->kind;
}

const char *http_status_reason(int status)
{
    return row_of(status)->reason;
}

enum { EXCERPT_MAX = 200 };

/* The body's first line or so, with what is not printable as spaces. */
static void excerpt(struct str body, char ret_text[EXCERPT_MAX + 1])
{
    struct str head = str_trim(str_sub(body, 0, EXCERPT_MAX));
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.ptr[i];
        ret_text[i] = (char)(c < 0x20 || c == 0x7F ? ' ' : c);
    }
    ret_text[head.len] = '\0';
}

static bool status_error(const struct http_response *r, struct error *err)
{
    char url[HTTP_URL_TEXT_MAX], text[EXCERPT_MAX + 1];
    const char *reason = http_status_reason(r->status);
    http_redact_url(str_of(r->url), url);
    excerpt(buf_str(&r->body), text);
    err_set(err, http_status_kind(r->status), "%s %s answered %d%s%s (attempt %d)%s%s", r->method,
            url, r->status, *reason ? " " : "", reason, r->attempts, *text ? ": " : "", text);
    err->http = r->status;
    return false;
}

bool http_expect(const struct http_response *r, struct error *err)
{
    return (r->status >= 200 && r->status < 300) || status_error(r, err);
}

bool http_expect_status(const struct http_response *r, int status, struct error *err)
{
    return r->status == status || status_error(r, err);
}
