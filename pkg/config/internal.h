/* What the files of this module share and nobody else sees. */
#pragma once

#include "config.h"
#include "schema_common.h"

/* The value of NAME in a NULL-terminated NAME=VALUE list; NULL when unset or empty. */
const char *environ_get(const char *const *environ, const char *name);

/* A project being loaded: everything lives in `arena`, everything wrong goes to `problems`. */
struct loading {
    const struct config_request *request;
    struct arena *arena;
    struct diags *problems;
    const char *dir;
    config_strings environments;
    struct node *project;  /* teerex.yaml as read, without `defaults` */
    struct node *defaults; /* what it said there, NULL when nothing */
    const char *preset;
};

/* One environment, merged, completed and bound. */
struct loaded_env {
    const char *name;
    struct node *root;
    struct config_env env;
};

/* Reads DIR/NAME; NULL when it is wrong, which is then among the problems. */
struct node *read_yaml(struct loading *l, const char *name);

/* Lays what flags and variables say over `root`: overrides whose first key is in `schema` and not
 * in `but` (NULL: no exception). */
void apply_overrides(struct loading *l, const struct schema *schema, const struct schema *but,
                     struct node *root);
/* Overrides that belong to no schema are problems. */
void check_override_paths(struct loading *l);

/* A problem at a node. */
void report(struct diags *problems, const struct node *node, const char *fmt, ...)
    printf_like(3, 4);
/* The member, else the node itself: where to report. */
const struct node *place_of(const struct node *node, const char *key);
bool strings_have(const config_strings *strings, const char *text);

/* Reports an item of `list` (a list node) that is not among `known`: "unknown host 'x', …". */
void check_names(struct diags *problems, const struct node *list, const char *what,
                 const config_strings *known);
/* Reports a template that names what is not among `names`; true when there is nothing wrong. */
bool check_template(struct diags *problems, const struct node *value, const char *const *names,
                    size_t count);

/* Checks that take more than a schema; each fills in what follows from other values. */
void check_components(struct loading *l, struct loaded_env *loaded);
void check_gates(struct loading *l, struct loaded_env *loaded);
void check_environment(struct loading *l, struct loaded_env *loaded);
void check_order(struct loading *l, const struct loaded_env *loaded);
/* What two environments must not have in common. */
void check_pair(struct diags *problems, const struct loaded_env *a, const struct loaded_env *b);

/* config_order over an environment. */
bool order_steps(const struct config_env *env, struct arena *arena, struct config_step **ret_steps,
                 size_t *ret_count, struct error *err) must_use;
