/* The life of one instance: started, ready, promoted, ended, started again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/proc.h"
#include "server.h"

enum {
    PUBLIC_FD = 3,
    PATH_TEXT_MAX = SUPERVISE_ID_MAX + 16,
    HELD_MAX_MS = 30 * 60 * 1000, /* a deployment that is alive promotes or stops it before */
    STEADY_MS = 60000,            /* a process that lived this long did not end quickly */
    RESTART_PAUSE_MAX_MS = 30000,
    STOP_ACCEPTING_MS = 1000 /* the old one says STOPPING=1 within this, or is not waited for */
};

/* "run/ID.log": the files of an instance, seen from the service's directory. */
static void run_path(const struct instance *at, const char *kind, char out[PATH_TEXT_MAX])
{
    snprintf(out, PATH_TEXT_MAX, "run/%s.%s", at->id, kind);
}

static int64_t now_ms(const struct server *s)
{
    return clock_mono_ms(s->clock);
}

static void send_signal(const struct instance *at, int number)
{
    if (instance_runs(at))
        pidfd_send_signal(at->pidfd, number, NULL, 0);
}

/* Our ends of its pipe and of its readiness socket. */
static bool open_ends(struct server *s, struct instance *at, struct error *err)
{
    char path[PATH_TEXT_MAX];
    run_path(at, "log", path);
    TRY(log_source_open(s->cap, &at->output, path, err));
    if (at->notify >= 0)
        return true;
    run_path(at, "notify", path);
    return transport_notify_listen(s->cap, path, &at->notify, err);
}

/* Nothing that runs uses them any more. */
static void close_ends(struct instance *at)
{
    static const char *const KINDS[] = {"log", "notify", "sock"};
    char path[PATH_TEXT_MAX];
    mem_close_at(&at->output.fd);
    mem_close_at(&at->notify);
    at->output.fd = at->notify = -1;
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        run_path(at, KINDS[i], path);
        unlink(path);
    }
}

/* Its environment: what was asked for and how to reach us. */
static const char *const *make_env(const struct server *s, struct instance *at, struct arena *arena)
{
    size_t count = 0;
    while (at->command.env[count] != NULL)
        count++;
    const char **env = arena_alloc(arena, (count + 3) * sizeof(*env));
    memcpy(env, at->command.env, count * sizeof(*env));
    env[count] = arena_printf(arena, "NOTIFY_SOCKET=%s/run/%s.notify", s->dir, at->id);
    env[count + 1] = "LISTEN_FDNAMES=public";
    return env;
}

struct birth {
    struct server *s;
    struct instance *at;
};

/* Who it is stands on the disk before it runs: whatever happens to us, the next supervisor knows
 * it. The child is ours and not reaped, so its number cannot be anybody else's. */
static bool is_born(void *ctx, pid_t pid, struct error *err)
{
    const struct birth *birth = ctx;
    TRY(ident_of(pid, &birth->at->who, err));
    return server_save(birth->s, err);
}

static bool run_process(struct server *s, struct instance *at, pid_t *ret_pid, struct error *err)
{
    char path[PATH_TEXT_MAX];
    cleanup_arena struct arena arena = {0};
    cleanup_close int output = -1;
    struct proc *child = NULL;
    struct birth birth = {s, at};
    run_path(at, "log", path);
    TRY(log_source_writer(path, &output, err));
    struct proc_fd listener = {.fd = s->listener, .target = PUBLIC_FD};
    struct proc_output to_log = {.kind = PROC_TO_FD, .fd = output};
    struct proc_spec spec = {
        .argv = at->command.argv,
        .env = make_env(s, at, &arena),
        .env_bare = true,
        .cwd = at->command.release_dir,
        .fds = &listener,
        .fd_count = 1,
        .listen_fds = true,
        .out = to_log,
        .errout = to_log,
        .effect = EFFECT_ONCE,
        .cap = s->cap,
        .detach = true,
        .through_interrupt = true,
        .clock = s->clock,
        .born = is_born,
        .born_ctx = &birth,
    };
    TRY(proc_start(&spec, &child, err));
    *ret_pid = proc_pid(child);
    proc_disown(&child);
    return true;
}

