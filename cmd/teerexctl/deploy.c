/* `teerexctl deploy ENV`: makes what runs what it should be. */
#include "outcome.h"

struct deploy_options {
    const char *environment;
    const char *message;
    int64_t wait_ms;
    bool no_rollback;
    bool again;
    bool anew;
};

/* A plan of our own, made under the lease; what was cut off is superseded. */
static bool plan_anew(struct site *site, const struct deploy_options *options,
                      struct deploy_report *report, struct error *err)
{
    const struct deploy_run run = site_run(site, "deploy", options->message, options->wait_ms);
    return deploy_run(&site->deploy, DEPLOY_UP, &run, report, err);
}

/* The run that was cut off, under its name. When the world has moved since, it is planned anew:
 * what is wanted stays the same. */
static bool go_on(struct site *site, const struct deploy_options *options,
                  const struct deploy_open *open, struct deploy_report *report, struct error *err)
{
    snprintf(site->run_id, sizeof(site->run_id), "%s", open->run_id);
    const struct deploy_run run = site_run(site, "deploy", options->message, options->wait_ms);
    bool ok = deploy_resume(&site->deploy, &run, report, err);
    if (ok || (err->kind != ERR_STALE && err->kind != ERR_CONFLICT))
        return ok;
    events_note(site->app->events, "%s: planning anew", err->msg);
    site_name_run(site);
    deploy_report_release(report);
    *report = (struct deploy_report){0};
    return plan_anew(site, options, report, err);
}

/* Says what was found, and whether it is gone on with. */
static bool choose(struct site *site, const struct deploy_options *options,
                   const struct deploy_open *open, bool *ret_resume, struct error *err)
{
    struct app *app = site->app;
    const char *at = open->next[0] != '\0' ? open->next : "its end";
    events_note(app->events, "run %s was cut off at %s", open->run_id, at);
    *ret_resume = open->fits && !options->anew;
    if (!*ret_resume)
        return true;
    return app_ask(app, "Go on with it? (n: plan anew)", ret_resume, err);
}

static bool carry_out(struct site *site, const struct deploy_options *options,
                      const struct deploy_open *open, struct error *err)
{
    bool resume = false;
    cleanup_deploy_report struct deploy_report report = {0};
    TRY(site_confirm(site, err));
    if (open->run_id != NULL)
        TRY(choose(site, options, open, &resume, err));
    events_group(site->app->events, "Deploy to %s", options->environment);
    bool ok =
        resume ? go_on(site, options, open, &report, err) : plan_anew(site, options, &report, err);
    events_group_end(site->app->events);
    return ok && outcome_result(site, &report, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct deploy_options *options = context;
    struct plan plan;
    struct deploy_open open;
    cleanup_site struct site site = {0};
    TRY(site_open(app, options->environment, true, &site, err));
    site.deploy.policy =
        (struct deploy_policy){.hold = options->no_rollback, .again = options->again};
    /* Looking first needs no lease: most runs find nothing to do. */
    TRY(deploy_plan(&site.deploy, &plan, err));
    TRY(deploy_find_open(&site.deploy, &open, err));
    if (plan.count == 0 && open.run_id == NULL)
        return outcome_result(&site, NULL, err);
    return carry_out(&site, options, &open, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct deploy_options, environment)},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct deploy_options, message, "message", 'm', "REASON",
                "shown to whoever waits for the lease")},
    {CLI_DURATION(struct deploy_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {CLI_FLAG(struct deploy_options, no_rollback, "no-rollback", 0,
              "after a failed switch touch nothing more, as `on_failure: hold` does")},
    {CLI_FLAG(struct deploy_options, again, "again", 0,
              "deploy this release although it was rolled back from")},
    {CLI_FLAG(struct deploy_options, anew, "anew", 0,
              "do not go on with a run that was cut off: plan anew")},
    {0},
};

const struct cli_command command_deploy = {
    .path = "deploy",
    .summary = "make an environment what it should be",
    .details =
        "Plans, takes the environment's lease, plans again under it, and applies. A new instance "
        "starts beside the old one and is checked before it takes a request; the old one finishes "
        "what it has. Running it again is safe: when nothing is to do it says so, and a run that "
        "was cut off is gone on with while it means the same. When a gate says no after the "
        "switch, the last good release gets the socket back (10; 11 when that fails, too), unless "
        "the environment holds (6). What was rolled back from is refused (6) until another build "
        "comes, or --again.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl deploy local", "the prover of this checkout, on this machine"},
                 {"teerexctl deploy prod --yes=prod", "without being asked"},
                 {"teerexctl deploy staging --wait 10m", "wait for another run to finish"}},
    .exits = {5, 6, 7, 10, 11, 12, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct deploy_options),
    .run = run,
};
