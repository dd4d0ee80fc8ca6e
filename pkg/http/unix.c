/* Sockets whose path is longer than the 107 bytes that sockaddr_un has room for: the directory is
 * opened and the socket named through /proc/self/fd. */
#include <errno.h>
#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

enum { PATH_ROOM = sizeof(((struct sockaddr_un *)NULL)->sun_path) };
_Static_assert(PATH_ROOM == 108, "internal.h says so");

/* Directories stay open as long as the client: curl tells connections apart by the path, and a
 * number that was closed could name another directory the next time. */
static bool dir_fd(struct http_client *client, struct str path, int *ret_fd, struct error *err)
{
    for (size_t i = 0; i < client->dir_count; i++)
        if (str_is(path, client->dirs[i].path)) {
            *ret_fd = client->dirs[i].fd;
            return true;
        }
    cleanup_free char *name = xstrndup(path.ptr, path.len);
    int fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, ERR_TRANSIENT, errno, "open '%s'", name);
    client->dirs =
        array_grow(client->dirs, &client->dir_cap, client->dir_count + 1, sizeof(*client->dirs));
    client->dirs[client->dir_count++] = (struct socket_dir){steal_ptr(&name), fd};
    *ret_fd = fd;
    return true;
}

bool unix_short_path(struct http_client *client, const char *path, char ret_path[PATH_ROOM],
                     struct error *err)
{
    const char *slash = strrchr(path, '/');
    int fd = -1;
    if (strlen(path) < PATH_ROOM) {
        snprintf(ret_path, PATH_ROOM, "%s", path);
        return true;
    }
    if (slash == NULL || strlen(slash) > PATH_ROOM - sizeof("/proc/self/fd/2147483647"))
        return err_set(err, ERR_CONFIG, "the socket's file name is too long: '%s'", path);
    TRY(dir_fd(client, str_n(path, (size_t)(slash - path)), &fd, err));
    snprintf(ret_path, PATH_ROOM, "/proc/self/fd/%d%s", fd, slash);
    return true;
}
