/* Binding and accepting. A unix socket file that nobody answers on is replaced under a lock on its
 * directory, so that two starters cannot unlink each other's. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/file.h>
#include <unistd.h>

#include "internal.h"

enum { DEFAULT_UNIX_MODE = 0600, PROBE_MS = 1000 };

static bool taken(const struct transport_addr *at, struct error *err)
{
    char text[TRANSPORT_TEXT_MAX], holder[TRANSPORT_HOLDER_MAX];
    transport_format(at, text);
    if (transport_holder(at, holder))
        return err_set(err, ERR_CONFLICT, "%s is already in use by %s", text, holder);
    return err_set(err, ERR_CONFLICT, "%s is already in use", text);
}

static bool bind_failed(const struct transport_addr *at, int sys, struct error *err)
{
    char text[TRANSPORT_TEXT_MAX];
    if (sys == EADDRINUSE)
        return taken(at, err);
    transport_format(at, text);
    return err_sys(err, sys == EACCES || sys == EPERM ? ERR_AUTH : ERR_FAILED, sys, "listen on %s",
                   text);
}

static bool bind_and_listen(const struct transport_listen *how, int fd, const struct sockaddr *addr,
                            socklen_t len, struct error *err)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, addr, len) != 0 || listen(fd, how->backlog > 0 ? how->backlog : SOMAXCONN) != 0)
        return bind_failed(how->at, errno, err);
    return true;
}

static bool listen_one(const struct transport_listen *how, const struct sockaddr *addr,
                       socklen_t len, int *ret_fd, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(socket_open(addr->sa_family, SOCK_STREAM, &fd, err));
    TRY(bind_and_listen(how, fd, addr, len, err));
    *ret_fd = steal_fd(&fd);
    return true;
}

static bool listen_tcp(const struct transport_listen *how, int *ret_fd, struct error *err)
{
    struct addrinfo *list = NULL;
    bool ok = false;
    TRY(tcp_resolve(how->at, true, &list, err));
    for (struct addrinfo *at = list; at != NULL && !ok; at = at->ai_next)
        ok = listen_one(how, at->ai_addr, at->ai_addrlen, ret_fd, err);
    freeaddrinfo(list);
    return ok;
}

static bool listen_vsock(const struct transport_listen *how, int *ret_fd, struct error *err)
{
    union sockaddr_any addr;
    socklen_t len = 0;
    vsock_fill(how->at, &addr, &len);
    return listen_one(how, &addr.any, len, ret_fd, err);
}

/* Does somebody accept on this path? A full backlog counts as yes. */
static bool answered(const struct transport_addr *at)
{
    struct error err;
    cleanup_close int fd = -1;
    if (transport_connect(at, deadline_in(clock_system(), PROBE_MS), &fd, &err))
        return true;
    return err.sys != ECONNREFUSED && err.sys != ENOENT;
}

/* Makes room for a socket file at `path`; the caller holds the directory's lock. */
static bool clear_stale(const struct transport_addr *at, bool probe, struct error *err)
{
    struct stat info;
    if (lstat(at->name, &info) != 0)
        return errno == ENOENT || err_sys(err, ERR_FAILED, errno, "look at '%s'", at->name);
    if (!S_ISSOCK(info.st_mode))
        return err_set(err, ERR_CONFLICT, "'%s' exists and is not a socket", at->name);
    if (probe && answered(at))
        return taken(at, err);
    if (unlink(at->name) != 0 && errno != ENOENT)
        return err_sys(err, ERR_FAILED, errno, "remove the stale socket '%s'", at->name);
    return true;
}

/* The directory of `path`, locked until it is closed. */
static bool lock_parent(const char *path, int *ret_dir, struct error *err)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    cleanup_free char *parent = slash == NULL ? xstrdup(".") : xstrndup(path, len > 0 ? len : 1);
    cleanup_close int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, errno, "open '%s'",
                       parent);
    if (flock(dir, LOCK_EX) != 0)
        return err_sys(err, ERR_FAILED, errno, "lock '%s'", parent);
    *ret_dir = steal_fd(&dir);
    return true;
}

