/* `teerexctl bump upstream`: every file that names upstream's version names another one. */
#include "follow.h"

struct bump_options {
    const char *version;
    bool no_lockfile;
    bool offline;
};

/* Before anything is touched: a version that exists in part breaks the next install. */
static bool check_exists(struct follow *follow, const char *version, struct error *err)
{
    config_strings missing = {0};
    TRY(upgrade_missing(&follow->npm, &follow->uses, str_of(version), &follow->app->arena, &missing,
                        err));
    for (size_t i = 0; i < missing.count; i++)
        events_warn(follow->app->events, "%s@%s is not published", missing.items[i], version);
    if (missing.count == 0)
        return true;
    return err_set(err, ERR_INCONCLUSIVE, "%s is not published of %s%s", version, missing.items[0],
                   missing.count > 1 ? " and others" : "");
}

static void write_text(const struct upgrade_bumped *bumped, const char *version, struct buf *out)
{
    if (bumped->files.count == 0)
        buf_addf(out, "Nothing to do: %s is in use.\n", version);
    else
        buf_addf(out, "%s -> %s\n", bumped->from ? bumped->from : "-", version);
    for (size_t i = 0; i < bumped->files.count; i++)
        buf_addf(out, "  %s\n", bumped->files.items[i]);
}

static bool write_json(const struct upgrade_bumped *bumped, const char *version, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "from", bumped->from);
    jw_member(&w, "to", version);
    follow_write_strings(&w, "files", &bumped->files);
    follow_write_strings(&w, "kept", &bumped->kept);
    jw_object_end(&w);
    return jw_finish(&w, "the bump", err);
}

static bool run_upstream(struct app *app, void *context, struct error *err)
{
    const struct bump_options *options = context;
    struct semver unused;
    struct upgrade_bumped bumped;
    cleanup_follow struct follow follow = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    if (!semver_parse(str_of(options->version), &unused))
        return err_set(err, ERR_USAGE, "'%s' is no version", options->version);
    TRY(follow_open(app, &follow, err));
    /* Neither we nor the package manager will ask anybody: then nobody has to be configured. */
    if (!options->offline || !options->no_lockfile)
        TRY(follow_registry(&follow, err));
    if (!options->offline)
        TRY(check_exists(&follow, options->version, err));
    const struct upgrade_bump bump = {.setup = &follow.setup,
                                      .workspace = &follow.workspace,
                                      .uses = &follow.uses,
                                      .version = options->version,
                                      .no_lockfile = options->no_lockfile,
                                      .offline = options->offline,
                                      .npm_env = follow.settings.variables,
                                      .cap = app->cap,
                                      .events = app->events,
                                      .arena = &app->arena};
    TRY(upgrade_bump(&bump, &bumped, err));
    for (size_t i = 0; i < bumped.kept.count; i++)
        events_warn(app->events, "%s is of another line and stays", bumped.kept.items[i]);
    write_text(&bumped, options->version, &text);
    TRY(write_json(&bumped, options->version, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option UPSTREAM_POSITIONALS[] = {
    {CLI_ARGUMENT(struct bump_options, version, "VERSION", "upstream's version to go to")},
    {0},
};

static const struct cli_option UPSTREAM_OPTIONS[] = {
    {CLI_FLAG(struct bump_options, no_lockfile, "no-lockfile", 0, "leave the lockfile as it is")},
    {CLI_FLAG(struct bump_options, offline, "offline", 0, "do not ask the registry")},
    {0},
};

const struct cli_command command_bump_upstream = {
    .path = "bump upstream",
    .summary = "put a version of upstream into all files",
    .details =
        "Changes every package.json of the workspace, in all sections of dependencies, and the "
        "files of upstream.files; only the bytes of versions differ. Then npm, Bun, pnpm or yarn, "
        "whose lockfile is there, brings it up to date. Everything, or nothing: whatever fails, "
        "the old contents are back.\n\n"
        "Versions that the channel of VERSION does not take (`from` in teerex.yaml) stay, and are "
        "named. Unless --offline, every package in use must exist at VERSION; if one does not, "
        "the status is 7.",
    .positionals = UPSTREAM_POSITIONALS,
    .options = UPSTREAM_OPTIONS,
    .examples = {{"teerexctl bump upstream 5.0.0-rc.2", "package.json files and lockfile"},
                 {"teerexctl bump upstream 5.0.0 --no-lockfile --offline",
                  "without asking anybody"}},
    .exits = {4, 7, 75},
    .flags = CLI_MUTATES,
    .context_size = sizeof(struct bump_options),
    .run = run_upstream,
};
