/* The growing buffer: every path into it checks the maximum. */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_release(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->overflow = false;
    if (b->ptr != NULL)
        b->ptr[0] = '\0';
}

char *buf_reserve(struct buf *b, size_t count)
{
    if (count > b->max || b->len > b->max - count) {
        b->overflow = true;
        return NULL;
    }
    b->ptr = array_grow(b->ptr, &b->cap, b->len + count + 1, 1);
    return b->ptr + b->len;
}

void buf_commit(struct buf *b, size_t count)
{
    b->len += count;
    b->ptr[b->len] = '\0';
}

void buf_add(struct buf *b, struct str s)
{
    char *room = buf_reserve(b, s.len);
    if (room == NULL)
        return;
    if (s.len > 0)
        memcpy(room, s.ptr, s.len);
    buf_commit(b, s.len);
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, str_n(&c, 1));
}

void buf_vaddf(struct buf *b, const char *fmt, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof(small), fmt, args);
    if (len >= 0 && (size_t)len < sizeof(small)) {
        buf_add(b, str_n(small, (size_t)len));
    } else if (len >= 0) {
        char *room = buf_reserve(b, (size_t)len);
        if (room != NULL) {
            vsnprintf(room, (size_t)len + 1, fmt, again);
            buf_commit(b, (size_t)len);
        }
    }
    va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vaddf(b, fmt, args);
    va_end(args);
}

void buf_drop(struct buf *b, size_t count)
{
    if (count >= b->len) {
        buf_clear(b);
        return;
    }
    memmove(b->ptr, b->ptr + count, b->len - count);
    b->len -= count;
    b->ptr[b->len] = '\0';
}

bool buf_check(const struct buf *b, const char *what, struct error *err)
{
    if (b->overflow)
        return err_set(err, ERR_FAILED, "%s is larger than %zu bytes", what, b->max);
    return true;
}

char *buf_detach(struct buf *b)
{
    char *text = b->ptr ? b->ptr : xstrdup("");
    *b = (struct buf){.max = b->max};
    return text;
}
