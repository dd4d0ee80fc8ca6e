/* Making a target of what a record says was deployed. Decides nothing. */
#include "back.h"

static const struct config_component *recalled(struct deploy *d, const struct target *target,
                                               const struct config_component *spec)
{
    struct config_component *c = ARENA_NEW(d->arena, struct config_component);
    *c = *target->component;
    c->command = spec->command;
    c->listen = spec->listen;
    c->health = spec->health;
    c->drain = spec->drain;
    c->settings.items = spec->settings.items;
    c->settings.count = spec->settings.count;
    c->secrets.items = spec->secrets.items;
    c->secrets.count = spec->secrets.count;
    return c;
}

bool target_recall(struct deploy *d, struct target *target, const struct deployment *was,
                   struct error *err)
{
    if (was->spec != NULL)
        target->component = recalled(d, target, was->spec);
    target->release =
        (struct release){.digest = was->digest, .version = was->version, .git_sha = was->git_sha};
    target->release_dir =
        arena_printf(d->arena, "%s/releases/%s", d->config->state_dir, was->digest);
    return target_digest_spec(target, err);
}

bool target_equip(struct deploy *d, struct target *target, struct error *err)
{
    struct config_component component = *target->component;
    struct config alone = {0};
    cleanup_secret_values struct config_secret_values values = {0};
    alone.env.components.items = &component;
    alone.env.components.count = 1;
    TRY(config_resolve_secrets(&alone, d->sources, d->source_count, &values, err));
    for (size_t i = 0; i < values.count; i++)
        events_add_secret(d->events, secret_str(&values.items[i].value));
    target->env = target_make_env(d, target->component, &values);
    return true;
}

static const char *restored_instance(const struct plan *plan, const struct target *target)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct action *action = &plan->actions[i];
        const char *restore = pairs_get(&action->params, "restore");
        if (restore != NULL && strcmp(action->component, target->component->name) == 0 &&
            strcmp(action->host, target->host->name) == 0)
            return restore;
    }
    return NULL;
}

bool plan_goes_back(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (pairs_get(&plan->actions[i].params, "restore") != NULL)
            return true;
    return false;
}

static const struct deployment *find_deployment(const struct deployed *deployed,
                                                const char *instance)
{
    if (strcmp(deployed->now.instance, instance) == 0)
        return &deployed->now;
    for (size_t i = 0; i < deployed->past_count; i++)
        if (strcmp(deployed->past[i].instance, instance) == 0)
            return &deployed->past[i];
    return NULL;
}

static bool recall_planned(struct deploy *d, const struct plan *plan, struct target *target,
                           struct error *err)
{
    struct deployed deployed;
    const char *instance = restored_instance(plan, target);
    TRY(deployed_read(d, target, &deployed, err));
    const struct deployment *was =
        instance != NULL ? find_deployment(&deployed, instance) : &deployed.now;
    if (was == NULL)
        return err_set(err, ERR_STALE, "%s: the record no longer tells of %s", target->name,
                       instance);
    TRY(target_recall(d, target, was, err));
    return instance == NULL || target_equip(d, target, err);
}

bool targets_of_plan(struct deploy *d, const struct plan *plan, struct targets *ret,
                     struct error *err)
{
    struct targets out;
    if (!plan_goes_back(plan))
        return targets_resolve(d, ret, err);
    TRY(targets_describe(d, &out, err));
    for (size_t i = 0; i < out.count; i++)
        TRY(recall_planned(d, plan, &out.items[i], err));
    *ret = out;
    return true;
}
