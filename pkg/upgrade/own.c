/* The next version of our own package, and whether what it would hold is published already. */
#include "fs/fs.h"
#include "internal.h"
#include "proc/proc.h"

enum { PACK_MS = 5 * 60 * 1000, TARBALL_MODE = 0600, DIR_MODE = 0700 };

static const struct fs_archive_limits LIMITS = {.bytes_max = (uint64_t)512 * 1024 * 1024,
                                                .entries_max = 50000};

/* --- What is in a package ----------------------------------------------------------------- */

/* The version is what differs by purpose. */
static bool blank_version(const struct upgrade_own *own, const char *dir, struct error *err)
{
    size_t begin, end;
    cleanup_free char *path = fs_join(dir, "package/package.json");
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_buf struct buf text = buf_make(MANIFEST_SIZE_MAX), out = buf_make(MANIFEST_SIZE_MAX);
    TRY(fs_read(path, &text, err));
    TRY(json_parse(buf_str(&text), NULL, &doc, err));
    struct json version = json_get(json_root(&doc), "version");
    if (!json_exists(version))
        return true;
    json_range(version, &begin, &end);
    const struct splice splice = {begin, end, STR("\"\"")};
    splice_text(buf_str(&text), &splice, 1, &out);
    return fs_write(own->cap, path, buf_str(&out), TARBALL_MODE, err);
}

static bool content_of(const struct upgrade_own *own, const char *tarball, const char *dir,
                       char ret[SHA256_HEX_MAX], struct error *err)
{
    TRY(fs_make_dirs(own->cap, dir, DIR_MODE, err));
    TRY(fs_archive_extract(own->cap, tarball, dir, &LIMITS, err));
    TRY(blank_version(own, dir, err));
    return fs_tree_digest(dir, ret, err);
}

/* What npm would publish from here, packed into `dir`. */
static bool pack(const struct upgrade_own *own, const char *dir, char **ret_path, struct error *err)
{
    cleanup_fs_list struct fs_list names = {0};
    const char *path = own->workspace->manifests[own->manifest].path;
    cleanup_free char *whole = fs_join(own->workspace->dir, path), *at = fs_dir_name(whole);
    const char *const argv[] = {"npm", "pack", "--ignore-scripts", "--pack-destination", dir, NULL};
    const struct proc_spec spec = {
        .argv = argv,
        .env = own->npm_env,
        .cwd = at,
        .out = {.kind = PROC_DISCARD},
        .errout = {.kind = PROC_CAPTURE, .max = BUF_TEXT},
        .timeout_ms = PACK_MS,
        .effect = EFFECT_IDEMPOTENT,
        .cap = own->cap,
    };
    TRY(fs_make_dirs(own->cap, dir, DIR_MODE, err));
    TRY(proc_run_ok(&spec, NULL, err));
    TRY(fs_list(dir, &names, err));
    if (names.count != 1)
        return err_set(err, ERR_FAILED, "npm packed %zu files, not one", names.count);
    *ret_path = fs_join(dir, names.names[0]);
    return true;
}

static bool fetch(const struct upgrade_own *own, const struct npm_packument *packument,
                  struct str version, const char *path, struct error *err)
{
    cleanup_buf struct buf bytes = buf_make(NPM_BODY_MAX);
    TRY(npm_fetch(own->npm, packument, version, &bytes, err));
    return fs_write(own->cap, path, buf_str(&bytes), TARBALL_MODE, err);
}

/* Is the published version what would be published now? */
static bool same_content(const struct upgrade_own *own, const struct npm_packument *packument,
                         struct str version, bool *ret, struct error *err)
{
    char ours[SHA256_HEX_MAX], theirs[SHA256_HEX_MAX];
    cleanup_fs_temp struct fs_temp temp = {0};
    cleanup_free char *packed = NULL;
    TRY(fs_temp_dir(own->cap, NULL, "teerex-pack-", &temp, err));
    cleanup_free char *pack_dir = fs_join(temp.path, "packed");
    cleanup_free char *our_dir = fs_join(temp.path, "ours");
    cleanup_free char *their_dir = fs_join(temp.path, "theirs");
    cleanup_free char *published = fs_join(temp.path, "published.tgz");
    TRY(fetch(own, packument, version, published, err));
    TRY(pack(own, pack_dir, &packed, err));
    TRY(content_of(own, packed, our_dir, ours, err));
    TRY(content_of(own, published, their_dir, theirs, err));
    *ret = strcmp(ours, theirs) == 0;
    return true;
}

/* --- Which version ------------------------------------------------------------------------ */

/* A package that was never published has no packument. */
static bool ask(const struct upgrade_own *own, const char *name, struct npm_packument *ret,
                struct error *err)
{
    struct error found = {0};
    const struct npm_question question = {name, NPM_ABBREVIATED};
    *ret = (struct npm_packument){0};
    if (npm_ask_one(own->npm, &question, ret, &found) || found.kind == ERR_NOT_FOUND)
        return true;
    *err = found;
    return false;
}

static bool choose(const struct upgrade_own *own, const char *name, struct upgrade_owned *ret,
                   struct error *err)
{
    struct semver_revision revision;
    cleanup_npm_packument struct npm_packument packument = {0};
    TRY(ask(own, name, &packument, err));
    const struct npm_strings *all = &packument.versions;
    TRY(semver_revise(str_of(own->base), all->items, all->count, &revision, err));
    ret->to = arena_strdup(own->arena, str_of(revision.next));
    if (revision.last == SIZE_MAX)
        return true;
    TRY(same_content(own, &packument, all->items[revision.last], &ret->published, err));
    if (ret->published)
        ret->to = arena_strdup(own->arena, all->items[revision.last]);
    return true;
}

static bool put_version(const struct upgrade_own *own, struct json version,
                        struct upgrade_owned *owned, struct error *err)
{
    size_t begin, end;
    struct change *change;
    cleanup_changes struct changes changes = {0};
    json_range(version, &begin, &end);
    const struct splice splice = {begin, end,
                                  str_of(arena_printf(own->arena, "\"%s\"", owned->to))};
    TRY(changes_add(&changes, own->workspace->dir, own->workspace->manifests[own->manifest].path,
                    &change, err));
    splice_text(buf_str(&change->before), &splice, 1, &change->after);
    owned->changed = !str_is(json_str(version), owned->to);
    return changes_write(&changes, own->cap, err);
}

bool upgrade_own_version(const struct upgrade_own *own, struct upgrade_owned *ret,
                         struct error *err)
{
    struct upgrade_owned owned = {0};
    const struct manifest *m = &own->workspace->manifests[own->manifest];
    struct json version = json_get(json_root(&m->doc), "version");
    const char *name = arena_strdup(own->arena, m->name);
    if (json_kind(version) != JSON_STRING || m->name.len == 0)
        return err_set(err, ERR_CONFIG, "%s needs a name and a version", m->path);
    owned.from = arena_strdup(own->arena, json_str(version));
    TRY(choose(own, name, &owned, err));
    TRY(put_version(own, version, &owned, err));
    *ret = owned;
    return true;
}
