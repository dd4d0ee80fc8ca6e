/* Deciding: what is wanted and what was seen become a plan. Pure: reads no file, asks nobody. */
#include "back.h"

/* What a decision is made about. */
struct deciding {
    struct deploy *d;
    struct plan *plan;
    const struct target *target;
    const struct sight *sight;
    const struct back *back; /* NULL: forward, to what is wanted */
    const char *instance;    /* that shall be active in the end */
    const char *active;      /* that is active now; "none" */
};

static struct action *add(struct deciding *x, enum action_kind kind, const char *reason)
{
    const struct action_spec spec = {
        .kind = kind,
        .component = x->target->component->name,
        .host = x->target->host->name,
        .reason = reason,
    };
    return plan_add(x->plan, x->d->arena, &spec);
}

static void expect(struct deciding *x, struct action *action, const char *fact, const char *value)
{
    pairs_set(&action->expect, x->d->arena, fact, value);
}

static void ensure(struct deciding *x, struct action *action, const char *fact, const char *value)
{
    pairs_set(&action->ensure, x->d->arena, fact, value);
}

static void param(struct deciding *x, struct action *action, const char *key, const char *value)
{
    pairs_set(&action->params, x->d->arena, key, value);
}

static const char *or_none(const char *text)
{
    return text[0] != '\0' ? text : "none";
}

static const char *short_digest(struct deciding *x, const char *digest)
{
    return arena_printf(x->d->arena, "%.12s", digest);
}

static const char *staged_name(enum staged staged)
{
    switch (staged) {
    case STAGED_ABSENT:
        return "absent";
    case STAGED_PRESENT:
        return "present";
    case STAGED_CORRUPT:
        break;
    }
    return "damaged";
}

static void decide_stage(struct deciding *x)
{
    if (x->sight->staged == STAGED_PRESENT)
        return;
    const char *digest = short_digest(x, x->target->release.digest);
    struct action *action =
        add(x, ACTION_RELEASE_STAGE,
            x->sight->staged == STAGED_ABSENT
                ? arena_printf(x->d->arena, "release %s is not on the host", digest)
                : arena_printf(x->d->arena, "release %s is damaged on the host", digest));
    param(x, action, "digest", x->target->release.digest);
    expect(x, action, "staged", staged_name(x->sight->staged));
    ensure(x, action, "staged", "present");
}

/* The supervisor keeps the socket it was started with; another address needs another supervisor. */
static bool listens_elsewhere(const struct deciding *x)
{
    return x->sight->supervised &&
           strcmp(x->sight->status->listen, x->target->component->listen) != 0;
}

static void decide_supervisor(struct deciding *x)
{
    const char *listen = x->target->component->listen;
    if (listens_elsewhere(x)) {
        struct action *stop = add(x, ACTION_SERVICE_STOP,
                                  arena_printf(x->d->arena, "listens on %s, %s is wanted",
                                               x->sight->status->listen, listen));
        expect(x, stop, "listen", x->sight->status->listen);
        ensure(x, stop, "supervisor", "absent");
    } else if (x->sight->supervised) {
        return;
    }
    struct action *start = add(x, ACTION_SUPERVISOR_START,
                               arena_printf(x->d->arena, "nothing listens on %s yet", listen));
    param(x, start, "listen", listen);
    expect(x, start, "supervisor", "absent");
    ensure(x, start, "supervisor", "running");
}

/* Why the instance that is active will not do. */
static const char *start_reason(struct deciding *x)
{
    const struct deployment *was = &x->sight->deployed.now;
    const struct release *want = &x->target->release;
    const struct supervise_instance *active = sight_active(x->sight);
    if (active == NULL)
        return arena_printf(x->d->arena, "nothing runs, %s is wanted", want->version);
    if (active->state != SUPERVISE_ACTIVE)
        return arena_printf(x->d->arena, "%s keeps ending (%s)", active->id,
                            supervise_state_name(active->state));
    if (x->back != NULL)
        return arena_printf(x->d->arena, "back to %s (%.12s)", want->version, want->digest);
    if (strcmp(was->digest, want->digest) == 0)
        return "its settings changed";
    return arena_printf(x->d->arena, "%s (%.12s) runs, %s (%.12s) is wanted", was->version,
                        was->digest, want->version, want->digest);
}

