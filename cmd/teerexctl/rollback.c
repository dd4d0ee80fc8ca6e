/* `teerexctl rollback ENV`: back to a release that was good; or a list of them. */
#include "data/data.h"
#include "outcome.h"

struct rollback_options {
    const char *environment;
    const char *to;
    const char *message;
    int64_t wait_ms;
    bool list;
};

/* ---- the list ----------------------------------------------------------------------------- */

static const struct cli_column COLUMNS[] = {
    {.title = "COMPONENT"}, {.title = "HOST"},     {.title = "VERSION", .shrink = true},
    {.title = "DIGEST"},    {.title = "DEPLOYED"}, {.title = "STAGED"},
    {.title = "NOTE"},
};

static const char *note_of(const struct deploy_former *former)
{
    if (!former->restorable)
        return "of an older format: cannot be started again";
    if (former->left)
        return "rolled back from";
    return former->last_good ? "last good" : NULL;
}

static const char *time_of(struct arena *arena, const struct deploy_former *former)
{
    char time[TIME_TEXT_MAX];
    if (former->time_ms == 0)
        return NULL;
    time_format_utc(former->time_ms, time);
    return arena_strdup(arena, str_of(time));
}

static void add_table(struct app *app, const struct deploy_formers *list, struct buf *out)
{
    size_t width = ARRAY_LEN(COLUMNS);
    const char **cells = ARENA_ARRAY(&app->arena, const char *, list->count *width + 1);
    struct cli_table table = {
        .columns = COLUMNS, .column_count = width, .cells = cells, .row_count = list->count};
    for (size_t i = 0; i < list->count; i++) {
        const struct deploy_former *former = &list->items[i];
        const char *row[] = {
            former->component,
            former->host,
            former->version,
            arena_printf(&app->arena, "%.12s", former->digest),
            time_of(&app->arena, former),
            former->staged ? "yes" : "no",
            note_of(former),
        };
        memcpy(cells + i * width, row, sizeof(row));
    }
    cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static bool write_list(struct app *app, const struct deploy_formers *list, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_array_begin(&w);
    for (size_t i = 0; i < list->count; i++) {
        const struct deploy_former *former = &list->items[i];
        jw_object_begin(&w);
        jw_member(&w, "component", former->component);
        jw_member(&w, "host", former->host);
        jw_member(&w, "version", former->version);
        jw_member(&w, "digest", former->digest);
        jw_member(&w, "deployed", time_of(&app->arena, former));
        jw_member(&w, "run", former->run);
        jw_member_bool(&w, "staged", former->staged);
        jw_member_bool(&w, "last_good", former->last_good);
        jw_member_bool(&w, "rolled_back", former->left);
        jw_member_bool(&w, "restorable", former->restorable);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    return jw_finish(&w, "the list", err);
}

static bool show_list(struct site *site, struct error *err)
{
    struct deploy_formers list;
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    TRY(deploy_formers(&site->deploy, &list, err));
    if (list.count > 0)
        add_table(site->app, &list, &text);
    else
        buf_addf(&text, "%s: nothing to go back to\n", site->config.environment);
    TRY(write_list(site->app, &list, &json, err));
    return app_result(site->app, buf_str(&text), buf_str(&json), err);
}

/* ---- going back --------------------------------------------------------------------------- */

static bool carry_out(struct site *site, const struct rollback_options *options, struct error *err)
{
    cleanup_deploy_report struct deploy_report report = {0};
    const struct deploy_run run = site_run(site, "rollback", options->message, options->wait_ms);
    TRY(site_confirm(site, err));
    events_group(site->app->events, "Roll back %s", options->environment);
    bool ok = deploy_run(&site->deploy, DEPLOY_BACK, &run, &report, err);
    events_group_end(site->app->events);
    return ok && outcome_result(site, &report, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct rollback_options *options = context;
    struct plan plan;
    cleanup_site struct site site = {0};
    TRY(site_open(app, options->environment, false, &site, err));
    site.deploy.policy.to = options->to;
    if (options->list)
        return show_list(&site, err);
    /* What is missing is said before anything is touched, the lease included. */
    if (!deploy_plan_back(&site.deploy, &plan, err)) {
        app->hint = arena_printf(&app->arena, "see what there is: %s rollback %s --list",
                                 site.deploy.self, options->environment);
        return false;
    }
    if (plan.count == 0)
        return outcome_result(&site, NULL, err);
    return carry_out(&site, options, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct rollback_options, environment)},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(
        struct rollback_options, to, "to", 0, "RELEASE",
        "a digest (its first digits will do), a version, or a tag; else the last good one")},
    {CLI_FLAG(struct rollback_options, list, "list", 0, "show what can be gone back to")},
    {CLI_STRING(struct rollback_options, message, "message", 'm', "REASON",
                "shown to whoever waits for the lease")},
    {CLI_DURATION(struct rollback_options, wait_ms, "wait", 0,
                  "how long to wait for the lease (a minute on a terminal, else 0)")},
    {0},
};

const struct cli_command command_rollback = {
    .path = "rollback",
    .summary = "go back to a release that was good",
    .details =
        "Starts an earlier release with the settings it had then, beside what runs now, checks it, "
        "hands over the socket, and asks the gates. That everything it needs still exists is "
        "checked before anything is touched. What is rolled back from is remembered: `deploy` "
        "refuses it until another build comes, or --again.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl rollback local", "the last release that was good"},
                 {"teerexctl rollback local --list", "what there is, and whether it is staged"},
                 {"teerexctl rollback prod --to v1.4.2 --yes=prod", "that one"}},
    .exits = {5, 6, 7, 12, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES | CLI_STREAMS,
    .context_size = sizeof(struct rollback_options),
    .run = run,
};
