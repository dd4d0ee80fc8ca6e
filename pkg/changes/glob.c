/* One name against one segment of a pattern. Knows no slashes. */
#include "glob.h"

/* One byte of the name against one item of the pattern; *ret_end is the index behind the item. */
static bool item_matches(struct str pattern, size_t at, unsigned char byte, size_t *ret_end)
{
    char c = pattern.ptr[at];
    *ret_end = at + 1;
    if (c == '?')
        return true;
    if (c == '[')
        return class_matches(pattern, at, byte, ret_end);
    if (c == '\\' && at + 1 < pattern.len) {
        *ret_end = at + 2;
        c = pattern.ptr[at + 1];
    }
    return (unsigned char)c == byte;
}

/* A mismatch goes back to the last star only: what an earlier one took need not be revised. */
bool glob_matches(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, star_name = 0, end;
    while (n < name.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            star_name = n;
        } else if (p < pattern.len && item_matches(pattern, p, (unsigned char)name.ptr[n], &end)) {
            p = end;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool segment_matches(const struct segment *s, struct str name)
{
    switch (s->kind) {
    case SEGMENT_LITERAL:
        return str_eq(s->head, name);
    case SEGMENT_ANY:
    case SEGMENT_DEEP:
        return true;
    case SEGMENT_AFFIX:
        return name.len >= s->head.len + s->tail.len && str_starts(name, s->head) &&
               str_ends(name, s->tail);
    case SEGMENT_GLOB:
        return glob_matches(s->head, name);
    case SEGMENT_KINDS:
        break;
    }
    return false;
}

uint64_t rule_step(const struct rule *r, uint64_t state, struct str name)
{
    uint64_t next = state & r->deep;
    for (uint64_t rest = state & ~r->deep; rest != 0; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        if (i < r->count && segment_matches(&r->segments[i], name))
            next |= bit(i + 1);
    }
    return rule_close(r, next);
}
