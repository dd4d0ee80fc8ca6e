/* Which route a request means and what it may ask there. Pure: knows no connections. */
#include "httpd/httpd.h"

static const char *const METHODS[] = {
    [HTTPD_GET] = "GET", [HTTPD_HEAD] = "HEAD",     [HTTPD_POST] = "POST",
    [HTTPD_PUT] = "PUT", [HTTPD_DELETE] = "DELETE", [HTTPD_OPTIONS] = "OPTIONS",
    [HTTPD_OTHER] = "",
};
_Static_assert(ARRAY_LEN(METHODS) == HTTPD_METHOD_COUNT, "a name for every method");

enum httpd_method httpd_method_of(struct str text)
{
    for (int i = 0; i < HTTPD_OTHER; i++)
        if (str_is(text, METHODS[i]))
            return (enum httpd_method)i;
    return HTTPD_OTHER;
}

int httpd_route_find(const struct httpd_route *routes, size_t count, struct str path)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(path, routes[i].path))
            return (int)i;
    return -1;
}

bool httpd_route_takes(const struct httpd_route *route, enum httpd_method method)
{
    unsigned methods = route->methods;
    if (methods & HTTPD_BIT(HTTPD_GET))
        methods |= HTTPD_BIT(HTTPD_HEAD);
    return method != HTTPD_OTHER && (methods & HTTPD_BIT(method)) != 0;
}

void httpd_route_allow(const struct httpd_route *route, struct buf *b)
{
    for (int i = 0; i < HTTPD_OPTIONS; i++)
        if (httpd_route_takes(route, (enum httpd_method)i))
            buf_addf(b, "%s, ", METHODS[i]);
    buf_adds(b, METHODS[HTTPD_OPTIONS]);
}

static bool id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ':';
}

bool httpd_request_id_valid(struct str id)
{
    if (id.len == 0 || id.len > HTTPD_REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!id_char(id.ptr[i]))
            return false;
    return true;
}
