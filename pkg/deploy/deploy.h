/* Deploying an environment: what should run is resolved from the configuration, what runs is
 * observed, the difference is a plan (pkg/plan), and the plan's actions are carried out here.
 *
 * One code path for every environment. On a host a release is a directory named by the digest of
 * its content; a new instance starts beside the old one, is checked on its private socket, and
 * only then takes over the listening socket from it (pkg/supervise).
 *
 * Reading (deploy_plan, deploy_status) needs no more than reading; what writes takes an actuator.
 */
#pragma once

#include "config/config.h"
#include "core/core.h"
#include "event/event.h"
#include "gate/gate.h"
#include "http/http.h"
#include "plan/plan.h"
#include "store/store.h"

/* What the caller asks for beyond the configuration; zero: nothing. */
struct deploy_policy {
    bool hold;      /* after a failure: touch nothing more, whatever on_failure says */
    bool again;     /* deploy what was rolled back from, too */
    const char *to; /* rollback: a digest, version or tag; NULL: the last good release */
    int64_t keep;   /* prune: releases kept besides the live and the previous one */
};

/* Everything deploying needs from outside; borrowed. `arena` takes what is handed out. */
struct deploy {
    const struct config *config;
    const struct config_secret_values *secrets;
    const struct config_secret_source *sources; /* for those of a release that is gone back to */
    size_t source_count;
    struct deploy_policy policy;
    struct http_client *http;
    struct events *events;
    const struct clock *clock;
    const struct rng *rng;
    const char *exe;  /* absolute path of this teerexctl: supervisors are started from it */
    const char *self; /* what a person types to run it: in the commands that are suggested */
    struct arena *arena;
    struct store *store; /* set by this module while it reads or applies */
};

/* Where the environment's leases, records, journal and events are. ERR_CONFIG for a store kind
 * that this version cannot open. */
bool deploy_store_path(const struct deploy *d, const char **ret_path, struct error *err) must_use;

/* Observes and decides. Changes nothing; an empty plan means that everything is as it should be.
 * Everything that is missing in the configuration is named at once (ERR_CONFIG). */
bool deploy_plan(struct deploy *d, struct plan *ret, struct error *err) must_use;
/* The plan that stops every service of the environment. */
bool deploy_plan_down(struct deploy *d, struct plan *ret, struct error *err) must_use;
/* The plan that goes back (policy.to). Everything that it needs is looked for first: ERR_USAGE when
 * there is nothing of that name or nothing to go back to, ERR_NOT_FOUND naming all that is missing
 * (the staged release, its run spec), else the kind of the secret that cannot be resolved. */
bool deploy_plan_back(struct deploy *d, struct plan *ret, struct error *err) must_use;
/* The plan that removes releases nobody needs (policy.keep). */
bool deploy_plan_prune(struct deploy *d, struct plan *ret, struct error *err) must_use;

/* How a run announces itself. */
struct deploy_run {
    const char *verb; /* "deploy", "apply", "down": how its plan is made; for who resumes it */
    const char *run_id;
    const char *run_url;   /* of the CI run; NULL on a laptop */
    const char *reason;    /* shown to who waits for the lease */
    int64_t wait_ms;       /* for the lease */
    const struct cap *own; /* makes the state directory, before there is a store with a lease */
};

/* What came of a run. Zero-initialise; filled as far as the run came, also when it failed. */
struct deploy_report {
    struct plan plan; /* what was carried out; empty when nothing was to do */
    struct gate_results gates;
};
void deploy_report_release(struct deploy_report *report);
#define cleanup_deploy_report cleanup(deploy_report_release)

enum deploy_what { DEPLOY_UP, DEPLOY_DOWN, DEPLOY_BACK, DEPLOY_PRUNE };

/* Takes the leases, plans again under them (the world may have moved), and applies that plan. A
 * run of this environment that was cut off is superseded: what it had started and not switched to
 * is ended. A run that is interrupted, or loses a lease, stays open: deploy_resume goes on. */
bool deploy_run(struct deploy *d, enum deploy_what what, const struct deploy_run *run,
                struct deploy_report *ret, struct error *err) must_use;
