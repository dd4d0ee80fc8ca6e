/* The pull scanner: one event a call, no allocation, no recursion. Knows the grammar of RFC 8259
 * and nothing of what the values mean. */
#include "internal.h"

#include <endian.h>

enum expects {
    EXPECT_VALUE,        /* at the start, and after ',' in an array */
    EXPECT_MEMBER_VALUE, /* ':' and a value */
    EXPECT_FIRST_ITEM,   /* a value or ']' */
    EXPECT_FIRST_KEY,    /* a key or '}' */
    EXPECT_NEXT,         /* ',' or the closing bracket */
    EXPECT_END
};

enum { TEXT_SHOWN_MAX = 32 };

static const struct str MARK = {"\xEF\xBB\xBF", 3};

struct json_scan json_scan_make(struct source src, unsigned depth_max)
{
    struct json_scan scan = {.src = src, .expects = EXPECT_VALUE};
    scan.depth_max = depth_max == 0 || depth_max > JSON_DEPTH_MAX ? JSON_DEPTH_MAX : depth_max;
    scan.at = str_starts(src.text, MARK) ? MARK.len : 0;
    return scan;
}

static bool fail_at(const struct json_scan *scan, size_t at, const char *what, struct error *err)
{
    source_fail(&scan->src, source_pos(&scan->src, at), err, "%s", what);
    err->kind = ERR_FAILED;
    return false;
}

static bool fail_here(const struct json_scan *scan, const char *wanted, struct error *err)
{
    struct text_pos pos = source_pos(&scan->src, scan->at);
    if (scan->at >= scan->src.text.len)
        source_fail(&scan->src, pos, err, "the text ends where %s must follow", wanted);
    else if (scan->src.text.ptr[scan->at] > ' ' && scan->src.text.ptr[scan->at] < 0x7F)
        source_fail(&scan->src, pos, err, "'%c' where %s must follow", scan->src.text.ptr[scan->at],
                    wanted);
    else
        source_fail(&scan->src, pos, err, "byte 0x%02x where %s must follow",
                    (unsigned char)scan->src.text.ptr[scan->at], wanted);
    err->kind = ERR_FAILED;
    return false;
}

/* The byte at the cursor; 0 at the end, which is no byte of the grammar. */
static char peek(const struct json_scan *scan)
{
    return byte_at(scan->src.text, scan->at);
}

static void skip_space(struct json_scan *scan)
{
    const struct str text = scan->src.text;
    size_t at = scan->at;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\n' || text.ptr[at] == '\r' ||
                             text.ptr[at] == '\t'))
        at++;
    scan->at = at;
}

static bool top_is_object(const struct json_scan *scan)
{
    unsigned level = scan->depth - 1;
    return (scan->is_object[level / 64] >> (level % 64)) & 1U;
}

/* After a value: what may come next. */
static void value_done(struct json_scan *scan)
{
    scan->expects = scan->depth == 0 ? EXPECT_END : EXPECT_NEXT;
}

/* --- Strings ---------------------------------------------------------------------------- */

/* Of eight bytes, how many at the start are neither a quote, a backslash, a control character nor
 * above ASCII. A borrow can only travel upwards, so the lowest mark is exact. */
