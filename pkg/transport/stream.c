/* Reading and writing with deadlines. Knows nothing of what the bytes mean. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "internal.h"

int deadline_poll_ms(struct deadline until)
{
    if (until.at_ms == INT64_MAX)
        return -1;
    int64_t left = until.at_ms - clock_mono_ms(until.clock);
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool wait_ready(int fd, short events, struct deadline until, const char *what, struct error *err)
{
    struct pollfd two[] = {{.fd = fd, .events = events},
                           {.fd = until.interruptible ? signals_fd() : -1, .events = POLLIN}};
    int ready = 0;
    do {
        int left = deadline_poll_ms(until);
        ready = poll(two, ARRAY_LEN(two), left);
        if (until.interruptible)
            TRY(signals_go_on(err));
        if (ready == 0 && left == 0)
            return err_sys(err, ERR_TRANSIENT, ETIMEDOUT, "%s", what);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    return ready > 0 || err_sys(err, ERR_FAILED, errno, "%s", what);
}

static bool again(int sys)
{
    return sys == EAGAIN || sys == EINTR;
}

bool transport_read(int fd, void *bytes, size_t size, struct deadline until, size_t *ret_len,
                    struct error *err)
{
    ssize_t len = read(fd, bytes, size);
    while (len < 0 && again(errno)) {
        TRY(wait_ready(fd, POLLIN, until, "read", err));
        len = read(fd, bytes, size);
    }
    if (len < 0)
        return err_sys(err, ERR_TRANSIENT, errno, "read");
    *ret_len = (size_t)len;
    return true;
}

bool transport_write(int fd, struct str bytes, struct deadline until, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t len = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (len < 0 && again(errno))
            TRY(wait_ready(fd, POLLOUT, until, "write", err));
        else if (len < 0)
            return err_sys(err, ERR_TRANSIENT, errno, "write");
        else
            bytes = str_sub(bytes, (size_t)len, bytes.len);
    }
    return true;
}

/* Takes the first whole line that is already there. */
static bool take_line(struct transport_lines *from, struct str *ret_line)
{
    struct str held = buf_str(&from->in);
    size_t end = str_find(held, STR("\n"));
    if (end == SIZE_MAX)
        return false;
    from->consumed = end + 1;
    struct str line = str_sub(held, 0, end);
    *ret_line = str_ends(line, STR("\r")) ? str_sub(line, 0, line.len - 1) : line;
    return true;
}

static bool read_more(struct transport_lines *from, struct deadline until, struct error *err)
{
    enum { CHUNK = 4096 };
    char chunk[CHUNK];
    size_t len = 0;
    if (from->in.len >= from->in.max)
        return err_set(err, ERR_FAILED, "a line is longer than %zu bytes", from->in.max);
    size_t room = from->in.max - from->in.len;
    TRY(transport_read(from->fd, chunk, room < CHUNK ? room : CHUNK, until, &len, err));
    if (len == 0 && from->in.len == 0)
        return err_set(err, ERR_NOT_FOUND, "the other side has closed the connection");
    if (len == 0)
        return err_set(err, ERR_FAILED, "the connection ended in the middle of a line");
    buf_add(&from->in, str_n(chunk, len));
    return true;
}

bool transport_read_line(struct transport_lines *from, struct deadline until, struct str *ret_line,
                         struct error *err)
{
    buf_drop(&from->in, from->consumed);
    from->consumed = 0;
    while (!take_line(from, ret_line))
        TRY(read_more(from, until, err));
    return true;
}

bool transport_peer(int fd, struct transport_peer *ret, struct error *err)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return err_sys(err, ERR_FAILED, errno, "ask who the peer is");
    *ret = (struct transport_peer){.pid = who.pid, .uid = who.uid, .gid = who.gid};
    return true;
}
