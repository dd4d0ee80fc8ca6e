/* The configuration: teerex.yaml (what the project is) and envs/E.yaml (what an environment should
 * be), checked as one, with the origin of every value. Reads files and a given process
 * environment; knows no hosts, no network, and nothing of what is done with the values.
 *
 * Precedence: flag > TEEREX_* variable > envs/E.yaml > teerex.yaml > default. What both files may
 * say is merged member by member: `components` of teerex.yaml lies under `components` of the
 * environment, and `defaults` of teerex.yaml lies under everything in the environment. Every scalar
 * of the result can be set by a flag `--set PATH=VALUE` and by a variable: TEEREX_ and the path in
 * capitals, all but letters and digits as `_` (components.prover.listen is
 * TEEREX_COMPONENTS_PROVER_LISTEN). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "data/data.h"

typedef ARRAY_OF(const char *) config_strings;

/* --- What the project is ------------------------------------------------------------------ */

struct config_project {
    const char *name;
    const char *repository; /* "owner/name", NULL when not said */
};

enum config_merge { CONFIG_MERGE_MANUAL, CONFIG_MERGE_AUTO };

/* A line of upstream's versions. What is not said is NULL. */
struct config_channel {
    const char *name;
    const char *pattern;  /* of its versions, as semver/semver.h describes it */
    config_strings from;  /* patterns of what else may be replaced; none: any version */
    const char *dist_tag; /* upstream's */
    const char *branch_prefix;
    const char *target_branch;
    const char *label;
    const char *schedule;    /* as cron writes it */
    const char *publish_tag; /* ours */
    const char *network;
    enum config_merge merge;
    int64_t cooldown_ms; /* a version must be this old */
    bool latest;         /* may move our `latest` */
};

/* Files beside package.json that name upstream's version. */
struct config_upstream_file {
    const char *path;  /* a pattern */
    const char *match; /* text around {version} */
};

struct config_upstream {
    const char *scope;  /* "@aztec/"; NULL when nothing is followed */
    const char *anchor; /* the package that is asked for the current version */
    ARRAY_OF(struct config_channel) channels;
    ARRAY_OF(struct config_upstream_file) files;
};

struct config_package {
    const char *name;
    const char *path;
    bool publish;
};

struct config_build {
    const char *preset; /* {{preset}} in artifacts */
};

typedef ARRAY_OF(struct config_package) config_packages;

/* Files by pattern, for `changes`. */
struct config_filter {
    const char *name;
    config_strings paths; /* patterns, see pkg/changes */
    config_strings on;    /* added, modified, deleted, renamed; empty: all */
};

enum config_deploy_on { CONFIG_DEPLOY_MANUAL, CONFIG_DEPLOY_MERGE, CONFIG_DEPLOY_TAG };

struct config_policies {
    enum config_deploy_on deploy_on;
};

/* --- What an environment should be --------------------------------------------------------- */

enum config_profile { CONFIG_UNTRUSTED, CONFIG_TRUSTED };
enum config_on_failure { CONFIG_ROLLBACK, CONFIG_HOLD };
enum config_track { CONFIG_ROLLING, CONFIG_RELEASE };
enum config_store_kind { CONFIG_STORE_SQLITE, CONFIG_STORE_DYNAMODB };
enum config_publish {
    CONFIG_PUBLISH_STATE, /* beside the store, in the state directory */
    CONFIG_PUBLISH_COMMIT,
    CONFIG_PUBLISH_PULL_REQUEST,
    CONFIG_PUBLISH_BRANCH
};
enum config_transport { CONFIG_LOCAL, CONFIG_SSH, CONFIG_SSM };
enum config_manager { CONFIG_MANAGER_AUTO, CONFIG_MANAGER_OWN, CONFIG_MANAGER_SYSTEMD };
enum config_gate_kind { CONFIG_GATE_HTTP, CONFIG_GATE_COMMAND, CONFIG_GATE_RELEASE };
enum config_fallback { CONFIG_FALLBACK_FAIL, CONFIG_FALLBACK_SKIP };
enum config_knob { CONFIG_STRICT, CONFIG_WARN, CONFIG_OFF };

struct config_pair {
    const char *name;
    const char *value;
};

struct config_host {
    const char *name;
    enum config_transport transport;
    const char *address;               /* ssh: host or host:port; NULL for local */
    const char *user;                  /* ssh */
    const char *instance;              /* ssm: instance id */
    ARRAY_OF(struct config_pair) tags; /* ssm: tag query */
    const char *region;
    const struct node *node;
};

