/* For tests of applying plans: a world of facts that an executor looks at and changes, a plan of
 * three steps, and the run in the store afterwards. */
#pragma once

#include "plan/plan.h"
#include "testing_store.h"

#include <signal.h>

/* The world: facts by name, changed by "apply", and a record of who did what. */
struct world {
    struct temp_dir dir;
    char path[128];
    struct arena arena;
    struct pairs facts;
    struct buf log;
    const char *fails;     /* the action whose effect fails */
    const char *ignored;   /* the action whose effect does nothing */
    const char *interrupt; /* the action during which SIGTERM arrives */
    const char *robbed;    /* the action during which the lease is stolen */
    bool undo;
    size_t undone_from;
};

static inline void world_begin(struct world *w)
{
    *w = (struct world){.dir = temp_dir_make(), .log = buf_make(BUF_TEXT)};
    snprintf(w->path, sizeof(w->path), "%s/store.db", w->dir.path);
    pairs_set(&w->facts, &w->arena, "current", "old");
}

static inline void world_end(struct world *w)
{
    arena_release(&w->arena);
    buf_release(&w->log);
    temp_dir_release(&w->dir);
}
#define cleanup_world cleanup(world_end)

static inline bool is(const char *wanted, const struct doing *d)
{
    return wanted != NULL && strcmp(wanted, d->action->id) == 0;
}

static inline bool observe(void *ctx, const struct doing *d, struct pairs *ret, struct error *err)
{
    struct world *w = ctx;
    assert_false(cap_allow(d->cap, EFFECT_IDEMPOTENT, "write", "x", err));
    buf_adds(&w->log, "o");
    *ret = w->facts;
    return true;
}

static inline void rob(const struct doing *d)
{
    struct error err;
    struct lease lease;
    struct hold stolen;
    struct lease_claim thief = claim_elsewhere(d->hold->lease, "thief");
    assert_ok(lease_read(d->store, d->hold->lease, &lease, &err), &err);
    thief.stale_revision = lease.revision;
    assert_ok(lease_acquire(d->store, &thief, 1, &stolen, &err), &err);
}

static inline bool effect(void *ctx, const struct doing *d, struct buf *note, struct error *err)
{
    struct world *w = ctx;
    if (is(w->robbed, d))
        rob(d);
    TRY(cap_allow(d->cap, action_kind_info(d->action->kind)->effect, "do", d->action->id, err));
    buf_addf(&w->log, "[%s]", d->action->id);
    if (is(w->fails, d))
        return err_set(err, ERR_TRANSIENT, "no answer");
    if (is(w->interrupt, d))
        raise(SIGTERM);
    const char *sets = pairs_get(&d->action->params, "sets");
    if (sets != NULL && !is(w->ignored, d))
        pairs_set(&w->facts, &w->arena, "current", sets);
    if (pairs_get(&d->action->params, "tells") != NULL)
        pairs_set(&w->facts, &w->arena, "told", "yes");
    buf_adds(note, "{\"took\":1}");
    return true;
}

static const struct executor EXECUTOR = {.observe = observe, .apply = effect};

static inline struct plan three_steps(struct world *w)
{
    struct plan plan = {.environment = "local", .release = {"2", "sha256:2", ""}};
    static const enum action_kind KINDS[] = {ACTION_RELEASE_STAGE, ACTION_RELEASE_SWITCH,
                                             ACTION_LEDGER_APPEND};
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        struct action_spec spec = {.kind = KINDS[i], .reason = "a test"};
        plan_add(&plan, &w->arena, &spec);
    }
    struct action *flip = &plan.actions[1];
    pairs_set(&flip->params, &w->arena, "sets", "new");
    pairs_set(&flip->expect, &w->arena, "current", "old");
    pairs_set(&flip->ensure, &w->arena, "current", "new");
    return plan;
}

static inline struct actuator *open_act(struct world *w, const char *lease)
{
    struct error err;
    struct actuator *act = NULL;
    struct actuator_request request = {.store_path = w->path,
                                       .lease = lease,
                                       .run_id = "run-1",
                                       .origin = {"deploy", "/srv/project"},
                                       .clock = clock_system()};
    assert_ok(actuator_open(&request, &act, &err), &err);
    return act;
}

static inline struct run only_run(struct world *w)
{
    struct error err;
    struct run_list runs;
    struct run_query query = {.lease = "local"};
    cleanup_store struct store *s = NULL;
    assert_ok(store_open_read(w->path, &s, &err), &err);
    assert_ok(store_runs(s, &query, &w->arena, &runs, &err), &err);
    assert_int_equal(runs.count, 1);
    return runs.items[0];
}
