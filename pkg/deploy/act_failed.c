/* After a failure: nothing half-started stays, what was switched goes back if the environment wants
 * that, the failure is written down, and the story says what was left in which state. */
#include "act.h"
#include "back.h"

/* An instance that never took a request is ended; the one that serves is not touched. */
void acting_end_instance(struct acting *x, const struct target *target, const char *instance,
                         struct actuator *act)
{
    struct error err;
    cleanup_supervise struct supervise *keeper = NULL;
    if (supervise_connect(target->service_dir, x->d->clock, &keeper, &err) &&
        supervise_stop(keeper, actuator_cap(act), instance, actuator_hold(act)->fence, &err))
        return;
    if (err.kind != ERR_NOT_FOUND && err.kind != ERR_CONFLICT)
        events_left(x->d->events, "%s: the new instance %s could not be ended: %s", target->name,
                    instance, err.msg);
}

static bool is_before_the_switch(enum action_kind kind)
{
    return kind == ACTION_INSTANCE_START || kind == ACTION_INSTANCE_CHECK ||
           kind == ACTION_INSTANCE_PROMOTE;
}

void end_half_started(struct acting *x, const struct action *action, struct actuator *act)
{
    struct error ignored;
    const struct target *target = NULL;
    const char *instance = pairs_get(&action->params, "instance");
    if (instance != NULL && is_before_the_switch(action->kind) &&
        acting_target(x, action, &target, &ignored))
        acting_end_instance(x, target, instance, act);
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

/* Not a failure of the release: what could not be found out, what the world's own moves or a signal
 * stopped, and what already has its row as rolled back. */
static bool is_a_failed_deployment(enum err_kind kind, enum action_kind action)
{
    return kind != ERR_STALE && kind != ERR_INTERRUPTED && kind != ERR_INCONCLUSIVE &&
           kind != ERR_ROLLED_BACK && action != ACTION_RELEASE_PRUNE;
}

/* How to go on; `switched`: the new release had got the socket. */
static void tell_next(struct acting *x, const char *environment, enum err_kind kind, bool switched)
{
    struct events *events = x->d->events;
    const char *self = x->d->self;
    const char *next = "deploy";
    if (kind == ERR_ROLLED_BACK) {
        events_left(events, "%s: this build is refused from now on; deploy another one",
                    environment);
    } else if (switched && kind == ERR_INCONCLUSIVE) {
        events_left(events, "%s: deploying again asks the gates again; going back: %s rollback %s",
                    environment, self, environment);
    } else if (switched) {
        events_left(events,
                    "%s: once it is mended where it runs, `%s deploy %s` asks the gates again",
                    environment, self, environment);
        next = "rollback";
    }
    events_next(events, "%s %s %s", self, next, environment);
}

void act_failed(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                struct error *err)
{
    struct acting *x = ctx;
    struct error ignored;
    const struct target *target = NULL;
    const struct action *action = &plan->actions[failed];
    end_half_started(x, action, act);
    bool switched = has_switched(x, plan, failed);
    back_out(x, plan, failed, act, err);
    for (size_t i = 0; i < x->targets.count; i++)
        tell_what_serves(x, &x->targets.items[i]);
    if (!acting_target(x, action, &target, &ignored))
        target = x->targets.items;
    if (is_a_failed_deployment(err->kind, action->kind))
        act_ledger_failed(x, target, act);
    tell_next(x, plan->environment, err->kind, switched);
}
