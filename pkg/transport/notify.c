/* Readiness messages (sd_notify's datagrams): the service's side and the manager's. */
#include <errno.h>
#include <unistd.h>

#include "internal.h"

enum { NOTIFY_MAX = 4096 };

static bool send_to(int fd, const struct sockaddr_un *addr, socklen_t len, struct str state,
                    struct error *err)
{
    ssize_t sent =
        sendto(fd, state.ptr, state.len, MSG_NOSIGNAL, (const struct sockaddr *)addr, len);
    if (sent < 0)
        return err_sys(err, ERR_TRANSIENT, errno, "tell the service manager");
    return true;
}

static bool send_abstract(int fd, const char *name, struct str state, struct error *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    if (len >= sizeof(addr.sun_path))
        return err_set(err, ERR_CONFIG, "NOTIFY_SOCKET is too long");
    memcpy(addr.sun_path + 1, name + 1, len - 1);
    return send_to(fd, &addr, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len), state,
                   err);
}

bool transport_notify(const char *socket, struct str state, struct error *err)
{
    cleanup_close int fd = -1;
    cleanup_unix_path struct unix_path path = {.dir = -1};
    if (socket == NULL || socket[0] == '\0')
        return true;
    TRY(socket_open(AF_UNIX, SOCK_DGRAM, &fd, err));
    if (socket[0] == '@')
        return send_abstract(fd, socket, state, err);
    TRY(unix_path_open(socket, &path, err));
    return send_to(fd, &path.addr, path.len, state, err);
}

static bool has_line(struct str message, struct str wanted)
{
    struct str line;
    while (str_next_line(&message, &line)) {
        if (str_eq(line, wanted))
            return true;
    }
    return false;
}

bool transport_notify_seen(int fd, struct str wanted)
{
    char message[NOTIFY_MAX];
    bool seen = false;
    ssize_t len = recv(fd, message, sizeof(message), MSG_DONTWAIT);
    while (len >= 0) {
        seen = has_line(str_n(message, (size_t)len), wanted) || seen;
        len = recv(fd, message, sizeof(message), MSG_DONTWAIT);
    }
    return seen;
}
