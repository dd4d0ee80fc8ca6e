/* Taking back a deployment that failed after its switch: the release before it is started beside
 * what serves, checked, and gets the socket, by the same actions that any deployment consists of.
 */
#include "back.h"

/* Only a gate that says no, or a measurement that does not hold, proves the new release wrong. A
 * full disk, a lease that is lost, a signal: what serves stays, and the next run goes on. */
static bool proves_it_wrong(enum err_kind kind)
{
    return kind == ERR_GATE || kind == ERR_VERIFY;
}

/* Once the gates have passed, a record that cannot be written says nothing about the release. */
static bool is_about_the_release(enum action_kind kind)
{
    return kind != ACTION_RECORD_PUT && kind != ACTION_LEDGER_APPEND &&
           kind != ACTION_RELEASE_PRUNE;
}

/* Did the plan, as far as it came, give the socket of this target to the instance that has it? */
static bool was_switched(struct acting *x, const struct target *target, const struct plan *plan,
                         size_t failed)
{
    struct error ignored;
    struct sight sight;
    if (!target_observe(x->d, target, &sight, &ignored) || sight_active(&sight) == NULL)
        return false;
    for (size_t i = 0; i <= failed; i++) {
        const struct action *action = &plan->actions[i];
        const char *instance = pairs_get(&action->params, "instance");
        if (action->kind == ACTION_INSTANCE_PROMOTE && instance != NULL &&
            strcmp(action->component, target->component->name) == 0 &&
            strcmp(action->host, target->host->name) == 0 &&
            strcmp(instance, sight.status->active) == 0)
            return sight.deployed.now.instance[0] != '\0';
    }
    return false;
}

static bool find_switched(struct acting *x, const struct plan *plan, size_t failed, bool *chosen)
{
    bool any = false;
    for (size_t i = 0; i < x->targets.count; i++) {
        chosen[i] = was_switched(x, &x->targets.items[i], plan, failed);
        any = any || chosen[i];
    }
    return any;
}

bool has_switched(struct acting *x, const struct plan *plan, size_t failed)
{
    return find_switched(x, plan, failed, ARENA_ARRAY(x->d->arena, bool, x->targets.count + 1));
}

/* The way back leaves nothing half-started either. */
static void failed_again(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                         struct error *err unused_arg)
{
    end_half_started(ctx, &plan->actions[failed], act);
}

static bool go_back(struct acting *x, const bool *chosen, struct actuator *act,
                    struct plan *ret_plan, struct error *err)
{
    const struct back_wish wish = {.chosen = chosen};
    cleanup_gate_results struct gate_results results = {0};
    struct acting *back = ARENA_NEW(x->d->arena, struct acting);
    *back = (struct acting){.d = x->d, .run_id = x->run_id, .gates = &results};
    TRY(plan_back(x->d, &wish, &back->targets, ret_plan, err));
    struct executors executors = acting_executors(back);
    executors.failed = failed_again;
    return plan_apply(ret_plan, &executors, act, err);
}

static void say_outcome(bool ok, const struct plan *plan, const struct error *going,
                        struct error *err)
{
    const struct error first = *err;
    if (ok)
        err_set(err, ERR_ROLLED_BACK, "%s; rolled back: %s (%.12s) serves again", first.msg,
                plan->release.version, plan->release.digest + strlen("sha256:"));
    else if (going->kind == ERR_INTERRUPTED || going->kind == ERR_LOCKED)
        *err = *going;
    else
        err_set(err, ERR_ROLLBACK, "%s; rolling back failed, too: %s", first.msg, going->msg);
}

bool back_out(struct acting *x, const struct plan *plan, size_t failed, struct actuator *act,
              struct error *err)
{
    struct error going = {0};
    struct plan way = {0};
    bool *chosen = ARENA_ARRAY(x->d->arena, bool, x->targets.count + 1);
    bool wanted = x->d->config->env.on_failure == CONFIG_ROLLBACK && !x->d->policy.hold;
    if (!wanted || plan_goes_back(plan) || !proves_it_wrong(err->kind) ||
        !is_about_the_release(plan->actions[failed].kind) ||
        !find_switched(x, plan, failed, chosen))
        return false;
    events_warn(x->d->events, "%s: going back to the last good release", err->msg);
    bool ok = go_back(x, chosen, act, &way, &going);
    say_outcome(ok, &way, &going, err);
    return true;
}
