/* A secret: bytes in memory of their own that is locked, left out of core dumps, absent in
 * children where the kernel can do that, and wiped before it is given back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"
#include "error.h"
#include "mem.h"
#include "str.h"

struct secret {
    unsigned char *ptr; /* NULL when empty */
    size_t len;
    size_t mapped; /* bytes mapped, a multiple of the page size */
};

/* `len` zero bytes. Fails (ERR_FAILED) when memory cannot be mapped; not being able to lock it
 * (RLIMIT_MEMLOCK) is reported in *ret_locked, which may be NULL. */
bool secret_new(size_t len, struct secret *ret, bool *ret_locked, struct error *err) must_use;
void secret_release(struct secret *s);
#define cleanup_secret cleanup(secret_release)

static inline struct str secret_str(const struct secret *s)
{
    return str_n(s->ptr, s->len);
}
/* Compares in time that depends on the lengths only. */
bool secret_equal(struct str a, struct str b) must_use;
/* Wipes memory in a way the compiler keeps. */
void secret_wipe(void *bytes, size_t len);
