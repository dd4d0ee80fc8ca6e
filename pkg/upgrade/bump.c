/* Going to a version: new contents for every file that names one, then the lockfile. */
#include <stdlib.h>

#include "fs/fs.h"
#include "internal.h"

struct bumping {
    const struct upgrade_bump *bump;
    const struct semver_channel *line; /* of the version; NULL: any version gives way */
    struct changes changes;
    struct upgrade_bumped *bumped;
};

static void add_string(struct arena *arena, config_strings *list, const char *text)
{
    const char **items = ARENA_ARRAY(arena, const char *, list->count + 1);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count++] = text;
    list->items = items;
}

/* --- package.json ------------------------------------------------------------------------- */

static bool takes(struct bumping *b, const struct manifest_use *use)
{
    if (b->line == NULL || semver_channel_takes(b->line, use->version))
        return true;
    const char *path = b->bump->workspace->manifests[use->manifest].path;
    add_string(b->bump->arena, &b->bumped->kept,
               arena_printf(b->bump->arena, "%s: %" PRIstr "@%" PRIstr, path, STR_ARG(use->package),
                            STR_ARG(use->version)));
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct splice *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static size_t splices_of(struct bumping *b, size_t manifest, struct splice *splices)
{
    size_t count = 0;
    const struct manifest_uses *uses = b->bump->uses;
    for (size_t i = 0; i < uses->count; i++) {
        const struct manifest_use *use = &uses->items[i];
        if (use->manifest == manifest && takes(b, use))
            splices[count++] = (struct splice){use->begin, use->end, str_of(b->bump->version)};
    }
    if (count > 0)
        qsort(splices, count, sizeof(*splices), by_place);
    return count;
}

/* What was read when the uses were found must still be there. */
static bool still_same(const struct manifest *m, const struct change *change, struct error *err)
{
    return str_eq(buf_str(&m->text), buf_str(&change->before)) ||
           err_set(err, ERR_CONFLICT, "'%s' was changed by somebody else meanwhile", m->path);
}

static bool change_manifest(struct bumping *b, size_t index, struct error *err)
{
    struct change *change;
    const struct manifest *m = &b->bump->workspace->manifests[index];
    cleanup_free struct splice *splices = xcalloc(b->bump->uses->count + 1, sizeof(*splices));
    size_t count = splices_of(b, index, splices);
    if (count == 0)
        return true;
    TRY(changes_add(&b->changes, b->bump->workspace->dir, m->path, &change, err));
    TRY(still_same(m, change, err));
    splice_text(buf_str(&change->before), splices, count, &change->after);
    return buf_check(&change->after, m->path, err);
}

/* --- Other files -------------------------------------------------------------------------- */

/* A file that two rules are about is changed twice. */
static bool change_of(struct bumping *b, const char *path, struct change **ret, struct error *err)
{
    for (size_t i = 0; i < b->changes.count; i++) {
        if (strcmp(b->changes.items[i].path, path) == 0) {
            *ret = &b->changes.items[i];
            return true;
        }
    }
    TRY(changes_add(&b->changes, b->bump->workspace->dir, path, ret, err));
    buf_add(&(*ret)->after, buf_str(&(*ret)->before));
    return true;
}

static bool apply_rule(struct bumping *b, const struct manifest_rule *rule, const char *path,
                       size_t *ret_found, struct error *err)
{
    struct change *change;
    cleanup_buf struct buf text = buf_make((size_t)2 * MANIFEST_SIZE_MAX);
    const struct manifest_target target = {b->line, str_of(b->bump->version)};
    TRY(change_of(b, path, &change, err));
    TRY(manifest_apply_rule(rule, &target, buf_str(&change->after), &text, ret_found, err));
    TRY(buf_check(&text, path, err));
    buf_clear(&change->after);
    buf_add(&change->after, buf_str(&text));
    return true;
}

static bool change_by_rule(struct bumping *b, const struct manifest_rule *rule, struct error *err)
{
    size_t all = 0, found = 0;
    cleanup_manifest_paths struct manifest_paths paths = {0};
    TRY(manifest_glob(b->bump->workspace->dir, rule->path, b->bump->arena, &paths, err));
    for (size_t i = 0; i < paths.count; i++) {
        TRY(apply_rule(b, rule, paths.items[i], &found, err));
        all += found;
    }
    return all > 0 || err_set(err, ERR_CONFIG, "nothing matches '%s' in '%s' (upstream.files)",
                              rule->match, rule->path);
}

/* --- All of it ---------------------------------------------------------------------------- */

static bool prepare(struct bumping *b, struct error *err)
{
    struct semver version;
    struct manifest_use anchor;
    struct error unused;
    const struct upgrade_bump *bump = b->bump;
    struct str to = str_of(bump->version);
    if (!semver_parse(to, &version))
        return err_set(err, ERR_USAGE, "'%s' is no version", bump->version);
    const struct upgrade_channel *channel = upgrade_channel_of(bump->setup, to);
    b->line = channel != NULL ? &channel->line : NULL;
    if (upgrade_current(bump->setup, bump->uses, &anchor, &unused))
        b->bumped->from = arena_strdup(bump->arena, anchor.version);
    for (size_t i = 0; i < bump->workspace->count; i++)
        TRY(change_manifest(b, i, err));
    for (size_t i = 0; i < bump->setup->rule_count; i++)
        TRY(change_by_rule(b, &bump->setup->rules[i], err));
    return true;
}

static void list_files(struct bumping *b)
{
    for (size_t i = 0; i < b->changes.count; i++) {
        const struct change *change = &b->changes.items[i];
        if (!str_eq(buf_str(&change->before), buf_str(&change->after)))
            add_string(b->bump->arena, &b->bumped->files, change->path);
    }
}

/* The lockfile is one of the files, whose new content somebody else makes. */
static bool update_lock(struct bumping *b, struct error *err)
{
    struct change *change;
    struct manifest_lock lock;
    cleanup_changes struct changes locks = {0};
    const struct upgrade_bump *bump = b->bump;
    TRY(manifest_find_lock(bump->workspace, &lock, err));
    if (lock.file == NULL)
        return true;
    TRY(changes_add(&locks, bump->workspace->dir, lock.file, &change, err));
    bool ok = lock_update(bump, &lock, err) && fs_read(change->whole, &change->after, err);
    if (ok && !str_eq(buf_str(&change->before), buf_str(&change->after)))
        add_string(bump->arena, &b->bumped->files, lock.file);
    struct error undo;
    if (!ok && !changes_undo(&locks, 1, bump->cap, &undo))
        err_wrap(err, "%s; and then", undo.msg);
    return ok;
}

static bool write_all(struct bumping *b, struct error *err)
{
    struct error undo;
    TRY(changes_write(&b->changes, b->bump->cap, err));
    if (b->bump->no_lockfile || b->bumped->files.count == 0 || update_lock(b, err))
        return true;
    if (!changes_undo(&b->changes, b->changes.count, b->bump->cap, &undo))
        err_wrap(err, "%s; and then", undo.msg);
    return false;
}

bool upgrade_bump(const struct upgrade_bump *bump, struct upgrade_bumped *ret, struct error *err)
{
    struct upgrade_bumped bumped = {0};
    struct bumping b = {.bump = bump, .bumped = &bumped};
    bool ok = prepare(&b, err);
    if (ok)
        list_files(&b);
    ok = ok && write_all(&b, err);
    changes_release(&b.changes);
    if (ok)
        *ret = bumped;
    return ok;
}
