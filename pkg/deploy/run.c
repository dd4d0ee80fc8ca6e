/* A deployment from end to end: observe, decide, take the lease, apply. */
#include "act.h"
#include "back.h"
#include "fs/fs.h"

bool deploy_store_path(const struct deploy *d, const char **ret_path, struct error *err)
{
    const struct config_store *store = &d->config->env.store;
    if (store->kind != CONFIG_STORE_SQLITE)
        return err_set(err, ERR_CONFIG, "this version keeps its store in SQLite only (store.kind)");
    *ret_path = store->path != NULL ? store->path
                                    : arena_printf(d->arena, "%s/store.db", d->config->state_dir);
    return true;
}

bool open_for_reading(struct deploy *d, struct store **ret, struct error *err)
{
    const char *path = NULL;
    TRY(deploy_store_path(d, &path, err));
    TRY(store_open_read(path, ret, err));
    d->store = *ret;
    return true;
}

static bool observe_all(struct deploy *d, const struct targets *targets, struct sight **ret_sights,
                        struct error *err)
{
    struct sight *sights = ARENA_ARRAY(d->arena, struct sight, targets->count);
    for (size_t i = 0; i < targets->count; i++)
        TRY(target_observe(d, &targets->items[i], &sights[i], err));
    *ret_sights = sights;
    return true;
}

struct plan plan_new(struct deploy *d)
{
    return (struct plan){
        .v = PLAN_FORMAT,
        .environment = d->config->environment,
        .release = {.version = "", .digest = "", .git_sha = ""},
        .created_ms = clock_now_ms(d->clock),
        .approver = "",
        .signer = "",
    };
}

/* What the first target is to run names the whole plan. */
static struct plan plan_of_release(struct deploy *d, const struct targets *targets)
{
    struct plan plan = plan_new(d);
    if (targets->count > 0 && targets->items[0].release.digest != NULL) {
        const struct release *release = &targets->items[0].release;
        plan.release.version = release->version;
        plan.release.digest = arena_printf(d->arena, "sha256:%s", release->digest);
        plan.release.git_sha = release->git_sha;
    }
    return plan;
}

/* What there is to do, with d->store open. */
static bool plan_up(struct deploy *d, struct targets *ret_targets, struct plan *ret,
                    struct error *err)
{
    struct sight *sights = NULL;
    TRY(targets_resolve(d, ret_targets, err));
    TRY(observe_all(d, ret_targets, &sights, err));
    TRY(refuse_rolled_back(d, ret_targets, sights, err));
    *ret = plan_of_release(d, ret_targets);
    decide(d, ret_targets, sights, ret);
    if (ret->count > 0)
        add_pruning_after(d, ret_targets, sights, ret);
    return true;
}

static bool plan_down(struct deploy *d, struct targets *ret_targets, struct plan *ret,
                      struct error *err)
{
    struct sight *sights = NULL;
    TRY(targets_describe(d, ret_targets, err));
    TRY(observe_all(d, ret_targets, &sights, err));
    *ret = plan_of_release(d, ret_targets);
    decide_down(d, ret_targets, sights, ret);
    return true;
}

static bool plan_with_store(struct deploy *d, enum deploy_what what, struct targets *ret_targets,
                            struct plan *ret, struct error *err)
{
    const struct back_wish wish = {.to = d->policy.to};
    switch (what) {
    case DEPLOY_UP:
        return plan_up(d, ret_targets, ret, err);
    case DEPLOY_DOWN:
        return plan_down(d, ret_targets, ret, err);
    case DEPLOY_BACK:
        return plan_back(d, &wish, ret_targets, ret, err);
    case DEPLOY_PRUNE:
        break;
    }
    return plan_prune(d, ret_targets, ret, err);
}

static bool plan_reading(struct deploy *d, enum deploy_what what, struct plan *ret,
                         struct error *err)
{
    struct targets targets;
    cleanup_store struct store *store = NULL;
    TRY(open_for_reading(d, &store, err));
    bool ok = plan_with_store(d, what, &targets, ret, err);
    d->store = NULL;
    return ok;
}

bool deploy_plan(struct deploy *d, struct plan *ret, struct error *err)
{
    return plan_reading(d, DEPLOY_UP, ret, err);
}

bool deploy_plan_down(struct deploy *d, struct plan *ret, struct error *err)
{
    return plan_reading(d, DEPLOY_DOWN, ret, err);
}

bool deploy_plan_back(struct deploy *d, struct plan *ret, struct error *err)
{
    return plan_reading(d, DEPLOY_BACK, ret, err);
}

bool deploy_plan_prune(struct deploy *d, struct plan *ret, struct error *err)
{
    return plan_reading(d, DEPLOY_PRUNE, ret, err);
}

/* Under the lease nobody else writes there: what is unfinished was left by a run that was killed.
 */
static void sweep(struct deploy *d, const struct cap *cap)
{
    struct error err;
    const char *state = d->config->state_dir;
    const char *services = arena_printf(d->arena, "%s/services", state);
    cleanup_fs_list struct fs_list list = {0};
    bool ok = fs_sweep(cap, state, &err) &&
              fs_sweep(cap, arena_printf(d->arena, "%s/releases", state), &err) &&
              (fs_list(services, &list, &err) || err.kind == ERR_NOT_FOUND);
    for (size_t i = 0; ok && i < list.count; i++)
        ok = fs_sweep(cap, arena_printf(d->arena, "%s/%s", services, list.names[i]), &err);
    if (!ok)
        events_warn(d->events, "what a run has left could not be removed: %s", err.msg);
}

