/* Asking an instance about itself, on its private socket. */
#include "data/data.h"
#include "http/http.h"
#include "world.h"

enum { ASK_MS = 3000, ANSWER_MAX = 64 * 1024 };

static bool ask(struct deploy *d, const char *socket, const char *path, struct http_response *ret,
                struct error *err)
{
    const char *url = arena_printf(d->arena, "http://instance%s", path);
    const struct http_request request = {
        .method = "GET",
        .url = url,
        .effect = EFFECT_READ,
        .unix_socket = socket,
        .fresh = true,
        .max_body = ANSWER_MAX,
        .attempt_ms = ASK_MS,
        .deadline_ms = ASK_MS,
        .retry = {.attempts = 1},
    };
    TRY(http_do(d->http, &request, ret, err));
    return http_expect(ret, err);
}

static const char *member(struct deploy *d, const struct json_doc *doc, const char *key)
{
    const char *text = json_cstr(json_get(json_root(doc), key), d->arena);
    return text != NULL ? text : "";
}

bool ask_version(struct deploy *d, const struct target *target, const char *instance,
                 struct spoken *ret, struct error *err)
{
    char socket[SUPERVISE_PATH_MAX];
    cleanup_http_response struct http_response answer = {0};
    cleanup_json_doc struct json_doc doc = {0};
    TRY(supervise_check_socket(target->service_dir, instance, socket, err));
    TRY(ask(d, socket, "/version", &answer, err));
    TRY(json_parse(buf_str(&answer.body), &(struct json_options){.name = "/version"}, &doc, err));
    *ret = (struct spoken){
        .version = member(d, &doc, "version"),
        .digest = member(d, &doc, "releaseDigest"),
        .boot_id = member(d, &doc, "bootId"),
        .instance = member(d, &doc, "instanceId"),
    };
    return true;
}

bool ask_health(struct deploy *d, const struct target *target, const char *instance,
                const char *path, struct error *err)
{
    char socket[SUPERVISE_PATH_MAX];
    cleanup_http_response struct http_response answer = {0};
    TRY(supervise_check_socket(target->service_dir, instance, socket, err));
    return ask(d, socket, path, &answer, err);
}
