/* Text as a JSON string: the least escapes, and never a byte that is not UTF-8. */
#include "internal.h"

#include "json_write.h"

static const char HEX[] = "0123456789abcdef";

static void add_escape(struct buf *out, unsigned char c)
{
    static const char SHORT[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char text[6] = {'\\', (char)c, '0', '0', '\0', '\0'};
    if (c >= 0x20 || SHORT[c] != '\0') {
        text[1] = c < 0x20 ? SHORT[c] : (char)c;
        buf_add(out, str_n(text, 2));
        return;
    }
    text[1] = 'u';
    text[2] = text[3] = '0';
    text[4] = HEX[c >> 4];
    text[5] = HEX[c & 0xF];
    buf_add(out, str_n(text, sizeof(text)));
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
            add_escape(out, c);
    }
    buf_addc(out, '"');
}