/* One file of an artifact: `from` is absolute or below the project, rendered ({{preset}}). */
struct config_file {
    const char *from;
    const char *to;   /* relative, inside the release directory */
    const char *mode; /* "0755": four octal digits */
};

struct config_artifact {
    ARRAY_OF(struct config_file) files;
};

struct config_drain {
    int64_t idle_ms; /* keep idle connections this long after the switch */
    int64_t max_ms;  /* then the old instance is ended whatever it does */
};

/* A secret by reference: how it is called where it is used, and where its value is. */
struct config_secret {
    const char *name;      /* variable name the component sees */
    const char *reference; /* "env:NAME" or "ssm:/path" */
};

/* A component of this environment: teerex.yaml's entry under the environment's. It has an artifact
 * or an image, a command if it has an artifact, and at least one host. */
struct config_component {
    const char *name;
    struct config_artifact artifact;
    config_strings command;
    const char *health; /* path of the health route */
    const char *image;
    config_strings paths;
    config_strings hosts;
    const char *listen; /* "127.0.0.1:4000"; NULL when it does not listen */
    struct config_drain drain;
    enum config_manager manager;
    ARRAY_OF(struct config_pair) settings; /* environment variables of the service */
    ARRAY_OF(struct config_secret) secrets;
    config_strings gates; /* asked after every host's switch */
    config_strings needs; /* gates that must have passed before it is deployed */
    const struct node *node;
};

/* A JSON value of a reply. Exactly one of the two is not NULL. */
struct config_json_check {
    const char *path;          /* for json_find */
    const struct node *equals; /* a scalar */
    const char *matches;       /* POSIX extended expression */
};

struct config_expect {
    int64_t status;
    int64_t max_latency_ms; /* 0: no bound */
    ARRAY_OF(struct config_json_check) json;
};

struct config_gate {
    const char *name;
    enum config_gate_kind kind;
    const char *component; /* whose address and release; the only one when not said; NULL: none */
    const char *url;       /* http; a template over CONFIG_GATE_VARS */
    struct config_expect expect;
    config_strings argv; /* command; templates over CONFIG_GATE_VARS */
    enum config_fallback fallback;
    int64_t timeout_ms;        /* of one attempt */
    int64_t retries;           /* attempts after the first */
    int64_t interval_ms;       /* between attempts */
    config_strings needs;      /* gates that must have passed before */
    config_strings components; /* components that must be deployed before */
    const struct node *node;
};

/* Variables that a gate's url and argv may name; `address` is "http://HOST:PORT", of the instance
 * that is asked. */
extern const char *const CONFIG_GATE_VARS[];
extern const size_t CONFIG_GATE_VARS_COUNT;

struct config_rollout {
    int64_t canary;          /* hosts switched first, one by one */
    int64_t max_unavailable; /* hosts out of service at the same time */
    int64_t max_errors;      /* hosts that may fail before the rollout stops */
};

struct config_attestation {
    enum config_knob tcb_status, nonce, measurements, signature;
};

struct config_store {
    enum config_store_kind kind;
    const char *path;  /* sqlite; NULL: in the state directory */
    const char *table; /* dynamodb */
};

struct config_ledger {
    enum config_publish publish;
    const char *branch;
};

struct config_retention {
    int64_t releases;
};

struct config_env {
    unsigned version; /* 0: version 1 of the format, the only one */
    enum config_profile profile;
    enum config_on_failure on_failure;
    enum config_track track;
    bool shares_hosts;
    const char *url; /* where clients reach it; NULL when not said */
    config_strings after;
    config_strings regions;
    struct config_store store;
    struct config_ledger ledger;
    struct config_rollout rollout;
    struct config_attestation attestation;
    struct config_retention retention;
    ARRAY_OF(struct config_host) hosts;
    ARRAY_OF(struct config_component) components;
    ARRAY_OF(struct config_gate) gates;
    ARRAY_OF(struct config_pair) images;
};

/* Everything, loaded and checked. Borrowed pointers live as long as it. */
struct config {
    struct arena arena;
    const char *project_dir; /* absolute */
    const char *environment; /* NULL when only the project was asked for */
    const char *state_dir;   /* absolute; not created */
    struct config_project project;
    struct config_upstream upstream;
    config_packages packages;
    ARRAY_OF(struct config_component) components; /* as teerex.yaml alone says */
    ARRAY_OF(struct config_filter) filters;
    struct config_build build;
    struct config_policies policies;
    struct config_env env;     /* zero when `environment` is NULL */
    struct node *project_root; /* teerex.yaml, completed */
    struct node *env_root;     /* the merged environment, completed */
};

