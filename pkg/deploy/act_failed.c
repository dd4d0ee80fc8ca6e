/* After a failure: nothing half-started stays, the failure is written down, and the story says
 * what was left in which state. */
#include "act.h"

/* An instance that never took a request is ended; the one that serves is not touched. */
static void end_unpromoted(struct acting *x, const struct target *target, const char *instance,
                           struct actuator *act)
{
    struct error err;
    cleanup_supervise struct supervise *keeper = NULL;
    if (supervise_connect(target->service_dir, x->d->clock, &keeper, &err) &&
        supervise_stop(keeper, actuator_cap(act), instance, actuator_hold(act)->fence, &err))
        return;
    if (err.kind != ERR_NOT_FOUND)
        events_left(x->d->events, "%s: the new instance %s could not be ended: %s", target->name,
                    instance, err.msg);
}

static void tell_what_serves(struct acting *x, const struct target *target)
{
    struct error err;
    struct sight sight;
    if (!target_observe(x->d, target, &sight, &err)) {
        events_left(x->d->events, "%s: could not be looked at: %s", target->name, err.msg);
        return;
    }
    const struct supervise_instance *active = sight_active(&sight);
    if (active == NULL)
        events_left(x->d->events, "%s: nothing takes requests", target->name);
    else
        events_left(x->d->events, "%s: instance %s takes the requests (%s)", target->name,
                    active->id, supervise_state_name(active->state));
}

static bool is_before_the_switch(enum action_kind kind)
{
    return kind == ACTION_INSTANCE_START || kind == ACTION_INSTANCE_CHECK ||
           kind == ACTION_INSTANCE_PROMOTE;
}

void act_failed(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                struct error *err)
{
    struct acting *x = ctx;
    struct error ignored;
    const struct target *target = NULL;
    const struct action *action = &plan->actions[failed];
    const char *instance = pairs_get(&action->params, "instance");
    bool about_target = acting_target(x, action, &target, &ignored);
    if (about_target && instance != NULL && is_before_the_switch(action->kind))
        end_unpromoted(x, target, instance, act);
    for (size_t i = 0; i < x->targets.count; i++)
        tell_what_serves(x, &x->targets.items[i]);
    if (err->kind != ERR_STALE && err->kind != ERR_INTERRUPTED)
        act_ledger_failed(x, target != NULL ? target : x->targets.items, act);
    events_next(x->d->events, "%s deploy %s", x->d->self, plan->environment);
}
