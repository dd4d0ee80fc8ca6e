/* The control socket: bounded connections of our own user, one request each, never waited for. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

enum { CLIENT_MS = 10000 };

void client_close(struct client *c)
{
    mem_close_at(&c->fd);
    buf_release(&c->in);
    buf_release(&c->out);
    *c = (struct client){.fd = -1};
}

static struct client *free_client(struct server *s)
{
    for (size_t i = 0; i < SERVER_CLIENTS; i++) {
        if (s->clients[i].fd < 0)
            return &s->clients[i];
    }
    return NULL;
}

/* The file's mode keeps others out; this holds also where somebody changed it. */
static bool permitted(int fd)
{
    struct transport_peer peer;
    struct error err;
    return transport_peer(fd, &peer, &err) && (peer.uid == geteuid() || peer.uid == 0);
}

void control_accept(struct server *s)
{
    cleanup_close int fd = accept4(s->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || !permitted(fd))
        return;
    struct client *c = free_client(s);
    if (c == NULL)
        return;
    *c = (struct client){.fd = steal_fd(&fd),
                         .in = buf_make(WIRE_REQUEST_MAX),
                         .out = buf_make(WIRE_REPLY_MAX),
                         .until_ms = clock_mono_ms(s->clock) + CLIENT_MS};
}

static void answer(struct server *s, struct client *c, struct str line)
{
    server_answer(s, line, &c->out);
    c->answering = true;
    c->until_ms = clock_mono_ms(s->clock) + CLIENT_MS;
}

static void too_long(struct client *c)
{
    struct error err;
    err_set(&err, ERR_USAGE, "a request is at most %d bytes", WIRE_REQUEST_MAX);
    wire_write_error(&err, &c->out);
    c->answering = true;
}

/* False when the connection is of no use any more. */
static bool take_request(struct server *s, struct client *c)
{
    char chunk[4096];
    ssize_t len = read(c->fd, chunk, sizeof(chunk));
    if (len <= 0)
        return len < 0 && (errno == EAGAIN || errno == EINTR);
    buf_add(&c->in, str_n(chunk, (size_t)len));
    struct str held = buf_str(&c->in);
    size_t end = str_find(held, STR("\n"));
    if (end != SIZE_MAX)
        answer(s, c, str_sub(held, 0, end));
    else if (c->in.overflow || c->in.len == c->in.max)
        too_long(c);
    return true;
}

/* False when all is written, or nothing can be. */
static bool give_answer(struct client *c)
{
    ssize_t len = send(c->fd, buf_cstr(&c->out), c->out.len, MSG_NOSIGNAL);
    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    buf_drop(&c->out, (size_t)len);
    return c->out.len > 0;
}

void control_serve(struct server *s, struct client *c)
{
    bool goes_on = c->answering || take_request(s, c);
    if (goes_on && c->answering)
        goes_on = give_answer(c);
    if (!goes_on)
        client_close(c);
}

void control_expire(struct server *s)
{
    int64_t now = clock_mono_ms(s->clock);
    for (size_t i = 0; i < SERVER_CLIENTS; i++) {
        if (s->clients[i].fd >= 0 && s->clients[i].until_ms <= now)
            client_close(&s->clients[i]);
    }
}
