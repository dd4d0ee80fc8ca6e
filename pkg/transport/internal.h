/* What the files of transport share: socket addresses, polling, unix paths of any length. */
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "transport/transport.h"

/* Waits until `fd` is ready for `events`; ERR_TRANSIENT with ETIMEDOUT naming `what` when the
 * deadline passes first. A signal does not end the wait. */
bool wait_ready(int fd, short events, struct deadline until, const char *what,
                struct error *err) must_use;

/* A socket address for a unix path of any length. The directory is opened and kept while the
 * address is in use, because a long path is written as /proc/self/fd/DIRECTORY/NAME. */
struct unix_path {
    struct sockaddr_un addr;
    socklen_t len;
    int dir; /* -1 when the path fits by itself */
};
bool unix_path_open(const char *path, struct unix_path *ret, struct error *err) must_use;
void unix_path_release(struct unix_path *p);
#define cleanup_unix_path cleanup(unix_path_release)

/* A non-blocking, close-on-exec socket. */
bool socket_open(int family, int type, int *ret_fd, struct error *err) must_use;

union sockaddr_any {
    struct sockaddr any;
    struct sockaddr_storage storage;
    struct sockaddr_un un;
};

/* The vsock address as bytes; its header is included by one file only. */
void vsock_fill(const struct transport_addr *addr, union sockaddr_any *ret, socklen_t *ret_len);
bool vsock_read(const union sockaddr_any *from, struct transport_addr *ret);

/* The addresses a TCP name stands for; freed with freeaddrinfo. */
struct addrinfo;
bool tcp_resolve(const struct transport_addr *addr, bool passive, struct addrinfo **ret,
                 struct error *err) must_use;

/* A received socket address as ours; false when its family is unknown. */
bool addr_from_sockaddr(const union sockaddr_any *from, socklen_t len, struct transport_addr *ret);
