/* `teerexctl down ENV`: ends what runs. */
#include "outcome.h"

struct down_options {
    const char *environment;
    int64_t wait_ms;
};

static bool run(struct app *app, void *context, struct error *err)
{
    const struct down_options *options = context;
    struct plan plan;
    cleanup_deploy_report struct deploy_report report = {0};
    cleanup_site struct site site = {0};
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(deploy_plan_down(&site.deploy, &plan, err));
    if (plan.count == 0)
        return outcome_result(&site, NULL, err);
    TRY(site_confirm(&site, err));
    const struct deploy_run how = site_run(&site, "down", NULL, options->wait_ms);
    events_group(app->events, "Stop %s", options->environment);
    bool ok = deploy_run(&site.deploy, DEPLOY_DOWN, &how, &report, err);
    events_group_end(app->events);
    return ok && outcome_result(&site, &report, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct down_options, environment)},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_DURATION(struct down_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {0},
};

const struct cli_command command_down = {
    .path = "down",
    .summary = "stop what runs in an environment",
    .details = "Every service drains: it finishes what it has, then its supervisor ends. Releases, "
               "records and the ledger stay; `deploy` starts it again.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl down local", "stop the prover of this machine"},
                 {"teerexctl down prod --yes=prod", "without being asked"}},
    .exits = {5, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct down_options),
    .run = run,
};
