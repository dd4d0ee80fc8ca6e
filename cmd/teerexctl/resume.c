/* `teerexctl resume [RUN]`: goes on with a run that was cut off. */
#include "fs/fs.h"
#include "outcome.h"

struct resume_options {
    const char *run;
    const char *environment;
    int64_t wait_ms;
};

/* The project that the caller names; else the one that the run was started from. */
static bool find_project(struct app *app, const struct deploy_open *open, struct error *err)
{
    struct fs_info info;
    if (app->globals->project != NULL || getenv("TEEREX_PROJECT") != NULL)
        return app_find_project(app, &app->project, err);
    app->project = open->origin.project;
    TRY(fs_info(app->project, &info, err));
    if (info.kind == FS_DIR)
        return true;
    app->hint = "say where the project is now: --project DIR";
    return err_set(err, ERR_NOT_FOUND, "run %s was started from %s, which is gone", open->run_id,
                   app->project);
}

static bool nothing(struct app *app, const struct deploy_open *open, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE), json = buf_make(BUF_LINE);
    if (open->run_id != NULL)
        buf_addf(&text, "run %s has finished: nothing to resume\n", open->run_id);
    else
        buf_adds(&text, "no run was cut off: nothing to resume\n");
    buf_adds(&json, "{\"changed\":false,\"run\":");
    if (open->run_id != NULL)
        text_add_json(&json, str_of(open->run_id));
    else
        buf_adds(&json, "null");
    buf_addc(&json, '}');
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static bool needs_secrets(const struct deploy_open *open)
{
    return strcmp(open->origin.verb, "down") != 0 && strcmp(open->origin.verb, "prune") != 0;
}

static bool go_on(struct app *app, const struct resume_options *options,
                  const struct deploy_open *open, struct error *err)
{
    cleanup_site struct site site = {0};
    cleanup_deploy_report struct deploy_report report = {0};
    TRY(site_open(app, open->environment, needs_secrets(open), &site, err));
    snprintf(site.run_id, sizeof(site.run_id), "%s", open->run_id);
    TRY(site_confirm(&site, err));
    const struct deploy_run how = site_run(&site, open->origin.verb, "resume", options->wait_ms);
    events_group(app->events, "Resume run %s of %s", open->run_id, open->environment);
    bool ok = deploy_resume(&site.deploy, &how, &report, err);
    events_group_end(app->events);
    if (!ok && err->kind == ERR_STALE)
        app->hint = arena_printf(&app->arena, "plan anew: %s deploy %s", site.deploy.self,
                                 open->environment);
    return ok && outcome_result(&site, &report, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct resume_options *options = context;
    struct deploy_open open;
    struct deploy_run_query query = {.run_id = options->run, .environment = options->environment};
    TRY(site_store_path(app, options->environment, &query.store_path, err));
    TRY(deploy_find_run(&query, &app->arena, &open, err));
    if (open.run_id == NULL || open.finished)
        return nothing(app, &open, err);
    TRY(find_project(app, &open, err));
    return go_on(app, options, &open, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct resume_options, run, "RUN",
                  "the run; without it the newest that was cut off"),
     .optional = true},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct resume_options, environment, "env", 'e', "ENV",
                "of this environment only; needed when several have an open run"),
     .complete = CLI_COMPLETE_ENV},
    {CLI_DURATION(struct resume_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {0},
};

const struct cli_command command_resume = {
    .path = "resume",
    .summary = "go on with a run that was cut off",
    .details =
        "From any directory: the journal knows the project and the plan. What is done is skipped; "
        "what had begun is looked at first and never blindly repeated. When configuration or files "
        "have changed since, nothing is touched and the exit status is 12: deploy plans anew.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl resume", "the run that was cut off"},
                 {"teerexctl resume --env prod --yes=prod", "without being asked"},
                 {"teerexctl resume 20260203T040506Z-3f2a9c", "this one"}},
    .exits = {5, 6, 7, 10, 11, 12, 75},
    .flags = CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct resume_options),
    .run = run,
};
