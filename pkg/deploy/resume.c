/* Runs that ended without saying so: finding them, going on with one, and superseding the rest. */
#include "back.h"

/* A run as its journal began; one that went back by itself began again, with that plan. */
struct begun {
    struct plan_origin origin;
    struct plan plan;
    struct journal journal;
};

/* From the last beginning on: what came before it was about another plan. */
static struct journal since_start(struct journal journal)
{
    size_t start = journal.count - 1;
    while (start > 0 && journal.items[start].kind != JOURNAL_RUN_STARTED)
        start--;
    return (struct journal){.items = journal.items + start, .count = journal.count - start};
}

static bool read_begun(struct store *store, const char *run_id, struct arena *arena,
                       struct begun *ret, struct error *err)
{
    struct begun begun = {0};
    const char *name = arena_printf(arena, "journal of run %s", run_id);
    TRY(journal_read(store, run_id, arena, &begun.journal, err));
    if (begun.journal.count == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no run '%s'", run_id);
    begun.journal = since_start(begun.journal);
    if (!plan_run_parse(str_of(begun.journal.items[0].payload), name, arena, &begun.origin,
                        &begun.plan, err)) {
        err->kind = ERR_FAILED;
        return false;
    }
    *ret = begun;
    return true;
}

static bool has_finished(const struct journal *journal)
{
    return journal->items[journal->count - 1].kind == JOURNAL_RUN_FINISHED;
}

/* The first action that is not known to be done. */
static const char *next_action(const struct begun *begun)
{
    for (size_t i = 0; i < begun->plan.count; i++)
        if (action_progress(&begun->journal, begun->plan.actions[i].id) != ACTION_DONE)
            return begun->plan.actions[i].id;
    return "";
}

/* ---- is it still what is meant? ----------------------------------------------------------- */

static bool check_action(const struct acting *x, const struct action *action, struct error *err)
{
    const struct target *target = NULL;
    const char *instance = pairs_get(&action->params, "instance");
    if (action->component[0] == '\0' || action->kind == ACTION_RELEASE_PRUNE)
        return true;
    TRY(acting_target(x, action, &target, err));
    TRY(acting_same_release(action, target, err));
    if (instance == NULL || target_is_instance(target, instance))
        return true;
    return err_set(err, ERR_STALE, "%s: its settings changed since the plan was made",
                   target->name);
}

/* Resolved anew, does the plan still say what the configuration and the files say? */
static bool check_meant(const struct acting *x, const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++)
        TRY(check_action(x, &plan->actions[i], err));
    return true;
}

static bool makes(const struct plan_origin *origin, const char *verb)
{
    return strcmp(origin->verb, verb) == 0;
}

/* What only ends or removes needs nothing that was built. */
static bool targets_of(struct deploy *d, const struct begun *begun, struct targets *ret,
                       struct error *err)
{
    if (makes(&begun->origin, "down") || makes(&begun->origin, "prune"))
        return targets_describe(d, ret, err);
    return targets_of_plan(d, &begun->plan, ret, err);
}

/* ---- finding ------------------------------------------------------------------------------ */

/* The first of the runs that the query means; one environment only, when none is named. */
static bool pick_run(const struct deploy_run_query *query, const struct run_list *runs,
                     const struct run **ret, struct error *err)
{
    const struct run *found = NULL;
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = &runs->items[i];
        bool meant = query->run_id == NULL || strcmp(run->id, query->run_id) == 0;
        if (meant && found != NULL && strcmp(found->lease, run->lease) != 0)
            return err_set(err, ERR_USAGE, "runs of '%s' and '%s' are open: say which: --env ENV",
                           found->lease, run->lease);
        if (meant && found == NULL)
            found = run;
    }
    *ret = found;
    return true;
}

bool deploy_find_run(const struct deploy_run_query *query, struct arena *arena,
                     struct deploy_open *ret, struct error *err)
{
    struct run_list runs;
    struct begun begun = {0};
    const struct run *found = NULL;
    cleanup_store struct store *store = NULL;
    const struct run_query all = {.lease = query->environment, .open_only = query->run_id == NULL};
    TRY(store_open_read(query->store_path, &store, err));
    TRY(store_runs(store, &all, arena, &runs, err));
    TRY(pick_run(query, &runs, &found, err));
    if (found == NULL && query->run_id != NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no run '%s' in %s", query->run_id,
                       query->store_path);
    *ret = (struct deploy_open){0};
    if (found == NULL)
        return true;
    TRY(read_begun(store, found->id, arena, &begun, err));
    *ret = (struct deploy_open){.run_id = found->id,
                                .environment = found->lease,
                                .origin = begun.origin,
                                .started_ms = found->started_ms,
                                .next = next_action(&begun),
                                .finished = found->finished};
    return true;
}

/* A run whose process may live is not cut off: it is waited for. */
static bool may_live(struct deploy *d, bool *ret, struct error *err)
{
    struct lease lease;
    struct lease_owner self;
    TRY(lease_owner_self("", NULL, NULL, &self, err));
    TRY(lease_read(d->store, d->config->environment, &lease, err));
    *ret = lease_standing(&lease, &self) == LEASE_HELD;
    return true;
}

