/* Writing all of a text to a descriptor that may be slow or interrupted. */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* A terminal that somebody made non-blocking (it is shared with other programs) is waited for. */
static bool wait_or_give_up(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (errno == EINTR)
        return true;
    return (errno == EAGAIN || errno == EWOULDBLOCK) && (poll(&ready, 1, -1) > 0 || errno == EINTR);
}

bool out_write(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote > 0)
            bytes = str_sub(bytes, (size_t)wrote, SIZE_MAX);
        else if (wrote == 0 || !wait_or_give_up(fd))
            return false;
    }
    return true;
}
