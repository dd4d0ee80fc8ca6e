/* `teerexctl plan ENV`: what a deployment would do. */
#include "plan/plan.h"

#include "fs/fs.h"
#include "site.h"

enum { PENDING = 2, PLAN_MODE = 0644 };

struct plan_options {
    const char *environment;
    const char *out;
    bool detailed;
};

/* The one thing that planning writes: the file that the caller named. */
static bool save(struct site *site, const struct plan *plan, const char *path, struct error *err)
{
    const struct cap own = cap_apply(NULL, NULL);
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT);
    TRY(plan_write(plan, &text, err));
    TRY(fs_write(&own, path, buf_str(&text), PLAN_MODE, err));
    events_note(site->app->events, "saved the plan to %s: apply it with `%s apply %s`", path,
                site->deploy.self, path);
    return true;
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct plan_options *options = context;
    struct plan plan;
    cleanup_site struct site site = {0};
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(deploy_plan(&site.deploy, &plan, err));
    plan_render(&plan, &text);
    TRY(plan_write_result(&plan, &json, err));
    if (options->out != NULL)
        TRY(save(&site, &plan, options->out, err));
    if (options->detailed && plan.count > 0)
        app->exit_status = PENDING;
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct plan_options, environment)},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct plan_options, out, "out", 'o', "FILE", "save the plan, for `apply`"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_FLAG(struct plan_options, detailed, "detailed-exitcode", 0,
              "exit with 2 when there is something to do")},
    {0},
};

const struct cli_command command_plan = {
    .path = "plan",
    .summary = "show what a deployment would do",
    .details = "Looks at the environment and compares it with its configuration. Nothing is "
               "changed and no lease is taken; reading is all it needs.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl plan local", "what `deploy local` would do"},
                 {"teerexctl plan prod --out prod.plan", "save it, to be approved and applied"},
                 {"teerexctl plan prod --detailed-exitcode", "2 when there are changes"}},
    .exits = {2, 12},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct plan_options),
    .run = run,
};
