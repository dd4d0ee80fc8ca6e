/* Rewrites the text of a range step by step as npm does, in place. npm's steps are its grammar:
 * what they make of odd input is what its users get. */
#include "range_text.h"

bool range_copy(struct str from, size_t room, struct range_text *to)
{
    size_t ignored;
    to->len = 0;
    from = trim_spaces(from, &ignored);
    for (size_t at = 0; at < from.len;) {
        size_t space = space_at(str_sub(from, at, from.len));
        const char *byte = space > 0 ? " " : from.ptr + at;
        bool again = space > 0 && to->ptr[to->len - 1] == ' ';
        if (!again && to->len == room)
            return false;
        if (!again)
            to->ptr[to->len++] = *byte;
        at += space > 0 ? space : 1;
    }
    return true;
}

static size_t build_span(struct str s)
{
    size_t n = 0, end = 0;
    for (char before = '+'; n < s.len && s.ptr[n] == before; before = '.') {
        for (n++; n < s.len && is_identifier_char(s.ptr[n]); n++)
            end = n + 1;
        if (end != n)
            return end;
    }
    return end;
}

void range_drop_builds(struct range_text *t)
{
    size_t to = 0;
    for (size_t at = 0; at < t->len;) {
        size_t build = build_span(str_n(t->ptr + at, t->len - at));
        at += build;
        if (build == 0)
            t->ptr[to++] = t->ptr[at++];
    }
    t->len = to;
}

static size_t operator_span(struct str s)
{
    size_t n = s.len > 0 && (s.ptr[0] == '<' || s.ptr[0] == '>');
    return n + (n < s.len && s.ptr[n] == '=');
}

/* Where in a match (a space, an operator, a prefix and a version, the first two optional) the one
 * space stands that goes; its end when none does. */
static size_t space_to_drop(struct str match)
{
    size_t n = match.ptr[0] == ' ';
    n += operator_span(str_sub(match, n, match.len));
    return n < match.len && match.ptr[n] == ' ' ? n : match.len;
}

/* Length of the text at the start that is passed as a whole, and in it the space that goes. A
 * version is passed whole, so that the "v" at its end does not become the prefix of the next. */
static size_t match_span(struct str s, size_t *ret_drop)
{
    size_t n = s.ptr[0] == '<' || s.ptr[0] == '>';
    n += prefix_span(str_sub(s, n, s.len));
    struct str version = str_sub(s, n, s.len);
    *ret_drop = SIZE_MAX;
    if (!is_version_start(version))
        return n > 0 ? n : 1;
    size_t drop = space_to_drop(str_n(s.ptr, n));
    if (drop < n)
        *ret_drop = drop;
    return n + version_span(version);
}

static void join_comparators(struct range_text *t)
{
    size_t to = 0, drop;
    for (size_t at = 0; at < t->len;) {
        size_t span = match_span(str_n(t->ptr + at, t->len - at), &drop);
        for (size_t i = 0; i < span; i++, at++)
            if (i != drop)
                t->ptr[to++] = t->ptr[at];
    }
    t->len = to;
}

/* "~> " and "~ " become "~", "^ " becomes "^". */
static size_t tilde_or_caret_span(struct str s)
{
    static const char *const FORMS[] = {"~> ", "~ ", "^ "};
    for (size_t i = 0; i < ARRAY_LEN(FORMS); i++)
        if (str_starts(s, str_of(FORMS[i])))
            return strlen(FORMS[i]);
    return 1;
}

static void join_tildes_and_carets(struct range_text *t)
{
    size_t to = 0;
    for (size_t at = 0; at < t->len;) {
        t->ptr[to++] = t->ptr[at];
        at += tilde_or_caret_span(str_n(t->ptr + at, t->len - at));
    }
    t->len = to;
}

void range_join_operators(struct range_text *t)
{
    join_comparators(t);
    join_tildes_and_carets(t);
}

void range_drop_star(struct range_text *t)
{
    const char *star = t->len > 0 ? memchr(t->ptr, '*', t->len) : NULL;
    if (star == NULL)
        return;
    size_t at = (size_t)(star - t->ptr), end = at + 1;
    if (at > 0 && t->ptr[at - 1] == '=')
        at--;
    if (at > 0 && (t->ptr[at - 1] == '<' || t->ptr[at - 1] == '>'))
        at--;
    memmove(t->ptr + at, t->ptr + end, t->len - end);
    t->len -= end - at;
}
