/* A JSON string, escaped. The writer of `data` stands above this module, and thirty lines are
 * cheaper than a layer. */
#include "event/event.h"

static void add_json_char(struct buf *out, struct str c, uint32_t code)
{
    static const char SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof(SHORT) - 1; i += 2) {
        if (code == (unsigned char)SHORT[i]) {
            buf_addf(out, "\\%c", SHORT[i + 1]);
            return;
        }
    }
    if (code < 0x20 || code == 0x7F)
        buf_addf(out, "\\u%04x", code);
    else
        buf_add(out, c);
}

void text_add_json(struct buf *out, struct str text)
{
    buf_addc(out, '"');
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = str_utf8_char(text, &code);
        if (len == 0)
            buf_adds(out, "\\ufffd");
        else if (str_starts(text, STR("##[")))
            buf_adds(out, "\\u0023");
        else
            add_json_char(out, str_sub(text, 0, len), code);
        text = str_sub(text, len ? len : 1, SIZE_MAX);
    }
    buf_addc(out, '"');
}
