/* The operations on units. Our part of the state (which instances, their commands, who serves, the
 * fence) stands in DIR/state.json and is changed under DIR/lock; the rest is asked of systemd. */
#include "systemd.h"

#include <stdio.h>
#include <unistd.h>

#include "fs/fs.h"
#include "transport/transport.h"

enum { LOCK_WAIT_MS = 30000 };

/* ---- the state under its lock -------------------------------------------------------------- */

struct session {
    struct supervise *s;
    const struct cap *cap;
    struct fs_lock lock;
    struct roster roster;
};

static void session_release(struct session *at)
{
    roster_release(&at->roster);
    fs_lock_release(&at->lock);
}
#define cleanup_session cleanup(session_release)

static bool save(struct session *at, struct error *err)
{
    return roster_save(at->cap, at->s->dir, &at->roster, err);
}

/* Opens the state for a change in the name of `fence`, which is remembered first. */
static bool session_open(struct supervise *s, const struct cap *cap, uint64_t fence,
                         struct session *at, struct error *err)
{
    char owner[64];
    cleanup_free char *path = fs_join(s->dir, "lock");
    snprintf(owner, sizeof(owner), "a change, pid %d", (int)getpid());
    struct fs_lock_request request = {
        .path = path, .owner = owner, .wait_ms = LOCK_WAIT_MS, .clock = s->clock};
    *at = (struct session){.s = s, .cap = cap, .lock = FS_LOCK_NONE};
    TRY(fs_lock_take(cap, &request, &at->lock, err));
    TRY(roster_load(s->dir, &at->roster, err));
    if (fence < at->roster.fence)
        return err_set(err, ERR_LOCKED, "a newer run (fence %llu) has taken over from this (%llu)",
                       (unsigned long long)at->roster.fence, (unsigned long long)fence);
    bool newer = fence > at->roster.fence;
    at->roster.fence = fence;
    return !newer || save(at, err);
}

/* ---- what systemd says, in our words ------------------------------------------------------- */

static bool is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

static enum supervise_state state_when_active(const struct unit_view *view)
{
    if (is(view->sub, "auto-restart"))
        return SUPERVISE_BACKOFF;
    return is(view->active, "failed") || is(view->active, "inactive") ? SUPERVISE_FAILED
                                                                      : SUPERVISE_ACTIVE;
}

static enum supervise_state state_otherwise(const struct instance *at, const struct unit_view *view)
{
    if (is(view->active, "failed") || is(view->active, "inactive"))
        return SUPERVISE_EXITED;
    if (is(view->active, "deactivating") || at->state == SUPERVISE_DRAINING)
        return SUPERVISE_DRAINING;
    return is(view->active, "activating") ? SUPERVISE_STARTING : SUPERVISE_HELD;
}

static enum supervise_state state_now(const struct instance *at, const struct unit_view *view)
{
    return instance_is_active(at) ? state_when_active(view) : state_otherwise(at, view);
}

/* A unit that ended well is forgotten by systemd: then nothing is known. */
static void view_exit(const struct unit_view *view, struct supervise_instance *out)
{
    enum { NOTHING = 0, EXITED = 1 };
    out->exit_known = view->exit_code != NOTHING;
    if (view->exit_code == EXITED)
        out->exit_code = (int)view->exit_status;
    else if (out->exit_known)
        out->exit_signal = (int)view->exit_status;
    if (out->exit_signal != 0)
        out->exit_code = -1;
}

static bool view_instance(const struct supervise *s, const struct instance *at,
                          struct supervise_instance *out, struct error *err)
{
    char unit[UNIT_NAME_MAX];
    struct unit_view view;
    unit_of(&s->settings, at->id, unit);
    TRY(systemctl_show(unit, &view, err));
    *out = (struct supervise_instance){
        .state = state_now(at, &view),
        .pid = (pid_t)view.main_pid,
        .ready = is(view.active, "active"),
        .fence = at->fence,
        .started_ms = at->started_ms,
        .restarts = (uint32_t)view.restarts,
    };
    view_exit(&view, out);
    memcpy(out->id, at->id, sizeof(out->id));
    snprintf(out->release_dir, sizeof(out->release_dir), "%s", at->command.release_dir);
    if (view.main_pid == 0)
        journal_tail(unit, out->log_tail, sizeof(out->log_tail));
    return true;
}

static bool socket_listens(const struct settings *settings, bool *ret, struct error *err)
{
    char base[UNIT_NAME_MAX];
    struct unit_view view;
    unit_base(settings, base);
    cleanup_free char *unit = xasprintf("%s.socket", base);
    TRY(systemctl_show(unit, &view, err));
    *ret = is(view.active, "active");
    return true;
}