static bool watch_child(struct instance *at, pid_t pid, struct error *err)
{
    at->pidfd = pidfd_open(pid, 0);
    if (at->pidfd < 0) {
        err_sys(err, ERR_FAILED, errno, "watch process %d", (int)pid);
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return false;
    }
    return true;
}

static bool begin(struct server *s, struct instance *at, struct error *err)
{
    pid_t pid = 0;
    TRY(open_ends(s, at, err));
    TRY(run_process(s, at, &pid, err));
    return watch_child(at, pid, err);
}

bool instance_begin(struct server *s, struct instance *at, struct error *err)
{
    at->ready = false;
    at->waits = false;
    at->told = false;
    at->ended_ms = 0;
    at->started_ms = clock_now_ms(s->clock);
    at->began_ms = now_ms(s);
    if (!begin(s, at, err)) {
        at->who.pid = 0;
        close_ends(at);
        return false;
    }
    at->timer_ms = at->began_ms + s->settings.ready_max_ms;
    log_event(&s->log, at->id, "started as process %d from %s", (int)at->who.pid,
              at->command.release_dir);
    return true;
}

/* The descriptor is opened before the check: what was checked is what is watched. */
bool instance_adopt(struct server *s, struct instance *at)
{
    struct error err;
    if (at->who.pid == 0)
        return false;
    at->pidfd = pidfd_open(at->who.pid, 0);
    if (at->pidfd >= 0 && ident_check(&at->who) == IDENT_ALIVE) {
        at->began_ms = now_ms(s);
        if (!open_ends(s, at, &err))
            log_event(&s->log, at->id, "its output is lost: %s", err.msg);
        return true;
    }
    mem_close_at(&at->pidfd);
    at->pidfd = -1;
    at->who.pid = 0;
    return false;
}

void instance_drain(struct server *s, struct instance *at, int64_t limit_ms)
{
    if (!instance_runs(at)) {
        at->state = SUPERVISE_EXITED;
        at->timer_ms = INT64_MAX;
        close_ends(at);
        return;
    }
    int64_t until = now_ms(s) + limit_ms;
    bool sooner = at->state != SUPERVISE_DRAINING || until < at->timer_ms;
    at->timer_ms = sooner ? until : at->timer_ms;
    at->state = SUPERVISE_DRAINING;
    if (at->told)
        return;
    send_signal(at, SIGTERM);
    at->told = true;
    log_event(&s->log, at->id, "drains");
}

void instance_await_stop(struct server *s, struct instance *at)
{
    at->waits = true;
    at->timer_ms = now_ms(s) + STOP_ACCEPTING_MS;
}

void instance_release_hold(struct server *s, struct instance *at)
{
    at->waits = false;
    send_signal(at, SIGUSR2);
    at->timer_ms = INT64_MAX;
    log_event(&s->log, at->id, "begins to accept");
}

/* An instance that drains has stopped accepting, or has ended: its successor's turn. */
static void has_stopped(struct server *s)
{
    struct instance *successor = roster_active(&s->roster);
    if (successor != NULL && successor->waits)
        instance_release_hold(s, successor);
}

void instance_await_promotion(struct server *s, struct instance *at)
{
    at->timer_ms = now_ms(s) + HELD_MAX_MS;
}

void instance_notified(struct server *s, struct instance *at)
{
    if (at->state == SUPERVISE_DRAINING) {
        if (transport_notify_seen(at->notify, STR("STOPPING=1")))
            has_stopped(s);
        return;
    }
    if (!transport_notify_seen(at->notify, STR("READY=1")) || at->ready)
        return;
    at->ready = true;
    if (at->state == SUPERVISE_STARTING) {
        at->state = SUPERVISE_HELD;
        instance_await_promotion(s, at);
    } else if (at->state == SUPERVISE_ACTIVE) {
        instance_release_hold(s, at);
    }
    server_save_or_log(s);
}