/* Where a plan goes back, whoever applies it finds what to start in the record, by its instance. */
static void param_back(struct deciding *x, struct action *action)
{
    if (x->back == NULL)
        return;
    param(x, action, "restore", x->back->to->instance);
    if (!x->back->leaves)
        return;
    param(x, action, "left_instance", x->back->left.instance);
    param(x, action, "left_version", x->back->left.version);
    param(x, action, "left_digest", x->back->left.digest);
}

static void decide_instance(struct deciding *x)
{
    struct action *start = add(x, ACTION_INSTANCE_START, start_reason(x));
    param(x, start, "instance", x->instance);
    param(x, start, "digest", x->target->release.digest);
    param_back(x, start);
    expect(x, start, "active", x->active);
    ensure(x, start, "instance", "held");

    struct action *check = add(x, ACTION_INSTANCE_CHECK, "before it takes a request");
    param(x, check, "instance", x->instance);
    param(x, check, "version", x->target->release.version);
    param(x, check, "digest", x->target->release.digest);

    struct action *promote =
        add(x, ACTION_INSTANCE_PROMOTE,
            strcmp(x->active, "none") == 0
                ? "it begins to accept"
                : arena_printf(x->d->arena, "it begins to accept, %s drains", x->active));
    param(x, promote, "instance", x->instance);
    expect(x, promote, "active", x->active);
    ensure(x, promote, "active", x->instance);
}

static void decide_link(struct deciding *x)
{
    const char *digest = x->target->release.digest;
    if (strcmp(x->sight->linked, digest) == 0)
        return;
    struct action *action = add(x, ACTION_RELEASE_SWITCH,
                                arena_printf(x->d->arena, "`current` names %s",
                                             short_digest(x, or_none(x->sight->linked))));
    param(x, action, "digest", digest);
    ensure(x, action, "current", digest);
}

static void decide_writing(struct deciding *x)
{
    const struct release *release = &x->target->release;
    if (strcmp(x->sight->deployed.now.instance, x->instance) != 0) {
        struct action *put = add(x, ACTION_RECORD_PUT,
                                 arena_printf(x->d->arena, "%s is deployed", release->version));
        param(x, put, "instance", x->instance);
        param(x, put, "version", release->version);
        param(x, put, "digest", release->digest);
        param(x, put, "git_sha", release->git_sha);
        param_back(x, put);
        expect(x, put, "record", or_none(x->sight->deployed.now.instance));
        ensure(x, put, "record", x->instance);
    }
    if (strcmp(x->sight->written, x->instance) != 0) {
        struct action *append = add(x, ACTION_LEDGER_APPEND, "DEPLOYMENTS.md shows it");
        param(x, append, "instance", x->instance);
        param_back(x, append);
        ensure(x, append, "ledger", x->instance);
    }
}

/* One gate.run for the gates named; they are asked in the order of their needs. */
static void decide_gates(struct deploy *d, struct plan *plan, const struct action_spec *spec,
                         const config_strings *gates)
{
    cleanup_buf struct buf names = buf_make(BUF_LINE);
    if (gates->count == 0)
        return;
    for (size_t i = 0; i < gates->count; i++)
        buf_addf(&names, "%s%s", i ? " " : "", gates->items[i]);
    struct action *action = plan_add(plan, d->arena, spec);
    pairs_set(&action->params, d->arena, "gates", buf_cstr(&names));
}

/* Does the active instance run what is wanted, and does it run at all? */
static bool is_settled(const struct deciding *x)
{
    const struct supervise_instance *active = sight_active(x->sight);
    return active != NULL && active->state == SUPERVISE_ACTIVE && !listens_elsewhere(x) &&
           target_is_instance(x->target, active->id);
}

static bool is_written(const struct deciding *x)
{
    return strcmp(x->sight->deployed.now.instance, x->instance) == 0 &&
           strcmp(x->sight->written, x->instance) == 0;
}

/* What must hold before the component is touched: its neighbours', mostly. */
static void decide_needs(struct deciding *x)
{
    const struct config_component *component = x->target->component;
    const struct action_spec spec = {
        .kind = ACTION_GATE_RUN,
        .component = component->name,
        .host = x->target->host->name,
        .ids_name = arena_printf(x->d->arena, "%s-needs", component->name),
        .reason = "what the component needs",
    };
    decide_gates(x->d, x->plan, &spec, &component->needs);
}

