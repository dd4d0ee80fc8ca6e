/* Places in a text and messages about them. Knows no format. */
#include "source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_SHOWN_MAX = 200, PLACE_TEXT_MAX = 512 };

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of a byte order mark at the start, which no column counts. */
static size_t mark_len(struct str text)
{
    return str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
}

struct text_pos source_pos(const struct source *src, size_t offset)
{
    size_t end = offset < src->text.len ? offset : src->text.len;
    struct text_pos pos = {1, 1};
    for (size_t i = mark_len(src->text); i < end; i++) {
        if (src->text.ptr[i] == '\n') {
            pos.line++;
            pos.col = 1;
        } else if (!is_continuation(src->text.ptr[i])) {
            pos.col++;
        }
    }
    return pos;
}

struct str source_line(const struct source *src, struct text_pos pos)
{
    struct str rest = str_sub(src->text, mark_len(src->text), src->text.len);
    struct str line = STR_EMPTY;
    if (pos.line == 0)
        return STR_EMPTY;
    for (uint32_t i = 0; i < pos.line; i++) {
        if (!str_next_line(&rest, &line))
            return STR_EMPTY;
    }
    return line;
}

static void place_format(const char *name, struct text_pos pos, char *ret, size_t size)
{
    if (pos.line == 0)
        snprintf(ret, size, "%s: ", name);
    else
        snprintf(ret, size, "%s:%u:%u: ", name, pos.line, pos.col);
}