static bool systemd_status(struct supervise *s, struct supervise_status *ret, struct error *err)
{
    cleanup_roster struct roster roster = {0};
    struct supervise_status out = {.backend = "systemd", .pid = 1};
    TRY(roster_load(s->dir, &roster, err));
    TRY(socket_listens(&s->settings, &out.listening, err));
    if (!out.listening)
        return err_set(err, ERR_NOT_FOUND, "no supervisor runs in '%s': its socket is closed",
                       s->dir);
    out.fence = roster.fence;
    snprintf(out.listen, sizeof(out.listen), "%s", s->settings.listen);
    for (size_t i = 0; i < roster.count; i++) {
        TRY(view_instance(s, roster.items[i], &out.instances[out.count++], err));
        if (instance_is_active(roster.items[i]))
            memcpy(out.active, roster.items[i]->id, sizeof(out.active));
    }
    *ret = out;
    return true;
}

static bool ended_error(const struct supervise_instance *at, struct error *err)
{
    char how[64];
    supervise_describe_exit(at, how, sizeof(how));
    struct str tail = str_trim(str_of(at->log_tail));
    struct str last = str_sub(tail, tail.len > 400 ? tail.len - 400 : 0, tail.len);
    return err_set(err, ERR_FAILED, "instance %s %s: %" PRIstr, at->id, how, STR_ARG(last));
}

/* ---- changes ------------------------------------------------------------------------------- */

static bool start_existing(struct session *at, const struct instance *known,
                           const struct command *command, struct error *err)
{
    struct supervise_instance now;
    if (!instance_same_command(known, command))
        return err_set(err, ERR_CONFLICT, "instance %s exists with another command", known->id);
    TRY(view_instance(at->s, known, &now, err));
    return now.state != SUPERVISE_EXITED || ended_error(&now, err);
}

/* A unit that failed stays in the manager's memory, and the machine "degraded", until it is told.
 */
static bool forget(struct session *at, const char *id, struct error *err)
{
    char unit[UNIT_NAME_MAX];
    struct error ignored;
    unit_of(&at->s->settings, id, unit);
    bool failed = SYSTEMCTL(at->cap, &ignored, "reset-failed", unit);
    (void)failed; /* or it had not, or was forgotten already */
    return units_remove(at->cap, &at->s->settings, id, true, err);
}

/* Instances that have ended leave no units behind; their place in the roster tells how they did. */
static bool forget_ended(struct session *at, struct error *err)
{
    struct supervise_instance now;
    for (size_t i = 0; i < at->roster.count; i++) {
        struct instance *known = at->roster.items[i];
        if (known->state == SUPERVISE_EXITED)
            continue;
        TRY(view_instance(at->s, known, &now, err));
        if (now.state != SUPERVISE_EXITED)
            continue;
        known->state = SUPERVISE_EXITED;
        TRY(forget(at, known->id, err));
    }
    return true;
}

static bool add_instance(struct session *at, const struct supervise_start *what,
                         const struct command *command, struct error *err)
{
    struct instance *fresh = instance_new(what->id);
    fresh->fence = what->fence;
    fresh->started_ms = clock_now_ms(at->s->clock);
    instance_set_command(fresh, command);
    if (roster_add(&at->roster, fresh, err))
        return save(at, err);
    instance_free(fresh);
    return false;
}

static bool systemd_start(struct supervise *s, const struct cap *cap,
                          const struct supervise_start *what, struct error *err)
{
    cleanup_session struct session at = {.lock = FS_LOCK_NONE};
    struct command command = {what->release_dir, what->argv, what->env};
    char unit[UNIT_NAME_MAX];
    TRY(session_open(s, cap, what->fence, &at, err));
    const struct instance *known = roster_find(&at.roster, what->id);
    if (known != NULL)
        return start_existing(&at, known, &command, err);
    if (access(what->argv[0], X_OK) != 0)
        return err_set(err, ERR_NOT_FOUND, "'%s' is no program", what->argv[0]);
    TRY(forget_ended(&at, err));
    TRY(units_write_command(cap, &s->settings, what, err));
    TRY(add_instance(&at, what, &command, err));
    unit_of(&s->settings, what->id, unit);
    TRY(SYSTEMCTL(cap, err, "daemon-reload"));
    return SYSTEMCTL(cap, err, "start", "--no-block", unit);
}

static bool drain(struct session *at, const char *id, struct error *err)
{
    char unit[UNIT_NAME_MAX];
    unit_of(&at->s->settings, id, unit);
    TRY(units_remove(at->cap, &at->s->settings, id, false, err));
    TRY(SYSTEMCTL(at->cap, err, "disable", "--quiet", unit));
    return SYSTEMCTL(at->cap, err, "stop", "--no-block", unit);
}

/* From now on a restart and a boot start this one and let it accept. */
static bool settle(struct session *at, const char *unit, const char *id, struct error *err)
{
    TRY(units_write_promoted(at->cap, &at->s->settings, id, err));
    TRY(SYSTEMCTL(at->cap, err, "enable", "--quiet", unit));
    return SYSTEMCTL(at->cap, err, "daemon-reload");
}

