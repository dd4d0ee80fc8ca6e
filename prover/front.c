/* The front's life: it learns the key, opens for business, listens to the monitor, drains, ends. */
#include "front.h"

#include <fcntl.h>
#include <unistd.h>

#include "part.h"

enum { STEP_MS = 1000, HELD_BODY_MS = 120000 };

bool front_draining(const struct front *f)
{
    return f->drain_began_ms != 0;
}

bool front_refuses_new(const struct front *f)
{
    int64_t since = clock_mono_ms(clock_system()) - f->drain_began_ms;
    return front_draining(f) && since > f->o->drain_idle_ms;
}

const char *front_not_ready(const struct front *f)
{
    const char *reason = "no worker is running";
    if (front_draining(f))
        return "draining";
    for (size_t i = 0; i < f->o->workers; i++) {
        if (f->workers[i].end < 0)
            continue;
        if (f->workers[i].can_prove)
            return NULL;
        reason = f->workers[i].reason;
    }
    return reason;
}

static bool learn_key(struct front *f, struct error *err)
{
    struct msg m;
    TRY(msg_send_plain(f->sockets.vault, VAULT_PUBLIC_KEY, 0, STR_EMPTY, err));
    if (msg_recv(f->sockets.vault, true, &f->room, &m) != MSG_GOT || m.op != VAULT_PUBLIC_KEY)
        return err_set(err, ERR_FAILED, "the vault gave no key");
    f->key = buf_make(MSG_PAYLOAD_MAX);
    buf_add(&f->key, m.payload);
    return true;
}

static void drop_worker(struct front *f, size_t slot)
{
    struct worker_view *w = &f->workers[slot];
    if (w->end < 0)
        return;
    httpd_unwatch(f->http, w->end);
    close(w->end);
    w->end = -1;
    w->can_prove = false;
    prove_worker_lost(f, slot);
}

static void note_status(struct worker_view *w, struct str reason)
{
    w->can_prove = reason.len == 0;
    snprintf(w->reason, sizeof w->reason, "%" PRIstr, STR_ARG(reason));
}

static void worker_ready(void *ctx, int fd)
{
    struct front *f = ctx;
    struct msg m;
    size_t slot = 0;
    while (slot < WORKERS_MAX && f->workers[slot].end != fd)
        slot++;
    if (slot == WORKERS_MAX)
        return;
    enum msg_got got = msg_recv(fd, false, &f->room, &m);
    if (got == MSG_CLOSED || got == MSG_BAD)
        drop_worker(f, slot);
    if (got != MSG_GOT)
        return;
    if (m.op == WORKER_STATUS)
        note_status(&f->workers[slot], m.payload);
    else
        prove_worker_answered(f, slot, &m);
}

static bool set_nonblocking(int fd, struct error *err)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_sys(err, ERR_FAILED, 0, "descriptor %d", fd);
    return true;
}

static bool take_worker(struct front *f, size_t slot, int end, struct error *err)
{
    struct worker_view *w = &f->workers[slot];
    drop_worker(f, slot);
    w->end = end;
    note_status(w, STR("the worker is starting"));
    TRY(set_nonblocking(end, err));
    TRY(httpd_watch(f->http, end, worker_ready, f, err));
    return msg_send_plain(end, WORKER_STATUS, 0, STR_EMPTY, err);
}

static void vault_ready(void *ctx, int fd)
{
    struct front *f = ctx;
    struct msg m;
    switch (msg_recv(fd, false, &f->room, &m)) {
    case MSG_GOT:
        prove_vault_answered(f, &m);
        return;
    case MSG_NOTHING:
        return;
    case MSG_CLOSED:
    case MSG_BAD:
        f->over = true;
        return;
    }
}

static void begin_drain(struct front *f)
{
    struct error err = {0};
    if (front_draining(f))
        return;
    f->drain_began_ms = clock_mono_ms(clock_system());
    log_say(&f->log, LOG_INFO, "draining: %zu connections", httpd_stats(f->http).connections);
    httpd_drain(f->http, f->o->drain_idle_ms);
    if (f->sockets.owned && f->sockets.public_listener >= 0)
        close(f->sockets.public_listener);
    f->sockets.public_listener = -1;
    if (!msg_send_plain(f->line.control, CONTROL_STOPPED, 0, STR_EMPTY, &err))
        log_say(&f->log, LOG_WARN, "%s", err.msg);
}

static bool obey(struct front *f, const struct msg *m, struct error *err)
{
    switch ((enum control_op)m->op) {
    case CONTROL_ACCEPT:
        return f->sockets.public_listener < 0 ||
               httpd_accept(f->http, f->sockets.public_listener, err);
    case CONTROL_DRAIN:
        begin_drain(f);
        return true;
    case CONTROL_WORKER:
        return take_worker(f, m->tag % WORKERS_MAX, m->fd, err);
    case CONTROL_READY:
    case CONTROL_STOPPED:
        return true;
    }
    return err_set(err, ERR_BUG, "the monitor sent operation %u", m->op);
}

