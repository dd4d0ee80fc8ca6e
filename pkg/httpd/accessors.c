/* What a handler may ask of its request. */
#include "internal.h"

enum { FORWARDED_MAX = 4096 };

struct str httpd_path(const struct httpd_request *req)
{
    return str_of(req->path);
}

enum httpd_method httpd_method(const struct httpd_request *req)
{
    return req->method;
}

int httpd_route_index(const struct httpd_request *req)
{
    return req->route;
}

static bool look_up(struct httpd_request *req, enum MHD_ValueKind kind, const char *name,
                    struct str *ret)
{
    const char *value = MHD_lookup_connection_value(req->mhd, kind, name);
    if (value)
        *ret = str_of(value);
    return value != NULL;
}

bool httpd_header(struct httpd_request *req, const char *name, struct str *ret)
{
    return look_up(req, MHD_HEADER_KIND, name, ret);
}

bool httpd_query(struct httpd_request *req, const char *name, struct str *ret)
{
    return look_up(req, MHD_GET_ARGUMENT_KIND, name, ret);
}

struct str httpd_body(const struct httpd_request *req)
{
    return buf_str(&req->body);
}

struct str httpd_request_id(const struct httpd_request *req)
{
    return str_n(req->id, req->id_len);
}

struct httpd *httpd_server(struct httpd_request *req)
{
    return req->server;
}

static enum MHD_Result join_forwarded(void *cls, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct buf *joined = cls;
    (void)kind;
    if (strcasecmp(key, "X-Forwarded-For") != 0)
        return MHD_YES;
    buf_addf(joined, "%s%s", joined->len ? "," : "", value && *value ? value : "-");
    return MHD_YES;
}

struct httpd_client httpd_client(struct httpd_request *req)
{
    const struct httpd_options *o = &req->server->o;
    if (req->client_known)
        return req->client;
    cleanup_buf struct buf joined = buf_make(FORWARDED_MAX);
    MHD_get_connection_values(req->mhd, MHD_HEADER_KIND, join_forwarded, &joined);
    req->client = httpd_client_of(&req->conn->peer, buf_str(&joined), o->trusted, o->trusted_count);
    req->client_known = true;
    return req->client;
}
