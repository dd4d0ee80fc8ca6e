/* Borrowed strings: comparing, cutting, reading numbers and durations. Never allocates. */
#include "str.h"

#include <limits.h>

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_n(s.ptr, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_n(s.ptr + (s.len - suffix.len), suffix.len), suffix);
}

size_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    const char *at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : SIZE_MAX;
}

struct str str_sub(struct str s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return str_n(s.ptr + from, len);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = str_n(s.ptr + 1, s.len - 1);
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_cut(struct str s, char sep, struct str *rest, bool *found)
{
    const char *at = s.len ? memchr(s.ptr, sep, s.len) : NULL;
    if (found != NULL)
        *found = at != NULL;
    if (at == NULL) {
        *rest = STR_EMPTY;
        return s;
    }
    size_t before = (size_t)(at - s.ptr);
    *rest = str_n(at + 1, s.len - before - 1);
    return str_n(s.ptr, before);
}

bool str_next_line(struct str *rest, struct str *ret_line)
{
    if (rest->len == 0)
        return false;
    struct str line = str_cut(*rest, '\n', rest, NULL);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}

bool str_to_u64(struct str s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    }
    *ret_value = value;
    return true;
}

bool str_to_i64(struct str s, int64_t *ret_value)
{
    uint64_t magnitude = 0;
    bool negative = s.len > 0 && s.ptr[0] == '-';
    if (!str_to_u64(negative ? str_sub(s, 1, s.len) : s, &magnitude))
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1U : 0U);
    if (magnitude > limit)
        return false;
    *ret_value = negative ? (int64_t)(0U - magnitude) : (int64_t)magnitude;
    return true;
}

static const struct {
    struct str suffix;
    int64_t ms;
} DURATION_UNITS[] = {
    {{"ms", 2}, 1}, {{"s", 1}, 1000}, {{"m", 1}, 60000}, {{"h", 1}, 3600000}, {{"d", 1}, 86400000},
};

bool str_to_duration_ms(struct str s, int64_t *ret_ms)
{
    int64_t count = 0;
    if (str_eq(s, STR("0"))) {
        *ret_ms = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof(DURATION_UNITS) / sizeof(DURATION_UNITS[0]); i++) {
        struct str suffix = DURATION_UNITS[i].suffix;
        if (!str_ends(s, suffix) || s.ptr[0] == '-' ||
            !str_to_i64(str_n(s.ptr, s.len - suffix.len), &count))
            continue;
        return !__builtin_mul_overflow(count, DURATION_UNITS[i].ms, ret_ms);
    }
    return false;
}

enum { DISTANCE_MAX_LEN = 63 };

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the distance table for a[i - 1], from the two rows before it. */
static void distance_row(size_t *row, const size_t *prev, const size_t *prev2, size_t i,
                         const struct str pair[2])
{
    struct str a = pair[0], b = pair[1];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
        size_t cost = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;
        row[j] = min2(min2(prev[j] + 1, row[j - 1] + 1), prev[j - 1] + cost);
        if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
            row[j] = min2(row[j], prev2[j - 2] + 1);
    }
}

size_t str_distance(struct str a, struct str b, size_t limit)
{
    size_t rows[3][DISTANCE_MAX_LEN + 1] = {0};
    const struct str pair[2] = {a, b};
    if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN)
        return limit + 1;
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++)
        distance_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], i, pair);
    return min2(rows[a.len % 3][b.len], limit + 1);
}

const char *str_nearest(struct str word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t best_distance = word.len / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = str_distance(word, str_of(candidates[i]), best_distance);
        if (distance < best_distance) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}

/* The smallest code point that may be written with 1 + n continuation bytes. */
static const uint32_t UTF8_SMALLEST[] = {0, 0x80, 0x800, 0x10000};

static size_t utf8_continuations(unsigned char lead, uint32_t *ret_bits)
{
    if (lead < 0x80) {
        *ret_bits = lead;
        return 0;
    }
    if ((lead & 0xE0) == 0xC0) {
        *ret_bits = lead & 0x1FU;
        return 1;
    }
    if ((lead & 0xF0) == 0xE0) {
        *ret_bits = lead & 0x0FU;
        return 2;
    }
    *ret_bits = lead & 0x07U;
    return (lead & 0xF8) == 0xF0 ? 3 : SIZE_MAX;
}

size_t str_utf8_char(struct str s, uint32_t *ret_code)
{
    uint32_t code = 0;
    if (s.len == 0)
        return 0;
    size_t more = utf8_continuations((unsigned char)s.ptr[0], &code);
    if (more == SIZE_MAX || s.len < more + 1)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        unsigned char byte = (unsigned char)s.ptr[i];
        if ((byte & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (byte & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < UTF8_SMALLEST[more] || code > 0x10FFFF || surrogate)
        return 0;
    *ret_code = code;
    return more + 1;
}

bool str_is_utf8(struct str s)
{
    uint32_t code = 0;
    while (s.len > 0) {
        size_t len = str_utf8_char(s, &code);
        if (len == 0)
            return false;
        s = str_n(s.ptr + len, s.len - len);
    }
    return true;
}
