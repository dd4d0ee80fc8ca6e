/* The loop that applies a plan: observe, compare, journal, act, observe again. Knows no kind. */
#include "data/data.h"
#include "internal.h"

/* One run in the making. */
struct apply {
    const struct plan *plan;
    const struct executors *executors;
    struct actuator *act;
    const struct journal *before; /* of the run that is resumed; NULL: it begins now */
};

bool journal_put(struct actuator *act, const struct journal_write *entry, struct error *err)
{
    return journal_append(act->store, actuator_hold(act), entry, clock_now_ms(act->clock), err);
}

static bool journal(const struct apply *ap, enum journal_kind kind, const char *action,
                    struct str payload, struct error *err)
{
    const struct journal_write entry = {.kind = kind, .action = action, .payload = payload};
    return journal_put(ap->act, &entry, err);
}

/* ---- one action --------------------------------------------------------------------------- */

static bool observe(const struct apply *ap, const struct doing *d, struct pairs *ret,
                    struct error *err)
{
    const struct executor *executor = ap->executors->table[d->action->kind];
    struct doing looking = *d;
    looking.cap = cap_observe();
    *ret = (struct pairs){0};
    if (executor->observe == NULL)
        return true;
    return executor->observe(ap->executors->ctx, &looking, ret, err);
}

/* The first pair of `wanted` that the facts contradict, NULL when they all hold. */
static const struct pair *first_difference(const struct pairs *wanted, const struct pairs *facts)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *fact = pairs_get(facts, wanted->items[i].key);
        if (fact == NULL || strcmp(fact, wanted->items[i].value) != 0)
            return &wanted->items[i];
    }
    return NULL;
}

static bool say_difference(const struct pair *wanted, const struct pairs *facts, enum err_kind kind,
                           const char *words, struct error *err)
{
    const char *fact = pairs_get(facts, wanted->key);
    return err_set(err, kind, "%s: %s is %s%s%s, not '%s'", words, wanted->key, fact ? "'" : "",
                   fact ? fact : "unknown", fact ? "'" : "", wanted->value);
}

static bool is_so_already(const struct action *action, const struct pairs *facts)
{
    return action->ensure.count > 0 && first_difference(&action->ensure, facts) == NULL;
}

static bool check_expected(const struct action *action, const struct pairs *facts,
                           struct error *err)
{
    const struct pair *difference = first_difference(&action->expect, facts);
    if (difference == NULL)
        return true;
    return say_difference(difference, facts, ERR_STALE, "the plan is stale", err);
}

static bool check_ensured(const struct action *action, const struct pairs *facts, struct error *err)
{
    const struct pair *difference = first_difference(&action->ensure, facts);
    if (difference == NULL)
        return true;
    return say_difference(difference, facts, ERR_FAILED, "it did not take effect", err);
}

static bool journal_facts(const struct apply *ap, enum journal_kind kind,
                          const struct action *action, const struct pairs *facts, struct error *err)
{
    cleanup_buf struct buf payload = buf_make(STORE_TEXT_MAX);
    TRY(pairs_write(facts, &payload, err));
    return journal(ap, kind, action->id, buf_str(&payload), err);
}

static bool act(const struct apply *ap, const struct doing *d, struct error *err)
{
    const struct executor *executor = ap->executors->table[d->action->kind];
    cleanup_buf struct buf note = buf_make(STORE_TEXT_MAX);
    TRY(executor->apply(ap->executors->ctx, d, &note, err));
    TRY(buf_check(&note, "note for the journal", err));
    return journal(ap, JOURNAL_EFFECT, d->action->id, note.len > 0 ? buf_str(&note) : STR("null"),
                   err);
}

static enum action_progress progress_of(const struct apply *ap, const struct action *action)
{
    return ap->before != NULL ? action_progress(ap->before, action->id) : ACTION_UNTOUCHED;
}

/* An action whose effect may have happened although nothing says so may be carried out only where
 * looking tells, or where a second time does no harm. */
static bool check_repeatable(const struct apply *ap, const struct action *action, struct error *err)
{
    bool once = action_kind_info(action->kind)->effect == EFFECT_ONCE;
    bool observable = action->ensure.count > 0 && ap->executors->table[action->kind]->observe;
    if (!once || observable || progress_of(ap, action) != ACTION_PENDING)
        return true;
    return err_set(err, ERR_INCONCLUSIVE,
                   "the run ended while this was done: it may have happened, and must not happen "
                   "twice");
}

static bool do_action(const struct apply *ap, const struct doing *d, bool *ret_acted,
                      struct error *err)
{
    struct pairs facts;
    const struct action *action = d->action;
    TRY(check_repeatable(ap, action, err));
    TRY(observe(ap, d, &facts, err));
    bool so_already = is_so_already(action, &facts);
    if (!so_already)
        TRY(check_expected(action, &facts, err));
    TRY(journal_facts(ap, JOURNAL_INTENT, action, &facts, err));
    if (!so_already) {
        TRY(act(ap, d, err));
        TRY(observe(ap, d, &facts, err));
        TRY(check_ensured(action, &facts, err));
    }
    *ret_acted = !so_already;
    return journal_facts(ap, JOURNAL_DONE, action, &facts, err);
}

static void end_step(const struct doing *d, bool ok, bool acted, const struct error *err)
{
    if (!ok)
        events_step_end(d->events, d->step, STEP_FAILED, "%s", err->msg);
    else if (!acted)
        events_step_end(d->events, d->step, STEP_SKIPPED, "it is so already");
    else
        events_step_end(d->events, d->step, STEP_OK, "%s", "");
}

