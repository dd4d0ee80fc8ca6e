/* The server's life: one epoll over libmicrohttpd, the listeners and the caller's descriptors.
 * Knows nothing of requests. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_STEP = 64,
    EVENTS_PER_STEP = 64,
    ACCEPT_PAUSE_MS = 100,
    SWEEP_MS = 1000,
    SWEEP_DRAINING_MS = 100
};

bool watched_arm(struct httpd *h, struct watched *s, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = s};
    if (!s->armed)
        s->armed = epoll_ctl(h->epoll, EPOLL_CTL_ADD, s->fd, &event) == 0;
    return s->armed;
}

void watched_disarm(struct httpd *h, struct watched *s)
{
    if (s->armed)
        epoll_ctl(h->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    s->armed = false;
}

void server_arm_listeners(struct httpd *h)
{
    bool room =
        !h->draining && h->accept_again_ms == 0 && h->stats.connections < h->o.limits.connections;
    for (size_t i = 0; i < h->listener_count; i++) {
        struct watched *listener = &h->listeners[i];
        if (room && !listener->held)
            watched_arm(h, listener, EPOLLIN | EPOLLEXCLUSIVE);
        else
            watched_disarm(h, listener);
    }
}

static void limits_default(struct httpd_limits *l)
{
    static const struct httpd_limits usual = {.connections = 12000,
                                              .url_bytes = 2048,
                                              .header_bytes = 5120,
                                              .body_total = (size_t)256 << 20,
                                              .idle_ms = 75000,
                                              .header_ms = 10000,
                                              .body_ms = 60000,
                                              .send_ms = 60000};
#define OR_USUAL(field) l->field = l->field ? l->field : usual.field
    OR_USUAL(connections);
    OR_USUAL(url_bytes);
    OR_USUAL(header_bytes);
    OR_USUAL(body_total);
    OR_USUAL(idle_ms);
    OR_USUAL(header_ms);
    OR_USUAL(body_ms);
    OR_USUAL(send_ms);
#undef OR_USUAL
}

static struct MHD_Daemon *start_daemon(struct httpd *h)
{
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(flags, 0, NULL, NULL, request_access, h, /* */
                            MHD_OPTION_CONNECTION_LIMIT, h->o.limits.connections + 1,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
                            MHD_OPTION_NOTIFY_CONNECTION, conn_notify, h, /* */
                            MHD_OPTION_NOTIFY_COMPLETED, request_completed, h,
                            MHD_OPTION_URI_LOG_CALLBACK, request_begin, h,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static bool open_parts(struct httpd *h, struct error *err)
{
    h->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (h->epoll < 0)
        return err_sys(err, ERR_FAILED, errno, "epoll_create1");
    h->daemon = start_daemon(h);
    if (!h->daemon)
        return err_set(err, ERR_FAILED, "libmicrohttpd does not start");
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    h->daemon_watched = (struct watched){.kind = WATCHED_DAEMON, .fd = info->epoll_fd};
    if (!watched_arm(h, &h->daemon_watched, EPOLLIN))
        return err_sys(err, ERR_FAILED, errno, "epoll_ctl");
    return true;
}

bool httpd_new(const struct httpd_options *options, struct httpd **ret, struct error *err)
{
    cleanup_httpd struct httpd *h = xcalloc(1, sizeof *h);
    h->o = *options;
    h->epoll = -1;
    limits_default(&h->o.limits);
    h->now_ms = clock_mono_ms(h->o.clock);
    TRY(open_parts(h, err));
    *ret = steal_ptr(&h);
    return true;
}

void httpd_free(struct httpd *h)
{
    if (!h)
        return;
    /* libmicrohttpd does not stop while connections are suspended. */
    for (struct conn *c = h->conns; c; c = c->next)
        conn_gone(c);
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    if (h->epoll >= 0)
        close(h->epoll);
    free(h);
}

void httpd_free_at(struct httpd **h)
{
    httpd_free(*h);
}

bool httpd_listen(struct httpd *h, int fd, bool accepting, struct error *err)
{
    if (h->listener_count == LISTENERS_MAX)
        return err_set(err, ERR_BUG, "more than %d listeners", LISTENERS_MAX);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_sys(err, ERR_FAILED, errno, "listener %d", fd);
    h->listeners[h->listener_count++] =
        (struct watched){.kind = WATCHED_LISTENER, .fd = fd, .held = !accepting};
    server_arm_listeners(h);
    return true;
}

bool httpd_accept(struct httpd *h, int fd, struct error *err)
{
    for (size_t i = 0; i < h->listener_count; i++) {
        if (h->listeners[i].fd != fd)
            continue;
        h->listeners[i].held = false;
        server_arm_listeners(h);
        return true;
    }
    return err_set(err, ERR_BUG, "descriptor %d is no listener", fd);
}

static struct watched *watch_find(struct httpd *h, enum watched_kind kind, int fd)
{
    for (size_t i = 0; i < WATCHES_MAX; i++)
        if (h->watches[i].kind == kind && (kind == WATCHED_NONE || h->watches[i].fd == fd))
            return &h->watches[i];
    return NULL;
}

