/* Partial versions as ranges have them, and how far a version reaches in a text. The limits on
 * lengths are those of npm's expressions. */
#include "range_text.h"

/* npm's expressions repeat digits at most 256 times and identifier characters at most 250 times. */
enum { DIGITS_MAX = 256, NAME_MAX_AFTER_LETTER = 250, PARTS = 3 };

static struct str from(struct str s, size_t at)
{
    return str_sub(s, at, s.len);
}

static bool char_at(struct str s, size_t at, char c)
{
    return at < s.len && s.ptr[at] == c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A strict number is "0" or does not start with it. */
static size_t number_span(struct str s, bool loose)
{
    if (!loose && char_at(s, 0, '0'))
        return 1;
    return least(count_digits(s), loose ? DIGITS_MAX : DIGITS_MAX + 1);
}

static size_t identifier_span(struct str s, bool loose)
{
    size_t digits = least(count_digits(s), DIGITS_MAX), n = digits;
    if (n == s.len || is_digit(s.ptr[n]) || !is_identifier_char(s.ptr[n]))
        return number_span(s, loose);
    while (n < s.len && n - digits <= NAME_MAX_AFTER_LETTER && is_identifier_char(s.ptr[n]))
        n++;
    return n;
}

static size_t identifiers_span(struct str s, bool loose)
{
    size_t n = identifier_span(s, loose), more = n;
    while (more > 0 && char_at(s, n, '.')) {
        more = identifier_span(from(s, n + 1), loose);
        n += more > 0 ? more + 1 : 0;
    }
    return n;
}

/* Loosely, the hyphen before it may be missing, or be all there is of it. */
static size_t prerelease_span(struct str s, bool loose)
{
    bool hyphen = char_at(s, 0, '-');
    size_t n = hyphen ? identifiers_span(from(s, 1), loose) : 0;
    if (n > 0)
        return n + 1;
    return loose ? identifiers_span(s, true) : 0;
}

static size_t part_span(struct str s)
{
    return s.len > 0 && is_digit(s.ptr[0]) ? number_span(s, false) : is_version_start(s);
}

static size_t loose_span(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        size_t digits = number_span(from(s, n), true);
        if (digits == 0 || (i < PARTS - 1 && !char_at(s, n + digits, '.')))
            return 0;
        n += digits + (i < PARTS - 1);
    }
    return n + prerelease_span(from(s, n), true);
}

size_t version_span(struct str s)
{
    size_t n = loose_span(s);
    if (n > 0)
        return n;
    n = part_span(s);
    for (size_t i = 1; i < PARTS; i++) {
        size_t part = char_at(s, n, '.') ? part_span(from(s, n + 1)) : 0;
        if (part == 0)
            return n;
        n += part + 1;
    }
    return n + prerelease_span(from(s, n), false);
}

size_t prefix_span(struct str s)
{
    size_t n = 0;
    while (n < s.len && (s.ptr[n] == 'v' || s.ptr[n] == '=' || s.ptr[n] == ' '))
        n++;
    return n;
}

static void set_part(struct partial *p, size_t i, struct str text)
{
    p->wild[i] = !is_digit(text.ptr[0]);
    if (!p->wild[i] && !read_number(text, &p->number[i]))
        p->number[i] = SEMVER_NUMBER_MAX + 1;
}

bool partial_parse(struct str s, struct partial *ret)
{
    struct partial p = {.prefix = str_n(s.ptr, prefix_span(s)), .wild = {true, true, true}};
    p.text = from(s, p.prefix.len);
    struct str rest = p.text;
    size_t i = 0;
    for (bool more = true; more && i < PARTS; i++) {
        size_t n = part_span(rest);
        if (n == 0)
            return false;
        set_part(&p, i, str_n(rest.ptr, n));
        more = char_at(rest, n, '.') && i < PARTS - 1;
        rest = from(rest, n + more);
    }
    if (i == PARTS && char_at(rest, 0, '-')) {
        p.prerelease = from(rest, 1);
        rest = from(rest, prerelease_span(rest, false));
    }
    *ret = p;
    return rest.len == 0;
}