/* Takes the leases and applies a saved plan as it is; ERR_STALE when the world moved since. */
bool deploy_apply(struct deploy *d, const struct plan *plan, const struct deploy_run *run,
                  struct deploy_report *ret, struct error *err) must_use;

/* ---- runs that were cut off ---------------------------------------------------------------- */

/* A run that began and did not finish. Strings are never NULL but for run_id. */
struct deploy_open {
    const char *run_id; /* NULL: there is none */
    const char *environment;
    struct plan_origin origin; /* its verb, and the project it was started from */
    int64_t started_ms;
    const char *next; /* the first action that is not known to be done; empty: all are */
    bool finished;    /* it has finished after all */
    bool fits;        /* what it was to bring about is what the configuration wants now */
};
/* Which run to go on with, before there is a configuration. */
struct deploy_run_query {
    const char *store_path;
    const char *run_id;      /* NULL: the newest that is open */
    const char *environment; /* NULL: of whichever has one; ERR_USAGE when several have */
};
/* A named run that does not exist is ERR_NOT_FOUND; `fits` is not known here. */
bool deploy_find_run(const struct deploy_run_query *query, struct arena *arena,
                     struct deploy_open *ret, struct error *err) must_use;
/* The newest open run of the environment. One whose process lives, or may live, is none: it is
 * waited for like any holder of the lease. */
bool deploy_find_open(struct deploy *d, struct deploy_open *ret, struct error *err) must_use;
/* Goes on with the run run->run_id, under that name. Every other open run is superseded, as
 * deploy_run and deploy_apply do with all of them. ERR_STALE before anything is touched when
 * configuration or files mean something else by now, ERR_CONFLICT when it has finished. */
bool deploy_resume(struct deploy *d, const struct deploy_run *run, struct deploy_report *ret,
                   struct error *err) must_use;

/* The leases of the environment's hosts, in the order in which they are taken. */
bool deploy_host_leases(struct deploy *d, config_strings *ret, struct error *err) must_use;

/* Asks the environment's gates (those named, or all for an empty list) of what runs now; nothing is
 * changed. True however the verdicts are. */
bool deploy_gates(struct deploy *d, const config_strings *names, struct gate_results *results,
                  struct error *err) must_use;

/* One instance as status shows it. Strings are never NULL. */
struct deploy_status_host {
    const char *host;
    const char *address; /* where it answers */
    const char *state;   /* "active", "backoff", …; "stopped" when nothing runs */
    const char *instance;
    const char *version; /* what it says of itself; else what the record says */
    const char *digest;
    const char *boot_id;
    bool healthy;     /* its health route answered with a good status */
    int64_t since_ms; /* of its start; 0: unknown */
    uint32_t restarts;
    const char *note; /* why it is not healthy; empty when it is */
};
/* A release that can be gone back to. */
struct deploy_former {
    const char *component, *host;
    const char *version, *digest, *run;
    int64_t time_ms; /* deployed then; 0: not known */
    bool staged;     /* it is on the host, whole */
    bool last_good;  /* where `rollback` without --to goes */
    bool left;       /* it was rolled back from */
    bool restorable; /* the record tells how to start it */
};
struct deploy_status_component {
    const char *name;
    const char *version; /* of the record: what was deployed last */
    const char *digest;
    struct deploy_status_host *hosts;
    size_t host_count;
    const char *previous_version; /* where `rollback` would go; NULL: nowhere */
    const char *previous_digest;
    struct deploy_former *left; /* what was rolled back from and is not deployed again */
    size_t left_count;
};
struct deploy_status {
    const char *environment;
    struct deploy_status_component *components;
    size_t component_count;
    struct lease lease;
    struct run last_run; /* id NULL: there was none */
};
struct deploy_formers {
    struct deploy_former *items;
    size_t count;
};
/* Newest first for each target. */
bool deploy_formers(struct deploy *d, struct deploy_formers *ret, struct error *err) must_use;

/* Looks and asks; an instance that does not answer is a line, not an error. */
bool deploy_status(struct deploy *d, struct deploy_status *ret, struct error *err) must_use;
/* The result of `status` (docs/output.md), compact JSON. */
bool deploy_status_json(const struct deploy_status *status, struct buf *out,
                        struct error *err) must_use;
