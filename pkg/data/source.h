/* Named texts, places in them, and the list of everything that is wrong with them.
 *
 * A message about a place reads "file:line:col: message". Lines and columns count from 1, columns
 * in characters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

struct text_pos {
    uint32_t line; /* 0: no place (a default, a variable of the process environment) */
    uint32_t col;
};

/* A text and what people call it. Borrows both. */
struct source {
    const char *name; /* a path as the user knows it: "envs/local.yaml" */
    struct str text;
};

/* The place of a byte offset; offsets past the end are the end. */
struct text_pos source_pos(const struct source *src, size_t offset);
/* The line at `pos` without its end; empty when there is none. */
struct str source_line(const struct source *src, struct text_pos pos);
/* Fills err with "name:line:col: message" and returns false. Without a line: "name: message". */
bool source_fail(const struct source *src, struct text_pos pos, struct error *err, const char *fmt,
                 ...) printf_like(4, 5);
/* Appends the line an error speaks of and a caret under the column:
 *         3 |   lisen: 127.0.0.1:4000
 *           |   ^
 * Nothing when err's message does not begin with "name:line:col:" of this source. */
void source_excerpt(const struct source *src, const struct error *err, struct buf *out);

/* One thing that is wrong. Strings live in the list's arena. */
struct diag {
    const char *source; /* name of the source */
    struct text_pos at;
    const char *message; /* lower case, no full stop */
    const char *line;    /* the line of the text, NULL when there is no place */
};

enum { DIAGS_MAX = 100 };

struct diags {
    struct arena arena;
    struct diag *items;
    size_t count;
    size_t cap;
    size_t dropped; /* more than DIAGS_MAX were found */
};

/* Frees everything; the list can be used again. */
void diags_release(struct diags *d);
#define cleanup_diags cleanup(diags_release)
/* Remembers one problem; copies all it needs. */
void diags_add(struct diags *d, const struct source *src, struct text_pos at, const char *fmt, ...)
    printf_like(4, 5);
/* The same without showing the line: it may hold a secret. */
void diags_add_hidden(struct diags *d, const struct source *src, struct text_pos at,
                      const char *fmt, ...) printf_like(4, 5);
/* Remembers an error of source_fail as a problem. */
void diags_add_error(struct diags *d, const struct source *src, const struct error *err);
/* Orders by source (in order of first appearance), line and column; drops exact repetitions. */
void diags_sort(struct diags *d);
/* True while the list is empty; otherwise ERR_CONFIG with the first problem and how many more. */
bool diags_check(const struct diags *d, struct error *err) must_use;
/* "file:line:col: message" on one line, no line end. */
void diag_title(const struct diag *problem, struct buf *out);
/* The title, a line end, and the excerpt with its caret. */
void diag_render(const struct diag *problem, struct buf *out);
/* All of them, rendered; ends with "… and N more" when some were dropped. */
void diags_render(const struct diags *d, struct buf *out);
