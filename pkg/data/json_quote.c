/* Text as a JSON string: the least escapes, and never a byte that is not UTF-8. */
#include "internal.h"

#include "json_write.h"

static void add_escape(struct buf *out, char c)
{
    static const char FROM[] = "\"\\\b\f\n\r\t";
    static const char TO[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(FROM, c) : NULL;
    buf_addc(out, '\\');
    if (found != NULL) {
        buf_addc(out, TO[found - FROM]);
        return;
    }
    buf_adds(out, "u00");
    buf_add_hex(out, str_n(&c, 1));
}

/* Bytes that need nothing, from `at` on. */
static size_t plain_run(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len) {
        unsigned char c = (unsigned char)text.ptr[end];
        size_t len = c < 0x80 ? 1 : utf8_len(str_sub(text, end, 4));
        if (len == 0 || c < 0x20 || c == '"' || c == '\\')
            break;
        end += len;
    }
    return end - at;
}

void json_quote(struct buf *out, struct str text)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < text.len;) {
        size_t run = plain_run(text, i);
        buf_add(out, str_sub(text, i, run));
        i += run;
        if (i >= text.len)
            break;
        unsigned char c = (unsigned char)text.ptr[i++];
        if (c >= 0x80)
            buf_adds(out, "\xEF\xBF\xBD");
        else
            add_escape(out, (char)c);
    }
    buf_addc(out, '"');
}
