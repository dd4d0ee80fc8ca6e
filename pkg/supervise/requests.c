/* What a client may ask of the supervisor, and the status everybody gets as the answer. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "server.h"

bool server_save(struct server *s, struct error *err)
{
    return roster_save(s->cap, s->dir, &s->roster, err);
}

void server_save_or_log(struct server *s)
{
    struct error err;
    if (!server_save(s, &err))
        log_event(&s->log, NULL, "the state could not be saved: %s", err.msg);
}

static void view_instance(const struct server *s, const struct instance *at,
                          struct supervise_instance *out)
{
    *out = (struct supervise_instance){
        .state = at->state,
        .pid = instance_runs(at) ? at->who.pid : 0,
        .ready = at->ready,
        .fence = at->fence,
        .started_ms = at->started_ms,
        .ended_ms = at->ended_ms,
        .restarts = at->restarts,
        .exit_known = at->exit_known,
        .exit_code = at->exit_code,
        .exit_signal = at->exit_signal,
    };
    if (at->state == SUPERVISE_BACKOFF && at->timer_ms > clock_mono_ms(s->clock))
        out->restart_in_ms = at->timer_ms - clock_mono_ms(s->clock);
    memcpy(out->id, at->id, sizeof(out->id));
    snprintf(out->release_dir, sizeof(out->release_dir), "%s", at->command.release_dir);
    memcpy(out->log_tail, at->output.tail, sizeof(out->log_tail));
}

void server_status(const struct server *s, struct supervise_status *ret)
{
    const struct instance *active = roster_active(&s->roster);
    *ret = (struct supervise_status){.backend = "own",
                                     .listening = s->listener >= 0,
                                     .fence = s->roster.fence,
                                     .pid = getpid(),
                                     .count = s->roster.count};
    snprintf(ret->listen, sizeof(ret->listen), "%s", s->roster.listen);
    snprintf(ret->active, sizeof(ret->active), "%s", active != NULL ? active->id : "");
    for (size_t i = 0; i < s->roster.count; i++)
        view_instance(s, s->roster.items[i], &ret->instances[i]);
}

/* A smaller fence belongs to a run that has lost its lease; a greater one is remembered before
 * anything is done in its name. */
static bool check_fence(struct server *s, uint64_t fence, struct error *err)
{
    uint64_t before = s->roster.fence;
    if (fence < before)
        return err_set(err, ERR_LOCKED, "a newer run (fence %llu) has taken over from this (%llu)",
                       (unsigned long long)before, (unsigned long long)fence);
    if (fence == before)
        return true;
    s->roster.fence = fence;
    if (server_save(s, err))
        return true;
    s->roster.fence = before;
    return false;
}

static bool ended_error(const struct instance *at, struct error *err)
{
    char how[64];
    struct supervise_instance view = {
        .exit_known = at->exit_known, .exit_code = at->exit_code, .exit_signal = at->exit_signal};
    supervise_describe_exit(&view, how, sizeof(how));
    struct str tail = str_trim(str_of(at->output.tail));
    size_t cut = tail.len > 400 ? tail.len - 400 : 0;
    struct str last = str_sub(tail, cut, tail.len);
    return err_set(err, ERR_FAILED, "instance %s %s%s%" PRIstr, at->id, how,
                   last.len > 0 ? ": " : " and wrote nothing", STR_ARG(last));
}

static bool start_existing(const struct instance *at, const struct command *command,
                           struct error *err)
{
    if (!instance_same_command(at, command))
        return err_set(err, ERR_CONFLICT, "instance %s exists with another command", at->id);
    return at->state != SUPERVISE_EXITED || ended_error(at, err);
}

/* One instance at a time waits for its promotion: another one was left by a run that was killed. */
static void end_other_held(struct server *s, const struct instance *started)
{
    for (size_t i = 0; i < s->roster.count; i++) {
        struct instance *at = s->roster.items[i];
        if (at != started && (at->state == SUPERVISE_STARTING || at->state == SUPERVISE_HELD))
            instance_drain(s, at, STOP_LIMIT_MS);
    }
}

static bool do_start(struct server *s, const struct supervise_start *what, struct error *err)
{
    struct command command = {what->release_dir, what->argv, what->env};
    struct instance *at = roster_find(&s->roster, what->id);
    if (at != NULL)
        return start_existing(at, &command, err);
    at = instance_new(what->id);
    at->fence = what->fence;
    instance_set_command(at, &command);
    if (!roster_add(&s->roster, at, err)) {
        instance_free(at);
        return false;
    }
    end_other_held(s, at);
    if (!instance_begin(s, at, err)) {
        roster_remove(&s->roster, at);
        server_save_or_log(s);
        return false;
    }
    return true;
}

