/* Connecting with a deadline: tries each address of a name in turn. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "internal.h"

static enum err_kind connect_kind(int sys)
{
    if (sys == ENOENT)
        return ERR_NOT_FOUND;
    if (sys == EACCES || sys == EPERM)
        return ERR_AUTH;
    return ERR_TRANSIENT;
}

static bool refuse(const struct transport_addr *to, int sys, struct error *err)
{
    char text[TRANSPORT_TEXT_MAX];
    transport_format(to, text);
    return err_sys(err, connect_kind(sys), sys, "connect to %s", text);
}

/* A full backlog of a unix listener is EAGAIN at once: the only answer is to try again. */
static int connect_some(int fd, const struct sockaddr *addr, socklen_t len, struct deadline until)
{
    enum { RETRY_MS = 5 };
    while (connect(fd, addr, len) != 0) {
        if (errno != EAGAIN || deadline_poll_ms(until) == 0)
            return errno == EAGAIN ? ETIMEDOUT : errno;
        clock_sleep_ms(until.clock, RETRY_MS);
    }
    return 0;
}

static bool finish(int fd, const struct transport_addr *to, struct deadline until,
                   struct error *err)
{
    int sys = 0;
    socklen_t size = sizeof(sys);
    TRY(wait_ready(fd, POLLOUT, until, "connect", err));
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &size) != 0)
        sys = errno;
    return sys == 0 || refuse(to, sys, err);
}

static bool connect_one(const struct transport_addr *to, const struct sockaddr *addr, socklen_t len,
                        struct deadline until, int *ret_fd, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(socket_open(addr->sa_family, SOCK_STREAM, &fd, err));
    int sys = connect_some(fd, addr, len, until);
    if (sys == EINPROGRESS || sys == EINTR)
        TRY(finish(fd, to, until, err));
    else if (sys != 0)
        return refuse(to, sys, err);
    *ret_fd = steal_fd(&fd);
    return true;
}

static void set_nodelay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static bool connect_tcp(const struct transport_addr *to, struct deadline until, int *ret_fd,
                        struct error *err)
{
    struct addrinfo *list = NULL;
    bool ok = false;
    TRY(tcp_resolve(to, false, &list, err));
    for (struct addrinfo *at = list; at != NULL && !ok; at = at->ai_next)
        ok = connect_one(to, at->ai_addr, at->ai_addrlen, until, ret_fd, err);
    freeaddrinfo(list);
    if (ok)
        set_nodelay(*ret_fd);
    return ok;
}

static bool connect_unix(const struct transport_addr *to, struct deadline until, int *ret_fd,
                         struct error *err)
{
    cleanup_unix_path struct unix_path path = {.dir = -1};
    TRY(unix_path_open(to->name, &path, err));
    return connect_one(to, (const struct sockaddr *)&path.addr, path.len, until, ret_fd, err);
}

static bool connect_vsock(const struct transport_addr *to, struct deadline until, int *ret_fd,
                          struct error *err)
{
    union sockaddr_any addr;
    socklen_t len = 0;
    vsock_fill(to, &addr, &len);
    return connect_one(to, &addr.any, len, until, ret_fd, err);
}

bool transport_connect(const struct transport_addr *to, struct deadline until, int *ret_fd,
                       struct error *err)
{
    switch (to->kind) {
    case TRANSPORT_TCP:
        return connect_tcp(to, until, ret_fd, err);
    case TRANSPORT_UNIX:
        return connect_unix(to, until, ret_fd, err);
    case TRANSPORT_VSOCK:
        return connect_vsock(to, until, ret_fd, err);
    case TRANSPORT_KIND_COUNT:
        break;
    }
    return err_set(err, ERR_BUG, "connect to an address without a kind");
}
