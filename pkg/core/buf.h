/* A growing byte buffer with a compulsory maximum.
 *
 * Appending never fails visibly: past the maximum the buffer remembers `overflow` and stays as it
 * was. Whoever built the text asks once, at the end, with buf_check. The bytes are always followed
 * by a NUL that is not counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"
#include "error.h"
#include "mem.h"
#include "str.h"

struct buf {
    char *ptr; /* NULL while empty and never appended to */
    size_t len;
    size_t cap;
    size_t max;    /* bytes at most; 0 is a bug */
    bool overflow; /* something did not fit */
};

enum {
    BUF_LINE = 64 * 1024,           /* one line of a child's output, one log line */
    BUF_TEXT = 1024 * 1024,         /* a rendered page, a help text, a step summary */
    BUF_DOCUMENT = 8 * 1024 * 1024, /* a configuration file, a small reply */
    BUF_BODY = 64 * 1024 * 1024     /* the largest reply that is kept in memory */
};

static inline struct buf buf_make(size_t max)
{
    return (struct buf){.max = max};
}
void buf_release(struct buf *b);
#define cleanup_buf cleanup(buf_release)

/* Empties it; keeps the memory. */
void buf_clear(struct buf *b);
/* Each appends a copy. */
void buf_add(struct buf *b, struct str s);
static inline void buf_adds(struct buf *b, const char *text)
{
    buf_add(b, str_of(text));
}
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list args) printf_like(2, 0);
/* Drops the first `count` bytes (all when it holds fewer). */
void buf_drop(struct buf *b, size_t count);
/* Room for `count` more bytes at the end, or NULL when that passes the maximum; write there, then
 * buf_commit what was written. */
char *buf_reserve(struct buf *b, size_t count) must_use;
void buf_commit(struct buf *b, size_t count);
/* False (ERR_FAILED, naming `what` and the maximum) when something did not fit. */
bool buf_check(const struct buf *b, const char *what, struct error *err) must_use;

static inline struct str buf_str(const struct buf *b)
{
    return b->ptr ? str_n(b->ptr, b->len) : STR_EMPTY;
}
/* NUL-terminated, borrowed until the next change. */
static inline const char *buf_cstr(const struct buf *b)
{
    return b->ptr ? b->ptr : "";
}
/* The bytes as a heap string that the caller frees; the buffer becomes empty. */
char *buf_detach(struct buf *b) must_use;