/* The old one stops accepting before the new one begins: were they to accept side by side, a client
 * could get the key of one and send to the other, twice in a row. Whoever comes in between waits
 * in the socket's backlog. The switch is on disk first: a supervisor that comes after us says both
 * again. */
static bool switch_to(struct server *s, struct instance *at, struct error *err)
{
    struct instance *old = roster_active(&s->roster);
    enum supervise_state old_state = old != NULL ? old->state : SUPERVISE_EXITED;
    bool accepts = old != NULL && instance_runs(old) && !old->told;
    if (old != NULL)
        old->state = SUPERVISE_DRAINING;
    at->state = SUPERVISE_ACTIVE;
    if (!server_save(s, err)) {
        at->state = SUPERVISE_HELD;
        if (old != NULL)
            old->state = old_state;
        return false;
    }
    if (accepts)
        instance_await_stop(s, at);
    else
        instance_release_hold(s, at);
    if (old != NULL) {
        instance_drain(s, old, s->settings.drain_max_ms);
        server_save_or_log(s);
    }
    return true;
}

static bool do_promote(struct server *s, const char *id, struct error *err)
{
    struct instance *at = roster_find(&s->roster, id);
    if (at == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no instance %s", id);
    switch (at->state) {
    case SUPERVISE_STARTING:
        return err_set(err, ERR_TRANSIENT, "instance %s is not ready yet", id);
    case SUPERVISE_HELD:
        return switch_to(s, at, err);
    case SUPERVISE_ACTIVE:
    case SUPERVISE_BACKOFF:
    case SUPERVISE_FAILED:
        return true;
    case SUPERVISE_DRAINING:
        return err_set(err, ERR_CONFLICT, "instance %s drains already: start a new one", id);
    case SUPERVISE_EXITED:
    case SUPERVISE_STATE_COUNT:
        break;
    }
    return ended_error(at, err);
}

static bool do_stop(struct server *s, const char *id, struct error *err)
{
    struct instance *at = roster_find(&s->roster, id);
    if (at == NULL || at->state == SUPERVISE_EXITED || at->state == SUPERVISE_DRAINING)
        return true;
    if (instance_is_active(at))
        return err_set(err, ERR_CONFLICT,
                       "instance %s is the active one: promote another, or shut "
                       "the service down",
                       id);
    instance_drain(s, at, STOP_LIMIT_MS);
    return server_save(s, err);
}

/* The listener goes first: whoever comes from now on is refused instead of left waiting. */
void server_begin_end(struct server *s, bool forget)
{
    s->ending = true;
    s->forget = forget;
    keeper_dismiss(s);
    mem_close_at(&s->listener);
    s->listener = -1;
    for (size_t i = 0; i < s->roster.count; i++) {
        struct instance *at = s->roster.items[i];
        bool again = instance_is_active(at) && !forget;
        if (at->state == SUPERVISE_EXITED)
            continue;
        instance_drain(s, at, s->settings.drain_max_ms);
        at->resume = again;
    }
    server_save_or_log(s);
}

/* Only once the answer is on its way: see server_become. */
static bool do_reexec(struct server *s, struct error *err)
{
    struct settings settings;
    TRY(settings_read(s->dir, &settings, err));
    if (access(settings.exe, X_OK) != 0)
        return err_sys(err, ERR_NOT_FOUND, errno, "become '%s'", settings.exe);
    s->becoming = true;
    return true;
}

static bool do_fenced(struct server *s, const struct wire_request *request, struct error *err)
{
    TRY(check_fence(s, request->fence, err));
    if (s->ending && request->op != WIRE_SHUTDOWN)
        return err_set(err, ERR_CONFLICT, "the service is being shut down");
    switch (request->op) {
    case WIRE_START:
        return do_start(s, &request->start, err);
    case WIRE_PROMOTE:
        return do_promote(s, request->start.id, err);
    case WIRE_STOP:
        return do_stop(s, request->start.id, err);
    case WIRE_SHUTDOWN:
        server_begin_end(s, true);
        return true;
    case WIRE_STATUS:
    case WIRE_REEXEC:
    case WIRE_OP_COUNT:
        break;
    }
    return true;
}

static bool do_request(struct server *s, const struct wire_request *request, struct error *err)
{
    if (wire_op_is_fenced(request->op))
        return do_fenced(s, request, err);
    return request->op == WIRE_STATUS || s->ending || do_reexec(s, err);
}

void server_answer(struct server *s, struct str line, struct buf *out)
{
    cleanup_arena struct arena arena = {0};
    struct wire_request request;
    struct supervise_status status;
    struct error err;
    bool ok = wire_read_request(line, &arena, &request, &err) && do_request(s, &request, &err);
    if (ok) {
        server_status(s, &status);
        ok = wire_write_status(&status, out, &err);
    }
    if (!ok) {
        buf_clear(out);
        wire_write_error(&err, out);
    }
}