static size_t plain_of_eight(const char *ptr)
{
    static const uint64_t ONES = 0x0101010101010101U;
    static const uint64_t TOPS = 0x8080808080808080U;
    uint64_t word;
    memcpy(&word, ptr, sizeof(word));
    word = le64toh(word);
    uint64_t quote = word ^ (ONES * '"');
    uint64_t slash = word ^ (ONES * '\\');
    uint64_t odd = ((word - ONES * 0x20) | (quote - ONES) | (slash - ONES) | word) & TOPS;
    return odd == 0 ? 8 : (size_t)__builtin_ctzll(odd) / 8;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static size_t skip_plain(struct str text, size_t at)
{
    while (text.len - at >= 8) {
        size_t plain = plain_of_eight(text.ptr + at);
        at += plain;
        if (plain < 8)
            return at;
    }
    while (at < text.len && is_plain((unsigned char)text.ptr[at]))
        at++;
    return at;
}

static bool hex4(struct str digits, uint32_t *ret)
{
    unsigned char bytes[2];
    if (digits.len != 4 || !hex_decode(digits, bytes, sizeof(bytes)))
        return false;
    *ret = ((uint32_t)bytes[0] << 8) | bytes[1];
    return true;
}

/* Is there the second half of a pair at `at`? */
static bool low_half_at(struct str text, size_t at)
{
    uint32_t code = 0;
    return str_starts(str_sub(text, at, 2), STR("\\u")) && hex4(str_sub(text, at + 2, 4), &code) &&
           code >= 0xDC00 && code <= 0xDFFF;
}

/* The escape at *at, which holds the backslash. */
static bool scan_escape(struct json_scan *scan, size_t *at, struct json_event *ret,
                        struct error *err)
{
    const struct str text = scan->src.text;
    uint32_t code = 0;
    ret->escaped = true;
    char kind = byte_at(text, *at + 1);
    if (kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL) {
        *at += 2;
        return true;
    }
    if (kind != 'u' || !hex4(str_sub(text, *at + 2, 4), &code))
        return fail_at(scan, *at, "a malformed escape in a string", err);
    bool high = code >= 0xD800 && code <= 0xDBFF;
    bool low = code >= 0xDC00 && code <= 0xDFFF;
    *at += 6;
    if (high && low_half_at(text, *at))
        *at += 6;
    else if (high || low)
        ret->lone_surrogate = true;
    return true;
}

/* One byte or sequence that the fast path left; *at moves behind it. */
static bool scan_special(struct json_scan *scan, size_t *at, struct json_event *ret,
                         struct error *err)
{
    unsigned char c = (unsigned char)scan->src.text.ptr[*at];
    if (c == '\\')
        return scan_escape(scan, at, ret, err);
    if (c < 0x20)
        return fail_at(scan, *at, "a control character in a string", err);
    size_t len = utf8_len(str_sub(scan->src.text, *at, 4));
    if (len == 0)
        return fail_at(scan, *at, "a string is not UTF-8", err);
    *at += len;
    return true;
}

static bool scan_string(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    const struct str text = scan->src.text;
    size_t at = scan->at + 1;
    *ret = (struct json_event){.event = JSON_EV_SCALAR, .kind = JSON_STRING, .begin = scan->at};
    for (;;) {
        at = skip_plain(text, at);
        if (at >= text.len)
            return fail_at(scan, ret->begin, "a string without its closing quote", err);
        if (text.ptr[at] == '"')
            break;
        TRY(scan_special(scan, &at, ret, err));
    }
    scan->at = ret->end = at + 1;
    return true;
}

/* --- Other values ----------------------------------------------------------------------- */

static size_t skip_digits(struct str text, size_t at)
{
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        at++;
    return at;
}

static bool is_at(struct str text, size_t at, const char *any)
{
    return at < text.len && text.ptr[at] != '\0' && strchr(any, text.ptr[at]) != NULL;
}

/* The digits that must stand at *at. */
static bool take_digits(struct json_scan *scan, size_t *at, struct error *err)
{
    size_t end = skip_digits(scan->src.text, *at);
    if (end == *at) {
        scan->at = *at;
        return fail_here(scan, "a digit", err);
    }
    *at = end;
    return true;
}

static bool scan_number(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    const struct str text = scan->src.text;
    size_t at = scan->at;
    *ret = (struct json_event){.event = JSON_EV_SCALAR, .kind = JSON_NUMBER, .begin = at};
    at += is_at(text, at, "-");
    if (is_at(text, at, "0"))
        at++;
    else
        TRY(take_digits(scan, &at, err));
    if (is_at(text, at, ".")) {
        at++;
        TRY(take_digits(scan, &at, err));
    }
    if (is_at(text, at, "eE")) {
        at++;
        at += is_at(text, at, "+-");
        TRY(take_digits(scan, &at, err));
    }
    scan->at = ret->end = at;
    return true;
}

static bool scan_word(struct json_scan *scan, enum json_kind kind, struct json_event *ret,
                      struct error *err)
{
    static const struct str WORDS[] = {
        [JSON_NULL] = {"null", 4}, [JSON_FALSE] = {"false", 5}, [JSON_TRUE] = {"true", 4}};
    if (!str_starts(str_sub(scan->src.text, scan->at, 5), WORDS[kind]))
        return fail_here(scan, "a value", err);
    *ret = (struct json_event){.event = JSON_EV_SCALAR,
                               .kind = kind,
                               .begin = scan->at,
                               .end = scan->at + WORDS[kind].len};
    scan->at = ret->end;
    return true;
}

static bool scan_begin(struct json_scan *scan, bool object, struct json_event *ret,
                       struct error *err)
{
    unsigned level = scan->depth;
    uint64_t bit = (uint64_t)1 << (level % 64);
    if (level >= scan->depth_max)
        return fail_at(scan, scan->at, "values are nested too deeply", err);
    if (object)
        scan->is_object[level / 64] |= bit;
    else
        scan->is_object[level / 64] &= ~bit;
    scan->depth++;
    *ret = (struct json_event){.event = JSON_EV_BEGIN,
                               .kind = object ? JSON_OBJECT : JSON_ARRAY,
                               .begin = scan->at,
                               .end = scan->at + 1};
    scan->at++;
    scan->expects = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
    return true;
}

static bool scan_close(struct json_scan *scan, struct json_event *ret)
{
    *ret = (struct json_event){.event = JSON_EV_CLOSE,
                               .kind = top_is_object(scan) ? JSON_OBJECT : JSON_ARRAY,
                               .begin = scan->at,
                               .end = scan->at + 1};
    scan->at++;
    scan->depth--;
    value_done(scan);
    return true;
}

static bool scan_scalar(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    switch (peek(scan)) {
    case '"':
        return scan_string(scan, ret, err);
    case 't':
        return scan_word(scan, JSON_TRUE, ret, err);
    case 'f':
        return scan_word(scan, JSON_FALSE, ret, err);
    case 'n':
        return scan_word(scan, JSON_NULL, ret, err);
    default:
        if (!is_at(scan->src.text, scan->at, "-0123456789"))
            return fail_here(scan, "a value", err);
        return scan_number(scan, ret, err);
    }
}

static bool scan_value(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    char first = peek(scan);
    if (first == '{' || first == '[')
        return scan_begin(scan, first == '{', ret, err);
    TRY(scan_scalar(scan, ret, err));
    value_done(scan);
    return true;
}

static bool scan_key(struct json_scan *scan, const char *wanted, struct json_event *ret,
                     struct error *err)
{
    if (peek(scan) != '"')
        return fail_here(scan, wanted, err);
    TRY(scan_string(scan, ret, err));
    ret->event = JSON_EV_KEY;
    scan->expects = EXPECT_MEMBER_VALUE;
    return true;
}

static bool scan_after_comma(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    bool object = top_is_object(scan);
    if (peek(scan) == (object ? '}' : ']'))
        return scan_close(scan, ret);
    if (peek(scan) != ',')
        return fail_here(scan, object ? "',' or '}'" : "',' or ']'", err);
    scan->at++;
    skip_space(scan);
    return object ? scan_key(scan, "a key", ret, err) : scan_value(scan, ret, err);
}

static bool scan_member_value(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    if (peek(scan) != ':')
        return fail_here(scan, "':'", err);
    scan->at++;
    skip_space(scan);
    return scan_value(scan, ret, err);
}

static bool scan_end(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    if (scan->at < scan->src.text.len)
        return fail_here(scan, "nothing more", err);
    *ret = (struct json_event){.event = JSON_EV_END, .begin = scan->at, .end = scan->at};
    return true;
}

bool json_scan_next(struct json_scan *scan, struct json_event *ret, struct error *err)
{
    skip_space(scan);
    switch ((enum expects)scan->expects) {
    case EXPECT_VALUE:
        return scan_value(scan, ret, err);
    case EXPECT_MEMBER_VALUE:
        return scan_member_value(scan, ret, err);
    case EXPECT_FIRST_ITEM:
        return peek(scan) == ']' ? scan_close(scan, ret) : scan_value(scan, ret, err);
    case EXPECT_FIRST_KEY:
        return peek(scan) == '}' ? scan_close(scan, ret) : scan_key(scan, "a key or '}'", ret, err);
    case EXPECT_NEXT:
        return scan_after_comma(scan, ret, err);
    case EXPECT_END:
        return scan_end(scan, ret, err);
    }
    return fail_at(scan, scan->at, "the scanner was not initialised", err);
}
