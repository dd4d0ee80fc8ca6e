/* What the files of plan share. */
#pragma once

#include "plan/plan.h"

struct actuator {
    struct cap store_cap; /* what the store was opened with: its writes are fenced by themselves */
    struct cap cap;       /* what effects are asked of: guarded by the lease */
    struct store *store;
    struct hold hold;
    struct lease_keeper *keeper;
    const struct clock *clock;
    struct events *events;
};

/* Appends `pairs` as a JSON object. */
bool pairs_write(const struct pairs *pairs, struct buf *out, struct error *err) must_use;