static void decide_target(struct deciding *x)
{
    const struct config_component *component = x->target->component;
    const struct action_spec gates = {
        .kind = ACTION_GATE_RUN,
        .component = component->name,
        .host = x->target->host->name,
        .reason = "the component's gates",
    };
    bool settled = is_settled(x);
    if (!settled) {
        decide_needs(x);
        decide_supervisor(x);
        decide_instance(x);
    }
    decide_link(x);
    /* What is not written down has not passed its gates either. */
    if (!settled || !is_written(x))
        decide_gates(x->d, x->plan, &gates, &component->gates);
}

static struct deciding deciding_about(struct deploy *d, struct plan *plan,
                                      const struct target *target, const struct sight *sight)
{
    const struct supervise_instance *active = sight_active(sight);
    struct deciding x = {.d = d, .plan = plan, .target = target, .sight = sight};
    x.active = active != NULL ? active->id : "none";
    /* A service whose supervisor must go has nobody active when the new one starts. */
    if (listens_elsewhere(&x))
        x.active = "none";
    x.instance = is_settled(&x) ? x.active : target_instance(d, target, sight);
    return x;
}

static bool lists(const config_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

/* Is the gate asked on behalf of a component? */
static bool is_of_a_component(const struct config_env *env, const char *gate)
{
    for (size_t i = 0; i < env->components.count; i++)
        if (lists(&env->components.items[i].gates, gate) ||
            lists(&env->components.items[i].needs, gate))
            return true;
    return false;
}

/* Gates of the environment that no component lists. */
static config_strings environment_gates(struct deploy *d)
{
    const struct config_env *env = &d->config->env;
    config_strings out = {0};
    out.items = ARENA_ARRAY(d->arena, const char *, env->gates.count);
    for (size_t i = 0; i < env->gates.count; i++)
        if (!is_of_a_component(env, env->gates.items[i].name))
            out.items[out.count++] = env->gates.items[i].name;
    return out;
}

/* Everything is on its host before anything is touched; nothing is written down before all gates
 * have passed. */
static void decide_all(struct deploy *d, struct plan *plan, struct deciding *all, size_t count)
{
    const struct action_spec gates = {.kind = ACTION_GATE_RUN,
                                      .ids_name = d->config->environment,
                                      .reason = "the environment's gates"};
    config_strings outer = environment_gates(d);
    bool open = false;
    for (size_t i = 0; i < count; i++)
        open = open || !is_settled(&all[i]) || !is_written(&all[i]);
    for (size_t i = 0; i < count; i++)
        decide_stage(&all[i]);
    for (size_t i = 0; i < count; i++)
        decide_target(&all[i]);
    if (open)
        decide_gates(d, plan, &gates, &outer);
    for (size_t i = 0; i < count; i++)
        decide_writing(&all[i]);
}

void decide(struct deploy *d, const struct targets *targets, const struct sight *sights,
            struct plan *plan)
{
    struct deciding *all = ARENA_ARRAY(d->arena, struct deciding, targets->count);
    for (size_t i = 0; i < targets->count; i++)
        all[i] = deciding_about(d, plan, &targets->items[i], &sights[i]);
    decide_all(d, plan, all, targets->count);
}

void decide_back(struct deploy *d, const struct targets *targets, const struct sight *sights,
                 const struct back *ways, struct plan *plan)
{
    struct deciding *all = ARENA_ARRAY(d->arena, struct deciding, targets->count);
    size_t count = 0;
    for (size_t i = 0; i < targets->count; i++) {
        if (ways[i].to == NULL)
            continue;
        all[count] = deciding_about(d, plan, &targets->items[i], &sights[i]);
        all[count++].back = &ways[i];
    }
    decide_all(d, plan, all, count);
}

void decide_down(struct deploy *d, const struct targets *targets, const struct sight *sights,
                 struct plan *plan)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct deciding x = deciding_about(d, plan, &targets->items[i], &sights[i]);
        if (!sights[i].supervised)
            continue;
        struct action *stop = add(&x, ACTION_SERVICE_STOP, "it was asked for");
        ensure(&x, stop, "supervisor", "absent");
    }
}
