/* Answers kept on disk with their ETag, so that what has not changed is not sent again. A file per
 * question, replaced whole; the oldest go when there are too many. Knows no packument. */
#include "crypto/crypto.h"
#include "fs/fs.h"
#include "internal.h"

enum {
    CACHE_FILES_MAX = 128,
    CACHE_DIR_MODE = 0700,
    CACHE_MODE = 0600, /* what a private registry says is nobody else's */
    CACHE_HEAD_MAX = 4096
};
#define CACHE_BYTES_MAX ((uint64_t)256 * 1024 * 1024)

static const char FIRST_LINE[] = "teerexctl npm cache 1";

static char *path_of(const struct npm_client *client, const char *key)
{
    char digest[SHA256_HEX_MAX];
    sha256_hex(str_of(key), digest);
    return fs_join(client->cache_dir, digest);
}

/* "FIRST_LINE\nKEY\nETAG\nLENGTH\nBODY" */
static bool split(struct str text, const char *key, struct str *ret_etag, struct str *ret_body)
{
    struct str line, rest = text;
    uint64_t length;
    if (!str_next_line(&rest, &line) || !str_is(line, FIRST_LINE) || !str_next_line(&rest, &line) ||
        !str_is(line, key) || !str_next_line(&rest, ret_etag) || !str_next_line(&rest, &line) ||
        !str_to_u64(line, &length) || length != rest.len)
        return false;
    *ret_body = rest;
    return ret_etag->len > 0;
}

void cache_get(const struct npm_client *client, const char *key, struct cached *ret)
{
    struct error unused;
    struct str etag, body;
    *ret = (struct cached){.body = buf_make(NPM_BODY_MAX + CACHE_HEAD_MAX)};
    if (client->cache_dir == NULL)
        return;
    cleanup_free char *path = path_of(client, key);
    if (!fs_read(path, &ret->body, &unused) || !split(buf_str(&ret->body), key, &etag, &body))
        return;
    ret->etag = xstrndup(etag.ptr, etag.len);
    buf_drop(&ret->body, ret->body.len - body.len);
}

void cached_release(struct cached *cached)
{
    mem_free_at(&cached->etag);
    buf_release(&cached->body);
}

/* --- Keeping ------------------------------------------------------------------------------ */

struct kept {
    uint64_t bytes;
    size_t count;
    char *oldest;
    int64_t oldest_ms;
};

static bool weigh(const char *dir, const struct fs_list *names, struct kept *ret, struct error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        struct fs_info info;
        cleanup_free char *path = fs_join(dir, names->names[i]);
        TRY(fs_info(path, &info, err));
        if (info.kind != FS_FILE)
            continue;
        ret->bytes += info.size;
        ret->count++;
        if (ret->oldest == NULL || info.mtime_ms < ret->oldest_ms) {
            mem_free_at(&ret->oldest);
            ret->oldest = steal_ptr(&path);
            ret->oldest_ms = info.mtime_ms;
        }
    }
    return true;
}

static void kept_release(struct kept *kept)
{
    mem_free_at(&kept->oldest);
}

/* Removes one file when there is too much. */
static bool trim_once(const struct npm_client *client, bool *ret_more, struct error *err)
{
    cleanup_fs_list struct fs_list names = {0};
    cleanup(kept_release) struct kept kept = {0};
    TRY(fs_list(client->cache_dir, &names, err));
    TRY(weigh(client->cache_dir, &names, &kept, err));
    *ret_more =
        kept.oldest != NULL && (kept.count > CACHE_FILES_MAX || kept.bytes > CACHE_BYTES_MAX);
    return !*ret_more || fs_remove(client->cap, kept.oldest, err);
}

static bool keep(const struct npm_client *client, const char *key, struct str etag, struct str body,
                 struct error *err)
{
    bool more = true;
    cleanup_free char *path = path_of(client, key);
    cleanup_buf struct buf text = buf_make(NPM_BODY_MAX + CACHE_HEAD_MAX);
    buf_addf(&text, "%s\n%s\n%" PRIstr "\n%zu\n", FIRST_LINE, key, STR_ARG(etag), body.len);
    buf_add(&text, body);
    TRY(buf_check(&text, "the cached answer", err));
    TRY(fs_make_dirs(client->cap, client->cache_dir, CACHE_DIR_MODE, err));
    TRY(fs_write(client->cap, path, buf_str(&text), CACHE_MODE, err));
    while (more)
        TRY(trim_once(client, &more, err));
    return true;
}

void cache_put(const struct npm_client *client, const char *key, struct str etag, struct str body)
{
    struct error err;
    if (client->cache_dir == NULL || !client->cap->may_write || etag.len == 0 ||
        str_has(etag, STR("\n")))
        return;
    if (!keep(client, key, etag, body, &err))
        events_detail(client->events, "not kept: %s", err.msg);
}
