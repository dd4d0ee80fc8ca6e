/* Borrowed strings by value: a pointer and a length, not NUL-terminated, never owned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attr.h"

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){.ptr = "" literal, .len = sizeof(literal) - 1})
#define STR_EMPTY ((struct str){.ptr = "", .len = 0})
/* For printf: printf("%" PRIstr, STR_ARG(s)). */
#define PRIstr ".*s"
#define STR_ARG(s) (int)(s).len, (s).ptr

/* Of a C string; NULL gives the empty string. */
static inline struct str str_of(const char *text)
{
    return text ? (struct str){.ptr = text, .len = strlen(text)} : STR_EMPTY;
}

static inline struct str str_n(const void *ptr, size_t len)
{
    return (struct str){.ptr = ptr, .len = len};
}

/* The same bytes. */
bool str_eq(struct str a, struct str b);
static inline bool str_is(struct str a, const char *text)
{
    return str_eq(a, str_of(text));
}
/* Byte order, shorter first on a tie: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of the first occurrence, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
static inline bool str_has(struct str s, struct str needle)
{
    return str_find(s, needle) != SIZE_MAX;
}
/* The part from `from` of at most `len` bytes, clamped to the string. */
struct str str_sub(struct str s, size_t from, size_t len);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);
/* Splits at the first `sep`: the part before it; *rest is what follows, empty when sep is absent.
 * Returns false in *found (may be NULL) when sep is absent (the whole string is returned). */
struct str str_cut(struct str s, char sep, struct str *rest, bool *found);
/* The next line without its end ("\n" or "\r\n"), advancing *rest; false when *rest is empty. */
bool str_next_line(struct str *rest, struct str *ret_line);
/* Decimal, whole string, no sign for u64, no white space; false when it is not or overflows. */
bool str_to_u64(struct str s, uint64_t *ret_value) must_use;
bool str_to_i64(struct str s, int64_t *ret_value) must_use;
/* "90s", "5m", "2h", "250ms", "1d", "0": milliseconds, not negative; false when malformed. */
bool str_to_duration_ms(struct str s, int64_t *ret_ms) must_use;
/* Edit distance (insert, delete, substitute, swap), at most `limit` + 1; for "did you mean". */
size_t str_distance(struct str a, struct str b, size_t limit);
/* The candidate nearest to `word` within a distance that makes sense, or NULL. */
const char *str_nearest(struct str word, const char *const *candidates, size_t count);
/* Bytes and code point of the character at the start of s; 0 when s is empty or the character is
 * not valid UTF-8. */
size_t str_utf8_char(struct str s, uint32_t *ret_code);
/* Valid UTF-8 (no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);