bool httpd_watch(struct httpd *h, int fd, httpd_watcher *ready, void *ctx, struct error *err)
{
    struct watched *s = watch_find(h, WATCHED_NONE, fd);
    if (!s)
        return err_set(err, ERR_BUG, "more than %d watched descriptors", WATCHES_MAX);
    struct watched fresh = {.kind = WATCHED_WATCH, .fd = fd, .ready = ready, .ctx = ctx};
    *s = fresh;
    if (watched_arm(h, s, EPOLLIN))
        return true;
    s->kind = WATCHED_NONE;
    return err_sys(err, ERR_FAILED, errno, "watch descriptor %d", fd);
}

void httpd_unwatch(struct httpd *h, int fd)
{
    struct watched *s = watch_find(h, WATCHED_WATCH, fd);
    if (!s)
        return;
    watched_disarm(h, s);
    *s = (struct watched){.kind = WATCHED_NONE};
}

/* A connection that vanished, or one whose turn comes later, is no reason to pause. */
static bool accept_should_pause(int sys)
{
    return sys == EMFILE || sys == ENFILE || sys == ENOBUFS || sys == ENOMEM;
}

static bool accept_one(struct httpd *h, int listener)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (accept_should_pause(errno))
            h->accept_again_ms = h->now_ms + ACCEPT_PAUSE_MS;
        return errno == EINTR || errno == ECONNABORTED;
    }
    h->stats.accepted++;
    /* Closes fd when it fails. */
    MHD_add_connection(h->daemon, fd, (struct sockaddr *)&peer, len);
    return true;
}

static void accept_some(struct httpd *h, int listener)
{
    for (int i = 0; i < ACCEPTS_PER_STEP; i++)
        if (h->stats.connections >= h->o.limits.connections || !accept_one(h, listener))
            break;
    server_arm_listeners(h);
}

/* Whom the kernel connected before anybody stopped listening. */
static void accept_last(struct httpd *h)
{
    for (size_t i = 0; i < h->listener_count; i++)
        while (!h->listeners[i].held && h->stats.connections < h->o.limits.connections &&
               accept_one(h, h->listeners[i].fd))
            continue;
}

static void dispatch(struct httpd *h, struct watched *s)
{
    switch (s->kind) {
    case WATCHED_NONE:
        return;
    case WATCHED_DAEMON:
        h->kick = true;
        return;
    case WATCHED_LISTENER:
        accept_some(h, s->fd);
        return;
    case WATCHED_WATCH:
        s->ready(s->ctx, s->fd);
        return;
    case WATCHED_CONN:
        conn_gone(s->ctx);
        return;
    }
}

static int64_t earliest(int64_t wait_ms, int64_t other_ms)
{
    if (other_ms < 0)
        other_ms = 0;
    return wait_ms < 0 || other_ms < wait_ms ? other_ms : wait_ms;
}

static int wait_ms(struct httpd *h, int64_t most)
{
    MHD_UNSIGNED_LONG_LONG daemon_ms = 0;
    if (h->kick)
        return 0;
    if (MHD_get_timeout(h->daemon, &daemon_ms) == MHD_YES) {
        h->kick = daemon_ms == 0;
        most = earliest(most, (int64_t)(daemon_ms < INT32_MAX ? daemon_ms : INT32_MAX));
    }
    if (h->conns)
        most = earliest(most, h->next_sweep_ms - h->now_ms);
    if (h->accept_again_ms)
        most = earliest(most, h->accept_again_ms - h->now_ms);
    return (int)(most > INT32_MAX ? INT32_MAX : most);
}

static void do_what_is_due(struct httpd *h)
{
    if (h->accept_again_ms && h->now_ms >= h->accept_again_ms) {
        h->accept_again_ms = 0;
        server_arm_listeners(h);
    }
    if (h->now_ms >= h->next_sweep_ms) {
        h->next_sweep_ms = h->now_ms + (h->draining ? SWEEP_DRAINING_MS : SWEEP_MS);
        conn_sweep(h);
    }
}

bool httpd_step(struct httpd *h, int64_t max_wait_ms, struct error *err)
{
    struct epoll_event events[EVENTS_PER_STEP];
    int count = epoll_wait(h->epoll, events, EVENTS_PER_STEP, wait_ms(h, max_wait_ms));
    if (count < 0 && errno != EINTR)
        return err_sys(err, ERR_FAILED, errno, "epoll_wait");
    h->now_ms = clock_mono_ms(h->o.clock);
    for (int i = 0; i < count; i++)
        dispatch(h, events[i].data.ptr);
    do_what_is_due(h);
    if (h->kick) {
        h->kick = false;
        MHD_run(h->daemon);
    }
    return true;
}

void httpd_drain(struct httpd *h, int64_t idle_ms)
{
    if (h->draining)
        return;
    accept_last(h);
    h->draining = true;
    h->drain_until_ms = clock_mono_ms(h->o.clock) + idle_ms;
    h->next_sweep_ms = 0;
    server_arm_listeners(h);
}

bool httpd_draining(const struct httpd *h)
{
    return h->draining;
}

bool httpd_drained(const struct httpd *h)
{
    return h->draining && h->stats.connections == 0;
}

struct httpd_stats httpd_stats(const struct httpd *h)
{
    return h->stats;
}
