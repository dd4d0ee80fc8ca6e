/* Reading what git says and what URLs hide. Runs nothing. */
#include <stdio.h>

#include "internal.h"

static bool copy_text(struct str text, char *to, size_t size)
{
    if (text.len >= size)
        return false;
    memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
    return true;
}

/* ---- status ---- */

static bool take_oid(struct str value, struct git_state *into)
{
    if (str_is(value, "(initial)"))
        return true;
    if (value.len < 40 || !copy_text(value, into->sha, sizeof(into->sha)))
        return false;
    return copy_text(str_sub(value, 0, GIT_SHORT_LEN), into->short_sha, sizeof(into->short_sha));
}

static bool take_head(struct str value, struct git_state *into)
{
    return str_is(value, "(detached)") || copy_text(value, into->branch, sizeof(into->branch));
}

/* "# branch.oid VALUE" and others, of which two matter. */
static bool take_header(struct str line, struct git_state *into)
{
    static const struct {
        const char *name;
        bool (*take)(struct str value, struct git_state *into);
    } headers[] = {{"# branch.oid ", take_oid}, {"# branch.head ", take_head}};
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        struct str name = str_of(headers[i].name);
        if (str_starts(line, name))
            return headers[i].take(str_sub(line, name.len, SIZE_MAX), into);
    }
    return true;
}

/* A renamed file's old name follows as an entry of its own; it may begin with anything, but where
 * there is one the tree is dirty already. */
bool git_parse_status(struct str text, struct git_state *into, struct error *err)
{
    bool found = false, rename = false;
    while (text.len > 0) {
        struct str entry = str_cut(text, '\0', &text, NULL);
        bool old_name = rename;
        rename = !old_name && str_starts(entry, STR("2 "));
        if (old_name)
            continue;
        if (!str_starts(entry, STR("# "))) {
            bool untracked = str_starts(entry, STR("? "));
            into->untracked = into->untracked || untracked;
            into->dirty = into->dirty || !untracked;
            continue;
        }
        found = true;
        if (!take_header(entry, into))
            return err_set(err, ERR_FAILED, "git status says '%" PRIstr "'", STR_ARG(entry));
    }
    return found || err_set(err, ERR_FAILED, "git status says nothing of its branch");
}

/* ---- URLs ---- */

void git_strip_url(struct str url, struct buf *into)
{
    size_t scheme = str_find(url, STR("://"));
    if (scheme == SIZE_MAX) {
        buf_add(into, url);
        return;
    }
    struct str rest = str_sub(url, scheme + 3, SIZE_MAX);
    size_t end = 0, at = SIZE_MAX;
    for (; end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?'; end++) {
        if (rest.ptr[end] == '@')
            at = end;
    }
    buf_add(into, str_sub(url, 0, scheme + 3));
    if (at == SIZE_MAX) {
        buf_add(into, rest);
        return;
    }
    /* Over ssh the user is part of the address; only a password after it is not. */
    if (str_is(str_sub(url, 0, scheme), "ssh")) {
        struct str password;
        buf_add(into, str_cut(str_sub(rest, 0, at), ':', &password, NULL));
        buf_addc(into, '@');
    }
    buf_add(into, str_sub(rest, at + 1, SIZE_MAX));
}