bool source_fail(const struct source *src, struct text_pos pos, struct error *err, const char *fmt,
                 ...)
{
    char place[PLACE_TEXT_MAX];
    char message[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    place_format(src->name, pos, place, sizeof(place));
    return err_set(err, ERR_CONFIG, "%s%s", place, message);
}

/* The number before the next ':'; false when there is none. */
static bool cut_number(struct str *rest, uint32_t *ret)
{
    uint64_t value = 0;
    bool found = false;
    struct str digits = str_cut(*rest, ':', rest, &found);
    if (!found || !str_to_u64(digits, &value) || value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

/* Splits "name:line:col: message" of this source. */
static bool split_place(const struct source *src, const char *msg, struct text_pos *ret_pos,
                        struct str *ret_message)
{
    struct str rest = str_of(msg);
    struct str name = str_of(src->name);
    if (!str_starts(rest, name) || rest.len <= name.len || rest.ptr[name.len] != ':')
        return false;
    rest = str_sub(rest, name.len + 1, rest.len);
    if (!cut_number(&rest, &ret_pos->line) || !cut_number(&rest, &ret_pos->col))
        return false;
    *ret_message = str_trim(rest);
    return true;
}

/* The bytes of the first `count` characters. */
static size_t bytes_of_chars(struct str line, size_t count)
{
    size_t i = 0;
    while (i < line.len && (count > 0 || is_continuation(line.ptr[i]))) {
        if (!is_continuation(line.ptr[i]))
            count--;
        i++;
        if (count == 0 && (i >= line.len || !is_continuation(line.ptr[i])))
            break;
    }
    return i;
}

/* Control characters would move the caret or the terminal: they are shown as one blank. */
static void add_visible(struct buf *out, struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if (c < 0x20 || c == 0x7F)
            buf_addc(out, ' ');
        else
            buf_addc(out, line.ptr[i]);
    }
}

static void excerpt(struct str line, struct text_pos pos, struct buf *out)
{
    struct str shown = str_sub(line, 0, bytes_of_chars(line, LINE_SHOWN_MAX));
    buf_addf(out, "%5u | ", pos.line);
    add_visible(out, shown);
    buf_adds(out, shown.len < line.len ? "…\n" : "\n");
    if (pos.col == 0 || pos.col > LINE_SHOWN_MAX)
        return;
    buf_addf(out, "      | %*s^\n", (int)pos.col - 1, "");
}

void source_excerpt(const struct source *src, const struct error *err, struct buf *out)
{
    struct text_pos pos = {0, 0};
    struct str message;
    if (split_place(src, err->msg, &pos, &message) && pos.line > 0)
        excerpt(source_line(src, pos), pos, out);
}

void diags_release(struct diags *d)
{
    arena_release(&d->arena);
    free(d->items);
    *d = (struct diags){0};
}

static void diags_push(struct diags *d, const struct source *src, struct text_pos at,
                       struct str message)
{
    if (d->count >= DIAGS_MAX) {
        d->dropped++;
        return;
    }
    d->items = array_grow(d->items, &d->cap, d->count + 1, sizeof(*d->items));
    d->items[d->count++] = (struct diag){
        .source = arena_strdup(&d->arena, str_of(src->name)),
        .at = at,
        .message = arena_strdup(&d->arena, message),
        .line = at.line ? arena_strdup(&d->arena, source_line(src, at)) : NULL,
    };
}

void diags_add(struct diags *d, const struct source *src, struct text_pos at, const char *fmt, ...)
{
    char message[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    diags_push(d, src, at, str_of(message));
}

void diags_add_hidden(struct diags *d, const struct source *src, struct text_pos at,
                      const char *fmt, ...)
{
    char message[ERR_MSG_MAX];
    size_t before = d->count;
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    diags_push(d, src, at, str_of(message));
    if (d->count > before)
        d->items[before].line = NULL;
}

void diags_add_error(struct diags *d, const struct source *src, const struct error *err)
{
    struct text_pos pos = {0, 0};
    struct str message = str_of(err->msg);
    if (!split_place(src, err->msg, &pos, &message))
        message = str_of(err->msg);
    diags_push(d, src, pos, message);
}

/* The index of the source's first appearance orders the files. */
static size_t source_rank(const struct diags *d, const char *source)
{
    for (size_t i = 0; i < d->count; i++) {
        if (str_is(str_of(source), d->items[i].source))
            return i;
    }
    return d->count;
}

static bool diag_before(const struct diags *d, const struct diag *a, const struct diag *b)
{
    size_t rank_a = source_rank(d, a->source);
    size_t rank_b = source_rank(d, b->source);
    if (rank_a != rank_b)
        return rank_a < rank_b;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line;
    return a->at.col < b->at.col;
}

static bool diag_same(const struct diag *a, const struct diag *b)
{
    return a->at.line == b->at.line && a->at.col == b->at.col &&
           str_is(str_of(a->source), b->source) && str_is(str_of(a->message), b->message);
}

void diags_sort(struct diags *d)
{
    struct diags sorted = {.items = NULL};
    sorted.items = array_grow(NULL, &sorted.cap, d->count + 1, sizeof(*d->items));
    for (size_t i = 0; i < d->count; i++) {
        size_t at = sorted.count;
        while (at > 0 && diag_before(d, &d->items[i], &sorted.items[at - 1]))
            at--;
        if (at > 0 && diag_same(&sorted.items[at - 1], &d->items[i]))
            continue;
        memmove(&sorted.items[at + 1], &sorted.items[at],
                (sorted.count - at) * sizeof(*sorted.items));
        sorted.items[at] = d->items[i];
        sorted.count++;
    }
    free(d->items);
    d->items = sorted.items;
    d->cap = sorted.cap;
    d->count = sorted.count;
}

bool diags_check(const struct diags *d, struct error *err)
{
    if (d->count == 0)
        return true;
    char place[PLACE_TEXT_MAX];
    const struct diag *first = &d->items[0];
    size_t more = d->count - 1 + d->dropped;
    place_format(first->source, first->at, place, sizeof(place));
    if (more == 0)
        return err_set(err, ERR_CONFIG, "%s%s", place, first->message);
    return err_set(err, ERR_CONFIG, "%s%s (and %zu more problem%s)", place, first->message, more,
                   more == 1 ? "" : "s");
}

void diag_title(const struct diag *problem, struct buf *out)
{
    char place[PLACE_TEXT_MAX];
    place_format(problem->source, problem->at, place, sizeof(place));
    buf_addf(out, "%s%s", place, problem->message);
}

void diag_render(const struct diag *problem, struct buf *out)
{
    diag_title(problem, out);
    buf_addc(out, '\n');
    if (problem->line != NULL)
        excerpt(str_of(problem->line), problem->at, out);
}

void diags_render(const struct diags *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++)
        diag_render(&d->items[i], out);
    if (d->dropped > 0)
        buf_addf(out, "… and %zu more\n", d->dropped);
}
