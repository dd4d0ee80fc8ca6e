/* Many small allocations that live and end together: trees, plans, one request.
 * Everything handed out is valid until arena_release; nothing is freed alone. */
#pragma once

#include <stddef.h>

#include "attr.h"
#include "mem.h"
#include "str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t total;               /* bytes handed out so far, for callers that bound a tree */
};

/* Gives everything back; the arena is empty and may be used again. */
void arena_release(struct arena *a);
#define cleanup_arena cleanup(arena_release)

/* Zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size) must_use never_null;
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))
/* NUL-terminated copies, in the arena. */
char *arena_strdup(struct arena *a, struct str s) must_use;
struct str arena_str(struct arena *a, struct str s) must_use;
char *arena_printf(struct arena *a, const char *fmt, ...) must_use printf_like(2, 3);
