/* Header lines: those we send, checked, and those we receive, kept. Knows no meaning of a header
 * beyond where it may travel. */
#include <strings.h>

#include "internal.h"

bool header_name_is(struct str name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.ptr, wanted, name.len) == 0;
}

static bool one_of(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (header_name_is(name, names[i]))
            return true;
    return false;
}

/* A list of what may travel, not of what may not: an unknown header may carry a secret. */
bool http_request_header_travels(struct str name)
{
    static const char *const NAMES[] = {
        "Accept",        "Accept-Language",     "Cache-Control", "If-Match",   "If-Modified-Since",
        "If-None-Match", "If-Unmodified-Since", "Pragma",        "User-Agent",
    };
    return one_of(name, NAMES, ARRAY_LEN(NAMES));
}

bool header_is_about_body(struct str name)
{
    return name.len > 8 && strncasecmp(name.ptr, "Content-", 8) == 0;
}

bool header_is_clients(struct str name)
{
    static const char *const NAMES[] = {"Host",   "Content-Length", "Transfer-Encoding",
                                        "Expect", "Connection",     "Range"};
    return one_of(name, NAMES, ARRAY_LEN(NAMES));
}

/* RFC 9110 5.6.2 token. */
static bool is_token(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= 0x20 || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return name.len > 0;
}

static bool is_field_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

void http_header_add(struct http_header_list *list, const char *name, const char *value)
{
    struct str trimmed = str_trim(str_of(value));
    if (!is_token(str_of(name)) || !is_field_value(trimmed)) {
        if (list->bad == NULL)
            list->bad = xstrdup(name);
        return;
    }
    /* For curl "Name:" means to leave the header out and "Name;" to send it empty. */
    cleanup_free char *line = trimmed.len > 0 ? xasprintf("%s: %" PRIstr, name, STR_ARG(trimmed))
                                              : xasprintf("%s;", name);
    struct curl_slist *longer = curl_slist_append(list->lines, line);
    if (longer != NULL)
        list->lines = longer;
    else if (list->bad == NULL)
        list->bad = xstrdup(name);
}

void header_list_release(struct http_header_list *list)
{
    curl_slist_free_all(list->lines);
    mem_free_at(&list->bad);
    list->lines = NULL;
}

bool header_list_check(const struct http_header_list *list, struct error *err)
{
    return list->bad == NULL ||
           err_set(err, ERR_BUG,
                   "the request header '%s' cannot be sent: its name or value holds "
                   "characters that HTTP forbids",
                   list->bad);
}

/* Two different lengths are a way to make two readers see two messages. */
static bool length_agrees(const struct http_response *r, struct str name, struct str value)
{
    struct str earlier = http_header(r, "Content-Length");
    return !header_name_is(name, "Content-Length") || earlier.len == 0 || str_eq(earlier, value);
}

bool response_add_line(struct http_response *r, struct str line, struct error *err)
{
    bool colon = false;
    struct str value = STR_EMPTY;
    struct str name = str_cut(line, ':', &value, &colon);
    value = str_trim(value);
    if (!colon || !is_token(name) || !is_field_value(value))
        return err_set(err, ERR_FAILED, "malformed response header");
    if (r->header_count == HTTP_HEADER_COUNT)
        return err_set(err, ERR_FAILED, "more than %d response headers", HTTP_HEADER_COUNT);
    if (!length_agrees(r, name, value))
        return err_set(err, ERR_FAILED, "two different Content-Length headers");
    if (r->headers == NULL)
        r->headers = ARENA_ARRAY(&r->arena, struct http_header, HTTP_HEADER_COUNT);
    r->headers[r->header_count++] =
        (struct http_header){arena_str(&r->arena, name), arena_str(&r->arena, value)};
    return true;
}

bool http_header_at(const struct http_response *r, const char *name, size_t index,
                    struct str *ret_value)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (!header_name_is(r->headers[i].name, name) || index-- > 0)
            continue;
        *ret_value = r->headers[i].value;
        return true;
    }
    return false;
}

struct str http_header(const struct http_response *r, const char *name)
{
    struct str value = STR_EMPTY;
    return http_header_at(r, name, 0, &value) ? value : STR_EMPTY;
}

void http_response_release(struct http_response *r)
{
    buf_release(&r->body);
    arena_release(&r->arena);
    *r = (struct http_response){0};
}
