/* `teerexctl prune ENV`: removes releases that nobody needs from the hosts. */
#include "data/data.h"
#include "plan/plan.h"
#include "site.h"

struct prune_options {
    const char *environment;
    int64_t keep;
    int64_t wait_ms;
};

static bool show(struct site *site, const struct plan *plan, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    struct json_writer w = jw_make(&json, JSON_COMPACT);
    if (plan->count == 0)
        buf_addf(&text, "%s: nothing to remove\n", site->config.environment);
    jw_object_begin(&w);
    jw_member(&w, "environment", site->config.environment);
    jw_member_array(&w, "removed");
    for (size_t i = 0; i < plan->count; i++) {
        const char *digest = pairs_get(&plan->actions[i].params, "digest");
        buf_addf(&text, "removed release %.12s\n", digest);
        jw_cstr(&w, digest);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    TRY(jw_finish(&w, "the result", err));
    return app_result(site->app, buf_str(&text), buf_str(&json), err);
}

static bool carry_out(struct site *site, const struct prune_options *options, struct error *err)
{
    cleanup_deploy_report struct deploy_report report = {0};
    const struct deploy_run run = site_run(site, "prune", NULL, options->wait_ms);
    TRY(site_confirm(site, err));
    events_group(site->app->events, "Prune %s", options->environment);
    bool ok = deploy_run(&site->deploy, DEPLOY_PRUNE, &run, &report, err);
    events_group_end(site->app->events);
    return ok && show(site, &report.plan, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct prune_options *options = context;
    struct plan plan;
    cleanup_site struct site site = {0};
    TRY(site_open(app, options->environment, false, &site, err));
    site.deploy.policy.keep =
        options->keep != CLI_UNSET ? options->keep : site.config.env.retention.releases;
    TRY(deploy_plan_prune(&site.deploy, &plan, err));
    return plan.count == 0 ? show(&site, &plan, err) : carry_out(&site, options, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct prune_options, environment)},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_INT(struct prune_options, keep, "keep", 0, "N",
             "releases kept besides the live and the previous one (else retention.releases)"),
     .max = 1000},
    {CLI_DURATION(struct prune_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {0},
};

const struct cli_command command_prune = {
    .path = "prune",
    .summary = "remove releases that nobody needs",
    .details =
        "Kept are the live release, the good one before it, N more, and whatever a record of "
        "another environment names or an instance runs. What is removed can no longer be "
        "gone back to. `deploy` does this by itself at its end.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl prune local", "as retention.releases says"},
                 {"teerexctl prune local --keep 0", "all but the live and the previous one"}},
    .exits = {5, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct prune_options),
    .run = run,
};
