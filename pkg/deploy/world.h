/* What deploying looks at: the release that is wanted, the targets it shall run on, and what was
 * seen there. Private to the module; everything lives in the arena of whoever asked. */
#pragma once

#include "config/config.h"
#include "core/core.h"
#include "crypto/crypto.h"
#include "deploy.h"
#include "plan/plan.h"
#include "record.h"
#include "store/store.h"
#include "supervise/supervise.h"

/* One file of a release: where it is now, where it goes, and what it weighs. */
struct release_file {
    const char *from; /* absolute */
    const char *to;   /* relative, safe */
    mode_t mode;
    char digest[SHA256_HEX_MAX];
    uint64_t size;
};

/* What is deployed: named by the digest of its content, which is the tree digest of fs.h. */
struct release {
    const char *digest;
    const char *version; /* what the program says of itself */
    const char *git_sha;
    struct release_file *files; /* sorted by `to` */
    size_t file_count;
};

/* One component on one host. */
struct target {
    const struct config_component *component;
    const struct config_host *host;
    struct release release;
    const char *name;          /* "prover@here": in plans and messages */
    const char *service_dir;   /* STATE/services/ENV-COMPONENT */
    const char *service;       /* "local-prover" */
    const char *release_dir;   /* STATE/releases/DIGEST */
    char spec[SHA256_HEX_MAX]; /* digest of everything that makes two instances alike */
    const char *const *env;    /* NULL-terminated "NAME=value" */
};

struct targets {
    struct target *items;
    size_t count;
};

enum staged { STAGED_ABSENT, STAGED_PRESENT, STAGED_CORRUPT };

/* What was seen of a target. */
struct sight {
    enum staged staged;
    bool supervised;                 /* a supervisor answers */
    struct supervise_status *status; /* NULL when not supervised */
    struct deployed deployed;
    uint64_t fence;     /* of the last run that was here before: what it began has this number */
    const char *linked; /* digest that `current` points at; "" when none */
    const char *told;   /* instance of the newest event of this target on the chain; "" when none */
    const char *written; /* the same once DEPLOYMENTS.md tells the whole chain, else "" */
};

/* ---- run.c ---- */

/* Opens the store for reading and makes it d->store; the caller closes it and clears that. */
bool open_for_reading(struct deploy *d, struct store **ret, struct error *err) must_use;

/* An empty plan for the environment, made now. */
struct plan plan_new(struct deploy *d);

/* ---- release.c ---- */

/* Reads and hashes the component's files. ERR_CONFIG names every file that is missing. */
bool release_resolve(struct deploy *d, const struct config_component *component,
                     struct release *ret, struct error *err) must_use;
/* Copies the files of the release into its directory: whole and verified, or not at all. */
bool release_stage(struct deploy *d, const struct cap *cap, const struct target *target,
                   struct error *err) must_use;
bool release_look(const struct target *target, enum staged *ret, struct error *err) must_use;

/* ---- targets.c ---- */

/* The targets of the environment, each component after what it needs (config_order), without their
 * releases: for asking about what runs, where nothing needs to be built. */
bool targets_describe(struct deploy *d, struct targets *ret, struct error *err) must_use;
/* The same with the releases that the records say are there. */
bool targets_recorded(struct deploy *d, struct targets *ret, struct error *err) must_use;
/* The same with the releases that are wanted there. */
bool targets_resolve(struct deploy *d, struct targets *ret, struct error *err) must_use;
/* The target of that name, or NULL. */
const struct target *targets_find(const struct targets *targets, const char *name);
/* Fills target->spec. */
bool target_digest_spec(struct target *target, struct error *err) must_use;
/* The environment of an instance, NULL-terminated; secrets that `secrets` lacks are left out. */
const char *const *target_make_env(struct deploy *d, const struct config_component *component,
                                   const struct config_secret_values *secrets) must_use;
/* The arguments of an instance: command, standing options, its own name and socket. */
bool target_argv(struct deploy *d, const struct target *target, const char *instance,
                 const char *const **ret_argv, struct error *err) must_use;
/* "3f2a9c1b7d4e-7": the spec and a number that no instance here has had. */
const char *target_instance(struct deploy *d, const struct target *target,
                            const struct sight *sight) must_use;
/* Does an instance of this name run what the target wants? */
bool target_is_instance(const struct target *target, const char *instance);

/* ---- observe.c ---- */

/* Looks at one target. Changes nothing. */
bool target_observe(struct deploy *d, const struct target *target, struct sight *ret,
                    struct error *err) must_use;
/* The record of a target (record.h); an absent one has version 0 and empty strings. */
bool deployed_read(struct deploy *d, const struct target *target, struct deployed *ret,
                   struct error *err) must_use;
/* The record's name. */
const char *deployed_name(struct deploy *d, const struct target *target) must_use;
/* The instance that takes requests, or NULL when none does. */
const struct supervise_instance *sight_active(const struct sight *sight);

/* ---- decide.c ---- */

/* Fills the plan with what turns the sights (one a target) into the targets. Pure. */
void decide(struct deploy *d, const struct targets *targets, const struct sight *sights,
            struct plan *plan);
/* What ends every service that has a supervisor. Pure. */
void decide_down(struct deploy *d, const struct targets *targets, const struct sight *sights,
                 struct plan *plan);

/* ---- prune.c ---- */

/* What nobody needs any more, with d->store open. */
bool plan_prune(struct deploy *d, struct targets *ret_targets, struct plan *ret,
                struct error *err) must_use;
/* Adds to a deployment's plan what nobody will need after it; a warning when it cannot be told. */
void add_pruning_after(struct deploy *d, const struct targets *targets, const struct sight *sights,
                       struct plan *plan);

/* ---- ask.c ---- */

/* What an instance says of itself at /version; strings are empty when it does not say. */
struct spoken {
    const char *version, *digest, *boot_id, *instance;
};
/* Asks the instance on its private socket. */
bool ask_version(struct deploy *d, const struct target *target, const char *instance,
                 struct spoken *ret, struct error *err) must_use;
/* GET `path` there; true when it answered 2xx within `attempt_ms`, else why not. */
bool ask_health(struct deploy *d, const struct target *target, const char *instance,
                const char *path, struct error *err) must_use;
