/* Reads one version: SemVer 2.0 within npm's limits. Knows nothing of order or ranges. */
#include "internal.h"

size_t count_digits(struct str s)
{
    size_t n = 0;
    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    return n;
}

bool read_number(struct str s, uint64_t *ret)
{
    enum { DIGITS_MAX = 16 };
    uint64_t value = 0;
    if (s.len == 0 || s.len > DIGITS_MAX || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.ptr[i]))
            return false;
        value = value * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    if (value > SEMVER_NUMBER_MAX)
        return false;
    *ret = value;
    return true;
}

static bool read_core(struct str core, struct semver *v)
{
    struct str rest, patch;
    struct str major = str_cut(core, '.', &rest, NULL);
    struct str minor = str_cut(rest, '.', &patch, NULL);
    return read_number(major, &v->major) && read_number(minor, &v->minor) &&
           read_number(patch, &v->patch);
}

static bool identifier_is_valid(struct str id, bool leading_zeros)
{
    bool number = id.len > 0;
    for (size_t i = 0; i < id.len; i++) {
        if (!is_identifier_char(id.ptr[i]))
            return false;
        number = number && is_digit(id.ptr[i]);
    }
    return id.len > 0 && (leading_zeros || !number || id.len == 1 || id.ptr[0] != '0');
}

static bool identifiers_are_valid(struct str list, bool leading_zeros)
{
    bool more = true;
    while (more)
        if (!identifier_is_valid(str_cut(list, '.', &list, &more), leading_zeros))
            return false;
    return true;
}

bool semver_parse(struct str text, struct semver *ret)
{
    struct semver v = {.text = text};
    bool has_build, has_prerelease;
    if (text.len > SEMVER_TEXT_MAX)
        return false;
    struct str rest = str_cut(text, '+', &v.build, &has_build);
    struct str core = str_cut(rest, '-', &v.prerelease, &has_prerelease);
    if (!read_core(core, &v) || (has_prerelease && !identifiers_are_valid(v.prerelease, false)) ||
        (has_build && !identifiers_are_valid(v.build, true)))
        return false;
    *ret = v;
    return true;
}

/* U+00A0 U+1680 U+2000-200A U+2028 U+2029 U+202F U+205F U+3000 U+FEFF (ECMAScript, 12.2). */
static bool is_wide_space(uint32_t c)
{
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

size_t space_at(struct str s)
{
    uint32_t code = 0;
    if (s.len == 0)
        return 0;
    if (s.ptr[0] == ' ' || (s.ptr[0] >= '\t' && s.ptr[0] <= '\r'))
        return 1;
    if ((unsigned char)s.ptr[0] < 0x80)
        return 0;
    size_t bytes = str_utf8_char(s, &code);
    return is_wide_space(code) ? bytes : 0;
}

static size_t space_before_end(struct str s)
{
    enum { WIDEST = 3 };
    for (size_t back = 1; back <= WIDEST && back <= s.len; back++)
        if (space_at(str_n(s.ptr + (s.len - back), back)) == back)
            return back;
    return 0;
}

struct str trim_spaces(struct str s, size_t *ret_dropped)
{
    size_t bytes;
    *ret_dropped = 0;
    for (; (bytes = space_at(s)) > 0; ++*ret_dropped)
        s = str_n(s.ptr + bytes, s.len - bytes);
    for (; (bytes = space_before_end(s)) > 0; ++*ret_dropped)
        s.len -= bytes;
    return s;
}

bool semver_parse_npm(struct str text, struct semver *ret)
{
    size_t dropped;
    text = trim_spaces(text, &dropped);
    /* npm measures before it trims, and counts the "v". */
    if (text.len > SEMVER_TEXT_MAX || dropped > SEMVER_TEXT_MAX - text.len)
        return false;
    return semver_parse(str_starts(text, STR("v")) ? str_sub(text, 1, text.len) : text, ret);
}
