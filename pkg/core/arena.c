/* The arena: a list of blocks, each at least BLOCK_MIN bytes. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 4096 - 64, ALIGN = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *next;
    size_t used, cap;
    _Alignas(max_align_t) char bytes[];
};

void arena_release(struct arena *a)
{
    struct arena_block *block = a->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *a = (struct arena){0};
}

static struct arena_block *block_with(struct arena *a, size_t size)
{
    struct arena_block *block = a->blocks;
    if (block != NULL && block->cap - block->used >= size)
        return block;
    size_t cap = size > BLOCK_MIN ? size : BLOCK_MIN;
    block = xcalloc(1, sizeof(*block) + cap);
    block->cap = cap;
    block->next = a->blocks;
    a->blocks = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct arena_block *block = block_with(a, rounded);
    void *at = block->bytes + block->used;
    block->used += rounded;
    a->total += rounded;
    return at;
}

char *arena_strdup(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1);
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
    return str_n(arena_strdup(a, s), s.len);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = arena_alloc(a, (size_t)(len < 0 ? 0 : len) + 1);
    if (len >= 0)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}
