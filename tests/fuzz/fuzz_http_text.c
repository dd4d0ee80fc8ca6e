/* Bytes of strangers in an answer: header lines, Retry-After, Location. The input is
 * HEADERS \0 LOCATION \0 RETRY-AFTER. What is accepted holds what the client relies on. */
#include <stdint.h>
#include <stdlib.h>

#include "http/internal.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_printable(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return len < HTTP_URL_TEXT_MAX;
}

static void check_headers(struct str text)
{
    struct error err;
    struct str line = STR_EMPTY, value = STR_EMPTY;
    cleanup_http_response struct http_response r = {0};
    while (str_next_line(&text, &line) && response_add_line(&r, line, &err))
        continue;
    must(r.header_count <= HTTP_HEADER_COUNT);
    for (size_t i = 0; i < r.header_count; i++) {
        cleanup_free char *name = xstrndup(r.headers[i].name.ptr, r.headers[i].name.len);
        must(http_header_at(&r, name, 0, &value));
        must(memchr(value.ptr, '\n', value.len) == NULL);
    }
}

/* Where a redirect leads is http or https, on an origin that can be compared, without userinfo. */
static void check_location(struct str location)
{
    struct error err;
    char origin[HTTP_ORIGIN_MAX], shown[HTTP_URL_TEXT_MAX];
    cleanup_free char *url = NULL;
    http_redact_url(location, shown);
    must(is_printable(shown));
    if (!url_resolve("https://here.example/a/b?c", location, &url, &err))
        return;
    must(url_origin(url, origin, &err));
    must(str_starts(str_of(origin), STR("http")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_n(data, size);
    int64_t ms = 0;
    check_headers(str_cut(rest, '\0', &rest, NULL));
    check_location(str_cut(rest, '\0', &rest, NULL));
    if (http_retry_after_ms(rest, 1445412480000, &ms))
        must(ms >= 0);
    return 0;
}
