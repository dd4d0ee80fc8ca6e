/* What verbs about an environment share: its configuration, its secrets, a client, and the struct
 * deploy that the library wants. */
#pragma once

#include "app.h"
#include "config/config.h"
#include "deploy/deploy.h"
#include "http/http.h"

struct site {
    struct app *app;
    struct config config;
    struct config_secret_source sources[1];
    struct config_secret_values secrets;
    struct http_client *http;
    struct deploy deploy;
    char run_id[RUN_ID_MAX]; /* "20260203T040506Z-3f2a9c" */
    const char *run_url;     /* of the CI run that we are part of; NULL on a laptop */
};

/* Loads and checks everything about `environment`; what is wrong is told, all of it, with the lines
 * it is about. Secrets are resolved, and made known to the redactor, when `with_secrets`. */
bool site_open(struct app *app, const char *environment, bool with_secrets, struct site *ret,
               struct error *err) must_use;
void site_close(struct site *site);
#define cleanup_site cleanup(site_close)

/* The store of `environment` where a project at hand tells it, else that of the deploy root: for
 * verbs that work from any directory. */
bool site_store_path(struct app *app, const char *environment, const char **ret,
                     struct error *err) must_use;
/* A new name for the next run; the old one belongs to another. */
void site_name_run(struct site *site);

/* How a run of this site announces itself. `reason` NULL: the verb. `wait_ms` CLI_UNSET: a minute
 * on a terminal, no time in a pipe or in CI. */
struct deploy_run site_run(const struct site *site, const char *verb, const char *reason,
                           int64_t wait_ms);

/* What a person types to run `exe` again from here: its name where the shell finds it by that, else
 * its path. */
const char *self_command(const char *exe, const char *name, struct arena *arena);

/* Production asks for the environment's name, or wants --yes=ENV. */
bool site_confirm(const struct site *site, struct error *err) must_use;
