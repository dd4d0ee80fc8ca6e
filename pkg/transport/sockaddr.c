/* Between our addresses and the kernel's: resolving names, long unix paths, reading back. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

bool socket_open(int family, int type, int *ret_fd, struct error *err)
{
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, ERR_FAILED, errno, "make a socket");
    *ret_fd = fd;
    return true;
}

static enum err_kind resolve_kind(int code)
{
    return code == EAI_NONAME ? ERR_NOT_FOUND : ERR_TRANSIENT;
}

bool tcp_resolve(const struct transport_addr *addr, bool passive, struct addrinfo **ret,
                 struct error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)};
    char port[16];
    snprintf(port, sizeof(port), "%u", addr->port);
    int code = getaddrinfo(addr->name, port, &hints, ret);
    if (code != 0)
        return err_set(err, resolve_kind(code), "resolve '%s': %s", addr->name, gai_strerror(code));
    return true;
}

/* The directory of `path` opened, and where the last part begins. */
static bool open_parent(const char *path, int *ret_dir, const char **ret_name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent = NULL;
    if (slash == NULL)
        parent = xstrdup(".");
    else
        parent = slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
    int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, errno, "open '%s'",
                       parent);
    *ret_dir = dir;
    *ret_name = slash == NULL ? path : slash + 1;
    return true;
}

bool unix_path_open(const char *path, struct unix_path *ret, struct error *err)
{
    struct unix_path out = {.addr = {.sun_family = AF_UNIX}, .dir = -1};
    const char *name = NULL;
    int len = snprintf(out.addr.sun_path, sizeof(out.addr.sun_path), "%s", path);
    if ((size_t)len >= sizeof(out.addr.sun_path)) {
        TRY(open_parent(path, &out.dir, &name, err));
        len = snprintf(out.addr.sun_path, sizeof(out.addr.sun_path), "/proc/self/fd/%d/%s", out.dir,
                       name);
    }
    if ((size_t)len >= sizeof(out.addr.sun_path)) {
        close(out.dir);
        return err_set(err, ERR_CONFIG, "socket name '%s' is too long", name);
    }
    out.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len + 1);
    *ret = out;
    return true;
}

void unix_path_release(struct unix_path *p)
{
    mem_close_at(&p->dir);
    p->dir = -1;
}

static bool read_ip(int family, const void *ip, uint16_t port, struct transport_addr *ret)
{
    *ret = (struct transport_addr){.kind = TRANSPORT_TCP, .port = ntohs(port)};
    return inet_ntop(family, ip, ret->name, sizeof(ret->name)) != NULL;
}

bool addr_from_sockaddr(const union sockaddr_any *from, socklen_t len, struct transport_addr *ret)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    switch (from->any.sa_family) {
    case AF_INET:
        memcpy(&v4, from, sizeof(v4));
        return read_ip(AF_INET, &v4.sin_addr, v4.sin_port, ret);
    case AF_INET6:
        memcpy(&v6, from, sizeof(v6));
        return read_ip(AF_INET6, &v6.sin6_addr, v6.sin6_port, ret);
    case AF_UNIX:
        *ret = (struct transport_addr){.kind = TRANSPORT_UNIX};
        if (len > offsetof(struct sockaddr_un, sun_path))
            snprintf(ret->name, sizeof(ret->name), "%s", from->un.sun_path);
        return true;
    case AF_VSOCK:
        return vsock_read(from, ret);
    default:
        return false;
    }
}
