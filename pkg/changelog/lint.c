/* What is wrong with a commit message. */
#include "internal.h"

struct lint {
    struct str message;
    const char *const *types;
    size_t type_count;
    changelog_complaint_fn *complain;
    void *ctx;
};

static void complain(const struct lint *l, unsigned line, const char *text)
{
    l->complain(l->ctx, line, text);
}

static bool is_allowed(const struct lint *l, struct str type)
{
    for (size_t i = 0; i < l->type_count; i++) {
        if (str_is(type, l->types[i]))
            return true;
    }
    const struct commit_type *usual = type_find(type);
    return usual != NULL && str_is(type, usual->name);
}

static void lint_type(const struct lint *l, struct str type)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    if (is_allowed(l, type))
        return;
    buf_addf(&text, "type '%" PRIstr "' is not one of ", STR_ARG(type));
    type_list(&text);
    for (size_t i = 0; i < l->type_count; i++)
        buf_addf(&text, ", %s", l->types[i]);
    complain(l, 1, buf_cstr(&text));
}

static size_t count_characters(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return count;
}

static void lint_header(const struct lint *l, struct str line)
{
    struct changelog_header h;
    changelog_read_header(line, &h);
    if (count_characters(line) > CHANGELOG_HEADER_MAX)
        complain(l, 1, "the first line has more than 100 characters");
    if (h.reverts && !h.conventional)
        return;
    if (!h.conventional) {
        complain(l, 1, "the first line is not 'type(scope): subject'");
        return;
    }
    lint_type(l, h.type);
    if (str_ends(h.subject, STR(".")))
        complain(l, 1, "the subject ends in a full stop");
}

static bool looks_breaking(struct str line)
{
    static const char *const wrong[] = {
        "breaking change:", "breaking-change:", "breaking changes:"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        size_t len = strlen(wrong[i]);
        struct str start = str_sub(line, 0, len);
        if (is_type(start, wrong[i]) && !str_is(start, "BREAKING CHANGE:") &&
            !str_is(start, "BREAKING-CHANGE:"))
            return true;
    }
    return false;
}

static void lint_body(const struct lint *l, struct str body)
{
    struct str line;
    for (unsigned number = 2; str_next_line(&body, &line); number++) {
        if (number == 2 && str_trim(line).len > 0)
            complain(l, number, "a blank line belongs between the first line and the rest");
        if (looks_breaking(line))
            complain(l, number, "the footer is 'BREAKING CHANGE: text', in capitals");
        if (str_is(line, "BREAKING CHANGE:") || str_is(line, "BREAKING-CHANGE:"))
            complain(l, number, "the footer does not say what breaks");
    }
}

static bool is_leftover(struct str line)
{
    return str_starts(line, STR("fixup! ")) || str_starts(line, STR("squash! ")) ||
           str_starts(line, STR("amend! "));
}

void changelog_lint(struct str message, const char *const *types, size_t count,
                    changelog_complaint_fn *told, void *ctx)
{
    const struct lint l = {message, types, count, told, ctx};
    struct str rest = message, line = STR_EMPTY;
    if (!str_next_line(&rest, &line) || str_trim(line).len == 0) {
        complain(&l, 1, "the first line is empty");
        return;
    }
    if (str_starts(line, STR("Merge ")))
        return;
    if (is_leftover(line))
        complain(&l, 1, "a commit to be squashed was left over: run 'git rebase --autosquash'");
    else
        lint_header(&l, line);
    lint_body(&l, rest);
}