static bool run_action(const struct apply *ap, const struct action *action, struct error *err)
{
    cleanup_arena struct arena arena = {0};
    cleanup_buf struct buf target = buf_make(BUF_LINE);
    bool acted = false;
    action_target(action, &target);
    const char *what = action_kind_info(action->kind)->what;
    struct doing d = {.action = action,
                      .cap = &ap->act->cap,
                      .store = ap->act->store,
                      .hold = actuator_hold(ap->act),
                      .clock = ap->act->clock,
                      .events = ap->act->events,
                      .step = events_step_begin(ap->act->events, buf_cstr(&target), what),
                      .arena = &arena};
    bool ok = do_action(ap, &d, &acted, err);
    end_step(&d, ok, acted, err);
    return ok || err_wrap(err, "%s", action->id);
}

/* ---- the run ------------------------------------------------------------------------------ */

static bool check_applicable(const struct plan *plan, const struct executors *executors,
                             const struct actuator *act, struct error *err)
{
    const char *lease = actuator_hold(act)->lease;
    if (strcmp(plan->environment, lease) != 0)
        return err_set(err, ERR_BUG, "a plan for '%s' is applied under the lease '%s'",
                       plan->environment, lease);
    for (size_t i = 0; i < plan->count; i++) {
        const struct executor *executor = executors->table[plan->actions[i].kind];
        if (executor == NULL || executor->apply == NULL)
            return err_set(err, ERR_BUG, "nothing here can apply '%s'", plan->actions[i].id);
    }
    return true;
}

static bool start_run(const struct apply *ap, struct error *err)
{
    cleanup_buf struct buf text = buf_make(STORE_TEXT_MAX);
    TRY(plan_run_write(ap->plan, &ap->act->origin, &text, err));
    return journal(ap, JOURNAL_RUN_STARTED, NULL, buf_str(&text), err);
}

static bool run_actions(const struct apply *ap, size_t *ret_failed, struct error *err)
{
    for (size_t i = 0; i < ap->plan->count; i++) {
        if (progress_of(ap, &ap->plan->actions[i]) == ACTION_DONE)
            continue;
        *ret_failed = i;
        TRY(signals_go_on(err));
        TRY(run_action(ap, &ap->plan->actions[i], err));
    }
    return true;
}

static bool finish_run(const struct apply *ap, const struct error *failure, int64_t duration_ms,
                       struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    TRY(plan_result_write(failure ? err_kind_info(failure->kind)->name : "done",
                          failure ? failure->msg : "", duration_ms, &text, err));
    return journal(ap, JOURNAL_RUN_FINISHED, NULL, buf_str(&text), err);
}

static bool journal_failure(const struct apply *ap, enum journal_kind kind, const char *action,
                            const struct error *failure, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    struct json_writer w = jw_make(&text, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "error", err_kind_info(failure->kind)->name);
    jw_member(&w, "message", failure->msg);
    jw_object_end(&w);
    TRY(jw_finish(&w, "failure", err));
    return journal(ap, kind, action, buf_str(&text), err);
}

static bool stays_open(const struct error *failure)
{
    return failure->kind == ERR_INTERRUPTED || failure->kind == ERR_LOCKED;
}

/* What follows from a failure that is journalled, and the end of the run. */
static void follow_up(const struct apply *ap, size_t failed, int64_t duration_ms,
                      struct error *failure)
{
    struct error ignored;
    if (ap->executors->failed != NULL)
        ap->executors->failed(ap->executors->ctx, ap->plan, failed, ap->act, failure);
    /* What it does about the failure may be interrupted, too. */
    if (stays_open(failure))
        return;
    if (!finish_run(ap, failure, duration_ms, &ignored))
        events_warn(ap->act->events, "the journal could not be written: %s", ignored.msg);
}

/* What can still be written down is; the failure itself stays what the caller hears. A run that
 * was interrupted, or lost its lease, is left open: it can be resumed. */
static void end_failed_run(const struct apply *ap, size_t failed, int64_t duration_ms,
                           struct error *failure)
{
    struct error ignored;
    const char *action = ap->plan->actions[failed].id;
    bool open = stays_open(failure);
    if (!journal_failure(ap, open ? JOURNAL_NOTE : JOURNAL_FAILED, action, failure, &ignored))
        events_warn(ap->act->events, "the journal could not be written: %s", ignored.msg);
    if (!open)
        follow_up(ap, failed, duration_ms, failure);
}

/* The actions, then the end, whatever it is. */
static bool go_through(const struct apply *ap, struct error *err)
{
    size_t failed = 0;
    int64_t start_ms = clock_mono_ms(ap->act->clock);
    bool ok = run_actions(ap, &failed, err);
    int64_t duration_ms = clock_mono_ms(ap->act->clock) - start_ms;
    if (ok)
        return finish_run(ap, NULL, duration_ms, err);
    end_failed_run(ap, failed, duration_ms, err);
    return false;
}

bool plan_apply(const struct plan *plan, const struct executors *executors, struct actuator *act,
                struct error *err)
{
    struct apply ap = {.plan = plan, .executors = executors, .act = act};
    TRY(check_applicable(plan, executors, act, err));
    if (plan->count == 0)
        return true;
    TRY(start_run(&ap, err));
    return go_through(&ap, err);
}

bool plan_resume(const struct plan *plan, const struct journal *journal,
                 const struct executors *executors, struct actuator *act, struct error *err)
{
    struct apply ap = {.plan = plan, .executors = executors, .act = act, .before = journal};
    TRY(check_applicable(plan, executors, act, err));
    for (size_t i = 0; i < plan->count; i++) {
        if (progress_of(&ap, &plan->actions[i]) != ACTION_FAILED)
            continue;
        *err = journalled_failure(journal, plan->actions[i].id);
        follow_up(&ap, i, 0, err);
        return false;
    }
    return go_through(&ap, err);
}
