/* Talking to our own supervisor (the caller has asked the capability): one connection a request,
 * tried again while a keeper may be putting a new supervisor in the place of one that died. All
 * requests are idempotent. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "client.h"
#include "fs/fs.h"
#include "transport/transport.h"
#include "wire.h"

enum { ANSWER_MS = 30000, REVIVAL_MS = 5000, RETRY_MS = 20 };

/* Somebody holds the service's lock: a supervisor, or the keeper of one that died just now. */
static bool kept_by_somebody(const char *dir)
{
    cleanup_free char *path = fs_join(dir, "lock");
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool connect_once(struct supervise *s, struct deadline until, int *ret_fd, struct error *err)
{
    struct transport_addr at;
    cleanup_free char *path = fs_join(s->dir, "control.sock");
    TRY(transport_unix_addr(path, &at, err));
    return transport_connect(&at, until, ret_fd, err);
}

static bool no_supervisor(const struct supervise *s, struct error *err)
{
    return err_set(err, ERR_NOT_FOUND, "no supervisor runs in '%s'", s->dir);
}

/* One line there, one back; it fails only when that did not work, whatever the answer says. */
static bool exchange(struct supervise *s, struct str request, struct deadline until,
                     struct transport_lines *lines, struct str *ret_line, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(connect_once(s, until, &fd, err));
    TRY(transport_write(fd, request, until, err));
    lines->fd = fd;
    return transport_read_line(lines, until, ret_line, err);
}

/* Did the connection fail so that asking once more makes sense? */
static bool gone(const struct error *err)
{
    return err->kind == ERR_NOT_FOUND || err->sys == ECONNREFUSED || err->sys == ECONNRESET ||
           err->sys == EPIPE;
}

static bool exchange_somehow(struct supervise *s, struct str request, struct transport_lines *lines,
                             struct str *ret_line, struct error *err)
{
    struct deadline until = deadline_for_person(s->clock, ANSWER_MS);
    struct deadline revival = deadline_for_person(s->clock, REVIVAL_MS);
    while (!exchange(s, request, until, lines, ret_line, err)) {
        if (!gone(err))
            return false;
        if (deadline_poll_ms(revival) == 0 || !kept_by_somebody(s->dir))
            return no_supervisor(s, err);
        if (until.interruptible)
            TRY(signals_go_on(err));
        clock_sleep_ms(s->clock, RETRY_MS);
    }
    return true;
}

static bool ask_text(struct supervise *s, struct str request, struct supervise_status *ret,
                     struct error *err)
{
    struct transport_lines lines = {.fd = -1, .in = buf_make(WIRE_REPLY_MAX)};
    struct str line = STR_EMPTY;
    bool ok = exchange_somehow(s, request, &lines, &line, err) && wire_read_reply(line, ret, err);
    buf_release(&lines.in);
    return ok;
}

static bool ask(struct supervise *s, const struct wire_request *request,
                struct supervise_status *ret, struct error *err)
{
    cleanup_buf struct buf text = buf_make(WIRE_REQUEST_MAX);
    TRY(wire_write_request(request, &text, err));
    return ask_text(s, buf_str(&text), ret, err);
}

static bool own_status(struct supervise *s, struct supervise_status *ret, struct error *err)
{
    struct wire_request request = {.op = WIRE_STATUS};
    return ask(s, &request, ret, err);
}

static bool own_start(struct supervise *s, const struct cap *cap unused_arg,
                      const struct supervise_start *what, struct error *err)
{
    struct supervise_status status;
    struct wire_request request = {.op = WIRE_START, .fence = what->fence, .start = *what};
    return ask(s, &request, &status, err);
}

static bool change(struct supervise *s, enum wire_op op, const char *id, uint64_t fence,
                   struct error *err)
{
    struct supervise_status status;
    struct wire_request request = {.op = op, .fence = fence, .start = {.id = id}};
    return ask(s, &request, &status, err);
}

static bool own_promote(struct supervise *s, const struct cap *cap unused_arg, const char *id,
                        uint64_t fence, struct error *err)
{
    return change(s, WIRE_PROMOTE, id, fence, err);
}

static bool own_stop(struct supervise *s, const struct cap *cap unused_arg, const char *id,
                     uint64_t fence, struct error *err)
{
    return change(s, WIRE_STOP, id, fence, err);
}

static bool own_shutdown(struct supervise *s, const struct cap *cap unused_arg, uint64_t fence,
                         struct error *err)
{
    return change(s, WIRE_SHUTDOWN, NULL, fence, err);
}

const struct supervise_ops *own_ops(void)
{
    static const struct supervise_ops OPS = {
        .name = "own",
        .status = own_status,
        .start = own_start,
        .promote = own_promote,
        .stop = own_stop,
        .shutdown = own_shutdown,
    };
    return &OPS;
}

bool own_reexec(struct supervise *s, struct error *err)
{
    struct supervise_status status;
    struct wire_request request = {.op = WIRE_REEXEC};
    return ask(s, &request, &status, err);
}