static bool switch_to(struct session *at, struct instance *next, struct error *err)
{
    char unit[UNIT_NAME_MAX];
    struct instance *old = roster_active(&at->roster);
    unit_of(&at->s->settings, next->id, unit);
    TRY(SYSTEMCTL(at->cap, err, "kill", "-s", "SIGUSR2", "--kill-who=main", unit));
    TRY(settle(at, unit, next->id, err));
    next->state = SUPERVISE_ACTIVE;
    if (old != NULL)
        old->state = SUPERVISE_DRAINING;
    TRY(save(at, err));
    return old == NULL || drain(at, old->id, err);
}

static bool promote_by_state(struct session *at, struct instance *next,
                             const struct supervise_instance *now, struct error *err)
{
    switch (now->state) {
    case SUPERVISE_STARTING:
        return err_set(err, ERR_TRANSIENT, "instance %s is not ready yet", now->id);
    case SUPERVISE_HELD:
        return switch_to(at, next, err);
    case SUPERVISE_ACTIVE:
    case SUPERVISE_BACKOFF:
    case SUPERVISE_FAILED:
        return true;
    case SUPERVISE_DRAINING:
        return err_set(err, ERR_CONFLICT, "instance %s drains already: start a new one", now->id);
    case SUPERVISE_EXITED:
    case SUPERVISE_STATE_COUNT:
        break;
    }
    return ended_error(now, err);
}

static bool systemd_promote(struct supervise *s, const struct cap *cap, const char *id,
                            uint64_t fence, struct error *err)
{
    cleanup_session struct session at = {.lock = FS_LOCK_NONE};
    struct supervise_instance now;
    TRY(session_open(s, cap, fence, &at, err));
    struct instance *next = roster_find(&at.roster, id);
    if (next == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no instance %s", id);
    TRY(view_instance(s, next, &now, err));
    return promote_by_state(&at, next, &now, err);
}

static bool systemd_stop(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                         struct error *err)
{
    cleanup_session struct session at = {.lock = FS_LOCK_NONE};
    TRY(session_open(s, cap, fence, &at, err));
    struct instance *known = roster_find(&at.roster, id);
    if (known == NULL || known->state == SUPERVISE_EXITED || known->state == SUPERVISE_DRAINING)
        return true;
    if (instance_is_active(known))
        return err_set(err, ERR_CONFLICT, "instance %s is the active one", id);
    known->state = SUPERVISE_DRAINING;
    TRY(save(&at, err));
    return drain(&at, id, err);
}

static bool systemd_shutdown(struct supervise *s, const struct cap *cap, uint64_t fence,
                             struct error *err)
{
    cleanup_session struct session at = {.lock = FS_LOCK_NONE};
    char base[UNIT_NAME_MAX];
    unit_base(&s->settings, base);
    cleanup_free char *socket = xasprintf("%s.socket", base);
    cleanup_free char *waiter = xasprintf("%s.service", base);
    TRY(session_open(s, cap, fence, &at, err));
    TRY(SYSTEMCTL(cap, err, "disable", "--quiet", socket));
    TRY(SYSTEMCTL(cap, err, "stop", socket, waiter));
    for (size_t i = 0; i < at.roster.count; i++) {
        if (at.roster.items[i]->state == SUPERVISE_EXITED)
            continue;
        at.roster.items[i]->state = SUPERVISE_DRAINING;
        TRY(drain(&at, at.roster.items[i]->id, err));
    }
    return save(&at, err);
}

const struct supervise_ops *systemd_ops(void)
{
    static const struct supervise_ops OPS = {
        .name = "systemd",
        .status = systemd_status,
        .start = systemd_start,
        .promote = systemd_promote,
        .stop = systemd_stop,
        .shutdown = systemd_shutdown,
    };
    return &OPS;
}

/* ---- the beginning ------------------------------------------------------------------------- */

static bool socket_failed(const struct settings *settings, struct error *err)
{
    struct transport_addr at;
    struct error ignored;
    char holder[TRANSPORT_HOLDER_MAX];
    if (transport_parse(str_of(settings->listen), &at, &ignored) && transport_holder(&at, holder))
        return err_set(err, ERR_CONFLICT, "%s is already in use by %s", settings->listen, holder);
    return false;
}

bool systemd_begin(const struct cap *cap, const char *dir, const struct settings *settings,
                   const struct clock *clock unused_arg, struct error *err)
{
    char base[UNIT_NAME_MAX];
    unit_base(settings, base);
    cleanup_free char *socket = xasprintf("%s.socket", base);
    cleanup_free char *run = fs_join(dir, "run");
    TRY(fs_make_dirs(cap, run, 0700, err));
    TRY(units_write_base(cap, dir, settings, err));
    TRY(SYSTEMCTL(cap, err, "daemon-reload"));
    TRY(SYSTEMCTL(cap, err, "enable", "--quiet", socket));
    return SYSTEMCTL(cap, err, "start", socket) || socket_failed(settings, err);
}
