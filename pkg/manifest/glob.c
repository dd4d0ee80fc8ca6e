/* Patterns of paths, walked along their components, so that only what can match is looked at. */
#include <fnmatch.h>
#include <stdlib.h>

#include "fs/fs.h"
#include "internal.h"

struct globbing {
    const char *dir;
    struct arena *arena;
    struct manifest_paths *into;
    unsigned depth; /* of "**" */
};

bool glob_passes_over(const char *name)
{
    return strcmp(name, "node_modules") == 0 || strcmp(name, ".git") == 0;
}

static bool expand(struct globbing *g, const char *at, struct str pattern, struct error *err);

static void found(struct globbing *g, const char *path)
{
    struct manifest_paths *into = g->into;
    for (size_t i = 0; i < into->count; i++) {
        if (strcmp(into->items[i], path) == 0)
            return;
    }
    into->items = array_grow(into->items, &into->cap, into->count + 1, sizeof(*into->items));
    into->items[into->count++] = path;
}

static const char *below(const struct globbing *g, const char *at, const char *name)
{
    return at[0] == '\0' ? arena_strdup(g->arena, str_of(name))
                         : arena_printf(g->arena, "%s/%s", at, name);
}

/* `path` has matched so far: what is left of the pattern decides. */
static bool go_on(struct globbing *g, const char *path, struct str rest, struct error *err)
{
    struct fs_info info;
    cleanup_free char *whole = fs_join(g->dir, path);
    TRY(fs_info(whole, &info, err));
    if (rest.len == 0 && info.kind != FS_NONE)
        found(g, path);
    return rest.len == 0 || info.kind != FS_DIR || expand(g, path, rest, err);
}

/* "**": nothing, or a directory and "**" again. */
static bool descend(struct globbing *g, const char *at, const char *name, struct str pattern,
                    struct error *err)
{
    struct fs_info info;
    const char *path = below(g, at, name);
    cleanup_free char *whole = fs_join(g->dir, path);
    TRY(fs_info(whole, &info, err));
    if (info.kind != FS_DIR || g->depth == MANIFEST_GLOB_DEPTH)
        return true;
    if (str_is(pattern, "**"))
        found(g, path);
    g->depth++;
    bool ok = expand(g, path, pattern, err);
    g->depth--;
    return ok;
}

static bool look_at(struct globbing *g, const char *at, const char *name, struct str pattern,
                    struct error *err)
{
    struct str rest;
    struct str part = str_cut(pattern, '/', &rest, NULL);
    cleanup_free char *glob = xstrndup(part.ptr, part.len);
    if (glob_passes_over(name))
        return true;
    if (str_is(part, "**"))
        return descend(g, at, name, pattern, err);
    if (fnmatch(glob, name, FNM_PERIOD) != 0)
        return true;
    return go_on(g, below(g, at, name), rest, err);
}

static bool expand(struct globbing *g, const char *at, struct str pattern, struct error *err)
{
    struct str rest;
    cleanup_fs_list struct fs_list names = {0};
    cleanup_free char *whole = fs_join(g->dir, at);
    struct str part = str_cut(pattern, '/', &rest, NULL);
    if (str_is(part, "**") && rest.len > 0)
        TRY(expand(g, at, rest, err));
    TRY(fs_list(at[0] == '\0' ? g->dir : whole, &names, err));
    for (size_t i = 0; i < names.count; i++)
        TRY(look_at(g, at, names.names[i], pattern, err));
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool manifest_glob(const char *dir, const char *pattern, struct arena *arena,
                   struct manifest_paths *into, struct error *err)
{
    struct globbing g = {.dir = dir, .arena = arena, .into = into};
    struct str text = str_of(pattern);
    while (str_starts(text, STR("./")))
        text = str_sub(text, 2, SIZE_MAX);
    while (str_ends(text, STR("/")))
        text.len--;
    if (text.len == 0 || text.ptr[0] == '/' || str_has(text, STR("..")))
        return err_set(err, ERR_CONFIG, "the pattern '%s' does not stay below '%s'", pattern, dir);
    TRY(expand(&g, "", text, err));
    if (into->count > 0)
        qsort(into->items, into->count, sizeof(*into->items), compare);
    return true;
}

void manifest_paths_release(struct manifest_paths *paths)
{
    mem_free_at(&paths->items);
    *paths = (struct manifest_paths){0};
}
