/* `teerexctl apply FILE`: carries out a saved plan, if the world is still as it was. */
#include "fs/fs.h"
#include "outcome.h"
#include "plan/plan.h"

struct apply_options {
    const char *file;
    int64_t wait_ms;
    bool no_rollback;
};

static bool read_plan(struct app *app, const char *file, struct plan *ret, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT);
    TRY(fs_read(file, &text, err));
    return plan_parse(buf_str(&text), file, &app->arena, ret, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct apply_options *options = context;
    struct plan plan;
    cleanup_deploy_report struct deploy_report report = {0};
    cleanup_site struct site site = {0};
    TRY(read_plan(app, options->file, &plan, err));
    TRY(site_open(app, plan.environment, true, &site, err));
    site.deploy.policy.hold = options->no_rollback;
    if (plan.count == 0)
        return outcome_result(&site, NULL, err);
    TRY(site_confirm(&site, err));
    const struct deploy_run how = site_run(&site, "apply", NULL, options->wait_ms);
    events_group(app->events, "Apply %s to %s", options->file, plan.environment);
    bool ok = deploy_apply(&site.deploy, &plan, &how, &report, err);
    events_group_end(app->events);
    if (!ok && err->kind == ERR_STALE)
        app->hint = "make a new plan: teerexctl plan ENV --out FILE";
    return ok && outcome_result(&site, &report, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct apply_options, file, "FILE", "a plan saved by `plan --out`"),
     .complete = CLI_COMPLETE_FILE},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_DURATION(struct apply_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {CLI_FLAG(struct apply_options, no_rollback, "no-rollback", 0,
              "after a failed switch touch nothing more, as `on_failure: hold` does")},
    {0},
};

const struct cli_command command_apply = {
    .path = "apply",
    .summary = "carry out a saved plan",
    .details = "Exactly the actions of the file, and only while the environment is as it was when "
               "the plan was made: otherwise nothing more is done and the exit status is 12.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl apply prod.plan", "after somebody approved it"},
                 {"teerexctl apply prod.plan --yes=prod", "without being asked"}},
    .exits = {5, 6, 7, 9, 10, 11, 12, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct apply_options),
    .run = run,
};
