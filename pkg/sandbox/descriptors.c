/* Closing inherited descriptors: everything above standard error but a list. */
#include "parts.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

enum { KEEP_MAX = 64 };

static bool close_between(unsigned first, unsigned last, struct error *err)
{
    if (first > last || close_range(first, last, 0) == 0)
        return true;
    return err_sys(err, ERR_FAILED, errno, "close descriptors %u to %u", first, last);
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

bool descriptors_close(const struct sandbox_profile *p, struct error *err)
{
    int keep[KEEP_MAX] = {0};
    unsigned next = STDERR_FILENO + 1;
    if (!p->close_fds)
        return true;
    if (p->keep_fd_count > KEEP_MAX)
        return err_set(err, ERR_BUG, "more than %d descriptors to keep", KEEP_MAX);
    if (p->keep_fd_count > 0)
        memcpy(keep, p->keep_fds, p->keep_fd_count * sizeof(*keep));
    qsort(keep, p->keep_fd_count, sizeof(*keep), by_number);
    for (size_t i = 0; i < p->keep_fd_count; i++) {
        if (keep[i] < (int)next)
            continue; /* a standard one, -1 for "none", or named twice */
        TRY(close_between(next, (unsigned)keep[i] - 1, err));
        next = (unsigned)keep[i] + 1;
    }
    return close_between(next, UINT_MAX, err);
}
