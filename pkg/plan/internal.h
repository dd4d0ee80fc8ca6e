/* What the files of plan share. */
#pragma once

#include "plan/plan.h"

struct actuator {
    struct cap store_cap; /* what the store was opened with: its writes are fenced by themselves */
    struct cap cap;       /* what effects are asked of: guarded by the lease */
    struct store *store;
    struct hold *holds; /* the environment's first, then the shared ones */
    size_t hold_count;  /* of those that are held */
    struct lease_keeper *keeper;
    struct plan_origin origin; /* borrowed */
    const struct clock *clock;
    struct events *events;
};

/* Writes into the journal of the actuator's run, or of `run` when that is not NULL. */
bool journal_put(struct actuator *act, const struct journal_write *entry,
                 struct error *err) must_use;
/* The payload of run_started. */
bool plan_run_write(const struct plan *plan, const struct plan_origin *origin, struct buf *out,
                    struct error *err) must_use;
/* The payload of run_finished. */
bool plan_result_write(const char *result, const char *message, int64_t duration_ms,
                       struct buf *out, struct error *err) must_use;
/* The failure that was journalled for an action; a journal that cannot be read says so itself. */
struct error journalled_failure(const struct journal *journal, const char *id);
/* Appends `pairs` as a JSON object. */
bool pairs_write(const struct pairs *pairs, struct buf *out, struct error *err) must_use;