bool open_actuator(struct deploy *d, const struct deploy_run *run, struct actuator **ret,
                   struct error *err)
{
    config_strings hosts = {0};
    TRY(deploy_host_leases(d, &hosts, err));
    struct actuator_request request = {
        .lease = d->config->environment,
        .shared = hosts.items,
        .shared_count = hosts.count,
        .run_id = run->run_id,
        .run_url = run->run_url,
        .reason = run->reason,
        .wait_ms = run->wait_ms,
        .origin = {.verb = run->verb, .project = d->config->project_dir},
        .clock = d->clock,
        .events = d->events,
    };
    TRY(deploy_store_path(d, &request.store_path, err));
    cleanup_free char *dir = fs_dir_name(request.store_path);
    TRY(fs_make_dirs(run->own, dir, 0755, err));
    TRY(actuator_open(&request, ret, err));
    sweep(d, actuator_cap(*ret));
    return true;
}

static const struct executor STAGE = {facts_observe, act_stage};
static const struct executor SUPERVISE = {facts_observe, act_supervise};
static const struct executor STOP = {facts_observe, act_stop_service};
static const struct executor START = {facts_observe, act_start};
static const struct executor CHECK = {facts_observe, act_check};
static const struct executor PROMOTE = {facts_observe, act_promote};
static const struct executor SWITCH = {facts_observe, act_switch};
static const struct executor GATES = {NULL, act_gates};
static const struct executor RECORD = {facts_observe, act_record};
static const struct executor LEDGER = {facts_observe, act_ledger};
static const struct executor PRUNE = {NULL, act_prune};

struct executors acting_executors(struct acting *x)
{
    return (struct executors){
        .table = {[ACTION_RELEASE_STAGE] = &STAGE,
                  [ACTION_SUPERVISOR_START] = &SUPERVISE,
                  [ACTION_SERVICE_STOP] = &STOP,
                  [ACTION_INSTANCE_START] = &START,
                  [ACTION_INSTANCE_CHECK] = &CHECK,
                  [ACTION_INSTANCE_PROMOTE] = &PROMOTE,
                  [ACTION_RELEASE_SWITCH] = &SWITCH,
                  [ACTION_GATE_RUN] = &GATES,
                  [ACTION_RECORD_PUT] = &RECORD,
                  [ACTION_LEDGER_APPEND] = &LEDGER,
                  [ACTION_RELEASE_PRUNE] = &PRUNE},
        .ctx = x,
        .failed = act_failed,
    };
}

bool acting_ended(struct acting *x, bool ok, const struct error *err)
{
    if (ok || (err->kind != ERR_INTERRUPTED && err->kind != ERR_LOCKED))
        return ok;
    events_left(x->d->events,
                "what the steps above did stays done; going on looks where it stands");
    events_next(x->d->events, "%s resume %s", x->d->self, x->run_id);
    return false;
}

static bool apply_with(struct acting *x, struct actuator *act, const struct plan *plan,
                       struct deploy_report *report, struct error *err)
{
    const struct executors executors = acting_executors(x);
    report->plan = *plan;
    x->gates = &report->gates;
    return plan->count == 0 || acting_ended(x, plan_apply(plan, &executors, act, err), err);
}

void deploy_report_release(struct deploy_report *report)
{
    gate_results_release(&report->gates);
}

bool close_actuator(bool ok, struct actuator **act, struct error *err)
{
    struct error closing;
    if (actuator_close(steal_ptr(act), ok ? err : &closing))
        return ok;
    return false;
}

static struct acting *new_acting(struct deploy *d, const struct deploy_run *run)
{
    struct acting *x = ARENA_NEW(d->arena, struct acting);
    x->d = d;
    x->run_id = run->run_id;
    return x;
}

bool deploy_run(struct deploy *d, enum deploy_what what, const struct deploy_run *run,
                struct deploy_report *ret, struct error *err)
{
    struct plan plan;
    struct acting *x = new_acting(d, run);
    cleanup_actuator struct actuator *act = NULL;
    TRY(open_actuator(d, run, &act, err));
    d->store = actuator_store(act);
    bool ok = supersede_others(d, run->run_id, act, err) &&
              plan_with_store(d, what, &x->targets, &plan, err) &&
              apply_with(x, act, &plan, ret, err);
    d->store = NULL;
    return close_actuator(ok, &act, err);
}

/* A saved plan may be older than a rollback. */
static bool refuse_planned(struct deploy *d, const struct plan *plan, const struct targets *targets,
                           struct error *err)
{
    struct sight *sights = NULL;
    if (plan_goes_back(plan))
        return true;
    return observe_all(d, targets, &sights, err) && refuse_rolled_back(d, targets, sights, err);
}

bool deploy_apply(struct deploy *d, const struct plan *plan, const struct deploy_run *run,
                  struct deploy_report *ret, struct error *err)
{
    struct acting *x = new_acting(d, run);
    cleanup_actuator struct actuator *act = NULL;
    if (strcmp(plan->environment, d->config->environment) != 0)
        return err_set(err, ERR_USAGE, "this plan is for '%s'", plan->environment);
    TRY(open_actuator(d, run, &act, err));
    d->store = actuator_store(act);
    bool ok = supersede_others(d, run->run_id, act, err) &&
              targets_of_plan(d, plan, &x->targets, err) &&
              refuse_planned(d, plan, &x->targets, err) && apply_with(x, act, plan, ret, err);
    d->store = NULL;
    return close_actuator(ok, &act, err);
}