/* The mode is set before bind, so that the file never has a wider one; once more after it, because
 * the umask narrows what bind makes. */
static bool bind_unix(const struct transport_listen *how, int fd, bool probe, struct error *err)
{
    mode_t mode = how->unix_mode != 0 ? how->unix_mode : DEFAULT_UNIX_MODE;
    cleanup_close int lock = -1;
    cleanup_unix_path struct unix_path path = {.dir = -1};
    TRY(lock_parent(how->at->name, &lock, err));
    TRY(clear_stale(how->at, probe, err));
    TRY(unix_path_open(how->at->name, &path, err));
    if (fchmod(fd, mode) != 0)
        return err_sys(err, ERR_FAILED, errno, "set the mode of a socket");
    if (bind(fd, (const struct sockaddr *)&path.addr, path.len) != 0)
        return bind_failed(how->at, errno, err);
    if (chmod(how->at->name, mode) != 0)
        return err_sys(err, ERR_FAILED, errno, "set the mode of '%s'", how->at->name);
    return true;
}

static bool listen_unix(const struct transport_listen *how, int *ret_fd, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(socket_open(AF_UNIX, SOCK_STREAM, &fd, err));
    TRY(bind_unix(how, fd, true, err));
    if (listen(fd, how->backlog > 0 ? how->backlog : SOMAXCONN) != 0)
        return bind_failed(how->at, errno, err);
    *ret_fd = steal_fd(&fd);
    return true;
}

bool transport_listen(const struct cap *cap, const struct transport_listen *how, int *ret_fd,
                      struct error *err)
{
    char text[TRANSPORT_TEXT_MAX];
    transport_format(how->at, text);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "listen on", text, err));
    switch (how->at->kind) {
    case TRANSPORT_TCP:
        return listen_tcp(how, ret_fd, err);
    case TRANSPORT_UNIX:
        return listen_unix(how, ret_fd, err);
    case TRANSPORT_VSOCK:
        return listen_vsock(how, ret_fd, err);
    case TRANSPORT_KIND_COUNT:
        break;
    }
    return err_set(err, ERR_BUG, "listen on an address without a kind");
}

bool transport_notify_listen(const struct cap *cap, const char *path, int *ret_fd,
                             struct error *err)
{
    struct transport_addr at;
    cleanup_close int fd = -1;
    TRY(transport_unix_addr(path, &at, err));
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "listen on", path, err));
    TRY(socket_open(AF_UNIX, SOCK_DGRAM, &fd, err));
    struct transport_listen how = {.at = &at};
    TRY(bind_unix(&how, fd, false, err));
    *ret_fd = steal_fd(&fd);
    return true;
}

bool transport_local(int fd, struct transport_addr *ret, struct error *err)
{
    union sockaddr_any addr = {0};
    socklen_t len = sizeof(addr);
    if (getsockname(fd, &addr.any, &len) != 0)
        return err_sys(err, ERR_FAILED, errno, "ask for a socket's address");
    if (!addr_from_sockaddr(&addr, len, ret))
        return err_set(err, ERR_FAILED, "a socket of an unknown family");
    return true;
}

/* Errors of a connection that died between arriving and being accepted: take the next one. */
static bool accept_again(int sys)
{
    return sys == EAGAIN || sys == EINTR || sys == ECONNABORTED || sys == EPROTO;
}

bool transport_accept(int listener, struct deadline until, int *ret_fd,
                      struct transport_addr *ret_peer, struct error *err)
{
    union sockaddr_any addr = {0};
    socklen_t len = sizeof(addr);
    int fd = accept4(listener, &addr.any, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (fd < 0 && accept_again(errno)) {
        TRY(wait_ready(listener, POLLIN, until, "wait for a connection", err));
        len = sizeof(addr);
        fd = accept4(listener, &addr.any, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    if (fd < 0)
        return err_sys(err, ERR_FAILED, errno, "accept a connection");
    if (ret_peer != NULL && !addr_from_sockaddr(&addr, len, ret_peer))
        *ret_peer = (struct transport_addr){.kind = TRANSPORT_UNIX};
    *ret_fd = fd;
    return true;
}
