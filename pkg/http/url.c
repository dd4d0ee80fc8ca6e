/* Addresses: origins, resolution of redirects, and how they are shown. Knows nothing of requests.
 */
#include <strings.h>

#include "internal.h"

static void url_free_at(CURLU **url)
{
    curl_url_cleanup(*url);
}
#define cleanup_url cleanup(url_free_at)

static void part_free_at(char **part)
{
    curl_free(*part);
}
#define cleanup_part cleanup(part_free_at)

static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool is_web(const char *scheme)
{
    return scheme != NULL && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
}

static bool origin_of(CURLU *url, char ret_origin[HTTP_ORIGIN_MAX], struct error *err)
{
    cleanup_part char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    cleanup_part char *host = part_of(url, CURLUPART_HOST, 0);
    cleanup_part char *port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!is_web(scheme) || host == NULL || *host == '\0' || port == NULL)
        return err_set(err, ERR_CONFIG, "not an http or https address");
    int len = snprintf(ret_origin, HTTP_ORIGIN_MAX, "%s://%s:%s", scheme, host, port);
    if (len < 0 || len >= HTTP_ORIGIN_MAX)
        return err_set(err, ERR_CONFIG, "the host name is too long");
    for (char *c = ret_origin; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
    return true;
}

bool url_origin(const char *url, char ret_origin[HTTP_ORIGIN_MAX], struct error *err)
{
    cleanup_url CURLU *parsed = curl_url();
    CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, 0);
    if (code != CURLUE_OK)
        return err_set(err, ERR_CONFIG, "not an address: %s", curl_url_strerror(code));
    cleanup_part char *user = part_of(parsed, CURLUPART_USER, 0);
    cleanup_part char *password = part_of(parsed, CURLUPART_PASSWORD, 0);
    if (user != NULL || password != NULL)
        return err_set(err, ERR_CONFIG,
                       "an address must not hold a user or password: send them "
                       "in a header");
    return origin_of(parsed, ret_origin, err);
}

bool url_resolve(const char *base, struct str location, char **ret_url, struct error *err)
{
    cleanup_url CURLU *url = curl_url();
    cleanup_free char *target = xstrndup(location.ptr, location.len);
    char origin[HTTP_ORIGIN_MAX];
    CURLUcode code = curl_url_set(url, CURLUPART_URL, base, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(url, CURLUPART_URL, target, CURLU_URLENCODE);
    if (code != CURLUE_OK)
        return err_set(err, ERR_FAILED, "redirect to something that is no address: %s",
                       curl_url_strerror(code));
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    if (!origin_of(url, origin, err)) {
        err->kind = ERR_FAILED;
        return err_wrap(err, "redirect");
    }
    cleanup_part char *text = part_of(url, CURLUPART_URL, 0);
    if (text == NULL)
        return err_set(err, ERR_FAILED, "redirect to something that is no address");
    *ret_url = xstrdup(text);
    return true;
}

/* ---- showing ---- */

enum { SHOWN_MAX = 300 };

static bool looks_secret(struct str name)
{
    static const char *const WORDS[] = {"token", "secret", "sig", "key", "pass",   "cred",
                                        "auth",  "code",   "sas", "jwt", "session"};
    char text[64];
    snprintf(text, sizeof(text), "%" PRIstr, STR_ARG(name));
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (strcasestr(text, WORDS[i]) != NULL)
            return true;
    return false;
}

/* Not printable, or not ASCII: an address has no business with it. */
static void add_shown(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_addc(out, (char)(text.ptr[i] > 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?'));
}

static void add_parameters(struct buf *out, struct str query)
{
    const char *between = "?";
    while (query.len > 0) {
        bool has_value = false;
        struct str value = STR_EMPTY;
        struct str name = str_cut(str_cut(query, '&', &query, NULL), '=', &value, &has_value);
        buf_adds(out, between);
        add_shown(out, name);
        if (has_value)
            buf_addc(out, '=');
        add_shown(out, looks_secret(name) ? STR("***") : value);
        between = "&";
    }
}

/* The authority without "user:password@". */
static struct str without_userinfo(struct str authority)
{
    for (size_t i = authority.len; i > 0; i--)
        if (authority.ptr[i - 1] == '@')
            return str_sub(authority, i, authority.len);
    return authority;
}

void http_redact_url(struct str url, char ret_text[HTTP_URL_TEXT_MAX])
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    struct str query = STR_EMPTY;
    struct str place = str_cut(str_cut(url, '#', &query, NULL), '?', &query, NULL);
    size_t scheme = str_find(place, STR("://"));
    if (scheme != SIZE_MAX) {
        struct str rest = str_sub(place, scheme + 3, place.len), path = STR_EMPTY;
        bool slash = false;
        struct str authority = str_cut(rest, '/', &path, &slash);
        add_shown(&out, str_sub(place, 0, scheme + 3));
        add_shown(&out, without_userinfo(authority));
        buf_adds(&out, slash ? "/" : "");
        place = path;
    }
    add_shown(&out, place);
    add_parameters(&out, query);
    snprintf(ret_text, HTTP_URL_TEXT_MAX, "%.*s%s", SHOWN_MAX, buf_cstr(&out),
             out.len > SHOWN_MAX ? "…" : "");
}
