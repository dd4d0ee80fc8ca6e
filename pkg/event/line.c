/* Styled lines for people. Knows no events. */
#include "line.h"

static const char *const SGR[] = {
    [STYLE_PLAIN] = "",   [STYLE_BOLD] = "1",  [STYLE_DIM] = "2",   [STYLE_GOOD] = "32",
    [STYLE_BAD] = "1;31", [STYLE_WARN] = "33", [STYLE_HOST] = "36",
};
_Static_assert(ARRAY_LEN(SGR) == STYLE_COUNT, "one sequence per style");

struct line line_begin(struct buf *out, const struct look *look, size_t columns)
{
    return (struct line){.out = out, .color = look->color, .utf8 = look->utf8, .columns = columns};
}

static void add_piece(struct line *line, enum style style, struct str text)
{
    size_t left = line->columns > line->used ? line->columns - line->used : 0;
    bool styled = line->color && style != STYLE_PLAIN && text.len > 0;
    if (line->columns != 0 && left == 0)
        return;
    if (styled)
        buf_addf(line->out, "\033[%sm", SGR[style]);
    text_add_cut(line->out, text, left, line->utf8);
    if (styled)
        buf_adds(line->out, "\033[0m");
    line->used += text_width(text);
}

void line_add(struct line *line, enum style style, struct str text)
{
    if (text.len == 0)
        return;
    if (line->pad_to > line->used) {
        cleanup_free char *blanks = xasprintf("%*s", (int)(line->pad_to - line->used), "");
        add_piece(line, STYLE_PLAIN, str_of(blanks));
    }
    line->pad_to = 0;
    add_piece(line, style, text);
}

void line_addf(struct line *line, enum style style, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    line_add(line, style, buf_str(&text));
}

void line_pad(struct line *line, size_t column)
{
    line->pad_to = column > line->used ? column : line->used + 1;
}

void line_end(struct line *line)
{
    buf_addc(line->out, '\n');
}

/* Below a short label the text lines up with its first line; below a long one it does not move
 * that far to the right. */
static size_t hanging_indent(size_t used)
{
    enum { LABEL_MAX = 11, INDENT = 4 };
    return used <= LABEL_MAX ? used : INDENT;
}

void line_end_wrapped(struct line *line, struct str text)
{
    struct str part;
    size_t hanging = hanging_indent(line->used);
    for (bool first = true; str_next_line(&text, &part); first = false) {
        size_t indent = first ? line->used : hanging;
        if (!first)
            buf_addf(line->out, "\n%*s", (int)indent, "");
        text_add_wrapped(line->out, part, line->columns, indent);
    }
    line_end(line);
}
