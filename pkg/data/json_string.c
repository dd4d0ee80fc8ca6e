/* The text inside a JSON string: escapes resolved. Works on what the scanner accepted. */
#include "internal.h"

enum { REPLACEMENT = 0xFFFD };

static uint32_t hex_at(struct str inner, size_t at)
{
    unsigned char bytes[2] = {0, 0};
    if (!hex_decode(str_sub(inner, at, 4), bytes, sizeof(bytes)))
        return REPLACEMENT;
    return ((uint32_t)bytes[0] << 8) | bytes[1];
}

static bool is_low(uint32_t code)
{
    return code >= 0xDC00 && code <= 0xDFFF;
}

/* The code point of the \u escape at *at (four hex digits), of a pair when there is one. */
static uint32_t unicode_escape(struct str inner, size_t *at)
{
    uint32_t code = hex_at(inner, *at + 2);
    *at += 6;
    if (is_low(code))
        return REPLACEMENT;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    if (!str_starts(str_sub(inner, *at, 2), STR("\\u")))
        return REPLACEMENT;
    uint32_t low = hex_at(inner, *at + 2);
    if (!is_low(low))
        return REPLACEMENT;
    *at += 6;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static char short_escape(char kind)
{
    static const char FROM[] = "bfnrt";
    static const char TO[] = "\b\f\n\r\t";
    const char *found = kind ? strchr(FROM, kind) : NULL;
    if (found == NULL)
        return kind;
    return TO[found - FROM];
}

size_t json_string_next(struct str inner, size_t *at, char out[4])
{
    if (*at >= inner.len)
        return 0;
    if (inner.ptr[*at] != '\\') {
        out[0] = inner.ptr[(*at)++];
        return 1;
    }
    char kind = byte_at(inner, *at + 1);
    if (kind == 'u')
        return utf8_put(unicode_escape(inner, at), out);
    out[0] = short_escape(kind);
    *at += 2;
    return 1;
}

bool json_string_equal(struct str inner, struct str text)
{
    char bytes[4];
    size_t at = 0, done = 0;
    for (;;) {
        size_t len = json_string_next(inner, &at, bytes);
        if (len == 0)
            return done == text.len;
        if (!str_eq(str_n(bytes, len), str_sub(text, done, len)))
            return false;
        done += len;
    }
}

struct str json_string_decode(struct str inner, struct arena *arena)
{
    /* An escape is never shorter than what it stands for. */
    char *out = arena_alloc(arena, inner.len + 4);
    size_t at = 0, done = 0;
    for (;;) {
        size_t len = json_string_next(inner, &at, out + done);
        if (len == 0)
            return str_n(out, done);
        done += len;
    }
}
