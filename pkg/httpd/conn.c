/* The connections: which phase each is in, how long it may stay there, and what happens then.
 * Knows nothing of what requests mean. */
#include "internal.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void conn_enter(struct conn *c, enum conn_phase phase, int64_t for_ms)
{
    c->phase = phase;
    c->looked = false;
    c->deadline_ms = for_ms ? c->server->now_ms + for_ms : INT64_MAX;
}

static struct conn *conn_new(struct httpd *h, struct MHD_Connection *mhd)
{
    struct conn *c = xcalloc(1, sizeof *c);
    c->server = h;
    c->mhd = mhd;
    c->watched = (struct watched){
        .kind = WATCHED_CONN,
        .fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
        .ctx = c};
    c->peer = httpd_addr_of(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    conn_enter(c, CONN_IDLE, h->o.limits.idle_ms);
    c->next = h->conns;
    if (h->conns)
        h->conns->prev = c;
    h->conns = c;
    h->stats.connections++;
    return c;
}

static void conn_free(struct conn *c)
{
    struct httpd *h = c->server;
    conn_unwatch(c);
    *(c->prev ? &c->prev->next : &h->conns) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    h->stats.connections--;
    free(c);
    server_arm_listeners(h);
}

void conn_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                 enum MHD_ConnectionNotificationCode code)
{
    switch (code) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        *socket_context = conn_new(cls, mhd);
        return;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        conn_free(*socket_context);
        *socket_context = NULL;
        return;
    }
}

void conn_watch(struct conn *c)
{
    watched_arm(c->server, &c->watched, EPOLLRDHUP);
}

void conn_unwatch(struct conn *c)
{
    watched_disarm(c->server, &c->watched);
}

void conn_gone(struct conn *c)
{
    struct httpd_request *req = c->request;
    conn_unwatch(c);
    if (!req || !req->suspended)
        return;
    req->aborted = true;
    request_resume(req);
}

/* A request that arrived just now must not be cut off. */
static bool has_input(const struct conn *c)
{
    char byte;
    return recv(c->watched.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* libmicrohttpd sees the end of the stream and closes. */
static void conn_end(struct conn *c)
{
    c->cut = true;
    shutdown(c->watched.fd, SHUT_RDWR);
}

/* Has the peer closed its side, and is everything read that it sent? libmicrohttpd takes a short
 * read for the end of what is there; when the end of the stream came together with the last bytes,
 * nothing tells it any more. An idle connection is looked at once: an end that comes later wakes.
 */
static bool has_ended(struct conn *c)
{
    char byte;
    bool reads = c->phase == CONN_HEADERS || c->phase == CONN_BODY;
    if (!reads && (c->phase != CONN_IDLE || c->looked))
        return false;
    c->looked = true;
    return recv(c->watched.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Too slow: a request that was begun is told so. */
static void conn_cut(struct conn *c)
{
    if (c->phase == CONN_HEADERS || c->phase == CONN_BODY)
        reply_timeout_raw(c);
    conn_end(c);
}

static bool conn_is_over(const struct conn *c)
{
    const struct httpd *h = c->server;
    if (c->cut)
        return false;
    if (c->phase != CONN_IDLE)
        return h->now_ms >= c->deadline_ms;
    bool drained = h->draining && h->now_ms >= h->drain_until_ms;
    return (drained || h->now_ms >= c->deadline_ms) && !has_input(c);
}

void conn_sweep(struct httpd *h)
{
    for (struct conn *c = h->conns; c; c = c->next) {
        if (conn_is_over(c))
            conn_cut(c);
        else if (!c->cut && has_ended(c))
            conn_end(c);
    }
}