static void control_ready(void *ctx, int fd)
{
    struct front *f = ctx;
    struct error err = {0};
    struct msg m;
    enum msg_got got = msg_recv(fd, false, &f->room, &m);
    if (got == MSG_CLOSED || got == MSG_BAD)
        f->over = true;
    else if (got == MSG_GOT && !obey(f, &m, &err))
        log_say(&f->log, LOG_ERROR, "%s", err.msg);
}

static bool open_http(struct front *f, struct error *err)
{
    const struct httpd_options options = {
        .routes = FRONT_ROUTES,
        .route_count = ROUTE_COUNT,
        .ctx = f,
        .done = access_done,
        .limits = {.body_ms = HELD_BODY_MS},
        .cors = {.origin = "*",
                 .methods = "GET, POST, OPTIONS",
                 .allow_headers = "Content-Type, X-Request-Id, X-Aztec-Version",
                 .expose_headers = "X-Request-Id, X-Prove-Duration-Ms, X-Decrypt-Duration-Ms, "
                                   "X-Download-Duration-Ms, X-Upload-Duration-Ms"},
        .trusted = f->o->trusted,
        .trusted_count = f->o->trusted_count,
        .clock = clock_system(),
        .rng = rng_system()};
    TRY(httpd_new(&options, &f->http, err));
    if (f->sockets.public_listener >= 0)
        TRY(httpd_listen(f->http, f->sockets.public_listener, !f->o->hold, err));
    if (f->sockets.check_listener >= 0)
        TRY(httpd_listen(f->http, f->sockets.check_listener, true, err));
    TRY(set_nonblocking(f->sockets.vault, err));
    TRY(httpd_watch(f->http, f->sockets.vault, vault_ready, f, err));
    return httpd_watch(f->http, f->line.control, control_ready, f, err);
}

static bool open_parts(struct front *f, struct error *err)
{
    int keep[3 + WORKERS_MAX] = {f->sockets.public_listener, f->sockets.check_listener,
                                 f->sockets.vault};
    memcpy(keep + 3, f->sockets.workers, f->o->workers * sizeof keep[0]);
    TRY(part_enter(f->o, &f->line, SANDBOX_FRONT, keep, 3 + f->o->workers, err));
    TRY(learn_key(f, err));
    TRY(pages_render(f, err));
    TRY(open_http(f, err));
    for (size_t i = 0; i < f->o->workers; i++)
        TRY(take_worker(f, i, f->sockets.workers[i], err));
    return msg_send_plain(f->line.control, CONTROL_READY, 0, STR_EMPTY, err);
}

static bool drain_is_over(const struct front *f)
{
    int64_t most =
        f->o->drain_max_ms > f->o->drain_idle_ms ? f->o->drain_max_ms : f->o->drain_idle_ms;
    if (!front_draining(f))
        return false;
    return httpd_drained(f->http) || clock_mono_ms(clock_system()) - f->drain_began_ms > most;
}

static bool run(struct front *f, struct error *err)
{
    TRY(open_parts(f, err));
    while (!f->over && !drain_is_over(f)) {
        TRY(httpd_step(f->http, front_draining(f) ? STEP_MS : -1, err));
        log_flush(&f->log);
    }
    if (f->over)
        return err_set(err, ERR_FAILED, "the vault or the monitor is gone");
    size_t left = httpd_stats(f->http).connections;
    if (left > 0)
        log_say(&f->log, LOG_WARN, "drained for long enough: %zu connections are cut", left);
    else
        log_say(&f->log, LOG_INFO, "drained");
    return true;
}

int front_main(const struct prover_options *o, const struct part_line *line,
               const struct front_sockets *sockets)
{
    struct front *f = xcalloc(1, sizeof *f);
    struct error err = {0};
    f->o = o;
    f->line = *line;
    f->sockets = *sockets;
    f->log = log_make("front", clock_system());
    f->metrics.routes = FRONT_ROUTE_NAMES;
    f->metrics.route_count = ROUTE_COUNT + 1;
    f->rate = rate_make(PROVES_AN_HOUR, (int64_t)3600 * 1000, rng_system());
    for (size_t i = 0; i < WORKERS_MAX; i++)
        f->workers[i].end = -1;
    bool ok = run(f, &err);
    if (!ok)
        log_say(&f->log, LOG_ERROR, "%s", err.msg);
    httpd_free(f->http);
    log_flush(&f->log);
    pages_release(f);
    rate_release(&f->rate);
    log_release(&f->log);
    free(f);
    return ok ? 0 : 1;
}
