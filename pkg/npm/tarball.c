/* The file that a version was published as. Knows nothing of what is in it. */
#include "crypto/crypto.h"
#include "internal.h"

struct published {
    const char *url;
    const char *integrity; /* NULL: the registry does not say */
};

/* Packages of ours are small: here a tree of the packument costs nothing. */
static bool find(const struct npm_packument *packument, struct str version, struct arena *arena,
                 struct published *ret, struct error *err)
{
    const struct json_options options = {.name = "packument", .flags = JSON_KEEP_LAST};
    cleanup_json_doc struct json_doc doc = {0};
    TRY(json_parse(buf_str(&packument->text), &options, &doc, err));
    struct json entry = json_get_str(json_get(json_root(&doc), "versions"), version);
    ret->url = json_cstr(json_find(entry, "dist.tarball"), arena);
    ret->integrity = json_cstr(json_find(entry, "dist.integrity"), arena);
    return ret->url != NULL ||
           err_set(err, ERR_FAILED, "the registry does not say where %" PRIstr " is",
                   STR_ARG(version));
}

static bool verify(const struct published *published, struct str bytes, struct error *err)
{
    unsigned char digest[SHA512_LEN];
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    if (published->integrity == NULL || !str_starts(str_of(published->integrity), STR("sha512-")))
        return true;
    hash_bytes(HASH_SHA512, bytes, digest);
    buf_adds(&text, "sha512-");
    buf_add_base64(&text, str_n(digest, sizeof(digest)));
    return str_is(buf_str(&text), published->integrity) ||
           err_set(err, ERR_VERIFY, "the published file is not what its integrity says");
}

bool npm_fetch(const struct npm_client *client, const struct npm_packument *packument,
               struct str version, struct buf *into, struct error *err)
{
    cleanup_arena struct arena arena = {0};
    struct published published;
    cleanup_http_response struct http_response response = {0};
    TRY(find(packument, version, &arena, &published, err));
    const struct http_request request = {
        .method = "GET",
        .url = published.url,
        .max_body = NPM_BODY_MAX,
        .redirects = 3,
        .sign = npm_sign,
        .sign_ctx = (void *)(uintptr_t)client->settings,
    };
    TRY(http_do(client->http, &request, &response, err));
    TRY(http_expect_status(&response, 200, err));
    TRY(verify(&published, buf_str(&response.body), err));
    buf_add(into, buf_str(&response.body));
    return buf_check(into, "the published file", err);
}
