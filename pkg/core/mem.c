/* Allocation that cannot fail, and the functions behind the cleanup attributes. */
#include "mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *or_abort(void *ptr)
{
    static const char text[] = "out of memory\n";
    if (ptr == NULL) {
        ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)ignored;
        abort();
    }
    return ptr;
}

void *xmalloc(size_t size)
{
    return or_abort(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return or_abort(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t size)
{
    return or_abort(realloc(ptr, size ? size : 1));
}

char *xstrdup(const char *text)
{
    return or_abort(strdup(text));
}

char *xstrndup(const char *text, size_t len)
{
    char *copy = xmalloc(len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&text, fmt, args);
    va_end(args);
    return or_abort(len < 0 ? NULL : text);
}

void *array_grow(void *array, size_t *cap, size_t need, size_t size)
{
    enum { FIRST = 8 };
    if (need <= *cap)
        return array;
    size_t wanted = *cap ? *cap : FIRST;
    while (wanted < need)
        wanted *= 2;
    if (wanted > SIZE_MAX / size)
        return or_abort(NULL);
    *cap = wanted;
    return xrealloc(array, wanted * size);
}

void mem_free_at(void *pptr)
{
    void **at = pptr;
    free(*at);
    *at = NULL;
}

void mem_close_at(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

void mem_fclose_at(FILE **file)
{
    int saved = errno;
    if (*file != NULL)
        fclose(*file);
    *file = NULL;
    errno = saved;
}
