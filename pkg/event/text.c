/* Text for terminals: how wide it is, where it is cut, what must not reach the screen. Everything
 * is built on next_glyph, so that width, cutting and escaping cannot disagree. Knows no colours. */
#include "text.h"

#include "widths.h"

/* One character as it is shown. */
struct glyph {
    char text[12];
    size_t len;
    size_t width;
};

/* Marks that turn or break lines, and the byte order mark: seen by terminals, not by people. */
static bool is_steering(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static struct glyph escaped(const char *fmt, unsigned value)
{
    struct glyph g = {.len = 0};
    g.len = g.width =
        (size_t)snprintf(g.text, sizeof(g.text), fmt[0] == 'x' ? "\\x%02x" : "\\u%04x", value);
    return g;
}

static struct glyph next_glyph(struct str *rest)
{
    uint32_t code = 0;
    size_t len = str_utf8_char(*rest, &code);
    struct str taken = str_sub(*rest, 0, len ? len : 1);
    *rest = str_sub(*rest, taken.len, SIZE_MAX);
    if (len == 0)
        return escaped("x", (unsigned char)taken.ptr[0]);
    if (code == '\t')
        return (struct glyph){.text = "    ", .len = 4, .width = 4};
    if (is_steering(code))
        return escaped(code < 0x80 ? "x" : "u", code);
    struct glyph g = {.len = len, .width = width_of(code)};
    memcpy(g.text, taken.ptr, len);
    return g;
}

size_t text_width(struct str text)
{
    size_t width = 0;
    while (text.len > 0)
        width += next_glyph(&text).width;
    return width;
}

void text_add_visible(struct buf *out, struct str text)
{
    while (text.len > 0) {
        struct glyph g = next_glyph(&text);
        buf_add(out, str_n(g.text, g.len));
    }
}

void text_add_cut(struct buf *out, struct str text, size_t columns, bool utf8)
{
    const char *mark = utf8 ? "…" : "...";
    size_t mark_width = utf8 ? 1 : 3;
    if (columns == 0 || text_width(text) <= columns) {
        text_add_visible(out, text);
        return;
    }
    if (columns < mark_width)
        return;
    for (size_t used = 0; text.len > 0;) {
        struct glyph g = next_glyph(&text);
        used += g.width;
        if (used > columns - mark_width)
            break;
        buf_add(out, str_n(g.text, g.len));
    }
    buf_adds(out, mark);
}

static void break_line(struct buf *out, size_t indent)
{
    buf_addf(out, "\n%*s", (int)indent, "");
}

/* A word that starts at column `used` of `room`; one that is longer than a line is split. Returns
 * the column after it. */
static size_t add_word(struct buf *out, struct str word, size_t used, size_t room, size_t indent)
{
    while (word.len > 0) {
        struct glyph g = next_glyph(&word);
        if (used + g.width > room) {
            break_line(out, indent);
            used = 0;
        }
        buf_add(out, str_n(g.text, g.len));
        used += g.width;
    }
    return used;
}

void text_add_wrapped(struct buf *out, struct str text, size_t columns, size_t indent)
{
    size_t used = 0;
    size_t room = columns > 2 * indent ? columns - indent : columns;
    if (columns == 0) {
        text_add_visible(out, text);
        return;
    }
    for (bool first = true; text.len > 0; first = false) {
        struct str word = str_cut(text, ' ', &text, NULL);
        bool fits = first || used + 1 + text_width(word) <= room;
        if (!fits)
            break_line(out, indent);
        else if (!first)
            buf_addc(out, ' ');
        used = add_word(out, word, fits ? used + !first : 0, room, indent);
    }
}

void text_add_disarmed(struct buf *out, struct str lines)
{
    struct str line;
    while (str_next_line(&lines, &line)) {
        if (str_starts(str_trim(line), STR("::")))
            buf_adds(out, "> ");
        for (size_t at = 0; at < line.len; at++) {
            bool armed = str_starts(str_sub(line, at, SIZE_MAX), STR("##["));
            buf_adds(out, armed ? "# " : "");
            if (!armed)
                buf_addc(out, line.ptr[at]);
        }
        buf_addc(out, '\n');
    }
}

void text_add_uncolored(struct buf *out, struct str text)
{
    while (text.len > 0) {
        size_t end = 2;
        bool sequence = str_starts(text, STR("\x1b["));
        while (sequence && end < text.len && strchr("0123456789;:", text.ptr[end]) != NULL)
            end++;
        sequence = sequence && end < text.len && text.ptr[end] == 'm';
        if (!sequence)
            buf_addc(out, text.ptr[0]);
        text = str_sub(text, sequence ? end + 1 : 1, SIZE_MAX);
    }
}