static int64_t restart_pause(const struct server *s, const struct instance *at)
{
    int64_t pause = s->settings.restart_first_ms;
    for (uint32_t i = 1; i < at->quick_ends && pause < RESTART_PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < RESTART_PAUSE_MAX_MS ? pause : RESTART_PAUSE_MAX_MS;
}

/* It could not be started or has ended: when to try again, or never. */
static void plan_restart(struct server *s, struct instance *at)
{
    bool steady = now_ms(s) - at->began_ms >= STEADY_MS;
    at->quick_ends = steady ? 1 : at->quick_ends + 1;
    if (at->quick_ends > s->settings.restart_max) {
        at->state = SUPERVISE_FAILED;
        at->timer_ms = INT64_MAX;
        log_event(&s->log, at->id, "ended %u times in a row: it is left down", at->quick_ends);
        return;
    }
    at->state = SUPERVISE_BACKOFF;
    at->timer_ms = now_ms(s) + restart_pause(s, at);
}

static void describe_end(const struct instance *at, char *text, size_t size)
{
    struct supervise_instance view = {
        .exit_known = at->exit_known, .exit_code = at->exit_code, .exit_signal = at->exit_signal};
    supervise_describe_exit(&view, text, size);
}

/* It has drained, or was never promoted. One that another supervisor's end made drain comes back.
 */
static void rest(struct server *s, struct instance *at)
{
    at->timer_ms = INT64_MAX;
    if (at->resume && !s->ending) {
        instance_start_again(s, at);
        return;
    }
    at->state = SUPERVISE_EXITED;
    close_ends(at);
}

void instance_ended(struct server *s, struct instance *at)
{
    char how[64];
    exit_collect(at);
    log_source_finish(&at->output, &s->log);
    describe_end(at, how, sizeof(how));
    log_event(&s->log, at->id, "%s", how);
    at->ended_ms = clock_now_ms(s->clock);
    at->ready = false;
    if (at->state == SUPERVISE_DRAINING)
        has_stopped(s);
    if (at->state == SUPERVISE_ACTIVE)
        plan_restart(s, at);
    else
        rest(s, at);
    server_save_or_log(s);
}

void instance_start_again(struct server *s, struct instance *at)
{
    struct error err;
    at->resume = false;
    at->state = SUPERVISE_ACTIVE;
    if (!instance_begin(s, at, &err)) {
        log_event(&s->log, at->id, "cannot be started again: %s", err.msg);
        plan_restart(s, at);
    }
    server_save_or_log(s);
}

static void kill_it(struct server *s, struct instance *at, const char *why)
{
    log_event(&s->log, at->id, "killed: %s", why);
    at->timer_ms = INT64_MAX;
    if (instance_runs(at) && kill(-at->who.pid, SIGKILL) != 0)
        send_signal(at, SIGKILL);
}

void instance_timed_out(struct server *s, struct instance *at)
{
    switch (at->state) {
    case SUPERVISE_BACKOFF:
        at->restarts++;
        instance_start_again(s, at);
        return;
    case SUPERVISE_ACTIVE:
        if (at->waits) {
            instance_release_hold(s, at);
            return;
        }
        kill_it(s, at, "it did not become ready in time");
        return;
    case SUPERVISE_STARTING:
        kill_it(s, at, "it did not become ready in time");
        return;
    case SUPERVISE_DRAINING:
        kill_it(s, at, "it did not end in time");
        return;
    case SUPERVISE_HELD:
        log_event(&s->log, at->id, "nobody has promoted it in time");
        instance_drain(s, at, STOP_LIMIT_MS);
        server_save_or_log(s);
        return;
    case SUPERVISE_FAILED:
    case SUPERVISE_EXITED:
    case SUPERVISE_STATE_COUNT:
        at->timer_ms = INT64_MAX;
        return;
    }
}
