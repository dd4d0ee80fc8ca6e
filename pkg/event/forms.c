/* What becomes of a secret on its way into a text: cut into lines, base64, URL-encoded,
 * JSON-escaped. Pure. */
#include "forms.h"

typedef void found_fn(void *ctx, struct str form);

static void wiped_release(struct buf *b)
{
    if (b->ptr != NULL)
        secret_wipe(b->ptr, b->cap);
    buf_release(b);
}
#define cleanup_wiped cleanup(wiped_release)

static void each_line(struct str value, found_fn *found, void *ctx)
{
    struct str line;
    while (str_next_line(&value, &line))
        found(ctx, line);
}

/* base64(1) wraps at 76 columns, PEM at 64. */
static void each_wrapped(struct str text, found_fn *found, void *ctx)
{
    static const size_t WIDTHS[] = {64, 76};
    for (size_t w = 0; w < ARRAY_LEN(WIDTHS); w++) {
        for (size_t at = 0; text.len > WIDTHS[w] && at < text.len; at += WIDTHS[w])
            found(ctx, str_sub(text, at, WIDTHS[w]));
    }
}

static void to_url_alphabet(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '+')
            *text = '-';
        if (*text == '/')
            *text = '_';
    }
}

/* The value may stand anywhere inside of what was encoded: at each of the three offsets the
 * characters that depend on its neighbours are left out at both ends. */
static void base64_at(struct str value, size_t offset, found_fn *found, void *ctx)
{
    static const size_t FOREIGN[] = {0, 2, 3};
    cleanup_wiped struct buf shifted = buf_make(BUF_BODY);
    cleanup_wiped struct buf text = buf_make(BUF_BODY);
    buf_add(&shifted, str_n("\0\0", offset));
    buf_add(&shifted, value);
    buf_add_base64(&text, buf_str(&shifted));
    size_t whole = shifted.len * 8 / 6;
    if (text.ptr == NULL || whole <= FOREIGN[offset])
        return;
    text.ptr[whole] = '\0';
    struct str form = str_n(text.ptr + FOREIGN[offset], whole - FOREIGN[offset]);
    found(ctx, form);
    if (offset == 0)
        each_wrapped(form, found, ctx);
    to_url_alphabet(text.ptr);
    found(ctx, form);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c) != NULL;
}

/* RFC 3986 with these sixteen digits; `space` is what becomes of a blank. */
static void url_encoded(struct str value, const char *digits, const char *space, found_fn *found,
                        void *ctx)
{
    cleanup_wiped struct buf text = buf_make(BUF_BODY);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c != '\0' && is_unreserved(c))
            buf_addc(&text, c);
        else if (c == ' ')
            buf_adds(&text, space);
        else
            buf_addf(&text, "%%%c%c", digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]);
    }
    found(ctx, buf_str(&text));
}

static void json_escaped(struct str value, found_fn *found, void *ctx)
{
    cleanup_wiped struct buf text = buf_make(BUF_BODY);
    text_add_json(&text, value);
    if (text.len >= 2)
        found(ctx, str_sub(buf_str(&text), 1, text.len - 2));
}

void forms_each(struct str value, void (*found)(void *ctx, struct str form), void *ctx)
{
    /* The line end of a file that holds a secret is no part of it. */
    while (value.len > 0 && strchr("\r\n", value.ptr[value.len - 1]) != NULL)
        value.len--;
    found(ctx, value);
    each_line(value, found, ctx);
    if (value.len < SECRET_MIN_LEN)
        return;
    for (size_t offset = 0; offset < 3; offset++)
        base64_at(value, offset, found, ctx);
    url_encoded(value, "0123456789ABCDEF", "%20", found, ctx);
    url_encoded(value, "0123456789abcdef", "%20", found, ctx);
    url_encoded(value, "0123456789ABCDEF", "+", found, ctx);
    json_escaped(value, found, ctx);
}