/* A value given on the command line. */
struct config_override {
    const char *path; /* "components.prover.listen" */
    const char *value;
    const char *origin; /* "--listen", for messages and `config show --origin` */
};

struct config_request {
    const char *project_dir;    /* --project; NULL: TEEREX_PROJECT, else upwards from `cwd` */
    const char *cwd;            /* NULL: the process's */
    const char *environment;    /* NULL: the project alone */
    const char *const *environ; /* NULL-terminated NAME=VALUE list; NULL: an empty one */
    const struct config_override *overrides;
    size_t override_count;
};

/* Loads and checks. On failure `problems` (never NULL) holds everything that is wrong, in the order
 * of the files, and err the first of it: ERR_CONFIG, also when there is no project;
 * ERR_USAGE for an environment that does not exist (with the nearest and the list). Secrets are
 * not resolved here. */
bool config_load(const struct config_request *request, struct config *ret, struct diags *problems,
                 struct error *err) must_use;
/* The project and every environment, each checked, and what no environment shows alone: shared
 * hosts, shared addresses, `after` cycles. For `config check`. */
bool config_check_all(const struct config_request *request, struct diags *problems,
                      struct error *err) must_use;
void config_release(struct config *config);
#define cleanup_config cleanup(config_release)

/* Names of the environments in envs/, sorted, in `arena`. */
bool config_environments(const char *project_dir, struct arena *arena, config_strings *ret,
                         struct error *err) must_use;
/* The project's directory as config_load finds it; a heap string. ERR_CONFIG when
 * there is none. */
bool config_find_project(const struct config_request *request, char **ret_dir,
                         struct error *err) must_use;
/* ${TEEREX_STATE_DIR:-${XDG_STATE_HOME:-~/.local/state}/teerex}, absolute; a heap string.
 * ERR_CONFIG when a given path is not absolute or HOME is needed and unset. */
bool config_state_dir(const char *const *environ, char **ret_dir, struct error *err) must_use;

/* By name; NULL when there is none. */
const struct config_component *config_component(const struct config *config, const char *name);
const struct config_host *config_host(const struct config *config, const char *name);
const struct config_gate *config_gate(const struct config *config, const char *name);
/* A component to deploy or a gate to ask: one of the two is not NULL. */
struct config_step {
    const struct config_component *component;
    const struct config_gate *gate;
};

/* All components and gates, each after what it needs: a gate after the gates and components it
 * needs and after the component that lists it, a component after its gates in `needs`. Otherwise
 * in the order of the file. ERR_CONFIG names a circle; there is none in a loaded configuration. */
bool config_order(const struct config *config, struct arena *arena, struct config_step **ret_steps,
                  size_t *ret_count, struct error *err) must_use;

/* --- Secrets ------------------------------------------------------------------------------ */

/* Gets the value behind the part of a reference after its scheme. */
struct config_secret_source {
    const char *scheme; /* "env" */
    bool (*get)(void *ctx, const char *name, struct secret *ret, struct error *err);
    void *ctx;
};

struct config_secret_value {
    const char *component;
    const char *name;
    const char *reference;
    struct secret value;
};

struct config_secret_values {
    struct config_secret_value *items;
    size_t count;
};

/* A source for "env:" over a NULL-terminated NAME=VALUE list. */
struct config_secret_source config_secret_env(const char *const *environ);
/* Resolves every secret of the environment. All that cannot be resolved is in one ERR_CONFIG (or
 * the source's kind). Feed the values to the redactor before anything is shown. */
bool config_resolve_secrets(const struct config *config, const struct config_secret_source *sources,
                            size_t source_count, struct config_secret_values *ret,
                            struct error *err) must_use;
void config_secret_values_release(struct config_secret_values *values);
#define cleanup_secret_values cleanup(config_secret_values_release)

/* --- Showing ------------------------------------------------------------------------------ */

/* Lines "path = value" sorted as in the schema, with "  (origin)" when asked; secrets as `***`. */
void config_show(const struct config *config, bool origin, struct buf *out);
/* [{path, value, origin}], the same content. */
void config_show_json(const struct config *config, struct json_writer *w);

/* Schemas of teerex.yaml and of an environment. */
extern const struct schema CONFIG_PROJECT_SCHEMA;
extern const struct schema CONFIG_ENV_SCHEMA;
