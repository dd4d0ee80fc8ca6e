/* Memory that aborts when it runs out, and cleanup attributes for every owned local.
 *
 * An owned local is declared with its cleanup and initialised on the same line:
 *     cleanup_free char *path = NULL;
 * To hand it to the caller: `*ret_path = steal_ptr(&path);` */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "attr.h"

/* Never return NULL: an allocation that fails ends the process (there is nothing better to do,
 * and every foreign size was checked against a maximum before). */
void *xmalloc(size_t size) must_use never_null;
void *xcalloc(size_t count, size_t size) must_use never_null;
void *xrealloc(void *ptr, size_t size) must_use never_null;
char *xstrdup(const char *text) must_use never_null;
char *xstrndup(const char *text, size_t len) must_use never_null;
char *xasprintf(const char *fmt, ...) must_use never_null printf_like(1, 2);

/* Room for at least `need` elements of `size` bytes in a growing array: returns the array, moved
 * if it had to be; *cap is updated. */
void *array_grow(void *array, size_t *cap, size_t need, size_t size) must_use never_null;

/* What the cleanup attributes below call with the address of the local. */
void mem_free_at(void *pptr);    /* free(*(void **)pptr) */
void mem_close_at(int *fd);      /* close when >= 0, errno kept */
void mem_fclose_at(FILE **file); /* fclose when not NULL, errno kept */

#define cleanup(fn) __attribute__((cleanup(fn)))
#define cleanup_free cleanup(mem_free_at)
#define cleanup_close cleanup(mem_close_at)
#define cleanup_file cleanup(mem_fclose_at)

static inline void *mem_steal(void *pptr)
{
    void **at = pptr;
    void *ptr = *at;
    *at = NULL;
    return ptr;
}
/* The pointer in *pp, which becomes NULL: ownership leaves this scope. */
#define steal_ptr(pp) ((__typeof__(*(pp)))mem_steal(pp))

static inline int steal_fd(int *fd)
{
    int out = *fd;
    *fd = -1;
    return out;
}
