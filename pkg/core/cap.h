/* The two capabilities. Code that observes the world gets one that refuses writes; code that
 * applies a plan gets the writing one. Every module through which the world can be changed (fs,
 * proc, git, http, store, host) takes a capability and asks it once, right before the effect.
 *
 * There is no dry-run flag anywhere: a preview is the same code holding cap_observe(). */
#pragma once

#include <stdbool.h>

#include "attr.h"
#include "error.h"

/* What a call does to the world; decides what may be retried. */
enum effect {
    EFFECT_READ,       /* changes nothing */
    EFFECT_IDEMPOTENT, /* changes something; doing it twice is doing it once */
    EFFECT_ONCE        /* must not be repeated blindly */
};

/* Asked before every effect: false (ERR_LOCKED) when this run no longer holds its lease. */
typedef bool cap_guard_fn(void *ctx, struct error *err);

struct cap {
    bool may_write;      /* read by cap_allow alone */
    cap_guard_fn *guard; /* NULL: nothing to ask */
    void *guard_ctx;
};

/* The observing capability: a constant. */
const struct cap *cap_observe(void);

/* The applying capability. Built in one place for deployments (plan's actuator, whose guard
 * checks the lease's fence) and in `cmd/` and `prover/` for files that are the process's own.
 * The layer lint knows those places. `guard` may be NULL. */
struct cap cap_apply(cap_guard_fn *guard, void *guard_ctx);

/* True when `cap` permits `effect`. A write through the observing capability is ERR_BUG and names
 * `what` ("write", "run", "PUT") and `target`; a lost lease is the guard's error. */
bool cap_allow(const struct cap *cap, enum effect effect, const char *what, const char *target,
               struct error *err) must_use;
