/* The executors of a deployment's actions. Private to the module. */
#pragma once

#include "plan/plan.h"
#include "world.h"

/* What the executors share while a plan is applied. */
struct acting {
    struct deploy *d;
    struct targets targets;
    const char *run_id;
    struct gate_results *gates; /* of the gates run so far: the report's */
};

/* The target of an action; ERR_STALE when the configuration no longer has it. */
bool acting_target(const struct acting *x, const struct action *action, const struct target **ret,
                   struct error *err) must_use;
/* A parameter that must be there (ERR_STALE: the plan was made by something else). */
bool acting_param(const struct action *action, const char *key, const char **ret,
                  struct error *err) must_use;

/* ERR_STALE when the action means another release than the target has by now. */
bool acting_same_release(const struct action *action, const struct target *target,
                         struct error *err) must_use;

/* One fact observer for all kinds: staged, supervisor, listen, active, instance, current, record,
 * ledger, as far as the action's expect and ensure ask. */
bool facts_observe(void *ctx, const struct doing *doing, struct pairs *ret_facts,
                   struct error *err) must_use;

/* ---- run.c ---- */

/* The store, the leases of the environment and of its hosts, and the right to act. */
bool open_actuator(struct deploy *d, const struct deploy_run *run, struct actuator **ret,
                   struct error *err) must_use;
/* Gives the leases back whatever happened; losing one at the end is only worth a word when nothing
 * else went wrong. Answers `ok`, or false. */
bool close_actuator(bool ok, struct actuator **act, struct error *err) must_use;
/* How each kind of action is done. */
struct executors acting_executors(struct acting *x);
/* Passes `ok` on; says how to go on with a run that was left open. */
bool acting_ended(struct acting *x, bool ok, const struct error *err) must_use;

/* ---- resume.c ---- */

/* Ends every open run of the environment but `run_id`; d->store is the actuator's. */
bool supersede_others(struct deploy *d, const char *run_id, struct actuator *act,
                      struct error *err) must_use;

/* ---- act_service.c ---- */

/* Executors, as struct executor wants them; ctx is the struct acting. */
bool act_stage(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;
bool act_supervise(void *ctx, const struct doing *doing, struct buf *note,
                   struct error *err) must_use;
bool act_stop_service(void *ctx, const struct doing *doing, struct buf *note,
                      struct error *err) must_use;
bool act_start(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;
bool act_promote(void *ctx, const struct doing *doing, struct buf *note,
                 struct error *err) must_use;
bool act_switch(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;

/* ---- act_check.c ---- */

/* Asks the new instance on its private socket; asks the gates on the public address. */
bool act_check(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;
bool act_gates(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;

/* ---- act_write.c ---- */

/* What a release is, so that nobody has to run it to know its version. */
bool put_release(const struct doing *doing, const struct target *target, struct error *err);
/* The record of what is deployed. */
bool act_record(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;

/* A store and the right to write into it, from an executor or from the actuator. */
struct actuator_view {
    struct store *store;
    const struct hold *hold;
};
/* One event on the chain, and DEPLOYMENTS.md. */
bool act_ledger(void *ctx, const struct doing *doing, struct buf *note, struct error *err) must_use;
/* Writes down that deploying to the target failed; a failure of that is only a warning. */
void act_ledger_failed(struct acting *x, const struct target *target, struct actuator *act);

/* ---- act_failed.c ---- */

/* After a failed action: ends an instance that took no request yet, takes back what was switched
 * (back.h), writes the failure into the ledger, and says what was left in which state. */
void act_failed(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                struct error *err);
/* Ends an instance that takes no request; a failure of that is told. */
void acting_end_instance(struct acting *x, const struct target *target, const char *instance,
                         struct actuator *act);
/* Ends the instance of that action if it took no request yet. */
void end_half_started(struct acting *x, const struct action *action, struct actuator *act);

/* ---- prune.c ---- */

/* Removes one release from the host, unless something came to need it. */
bool act_prune(void *ctx, const struct doing *doing, struct buf *note, struct error *err);
