/* New texts from old ones: only the bytes of versions change, whatever the file is. */
#include "internal.h"

static const struct str PLACEHOLDER = {"{version}", 9};

void splice_text(struct str text, const struct splice *splices, size_t count, struct buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        buf_add(out, str_sub(text, at, splices[i].begin - at));
        buf_add(out, splices[i].with);
        at = splices[i].end;
    }
    buf_add(out, str_sub(text, at, SIZE_MAX));
}

static bool version_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '+';
}

/* The longest version at the start of the text; empty when there is none. */
static struct str leading_version(struct str text)
{
    struct semver unused;
    size_t len = 0;
    while (len < text.len && len <= SEMVER_TEXT_MAX && version_char(text.ptr[len]))
        len++;
    for (; len > 0; len--) {
        if (semver_parse(str_sub(text, 0, len), &unused))
            break;
    }
    return str_sub(text, 0, len);
}

static bool split_rule(const struct manifest_rule *rule, struct str *ret_before,
                       struct str *ret_after, struct error *err)
{
    struct str match = str_of(rule->match);
    size_t at = str_find(match, PLACEHOLDER);
    if (at == SIZE_MAX || at == 0)
        return err_set(err, ERR_CONFIG, "'%s' needs text and then %s", rule->match,
                       PLACEHOLDER.ptr);
    *ret_before = str_sub(match, 0, at);
    *ret_after = str_sub(match, at + PLACEHOLDER.len, SIZE_MAX);
    if (str_has(*ret_after, PLACEHOLDER))
        return err_set(err, ERR_CONFIG, "'%s' has %s twice", rule->match, PLACEHOLDER.ptr);
    return true;
}

bool manifest_apply_rule(const struct manifest_rule *rule, const struct manifest_target *target,
                         struct str text, struct buf *out, size_t *ret_found, struct error *err)
{
    size_t at, count = 0;
    struct str before = STR_EMPTY, after = STR_EMPTY;
    TRY(split_rule(rule, &before, &after, err));
    while ((at = str_find(text, before)) != SIZE_MAX) {
        struct str rest = str_sub(text, at + before.len, SIZE_MAX);
        struct str old = leading_version(rest);
        struct str follows = str_sub(rest, old.len, SIZE_MAX);
        bool fits = old.len > 0 && str_starts(follows, after);
        bool taken = fits && (target->line == NULL || semver_channel_takes(target->line, old));
        buf_add(out, str_sub(text, 0, at + before.len));
        buf_add(out, taken ? target->version : old);
        count += fits;
        text = follows;
    }
    buf_add(out, text);
    *ret_found = count;
    return true;
}
