/* A whole commit message: header, body, footers. */
#include "internal.h"

/* "BREAKING CHANGE: text" or "BREAKING-CHANGE: text"; only in capitals, as the standard says. */
static bool is_breaking_footer(struct str line, struct str *ret_text)
{
    static const struct str tokens[] = {{"BREAKING CHANGE:", 16}, {"BREAKING-CHANGE:", 16}};
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        if (str_starts(line, tokens[i])) {
            *ret_text = str_trim(str_sub(line, tokens[i].len, SIZE_MAX));
            return true;
        }
    }
    return false;
}

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* "Token: value" or "Token #value". */
static bool is_footer(struct str line)
{
    struct str text;
    size_t len = 0;
    while (len < line.len && is_token_char(line.ptr[len]))
        len++;
    struct str rest = str_sub(line, len, SIZE_MAX);
    return is_breaking_footer(line, &text) ||
           (len > 0 && (str_starts(rest, STR(": ")) || str_starts(rest, STR(" #"))));
}

/* The text goes on over the lines up to the next footer or a blank one. */
static struct str breaking_text(struct str first, struct str rest)
{
    struct str line, all = first;
    while (str_next_line(&rest, &line)) {
        if (str_trim(line).len == 0 || is_footer(line))
            break;
        if (all.len == 0)
            all = line;
        all.len = (size_t)(line.ptr + line.len - all.ptr);
    }
    return str_trim(all);
}

static void take_revert(struct str line, struct changelog_message *m)
{
    struct str intro = STR("This reverts commit ");
    size_t len = 0;
    if (!str_starts(line, intro) || m->revert_count == CHANGELOG_REVERTS_MAX)
        return;
    struct str sha = str_sub(line, intro.len, SIZE_MAX);
    while (len < sha.len && strchr("0123456789abcdef", sha.ptr[len]) != NULL &&
           sha.ptr[len] != '\0')
        len++;
    if (len >= 7)
        m->reverts[m->revert_count++] = str_sub(sha, 0, len);
}

void changelog_read_message(struct str text, struct changelog_message *ret)
{
    struct changelog_message m = {.breaking = STR_EMPTY};
    struct str rest = text, line = STR_EMPTY, note;
    while (str_next_line(&rest, &line) && str_trim(line).len == 0)
        continue;
    changelog_read_header(line, &m.header);
    m.body = str_trim(rest);
    m.is_breaking = m.header.breaking;
    for (rest = m.body; str_next_line(&rest, &line);) {
        take_revert(line, &m);
        if (!is_breaking_footer(line, &note))
            continue;
        m.is_breaking = true;
        if (m.breaking.len == 0)
            m.breaking = breaking_text(note, rest);
    }
    *ret = m;
}
