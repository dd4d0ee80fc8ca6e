/* Plans: actions as data, their file and digest, and the loop that applies them. Knows nothing of
 * deploying: what an action does is in the executors that the caller brings.
 *
 *     observe (cap_observe) → the caller's pure planning → struct plan → show | save | apply
 *
 * A new action kind is one value of the enum with one row in the table of kinds, one executor,
 * and one golden plan. */
#pragma once

#include "core/core.h"
#include "crypto/crypto.h"
#include "event/event.h"
#include "store/store.h"

/* ---- actions ------------------------------------------------------------------------------ */

enum action_kind {
    ACTION_RELEASE_STAGE,
    ACTION_SUPERVISOR_START,
    ACTION_SERVICE_STOP,
    ACTION_INSTANCE_START,
    ACTION_INSTANCE_CHECK,
    ACTION_INSTANCE_PROMOTE,
    ACTION_RELEASE_SWITCH,
    ACTION_INSTANCE_DRAIN,
    ACTION_GATE_RUN,
    ACTION_RECORD_PUT,
    ACTION_LEDGER_APPEND,
    ACTION_RELEASE_PRUNE,
    ACTION_KIND_COUNT
};

struct action_kind_info {
    const char *name;   /* "release.stage": in plans and journals, never changed */
    enum effect effect; /* READ: looks only; ONCE: not repeated when it is unknown if it happened */
    char symbol;        /* in the text: + makes, ~ changes, - ends, ? looks, . writes down */
    const char *what;   /* "stage the release": the step's name */
};
const struct action_kind_info *action_kind_info(enum action_kind kind);
bool action_kind_parse(struct str name, enum action_kind *ret) must_use;

/* Ordered keys and values; both borrowed. */
struct pair {
    const char *key;
    const char *value;
};
struct pairs {
    struct pair *items;
    size_t count;
};
/* Adds or replaces; both strings are copied into `a`. */
void pairs_set(struct pairs *pairs, struct arena *a, const char *key, const char *value);
void pairs_setf(struct pairs *pairs, struct arena *a, const char *key, const char *fmt, ...)
    printf_like(4, 5);
/* NULL when there is none. */
const char *pairs_get(const struct pairs *pairs, const char *key);

/* One action. Before it the observed facts must equal `expect`; after it they must equal `ensure`,
 * and when they do already, there is nothing to do. Facts are what its executor observes. */
struct action {
    const char *id; /* unique in the plan, the same for the same purpose: "gate.run:http@local" */
    enum action_kind kind;
    const char *component; /* "prover"; empty: none */
    const char *host;      /* empty: none */
    struct pairs params;
    const char *reason; /* why, from observed against desired: "0.2.0 runs, 0.3.0 is wanted" */
    struct pairs expect;
    struct pairs ensure;
};

enum {
    PLAN_FORMAT = 1,
    PLAN_ACTIONS_MAX = 1000,
    PLAN_PAIRS_MAX = 64,
    PLAN_SIZE_MAX = STORE_TEXT_MAX /* the whole file: it is kept in the journal */
};

struct plan_release {
    const char *version;
    const char *digest;  /* "sha256:…" of what is deployed */
    const char *git_sha; /* may be empty */
};

/* All strings are borrowed or live in the arena that the plan was built with. */
struct plan {
    int v; /* PLAN_FORMAT */
    const char *environment;
    struct plan_release release;
    int64_t created_ms;
    struct action *actions; /* in the order of execution */
    size_t count;
    const char *approver; /* empty until somebody approves */
    const char *signer;   /* empty until somebody signs */
};

/* Appends an action and answers it for filling in. Its id is KIND:NAME@HOST, where `name` is the
 * component unless `ids_name` says otherwise (a gate's name); parts that are empty are left out.
 * Valid until the next plan_add. */
struct action_spec {
    enum action_kind kind;
    const char *component; /* NULL: none */
    const char *host;      /* NULL: none */
    const char *ids_name;  /* NULL: the component */
    const char *reason;
};
struct action *plan_add(struct plan *plan, struct arena *a, const struct action_spec *spec);
/* What follows the kind in its id, "prover@here": the thing acted upon. */
void action_target(const struct action *action, struct buf *out);

/* The digest of what the plan does: sha256 of its canonical JSON without created, approver,
 * signer and digest. Fails only for a plan too large to be written. */
bool plan_digest(const struct plan *plan, char ret[SHA256_HEX_MAX], struct error *err) must_use;
/* The file: JSON, pretty. ERR_FAILED when it does not fit into `out`. */
bool plan_write(const struct plan *plan, struct buf *out, struct error *err) must_use;
/* The result of `plan`: {environment, release, digest, empty, changes:[{action, target, reason,
 * expect, …}]}, compact. */
bool plan_write_result(const struct plan *plan, struct buf *out, struct error *err) must_use;
/* Reads a file back. Strict: unknown keys and kinds, a wrong type, two actions of one id, too many
 * of anything are refused as "name:line:col: …" (ERR_CONFIG); another format version too; a digest
 * that does not match its plan is ERR_VERIFY. Strings live in `a`. */
bool plan_parse(struct str text, const char *name, struct arena *a, struct plan *ret,
                struct error *err) must_use;
