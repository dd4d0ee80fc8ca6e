/* One line on its way to a person: styled pieces, cut at the width of the terminal. */
#pragma once

#include "event/event.h"

enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_WARN,
    STYLE_HOST,
    STYLE_COUNT
};

struct line {
    struct buf *out;
    bool color, utf8;
    size_t columns; /* 0: never cut */
    size_t used;
    size_t pad_to; /* blanks that are due before the next piece */
};

/* Starts a line of at most `columns` columns in `out`. */
struct line line_begin(struct buf *out, const struct look *look, size_t columns);
/* Appends foreign text, made visible. */
void line_add(struct line *line, enum style style, struct str text);
/* Our own formatted text, likewise. */
void line_addf(struct line *line, enum style style, const char *fmt, ...) printf_like(3, 4);
/* What comes next stands at this column, or after one blank when the line is beyond it. */
void line_pad(struct line *line, size_t column);
/* Ends the line. */
void line_end(struct line *line);
/* Appends the rest of the message, wrapped under the current column, and ends the line. Line ends
 * in the text are kept and indented, so that no foreign text can stand where ours begins. */
void line_end_wrapped(struct line *line, struct str text);
