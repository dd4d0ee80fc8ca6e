/* Which files differ between two commits, and how two commits are related. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

void git_changes_release(struct git_changes *changes)
{
    free(changes->items);
    buf_release(&changes->text);
    *changes = (struct git_changes){0};
}

static void add_change(struct git_changes *into, struct git_change change)
{
    into->items = array_grow(into->items, &into->cap, into->count + 1, sizeof(*into->items));
    into->items[into->count++] = change;
}

/* "M", "T", "R087": the letter decides. Copies are not asked for. */
static bool read_kind(struct str status, enum git_change_kind *ret)
{
    static const char letters[] = "AMTDR";
    static const enum git_change_kind kinds[] = {GIT_ADDED, GIT_MODIFIED, GIT_MODIFIED, GIT_DELETED,
                                                 GIT_RENAMED};
    const char *at =
        status.len > 0 && status.ptr[0] != '\0' ? strchr(letters, status.ptr[0]) : NULL;
    if (at == NULL)
        return false;
    *ret = kinds[at - letters];
    return true;
}

/* The next field up to its NUL; false when there is none. */
static bool next_field(struct str *rest, struct str *ret)
{
    bool found = false;
    *ret = str_cut(*rest, '\0', rest, &found);
    return found;
}

bool git_parse_changes(struct str text, struct git_changes *into, struct error *err)
{
    struct str status;
    while (text.len > 0) {
        struct git_change change = {.old_path = STR_EMPTY};
        if (!next_field(&text, &status) || !read_kind(status, &change.kind) ||
            (change.kind == GIT_RENAMED && !next_field(&text, &change.old_path)) ||
            !next_field(&text, &change.path))
            return err_set(err, ERR_FAILED, "git tells of changes in a way that is not known here");
        add_change(into, change);
    }
    return true;
}

bool git_diff(const char *dir, const char *base, const char *head, struct git_changes *ret,
              struct error *err)
{
    const char *const args[] = {"diff-tree", "-r", "-z", "-M", "--name-status",
                                base,        head, "--", NULL};
    const struct git_call call = {.dir = dir, .args = args, .doing = "diff-tree", .max = BUF_BODY};
    cleanup_git_changes struct git_changes changes = {0};
    TRY(git_run(&call, &changes.text, NULL, err));
    TRY(git_parse_changes(buf_str(&changes.text), &changes, err));
    *ret = changes;
    changes = (struct git_changes){0};
    return true;
}

bool git_files(const char *dir, const char *commit, struct git_changes *ret, struct error *err)
{
    const char *const args[] = {"ls-tree", "-r", "-z", "--full-tree", "--name-only", commit, NULL};
    const struct git_call call = {.dir = dir, .args = args, .doing = "ls-tree", .max = BUF_BODY};
    cleanup_git_changes struct git_changes changes = {0};
    struct str path;
    TRY(git_run(&call, &changes.text, NULL, err));
    struct str text = buf_str(&changes.text);
    while (next_field(&text, &path))
        add_change(&changes, (struct git_change){GIT_ADDED, path, STR_EMPTY});
    *ret = changes;
    changes = (struct git_changes){0};
    return true;
}

/* One line of one word, or no: then what `no` says. */
static bool ask_line(const struct git_call *call, struct buf *ret, const char *no,
                     struct error *err)
{
    bool yes = false;
    TRY(git_run(call, ret, &yes, err));
    return yes || err_set(err, ERR_NOT_FOUND, "%s in '%s'", no, call->dir);
}

bool git_merge_base(const char *dir, const char *a, const char *b, char ret_sha[GIT_SHA_MAX],
                    struct error *err)
{
    const char *const args[] = {"merge-base", a, b, NULL};
    const struct git_call call = {
        .dir = dir, .args = args, .doing = "merge-base", .may_say_no = true};
    cleanup_buf struct buf out = buf_make(1);
    TRY(ask_line(&call, &out, "the two commits have no common ancestor", err));
    struct str sha = str_trim(buf_str(&out));
    if (sha.len == 0 || sha.len >= GIT_SHA_MAX)
        return err_set(err, ERR_FAILED, "git merge-base says '%" PRIstr "'", STR_ARG(sha));
    snprintf(ret_sha, GIT_SHA_MAX, "%" PRIstr, STR_ARG(sha));
    return true;
}

bool git_last_tag(const char *dir, const char *commit, char **ret, struct error *err)
{
    const char *const args[] = {"describe", "--tags", "--abbrev=0", commit, NULL};
    const struct git_call call = {.dir = dir, .args = args, .doing = "describe"};
    cleanup_buf struct buf out = buf_make(1);
    TRY(git_run(&call, &out, NULL, err));
    struct str tag = str_trim(buf_str(&out));
    *ret = xstrndup(tag.ptr, tag.len);
    return true;
}

bool git_is_shallow(const char *dir, bool *ret, struct error *err)
{
    static const char *const args[] = {"rev-parse", "--is-shallow-repository", NULL};
    const struct git_call call = {.dir = dir, .args = args, .doing = "rev-parse"};
    cleanup_buf struct buf out = buf_make(1);
    TRY(git_run(&call, &out, NULL, err));
    *ret = str_is(str_trim(buf_str(&out)), "true");
    return true;
}
