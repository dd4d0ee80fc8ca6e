/* Going back: what can be gone back to, what is chosen, and making a target of it. Private to the
 * module. */
#pragma once

#include "act.h"
#include "world.h"

/* Where a target stands. */
struct standing {
    const struct deployed *deployed;
    const struct deployment *running; /* what takes the requests; NULL: nothing does */
};

/* The way of one target. */
struct back {
    const struct deployment *to; /* NULL: the target stays as it is */
    struct deployment left;      /* what is rolled back from */
    bool leaves;                 /* `left` holds */
};

/* ---- choose.c: pure ---- */

/* Does something else run than what was deployed last and passed its gates? */
bool is_astray(const struct standing *at);
/* What can be gone back to, newest first, from *index (begin with 0) on; NULL at the end. */
const struct deployment *choose_next(const struct standing *at, size_t *index);
/* The newest of them that was not rolled back from; NULL when there is none. */
const struct deployment *choose_last_good(const struct standing *at);
/* The one of that digest (its first digits will do), version or tag; also what runs. ERR_USAGE when
 * it is none or several. */
bool choose_named(const struct standing *at, const char *name, const struct deployment **ret,
                  struct error *err) must_use;
/* Which targets go back when nobody says which: those whose new release did not pass its gates; if
 * there are none, those that the newest deployment changed. */
void choose_targets(const struct standing *all, size_t count, bool *ret_chosen);
/* What is rolled back from on the way to `to`; false: nothing, it is only started again. */
bool choose_left(const struct standing *at, const struct deployment *to, struct deployment *ret);

/* ---- decide.c: pure ---- */

/* What takes every target with a way there; the others are not touched. */
void decide_back(struct deploy *d, const struct targets *targets, const struct sight *sights,
                 const struct back *ways, struct plan *plan);

/* ---- restore.c ---- */

/* Makes the target what that deployment was: its release and its spec, on the configuration's
 * hosts, with the configuration's gates. Its environment is not made yet. */
bool target_recall(struct deploy *d, struct target *target, const struct deployment *was,
                   struct error *err) must_use;
/* Makes its environment; resolves the secrets that the spec refers to. */
bool target_equip(struct deploy *d, struct target *target, struct error *err) must_use;
/* The targets that a plan speaks of: as the records have them where it goes back ("restore"), else
 * as the configuration wants them. */
bool targets_of_plan(struct deploy *d, const struct plan *plan, struct targets *ret,
                     struct error *err) must_use;
/* Is it a plan that goes back? */
bool plan_goes_back(const struct plan *plan);

/* ---- rollback.c ---- */

/* What runs on the target, as far as it can be told; NULL when nothing does. */
bool running_observe(struct deploy *d, const struct target *target, const struct sight *sight,
                     const struct deployment **ret, struct error *err) must_use;
/* The plan of the way back, with d->store open, and its targets. `only` (may be NULL: all) says
 * which targets may go. */
struct back_wish {
    const char *to;     /* NULL: the last good one */
    const bool *chosen; /* one a target; NULL: choose_targets */
};
bool plan_back(struct deploy *d, const struct back_wish *wish, struct targets *ret_targets,
               struct plan *ret, struct error *err) must_use;
/* Did the plan, up to its action `failed`, give a socket to an instance that has it now, and was
 * there a release before it? */
bool has_switched(struct acting *x, const struct plan *plan, size_t failed);
/* After a failure of plan->actions[failed]: takes back every switch of that plan. False when there
 * was no switch or nothing to go back to: then *err is as it was. True: *err is ERR_ROLLED_BACK,
 * ERR_ROLLBACK, or what interrupted it. */
bool back_out(struct acting *x, const struct plan *plan, size_t failed, struct actuator *act,
              struct error *err);
/* Fails (ERR_GATE) when a target that is not settled wants what was rolled back from. */
bool refuse_rolled_back(struct deploy *d, const struct targets *targets, const struct sight *sights,
                        struct error *err) must_use;
