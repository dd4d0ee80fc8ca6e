/* The facts that plans speak of, as they are now. */
#include "act.h"

bool acting_target(const struct acting *x, const struct action *action, const struct target **ret,
                   struct error *err)
{
    cleanup_free char *name = xasprintf("%s@%s", action->component, action->host);
    *ret = targets_find(&x->targets, name);
    if (*ret == NULL)
        return err_set(err, ERR_STALE, "the configuration no longer has %s", name);
    return true;
}

bool acting_param(const struct action *action, const char *key, const char **ret, struct error *err)
{
    *ret = pairs_get(&action->params, key);
    if (*ret == NULL)
        return err_set(err, ERR_STALE, "action %s has no '%s'", action->id, key);
    return true;
}

/* One fact from what was seen; NULL when this observer does not know it. */
typedef const char *fact_fn(const struct action *action, const struct sight *sight);

static const char *or_none(const char *text)
{
    return text[0] != '\0' ? text : "none";
}

static const char *fact_staged(const struct action *action unused_arg, const struct sight *sight)
{
    static const char *const names[] = {
        [STAGED_ABSENT] = "absent", [STAGED_PRESENT] = "present", [STAGED_CORRUPT] = "damaged"};
    return names[sight->staged];
}

static const char *fact_supervisor(const struct action *action unused_arg,
                                   const struct sight *sight)
{
    return sight->supervised ? "running" : "absent";
}

static const char *fact_listen(const struct action *action unused_arg, const struct sight *sight)
{
    return sight->supervised ? sight->status->listen : "none";
}

static const char *fact_active(const struct action *action unused_arg, const struct sight *sight)
{
    return sight->supervised ? or_none(sight->status->active) : "none";
}

static const char *fact_instance(const struct action *action, const struct sight *sight)
{
    const char *id = pairs_get(&action->params, "instance");
    const struct supervise_instance *instance =
        sight->supervised && id != NULL ? supervise_find(sight->status, id) : NULL;
    return instance != NULL ? supervise_state_name(instance->state) : "absent";
}

static const char *fact_current(const struct action *action unused_arg, const struct sight *sight)
{
    return or_none(sight->linked);
}

static const char *fact_record(const struct action *action unused_arg, const struct sight *sight)
{
    return or_none(sight->deployed.now.instance);
}

static const char *fact_ledger(const struct action *action unused_arg, const struct sight *sight)
{
    return or_none(sight->written);
}

static const struct {
    const char *name;
    fact_fn *of;
} FACTS[] = {
    {"staged", fact_staged}, {"supervisor", fact_supervisor}, {"listen", fact_listen},
    {"active", fact_active}, {"instance", fact_instance},     {"current", fact_current},
    {"record", fact_record}, {"ledger", fact_ledger},
};

/* The plan's digest names the release that is meant; a target that means another has moved on. */
bool acting_same_release(const struct action *action, const struct target *target,
                         struct error *err)
{
    const char *digest = pairs_get(&action->params, "digest");
    if (digest == NULL || strcmp(digest, target->release.digest) == 0)
        return true;
    return err_set(err, ERR_STALE, "%s: the plan deploys %.12s, its files are now %.12s",
                   target->name, digest, target->release.digest);
}

bool facts_observe(void *ctx, const struct doing *doing, struct pairs *ret_facts, struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    struct sight sight;
    TRY(acting_target(x, doing->action, &target, err));
    TRY(acting_same_release(doing->action, target, err));
    TRY(target_observe(x->d, target, &sight, err));
    for (size_t i = 0; i < ARRAY_LEN(FACTS); i++)
        pairs_set(ret_facts, doing->arena, FACTS[i].name, FACTS[i].of(doing->action, &sight));
    return true;
}
