/* A stream over TCP, a unix socket or vsock as one type: an address one can write down, and file
 * descriptors to connect, listen, read and write with deadlines. Also how listeners travel between
 * processes: LISTEN_FDS (systemd's protocol), SCM_RIGHTS, readiness (sd_notify).
 *
 * Every descriptor that comes from here is close-on-exec and non-blocking; the caller closes it. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "core/core.h"

/* ---- addresses ------------------------------------------------------------------------------ */

enum transport_kind { TRANSPORT_TCP, TRANSPORT_UNIX, TRANSPORT_VSOCK, TRANSPORT_KIND_COUNT };

enum {
    TRANSPORT_NAME_MAX = 1024, /* a path or a host name with its NUL */
    TRANSPORT_TEXT_MAX = TRANSPORT_NAME_MAX + 16
};

struct transport_addr {
    enum transport_kind kind;
    char name[TRANSPORT_NAME_MAX]; /* TCP: host or numeric address, no brackets; unix: the path */
    uint32_t cid;                  /* vsock: context id; UINT32_MAX is "any" */
    uint32_t port;                 /* TCP: 0 to 65535; vsock: any; 0 asks the kernel for a port */
};

/* "127.0.0.1:4000", "[::1]:80", "localhost:4000", "unix:/path", "vsock:CID:PORT" ("vsock:any:PORT"
 * to listen). Names are not looked up here. ERR_CONFIG names the text and what is wrong with it. */
bool transport_parse(struct str text, struct transport_addr *ret, struct error *err) must_use;
/* The text that transport_parse reads back as the same address; NUL-terminated. */
void transport_format(const struct transport_addr *addr, char ret_text[TRANSPORT_TEXT_MAX]);
/* The unix address of `path`. ERR_CONFIG when it is empty or too long. */
bool transport_unix_addr(const char *path, struct transport_addr *ret, struct error *err) must_use;

/* ---- deadlines ------------------------------------------------------------------------------ */

/* A moment on the clock's monotonic scale. Passing it is ERR_TRANSIENT, errno ETIMEDOUT. */
struct deadline {
    const struct clock *clock;
    int64_t at_ms;      /* INT64_MAX: never */
    bool interruptible; /* a signal that core/signals catches ends the wait: ERR_INTERRUPTED */
};

static inline struct deadline deadline_in(const struct clock *clock, int64_t ms)
{
    return (struct deadline){.clock = clock, .at_ms = clock_mono_ms(clock) + ms};
}
/* For a program that a person may interrupt. Once that has happened, what is left to do is cleaning
 * up, which is not interrupted again. */
static inline struct deadline deadline_for_person(const struct clock *clock, int64_t ms)
{
    return (struct deadline){
        .clock = clock, .at_ms = clock_mono_ms(clock) + ms, .interruptible = signals_caught() == 0};
}
/* Milliseconds left for poll(2): 0 when it has passed, at most INT_MAX, -1 when it is never. */
int deadline_poll_ms(struct deadline until);

/* ---- streams -------------------------------------------------------------------------------- */

/* Connects; tries every address of a host name in turn. Nobody listening or no time left is
 * ERR_TRANSIENT, a unix path that does not exist ERR_NOT_FOUND, an unknown host ERR_TRANSIENT or
 * ERR_NOT_FOUND. The look-up of a name is the resolver's and is not bounded by the deadline. */
bool transport_connect(const struct transport_addr *to, struct deadline until, int *ret_fd,
                       struct error *err) must_use;

struct transport_listen {
    const struct transport_addr *at;
    int backlog;      /* 0: SOMAXCONN */
    mode_t unix_mode; /* of a unix socket's file; 0: 0600 */
};

/* Binds and listens. SO_REUSEADDR is set. A unix socket file that nobody answers on is replaced;
 * one that is answered, or anything that is not a socket, is ERR_CONFLICT. A taken port is
 * ERR_CONFLICT and names the process that holds it where /proc tells. */
bool transport_listen(const struct cap *cap, const struct transport_listen *how, int *ret_fd,
                      struct error *err) must_use;
