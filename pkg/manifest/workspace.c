/* Finding and reading the package.json files of a workspace. Knows no dependency. */
#include "fs/fs.h"
#include "internal.h"

static const char FILE_NAME[] = "package.json";
static const char PNPM_FILE[] = "pnpm-workspace.yaml";

static bool parse(struct manifest *m, struct error *err)
{
    const struct json_options options = {.name = m->path, .size_max = MANIFEST_SIZE_MAX};
    TRY(json_parse(buf_str(&m->text), &options, &m->doc, err));
    struct json root = json_root(&m->doc);
    if (json_kind(root) != JSON_OBJECT)
        return json_fail(root, err, "a package.json should be an object");
    m->name = json_str(json_get(root, "name"));
    return true;
}

static void manifest_release(struct manifest *m)
{
    json_doc_release(&m->doc);
    buf_release(&m->text);
}

static bool read_manifest(struct workspace *w, const char *path, struct error *err)
{
    cleanup_free char *whole = fs_join(w->dir, path);
    if (w->count == MANIFEST_FILES_MAX)
        return err_set(err, ERR_FAILED, "more than %d workspaces", MANIFEST_FILES_MAX);
    w->manifests = array_grow(w->manifests, &w->cap, w->count + 1, sizeof(*w->manifests));
    struct manifest *m = &w->manifests[w->count];
    *m = (struct manifest){.path = path, .text = buf_make(MANIFEST_SIZE_MAX)};
    w->count++;
    TRY(fs_read(whole, &m->text, err));
    return parse(m, err);
}

/* --- Patterns ----------------------------------------------------------------------------- */

/* Directories of workspaces; a pattern with "!" takes away what those before it have found. */
static bool add_pattern(struct workspace *w, struct str pattern, struct manifest_paths *dirs,
                        struct error *err)
{
    bool negative = str_starts(pattern, STR("!"));
    cleanup_manifest_paths struct manifest_paths matching = {0};
    const char *text = arena_strdup(&w->arena, str_sub(pattern, negative, SIZE_MAX));
    if (!negative)
        return manifest_glob(w->dir, text, &w->arena, dirs, err);
    TRY(manifest_glob(w->dir, text, &w->arena, &matching, err));
    for (size_t i = 0; i < matching.count; i++) {
        size_t kept = 0;
        for (size_t j = 0; j < dirs->count; j++) {
            if (strcmp(dirs->items[j], matching.items[i]) != 0)
                dirs->items[kept++] = dirs->items[j];
        }
        dirs->count = kept;
    }
    return true;
}

static bool from_root(struct workspace *w, struct manifest_paths *dirs, struct error *err)
{
    struct json workspaces = json_get(json_root(&w->manifests[0].doc), "workspaces");
    if (json_kind(workspaces) == JSON_OBJECT)
        workspaces = json_get(workspaces, "packages");
    json_each_item (pattern, workspaces) {
        if (json_kind(pattern) != JSON_STRING)
            return json_fail(pattern, err, "a workspace should be a string");
        TRY(add_pattern(w, json_str(pattern), dirs, err));
    }
    return true;
}

static bool from_pnpm(struct workspace *w, struct manifest_paths *dirs, struct error *err)
{
    struct fs_info info;
    struct node *root;
    cleanup_free char *path = fs_join(w->dir, PNPM_FILE);
    cleanup_buf struct buf text = buf_make(YAML_SIZE_MAX);
    TRY(fs_info(path, &info, err));
    if (info.kind == FS_NONE)
        return true;
    TRY(fs_read(path, &text, err));
    TRY(yaml_parse(buf_str(&text), PNPM_FILE, &w->arena, &root, err));
    node_each(pattern, node_get(root, "packages"))
        TRY(add_pattern(w, str_of(pattern->text), dirs, err));
    return true;
}

/* --- All of it ---------------------------------------------------------------------------- */

static bool read_all(struct workspace *w, const struct manifest_paths *dirs, struct error *err)
{
    for (size_t i = 0; i < dirs->count; i++) {
        struct fs_info info;
        const char *path = arena_printf(&w->arena, "%s/%s", dirs->items[i], FILE_NAME);
        cleanup_free char *whole = fs_join(w->dir, path);
        TRY(fs_info(whole, &info, err));
        if (info.kind == FS_FILE || info.kind == FS_LINK)
            TRY(read_manifest(w, path, err));
    }
    return true;
}

static bool load(struct workspace *w, const char *dir, struct error *err)
{
    cleanup_free char *real = NULL;
    cleanup_manifest_paths struct manifest_paths dirs = {0};
    TRY(fs_real_path(dir, &real, err));
    w->dir = arena_strdup(&w->arena, str_of(real));
    TRY(read_manifest(w, FILE_NAME, err));
    TRY(from_root(w, &dirs, err));
    TRY(from_pnpm(w, &dirs, err));
    return read_all(w, &dirs, err);
}

/* Documents point at nothing that moves: their source is by value, their text on the heap. */
bool workspace_load(const char *dir, struct workspace *ret, struct error *err)
{
    cleanup_workspace struct workspace workspace = {0};
    TRY(load(&workspace, dir, err));
    *ret = workspace;
    workspace = (struct workspace){0};
    return true;
}

void workspace_release(struct workspace *workspace)
{
    for (size_t i = 0; i < workspace->count; i++)
        manifest_release(&workspace->manifests[i]);
    mem_free_at(&workspace->manifests);
    arena_release(&workspace->arena);
    *workspace = (struct workspace){0};
}
