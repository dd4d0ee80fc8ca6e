/* The poll loop: what is watched, who is told, and when to wake up. */
#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "server.h"

enum { WATCH_MAX = 3 + SUPERVISE_INSTANCES * 3 + SERVER_CLIENTS };

/* One descriptor and what it is; `instance` or `client` by kind. */
enum watched { ON_SIGNAL, ON_CONTROL, ON_KEEPER, ON_OUTPUT, ON_NOTIFY, ON_PROCESS, ON_CLIENT };

struct watch {
    size_t count;
    struct pollfd fds[WATCH_MAX];
    enum watched kinds[WATCH_MAX];
    void *subjects[WATCH_MAX];
};

static void add(struct watch *w, int fd, short events, enum watched kind, void *subject)
{
    if (fd < 0)
        return;
    w->fds[w->count] = (struct pollfd){.fd = fd, .events = events};
    w->kinds[w->count] = kind;
    w->subjects[w->count] = subject;
    w->count++;
}

static void add_instance(struct watch *w, struct instance *at)
{
    /* Output stands before the end of the process: what it wrote last is in the log first. */
    add(w, at->output.fd, POLLIN, ON_OUTPUT, at);
    add(w, at->notify, POLLIN, ON_NOTIFY, at);
    add(w, at->pidfd, POLLIN, ON_PROCESS, at);
}

static void collect(struct server *s, struct watch *w)
{
    w->count = 0;
    if (!s->ending)
        add(w, signals_fd(), POLLIN, ON_SIGNAL, NULL);
    for (size_t i = 0; i < s->roster.count; i++)
        add_instance(w, s->roster.items[i]);
    add(w, s->keeper.fd, 0, ON_KEEPER, NULL);
    add(w, s->control, POLLIN, ON_CONTROL, NULL);
    for (size_t i = 0; i < SERVER_CLIENTS; i++) {
        struct client *c = &s->clients[i];
        add(w, c->fd, c->answering ? POLLOUT : POLLIN, ON_CLIENT, c);
    }
}

static void pump(struct server *s, struct instance *at)
{
    if (log_source_pump(&at->output, &s->log))
        return;
    mem_close_at(&at->output.fd);
    at->output.fd = -1;
}

static void tell(struct server *s, enum watched kind, void *subject)
{
    switch (kind) {
    case ON_SIGNAL:
        log_event(&s->log, NULL, "asked to end by a signal");
        server_begin_end(s, false);
        return;
    case ON_KEEPER:
        keeper_lost(s);
        return;
    case ON_OUTPUT:
        pump(s, subject);
        return;
    case ON_NOTIFY:
        instance_notified(s, subject);
        return;
    case ON_PROCESS:
        instance_ended(s, subject);
        return;
    case ON_CONTROL:
        control_accept(s);
        return;
    case ON_CLIENT:
        control_serve(s, subject);
        return;
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int next_wake(const struct server *s)
{
    int64_t at = INT64_MAX;
    for (size_t i = 0; i < s->roster.count; i++)
        at = earlier(at, s->roster.items[i]->timer_ms);
    for (size_t i = 0; i < SERVER_CLIENTS; i++) {
        if (s->clients[i].fd >= 0)
            at = earlier(at, s->clients[i].until_ms);
    }
    return deadline_poll_ms((struct deadline){.clock = s->clock, .at_ms = at});
}

static void run_timers(struct server *s)
{
    int64_t now = clock_mono_ms(s->clock);
    for (size_t i = 0; i < s->roster.count; i++) {
        if (s->roster.items[i]->timer_ms <= now)
            instance_timed_out(s, s->roster.items[i]);
    }
    control_expire(s);
}

static bool anything_runs(const struct server *s)
{
    for (size_t i = 0; i < s->roster.count; i++) {
        if (instance_runs(s->roster.items[i]))
            return true;
    }
    return false;
}

static bool answering(const struct server *s)
{
    for (size_t i = 0; i < SERVER_CLIENTS; i++) {
        if (s->clients[i].fd >= 0 && s->clients[i].answering)
            return true;
    }
    return false;
}

bool server_loop(struct server *s, struct error *err)
{
    struct watch w;
    while (!s->ending || anything_runs(s)) {
        collect(s, &w);
        if (poll(w.fds, w.count, next_wake(s)) < 0 && errno != EINTR)
            return err_sys(err, ERR_FAILED, errno, "wait for events");
        for (size_t i = 0; i < w.count; i++) {
            if (w.fds[i].revents != 0)
                tell(s, w.kinds[i], w.subjects[i]);
        }
        run_timers(s);
        if (s->becoming && !answering(s))
            server_become(s);
    }
    return true;
}