/* For people, 80 columns: symbol, action, target, reason. An empty plan says so. */
void plan_render(const struct plan *plan, struct buf *out);

/* ---- runs, as the journal keeps them ------------------------------------------------------- */

/* Where a run comes from: what another process needs to go on with it. Strings may be NULL. */
struct plan_origin {
    const char *verb;    /* "deploy", "down", …: how its plan was made */
    const char *project; /* absolute directory of its configuration */
};
/* Reads the payload of run_started. ERR_FAILED names `name` when it is none; strings live in `a`
 * and are never NULL. */
bool plan_run_parse(struct str payload, const char *name, struct arena *a,
                    struct plan_origin *ret_origin, struct plan *ret_plan,
                    struct error *err) must_use;

/* How far a run came with one action. */
enum action_progress {
    ACTION_UNTOUCHED,
    ACTION_PENDING, /* an intent and nothing after it: what it did is not known */
    ACTION_DONE,
    ACTION_FAILED
};
enum action_progress action_progress(const struct journal *journal, const char *id);

/* ---- the actuator ------------------------------------------------------------------------- */

/* What applying needs, made in one place: the store open for writing, the lease and its keeper,
 * and the only capability of a deployment that permits effects, guarded by that lease. */
struct actuator;

struct actuator_request {
    const char *store_path;
    const char *lease;         /* the environment */
    const char *const *shared; /* leases of what it shares with other environments: its hosts, in
                                  an order that everybody keeps to (by name) */
    size_t shared_count;
    const char *run_id;  /* new, or that of the run that is resumed */
    const char *run_url; /* of the CI run; may be NULL */
    const char *reason;  /* shown to who waits for the lease */
    int64_t ttl_ms;      /* 0: LEASE_TTL_DEFAULT_MS */
    int64_t wait_ms;     /* how long to wait for the leases */
    struct plan_origin origin;
    const struct clock *clock;
    struct events *events;
};
/* Takes all the leases or none (ERR_LOCKED names who holds one). No other handle on that store may
 * be open in this process (see lease_keeper_start). */
bool actuator_open(const struct actuator_request *request, struct actuator **ret,
                   struct error *err) must_use;
const struct cap *actuator_cap(const struct actuator *act);
struct store *actuator_store(const struct actuator *act);
const struct hold *actuator_hold(const struct actuator *act); /* of the environment's lease */
/* Gives the leases back and ends the keeper; frees `act` in any case. ERR_LOCKED when the lease was
 * lost meanwhile. */
bool actuator_close(struct actuator *act, struct error *err) must_use;
/* The same for scopes that are left with an error already. */
void actuator_close_at(struct actuator **act);
#define cleanup_actuator cleanup(actuator_close_at)

/* ---- applying ----------------------------------------------------------------------------- */

/* What an executor is given. */
struct doing {
    const struct action *action;
    const struct cap *cap; /* observing in observe, applying in apply */
    struct store *store;
    const struct hold *hold;
    const struct clock *clock;
    struct events *events;
    step_id step;        /* for progress and output lines */
    struct arena *arena; /* lives until the action ends */
};

/* How one kind is done. */
struct executor {
    /* The facts that expect and ensure speak of, in d->arena. NULL: there are none. */
    bool (*observe)(void *ctx, const struct doing *d, struct pairs *ret_facts, struct error *err);
    /* The effect. `note` takes one JSON value for the journal, or nothing. */
    bool (*apply)(void *ctx, const struct doing *d, struct buf *note, struct error *err);
};

struct executors {
    const struct executor *table[ACTION_KIND_COUNT]; /* NULL: this kind cannot be applied here */
    void *ctx;
    /* What to do about a failed action: plan->actions[failed] after those before it were done. May
     * undo, and may change *err, so that it says what was left in which state (ERR_ROLLED_BACK,
     * ERR_ROLLBACK). NULL: leave everything as it is. */
    void (*failed)(void *ctx, const struct plan *plan, size_t failed, struct actuator *act,
                   struct error *err);
};

/* Applies a plan in order. For each action: signals, observe, compare with expect (ERR_STALE
 * naming the fact), journal the intent, act, observe and compare with ensure (ERR_FAILED), journal
 * it as done; a step is told of each. A failure is journalled and ends the run; an interruption
 * leaves it open, to be resumed. Before any effect every kind must have an executor (ERR_BUG), and
 * the plan must be for the actuator's lease. */
bool plan_apply(const struct plan *plan, const struct executors *executors, struct actuator *act,
                struct error *err) must_use;
/* Goes on with a run whose process is gone, from its journal; the actuator holds the lease under
 * that run's id. What is done is skipped. A pending action is observed again: when `ensure` holds
 * it is done, when `expect` still holds it is not and is carried out now; else ERR_STALE. One that
 * happens once and cannot be observed is ERR_INCONCLUSIVE. A failure that was journalled is
 * followed up (`failed`) and is the result. */
bool plan_resume(const struct plan *plan, const struct journal *journal,
                 const struct executors *executors, struct actuator *act,
                 struct error *err) must_use;
/* Ends another run of this lease that nobody will go on with: it is superseded by this one. */
bool plan_supersede(const char *run_id, struct actuator *act, struct error *err) must_use;
