/* Actions on a service: its release, its supervisor, its instances. */
#include <fcntl.h>

#include "act.h"
#include "fs/fs.h"

enum {
    READY_MAX_MS = 60 * 1000, /* a new instance says READY=1 within this */
    STOP_MAX_MS = 60 * 1000,  /* a supervisor that was told to end has begun to */
    POLL_MS = 25
};

bool act_stage(void *ctx, const struct doing *doing, struct buf *note unused_arg, struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    return release_stage(x->d, doing->cap, target, err);
}

/* A laptop's own supervisor, or systemd where it runs and we may tell it what to do. */
static enum supervise_backend backend_of(enum config_manager manager)
{
    switch (manager) {
    case CONFIG_MANAGER_OWN:
        return SUPERVISE_OWN;
    case CONFIG_MANAGER_SYSTEMD:
        return SUPERVISE_SYSTEMD;
    case CONFIG_MANAGER_AUTO:
        break;
    }
    return supervise_systemd_usable() ? SUPERVISE_SYSTEMD : SUPERVISE_OWN;
}

/* The keeper of the target's service, started or brought up to date when it must be: one that is
 * an older teerexctl goes on as this one. */
static bool ensure_keeper(struct acting *x, const struct doing *doing, const struct target *target,
                          struct supervise **ret, struct error *err)
{
    const struct supervise_service service = {
        .backend = backend_of(target->component->manager),
        .dir = target->service_dir,
        .name = target->service,
        .exe = x->d->exe,
        .listen = target->component->listen,
        .drain_max_ms = target->component->drain.max_ms,
    };
    return supervise_ensure(doing->cap, &service, x->d->clock, ret, err);
}

bool act_supervise(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                   struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    cleanup_supervise struct supervise *keeper = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    cleanup_free char *services = fs_dir_name(target->service_dir);
    TRY(fs_make_dirs(doing->cap, services, 0755, err));
    return ensure_keeper(x, doing, target, &keeper, err);
}

/* Waits until `gone` or until the time is up, telling the story's clock. */
static bool pause_until(const struct doing *doing, int64_t deadline_ms, const char *what,
                        struct error *err)
{
    TRY(signals_go_on(err));
    if (clock_mono_ms(doing->clock) > deadline_ms)
        return err_set(err, ERR_TRANSIENT, "%s: gave up waiting", what);
    events_tick(doing->events);
    clock_sleep_ms(doing->clock, POLL_MS);
    return true;
}

bool act_stop_service(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                      struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    int64_t deadline_ms =
        clock_mono_ms(doing->clock) + target->component->drain.max_ms + STOP_MAX_MS;
    for (bool told = false;; told = true) {
        cleanup_supervise struct supervise *keeper = NULL;
        if (!supervise_connect(target->service_dir, doing->clock, &keeper, err))
            return err->kind == ERR_NOT_FOUND;
        if (!told)
            TRY(supervise_shutdown(keeper, doing->cap, doing->hold->fence, err));
        events_step_progress(doing->events, doing->step, "draining");
        TRY(pause_until(doing, deadline_ms, "the supervisor's end", err));
    }
}

/* Is the new instance ready? One that has ended is told with how and its last lines. */
static bool instance_ready(struct supervise *keeper, const char *id, bool *ret_ready,
                           const struct doing *doing, struct error *err)
{
    struct supervise_status status;
    TRY(supervise_status(keeper, &status, err));
    const struct supervise_instance *instance = supervise_find(&status, id);
    if (instance == NULL)
        return err_set(err, ERR_FAILED, "the supervisor does not know instance %s", id);
    if (instance->state == SUPERVISE_EXITED || instance->state == SUPERVISE_FAILED) {
        char how[64];
        struct str rest = str_of(instance->log_tail), line = STR_EMPTY;
        while (str_next_line(&rest, &line))
            events_step_output(doing->events, doing->step, line);
        supervise_describe_exit(instance, how, sizeof(how));
        return err_set(err, ERR_FAILED, "the new instance %s %s before it was ready", id, how);
    }
    *ret_ready = instance->state != SUPERVISE_STARTING;
    return true;
}

bool act_start(void *ctx, const struct doing *doing, struct buf *note unused_arg, struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    const char *id = NULL, *const *argv = NULL;
    cleanup_supervise struct supervise *keeper = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    TRY(acting_param(doing->action, "instance", &id, err));
    TRY(target_argv(x->d, target, id, &argv, err));
    TRY(ensure_keeper(x, doing, target, &keeper, err));
    const struct supervise_start what = {
        .id = id,
        .release_dir = target->release_dir,
        .argv = argv,
        .env = target->env,
        .fence = doing->hold->fence,
    };
    TRY(supervise_start(keeper, doing->cap, &what, err));
    int64_t deadline_ms = clock_mono_ms(doing->clock) + READY_MAX_MS;
    for (bool ready = false;;) {
        TRY(instance_ready(keeper, id, &ready, doing, err));
        if (ready)
            return true;
        events_step_progress(doing->events, doing->step, "waiting until %s is ready", id);
        TRY(pause_until(doing, deadline_ms, id, err));
    }
}

bool act_promote(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                 struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    const char *id = NULL;
    cleanup_supervise struct supervise *keeper = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    TRY(acting_param(doing->action, "instance", &id, err));
    /* Whoever finds it taking requests must be able to tell what it is, whatever comes after. */
    TRY(put_release(doing, target, err));
    if (supervise_connect(target->service_dir, doing->clock, &keeper, err) &&
        supervise_promote(keeper, doing->cap, id, doing->hold->fence, err))
        return true;
    /* The machine was started again since: it must be started anew, and a new plan does that. */
    if (err->kind == ERR_NOT_FOUND)
        err->kind = ERR_STALE;
    return false;
}

bool act_switch(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    TRY(acting_target(x, doing->action, &target, err));
    cleanup_free char *current = fs_join(target->service_dir, "current");
    const char *to = arena_printf(doing->arena, "../../releases/%s", target->release.digest);
    return fs_switch_link(doing->cap, to, current, err);
}