/* The address a socket is bound to: the port when 0 was asked for. */
bool transport_local(int fd, struct transport_addr *ret, struct error *err) must_use;
/* The next connection. `ret_peer` may be NULL; a unix peer has an empty name. */
bool transport_accept(int listener, struct deadline until, int *ret_fd,
                      struct transport_addr *ret_peer, struct error *err) must_use;

/* At least one byte and at most `size`; *ret_len is 0 at the end of the stream. */
bool transport_read(int fd, void *bytes, size_t size, struct deadline until, size_t *ret_len,
                    struct error *err) must_use;
/* All of `bytes`. */
bool transport_write(int fd, struct str bytes, struct deadline until, struct error *err) must_use;
/* A stream read line by line. */
struct transport_lines {
    int fd;          /* borrowed */
    struct buf in;   /* its max is the longest line; the caller releases it */
    size_t consumed; /* bytes of `in` that earlier lines took */
};
/* The next line without its end, borrowed until the next call. A line beyond the maximum, or an end
 * of stream inside a line, is ERR_FAILED; an end between lines is ERR_NOT_FOUND. */
bool transport_read_line(struct transport_lines *from, struct deadline until, struct str *ret_line,
                         struct error *err) must_use;

struct transport_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
/* Who is at the other end of a unix stream (SO_PEERCRED). */
bool transport_peer(int fd, struct transport_peer *ret, struct error *err) must_use;

/* ---- who holds an address -------------------------------------------------------------------- */

enum { TRANSPORT_HOLDER_MAX = 128 };
/* "nginx (pid 4711)" of a process that listens on this TCP address, from /proc; false when it
 * cannot be told (other users' processes are opaque). */
bool transport_holder(const struct transport_addr *addr, char ret_text[TRANSPORT_HOLDER_MAX]);

/* ---- hand-over of listeners ------------------------------------------------------------------ */

enum { TRANSPORT_PASSED_MAX = 16, TRANSPORT_FDNAME_MAX = 64 };

struct transport_passed {
    size_t count;
    int fds[TRANSPORT_PASSED_MAX];                          /* owned by the caller */
    char names[TRANSPORT_PASSED_MAX][TRANSPORT_FDNAME_MAX]; /* "" when no name was given */
};

/* Takes what LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES hand to this process and removes the three
 * from the environment. Nothing handed over, or meant for another process: count 0. A count that
 * is malformed or above TRANSPORT_PASSED_MAX, or a descriptor that is not open, is ERR_CONFIG. */
bool transport_listen_fds(struct transport_passed *ret, struct error *err) must_use;
/* The descriptor of that name, or -1. */
int transport_passed_named(const struct transport_passed *passed, const char *name);

/* In a forked child, right before exec: moves the descriptors to 3, 4, … (inheritable) and sets
 * LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES in its environment. */
bool transport_pass_to_exec(const struct transport_passed *what, struct error *err) must_use;

/* Sends bytes (at least one) with up to TRANSPORT_PASSED_MAX descriptors over a unix stream. */
bool transport_send_fds(int fd, struct str bytes, const int *fds, size_t count,
                        struct deadline until, struct error *err) must_use;
struct transport_received {
    char bytes[256];
    size_t len;                    /* 0: the end of the stream */
    int fds[TRANSPORT_PASSED_MAX]; /* owned by the caller, close-on-exec */
    size_t count;
};
/* One message of transport_send_fds. More descriptors than fit are closed: ERR_FAILED. */
bool transport_recv_fds(int fd, struct deadline until, struct transport_received *ret,
                        struct error *err) must_use;

/* ---- readiness ------------------------------------------------------------------------------- */

/* Tells the manager: `state` is "READY=1", "STOPPING=1", "STATUS=…". `socket` is the value of
 * NOTIFY_SOCKET (a path, or "@" and an abstract name); NULL or empty does nothing. */
bool transport_notify(const char *socket, struct str state, struct error *err) must_use;
/* A datagram socket for the manager's side, bound at `path` (mode 0600); a file in the way that is
 * a socket is replaced. Read it with transport_notify_read. */
bool transport_notify_listen(const struct cap *cap, const char *path, int *ret_fd,
                             struct error *err) must_use;
/* Is a message waiting that holds the line `wanted`? Reads all that are waiting; never blocks. */
bool transport_notify_seen(int fd, struct str wanted);
