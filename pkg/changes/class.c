/* Character classes of patterns: [a-z], [!x], [[:digit:]]. */
#include <ctype.h>

#include "glob.h"

static const struct {
    const char *name;
    int (*has)(int byte);
} CLASSES[] = {
    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
    {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
    {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

/* Classes are those of ASCII, whatever the locale. */
static bool named_has(struct str name, unsigned char byte)
{
    for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++) {
        if (str_is(name, CLASSES[i].name))
            return byte < 0x80 && CLASSES[i].has(byte) != 0;
    }
    return false;
}

/* "[:name:]" at `at`: its length, or 0. */
static size_t named_length(struct str pattern, size_t at)
{
    struct str rest = str_sub(pattern, at, SIZE_MAX);
    if (!str_starts(rest, STR("[:")))
        return 0;
    size_t end = str_find(str_sub(rest, 2, SIZE_MAX), STR(":]"));
    return end == SIZE_MAX ? 0 : end + 4;
}

/* One byte, perhaps behind a backslash; false at the end of the pattern. */
static bool take_byte(struct str pattern, size_t *at, unsigned char *ret)
{
    if (*at < pattern.len && pattern.ptr[*at] == '\\')
        ++*at;
    if (*at >= pattern.len)
        return false;
    *ret = (unsigned char)pattern.ptr[(*at)++];
    return true;
}

static bool is_range(struct str pattern, size_t at)
{
    return at + 1 < pattern.len && pattern.ptr[at] == '-' && pattern.ptr[at + 1] != ']';
}

/* One byte or range; false when the pattern ends in it. */
static bool take_item(struct str pattern, size_t *at, unsigned char byte, bool *has)
{
    unsigned char low, high;
    if (!take_byte(pattern, at, &low))
        return false;
    high = low;
    if (is_range(pattern, *at)) {
        ++*at;
        if (!take_byte(pattern, at, &high))
            return false;
    }
    *has = *has || (low <= byte && byte <= high);
    return true;
}

bool class_matches(struct str pattern, size_t at, unsigned char byte, size_t *ret_end)
{
    bool has = false, negated = false;
    *ret_end = 0;
    at++;
    if (at < pattern.len && (pattern.ptr[at] == '!' || pattern.ptr[at] == '^')) {
        negated = true;
        at++;
    }
    /* A ']' in the first place is one of the class. */
    for (size_t first = at; at < pattern.len && (pattern.ptr[at] != ']' || at == first);) {
        size_t named = named_length(pattern, at);
        if (named > 0) {
            has = has || named_has(str_sub(pattern, at + 2, named - 4), byte);
            at += named;
        } else if (!take_item(pattern, &at, byte, &has)) {
            return false;
        }
    }
    if (at >= pattern.len)
        return false;
    *ret_end = at + 1;
    return has != negated;
}