static bool find_open(struct deploy *d, struct deploy_open *ret, struct error *err)
{
    struct run_list runs;
    struct begun begun = {0};
    struct error why;
    struct acting x = {.d = d};
    bool living = false;
    const struct run_query newest = {
        .lease = d->config->environment, .open_only = true, .limit = 1};
    TRY(may_live(d, &living, err));
    TRY(store_runs(d->store, &newest, d->arena, &runs, err));
    *ret = (struct deploy_open){0};
    if (living || runs.count == 0)
        return true;
    const struct run *run = &runs.items[0];
    *ret = (struct deploy_open){.run_id = run->id,
                                .environment = d->config->environment,
                                .started_ms = run->started_ms,
                                .next = run->last_action};
    /* One that cannot be read is superseded like one that means something else. */
    if (!read_begun(d->store, run->id, d->arena, &begun, &why))
        return true;
    ret->origin = begun.origin;
    ret->next = next_action(&begun);
    ret->fits = (makes(&begun.origin, "deploy") || makes(&begun.origin, "apply")) &&
                !plan_goes_back(&begun.plan) && targets_resolve(d, &x.targets, &why) &&
                check_meant(&x, &begun.plan, &why);
    return true;
}

bool deploy_find_open(struct deploy *d, struct deploy_open *ret, struct error *err)
{
    cleanup_store struct store *store = NULL;
    TRY(open_for_reading(d, &store, err));
    bool ok = find_open(d, ret, err);
    d->store = NULL;
    return ok;
}

/* ---- superseding -------------------------------------------------------------------------- */

/* What the run had started and not switched to takes no request: it is ended. The one that serves
 * refuses to be. */
static void end_started(struct acting *x, const struct begun *begun, struct actuator *act)
{
    for (size_t i = 0; i < begun->plan.count; i++) {
        struct error err;
        const struct target *target = NULL;
        const struct action *action = &begun->plan.actions[i];
        const char *instance = pairs_get(&action->params, "instance");
        bool started = action->kind == ACTION_INSTANCE_START && instance != NULL &&
                       action_progress(&begun->journal, action->id) != ACTION_UNTOUCHED;
        if (started && acting_target(x, action, &target, &err))
            acting_end_instance(x, target, instance, act);
    }
}

static bool supersede(struct acting *x, const char *run_id, struct actuator *act, struct error *err)
{
    struct begun begun = {0};
    struct error unreadable;
    if (read_begun(x->d->store, run_id, x->d->arena, &begun, &unreadable))
        end_started(x, &begun, act);
    else
        events_warn(x->d->events, "%s", unreadable.msg);
    TRY(plan_supersede(run_id, act, err));
    events_note(x->d->events, "run %s was cut off; this one takes its place", run_id);
    return true;
}

bool supersede_others(struct deploy *d, const char *run_id, struct actuator *act, struct error *err)
{
    struct run_list runs;
    struct acting x = {.d = d, .run_id = run_id};
    const struct run_query open = {.lease = d->config->environment, .open_only = true};
    TRY(store_runs(d->store, &open, d->arena, &runs, err));
    if (runs.count == 0)
        return true;
    TRY(targets_describe(d, &x.targets, err));
    for (size_t i = 0; i < runs.count; i++)
        if (strcmp(runs.items[i].id, run_id) != 0)
            TRY(supersede(&x, runs.items[i].id, act, err));
    return true;
}

/* ---- going on ----------------------------------------------------------------------------- */

static void tell_progress(struct acting *x, const struct begun *begun)
{
    size_t done = 0;
    for (size_t i = 0; i < begun->plan.count; i++)
        done += action_progress(&begun->journal, begun->plan.actions[i].id) == ACTION_DONE;
    events_note(x->d->events, "run %s goes on: %zu of %zu actions are done", x->run_id, done,
                begun->plan.count);
}

/* A deployment that was cut off on its way back has failed, whatever became of that. */
static bool say_went_back(const struct begun *begun, bool ok, struct error *err)
{
    const struct plan_release *release = &begun->plan.release;
    const char *serves = release->digest + strlen("sha256:");
    if (!plan_goes_back(&begun->plan) || makes(&begun->origin, "rollback"))
        return ok;
    if (ok)
        return err_set(err, ERR_ROLLED_BACK,
                       "the run had failed after its switch; rolled back: %s (%.12s) serves again",
                       release->version, serves);
    if (err->kind == ERR_INTERRUPTED || err->kind == ERR_LOCKED || err->kind == ERR_STALE)
        return false;
    err->kind = ERR_ROLLBACK;
    return err_wrap(err, "the run had failed after its switch, and rolling back failed, too");
}

static bool resume_with(struct acting *x, struct actuator *act, struct deploy_report *report,
                        struct error *err)
{
    struct begun begun = {0};
    struct deploy *d = x->d;
    TRY(read_begun(d->store, x->run_id, d->arena, &begun, err));
    if (has_finished(&begun.journal))
        return err_set(err, ERR_CONFLICT, "run %s has finished", x->run_id);
    if (strcmp(begun.plan.environment, d->config->environment) != 0)
        return err_set(err, ERR_USAGE, "run %s is one of '%s'", x->run_id, begun.plan.environment);
    TRY(targets_of(d, &begun, &x->targets, err));
    TRY(check_meant(x, &begun.plan, err));
    TRY(supersede_others(d, x->run_id, act, err));
    tell_progress(x, &begun);
    const struct executors executors = acting_executors(x);
    report->plan = begun.plan;
    x->gates = &report->gates;
    bool ok = plan_resume(&begun.plan, &begun.journal, &executors, act, err);
    return say_went_back(&begun, ok, err);
}

bool deploy_resume(struct deploy *d, const struct deploy_run *run, struct deploy_report *ret,
                   struct error *err)
{
    struct acting x = {.d = d, .run_id = run->run_id};
    cleanup_actuator struct actuator *act = NULL;
    TRY(open_actuator(d, run, &act, err));
    d->store = actuator_store(act);
    bool ok = acting_ended(&x, resume_with(&x, act, ret, err), err);
    d->store = NULL;
    return close_actuator(ok, &act, err);
}
