/* `teerexctl status ENV`: what runs, and who holds the lease. */
#include "site.h"

struct status_options {
    const char *environment;
};

static const struct cli_column COLUMNS[] = {
    {.title = "COMPONENT"}, {.title = "HOST"},   {.title = "STATE"},
    {.title = "VERSION"},   {.title = "DIGEST"}, {.title = "ADDRESS", .shrink = true},
    {.title = "SINCE"},
};

static const char *state_of(struct arena *arena, const struct deploy_status_host *host)
{
    if (strcmp(host->state, "active") == 0)
        return host->healthy ? "healthy" : "unhealthy";
    return arena_strdup(arena, str_of(host->state));
}

static const char *since_of(struct app *app, const struct deploy_status_host *host)
{
    char span[DURATION_TEXT_MAX];
    if (host->since_ms == 0)
        return NULL;
    duration_format(clock_now_ms(app->clock) - host->since_ms, span);
    return arena_printf(&app->arena, "%s ago", span);
}

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void add_row(struct app *app, const struct deploy_status_component *component,
                    const struct deploy_status_host *host, const char **cells)
{
    *cells++ = component->name;
    *cells++ = host->host;
    *cells++ = state_of(&app->arena, host);
    *cells++ = or_null(host->version);
    *cells++ = or_null(arena_printf(&app->arena, "%.12s", host->digest));
    *cells++ = or_null(host->address);
    *cells++ = since_of(app, host);
}

static void add_table(struct app *app, const struct deploy_status *status, struct buf *out)
{
    struct cli_table table = {.columns = COLUMNS, .column_count = ARRAY_LEN(COLUMNS)};
    size_t hosts = 0;
    for (size_t i = 0; i < status->component_count; i++)
        hosts += status->components[i].host_count;
    const char **cells = ARENA_ARRAY(&app->arena, const char *, hosts *ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < status->component_count; i++)
        for (size_t j = 0; j < status->components[i].host_count; j++)
            add_row(app, &status->components[i], &status->components[i].hosts[j],
                    &cells[table.row_count++ * ARRAY_LEN(COLUMNS)]);
    table.cells = cells;
    cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static void add_notes(const struct deploy_status *status, struct buf *out)
{
    for (size_t i = 0; i < status->component_count; i++) {
        const struct deploy_status_component *component = &status->components[i];
        for (size_t j = 0; j < component->host_count; j++)
            if (component->hosts[j].note[0] != '\0')
                buf_addf(out, "%s@%s: %s\n", component->name, component->hosts[j].host,
                         component->hosts[j].note);
    }
}

/* Where a rollback would go, and what will not be deployed again. */
static void add_back(const struct deploy_status *status, struct buf *out)
{
    for (size_t i = 0; i < status->component_count; i++) {
        const struct deploy_status_component *component = &status->components[i];
        if (component->previous_digest != NULL)
            buf_addf(out, "previous  %s %s (%.12s)\n", component->name, component->previous_version,
                     component->previous_digest);
        for (size_t j = 0; j < component->left_count; j++) {
            char time[TIME_TEXT_MAX];
            const struct deploy_former *left = &component->left[j];
            time_format_utc(left->time_ms, time);
            buf_addf(out, "refused   %s %s (%.12s), rolled back from at %s\n", left->component,
                     left->version, left->digest, time);
        }
    }
}

static void add_lease(const struct deploy_status *status, struct buf *out)
{
    const struct lease *lease = &status->lease;
    if (lease->held) {
        buf_adds(out, "lease     held by ");
        lease_describe(lease, out);
        buf_addc(out, '\n');
    } else if (lease->frozen) {
        buf_addf(out, "lease     frozen by %s: %s\n", lease->frozen_by, lease->frozen_reason);
    } else {
        buf_adds(out, "lease     free\n");
    }
}

static void add_run(const struct deploy_status *status, struct buf *out)
{
    char started[TIME_TEXT_MAX];
    const struct run *run = &status->last_run;
    if (run->id == NULL)
        return;
    time_format_utc(run->started_ms, started);
    buf_addf(out, "last run  %s, %s, %s\n", run->id, started,
             run->finished ? "finished" : "not finished");
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct status_options *options = context;
    struct deploy_status status;
    cleanup_site struct site site = {0};
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(deploy_status(&site.deploy, &status, err));
    add_table(app, &status, &text);
    add_notes(&status, &text);
    buf_addc(&text, '\n');
    add_back(&status, &text);
    add_lease(&status, &text);
    add_run(&status, &text);
    TRY(deploy_status_json(&status, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct status_options, environment)},
    {0},
};

const struct cli_command command_status = {
    .path = "status",
    .summary = "show what runs in an environment",
    .details = "Asks every instance what it is and whether it is healthy, and shows who holds the "
               "lease and how the last run ended. An instance that does not answer is a line, not "
               "an error.",
    .positionals = POSITIONALS,
    .examples = {{"teerexctl status local", "a table"},
                 {"teerexctl status prod --format json", "for programs"}},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct status_options),
    .run = run,
};
