/* One line as the header of a conventional commit. */
#include "changelog/changelog.h"
#include "internal.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static size_t word_length(struct str s)
{
    size_t len = 0;
    while (len < s.len && is_word(s.ptr[len]))
        len++;
    return len > 0 && is_letter(s.ptr[0]) ? len : 0;
}

/* "(scope)": takes it from `rest`; true also when there is none. */
static bool take_scope(struct str *rest, struct str *ret)
{
    bool closed = false;
    if (!str_starts(*rest, STR("(")))
        return true;
    *ret = str_trim(str_cut(str_sub(*rest, 1, SIZE_MAX), ')', rest, &closed));
    return closed && ret->len > 0 && !str_has(*ret, STR("("));
}

static bool take_char(struct str *rest, char c)
{
    bool there = rest->len > 0 && rest->ptr[0] == c;
    if (there)
        *rest = str_sub(*rest, 1, SIZE_MAX);
    return there;
}

/* "subject (#12)": the number goes, the last one counts. */
static struct str drop_pull_request(struct str subject, uint64_t *ret)
{
    struct str s = str_trim(subject);
    size_t at = s.len;
    uint64_t number;
    if (!str_ends(s, STR(")")))
        return s;
    while (at > 0 && s.ptr[at - 1] != '(')
        at--;
    struct str inside = str_sub(s, at, s.len - at - 1);
    if (at == 0 || !str_starts(inside, STR("#")) ||
        !str_to_u64(str_sub(inside, 1, SIZE_MAX), &number) || number == 0)
        return s;
    *ret = number;
    return str_trim(str_sub(s, 0, at - 1));
}

/* 'Revert "subject"' and "Reapply …" are git's own. */
static bool is_git_revert(struct str line)
{
    return str_starts(line, STR("Revert \""));
}

static bool read_conventional(struct str line, struct changelog_header *h)
{
    struct str rest = line;
    size_t len = word_length(line);
    h->type = str_sub(line, 0, len);
    rest = str_sub(line, len, SIZE_MAX);
    if (len == 0 || !take_scope(&rest, &h->scope))
        return false;
    h->breaking = take_char(&rest, '!');
    if (!take_char(&rest, ':'))
        return false;
    /* "http://…" is no header. */
    if (rest.len > 0 && rest.ptr[0] != ' ' && rest.ptr[0] != '\t')
        return false;
    h->subject = drop_pull_request(rest, &h->pull_request);
    return h->subject.len > 0;
}

void changelog_read_header(struct str line, struct changelog_header *ret)
{
    struct changelog_header h = {.type = STR_EMPTY, .scope = STR_EMPTY};
    line = str_trim(line);
    h.conventional = read_conventional(line, &h);
    if (!h.conventional) {
        h = (struct changelog_header){.type = STR_EMPTY, .scope = STR_EMPTY};
        h.subject = drop_pull_request(line, &h.pull_request);
    }
    h.reverts = is_git_revert(line) || is_type(h.type, "revert");
    *ret = h;
}

bool changelog_read_squashed(struct str line, struct changelog_header *ret)
{
    struct changelog_header h;
    if (!str_starts(line, STR("* ")) && !str_starts(line, STR("- ")))
        return false;
    changelog_read_header(str_sub(line, 2, SIZE_MAX), &h);
    if (!h.conventional || type_find(h.type) == NULL)
        return false;
    *ret = h;
    return true;
}
