/* `teerexctl upstream list | check`: the lines of upstream's versions, and whether there is one to
 * go to. */
#include "follow.h"

enum { PENDING = 2 };

struct upstream_options {
    struct cli_strings channels;
    bool explain;
    bool detailed;
};

/* The indexes of the channels named, or of all. */
static bool choose(const struct follow *follow, const struct cli_strings *names, size_t **ret,
                   size_t *ret_count, struct error *err)
{
    size_t count = names->count > 0 ? names->count : follow->setup.channel_count;
    size_t *chosen = ARENA_ARRAY(&follow->app->arena, size_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        chosen[i] = i;
        if (names->count > 0)
            TRY(upgrade_find_channel(&follow->setup, names->items[i], &chosen[i], err));
    }
    *ret = chosen;
    *ret_count = count;
    return true;
}

/* Parts of a workspace at different versions are told, not hidden. */
static void warn_of_others(const struct follow *follow, const struct manifest_use *anchor)
{
    for (size_t i = 0; i < follow->uses.count; i++) {
        const struct manifest_use *use = &follow->uses.items[i];
        if (str_eq(use->version, anchor->version))
            continue;
        events_message(follow->app->events,
                       &(struct event_message){
                           .level = EVENT_WARNING,
                           .file = follow->workspace.manifests[use->manifest].path,
                           .line = (int)use->at.line,
                           .col = (int)use->at.col,
                           .text = arena_printf(&follow->app->arena,
                                                "%" PRIstr " is at %" PRIstr ", not at %" PRIstr,
                                                STR_ARG(use->package), STR_ARG(use->version),
                                                STR_ARG(anchor->version)),
                       });
    }
}

/* --- check: what is shown ------------------------------------------------------------------ */

static const struct cli_column CHECK_COLUMNS[] = {
    {.title = "CHANNEL"}, {.title = "CURRENT", .shrink = true}, {.title = "LATEST", .shrink = true},
    {.title = "STATE"},   {.title = "REASON", .shrink = true},
};

static void write_table(struct app *app, const struct upgrade_verdict *verdicts, size_t count,
                        struct buf *out)
{
    const size_t width = ARRAY_LEN(CHECK_COLUMNS);
    const char **cells = ARENA_ARRAY(&app->arena, const char *, count *width + 1);
    for (size_t i = 0; i < count; i++) {
        const char **row = cells + i * width;
        row[0] = verdicts[i].channel;
        row[1] = verdicts[i].current;
        row[2] = verdicts[i].latest;
        row[3] = upgrade_state_name(verdicts[i].state);
        row[4] = verdicts[i].reason;
    }
    const struct cli_table table = {CHECK_COLUMNS, width, cells, count};
    cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static void write_missing(const struct upgrade_verdict *v, struct buf *out)
{
    for (size_t i = 0; i < v->missing.count; i++)
        buf_addf(out, "  %s@%s is not published\n", v->missing.items[i], v->latest);
}

static void write_steps(const struct upgrade_verdict *v, struct buf *out)
{
    buf_addf(out, "\n%s\n", v->channel);
    for (size_t i = 0; i < v->step_count; i++)
        buf_addf(out, "  - %s\n", v->steps[i]);
    write_missing(v, out);
}

static void write_text(struct app *app, const struct upgrade_verdict *verdicts, size_t count,
                       bool explain, struct buf *out)
{
    write_table(app, verdicts, count, out);
    for (size_t i = 0; i < count; i++) {
        if (explain)
            write_steps(&verdicts[i], out);
        else
            write_missing(&verdicts[i], out);
    }
}

static void write_verdict(const struct upgrade_verdict *v, struct json_writer *w)
{
    char published[TIME_TEXT_MAX];
    time_format_utc(v->published_ms, published);
    jw_object_begin(w);
    jw_member(w, "channel", v->channel);
    jw_member(w, "current", v->current);
    jw_member(w, "latest", v->latest);
    jw_member_bool(w, "needs_update", v->state == UPGRADE_AVAILABLE);
    follow_write_strings(w, "missing", &v->missing);
    jw_member(w, "published_at", v->has_published ? published : NULL);
    jw_member(w, "state", upgrade_state_name(v->state));
    jw_member(w, "reason", v->reason);
    jw_member_array(w, "steps");
    for (size_t i = 0; i < v->step_count; i++)
        jw_cstr(w, v->steps[i]);
    jw_array_end(w);
    jw_object_end(w);
}

static bool write_json(const struct upgrade_verdict *verdicts, size_t count, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_array(&w, "channels");
    for (size_t i = 0; i < count; i++)
        write_verdict(&verdicts[i], &w);
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "the verdicts", err);
}

/* For workflows: of one channel its words, of several what a matrix is made of. */
static bool set_outputs(struct app *app, const struct upgrade_verdict *verdicts, size_t count,
                        struct str json, struct error *err)
{
    size_t updates = 0;
    for (size_t i = 0; i < count; i++)
        updates += verdicts[i].state == UPGRADE_AVAILABLE;
    TRY(events_output(app->events, "needs_update", updates > 0 ? STR("true") : STR("false"), err));
    TRY(events_output(app->events, "upstream", json, err));
    if (count != 1)
        return true;
    TRY(events_output(app->events, "channel", str_of(verdicts[0].channel), err));
    TRY(events_output(app->events, "current", str_of(verdicts[0].current), err));
    return events_output(app->events, "latest", str_of(verdicts[0].latest), err);
}

/* A release that is published in part is nothing to act on: whoever asks hears that first. */
static bool conclude(struct app *app, const struct upgrade_verdict *verdicts, size_t count,
                     bool detailed, struct error *err)
{
    bool pending = false;
    for (size_t i = 0; i < count; i++) {
        const struct upgrade_verdict *v = &verdicts[i];
        pending = pending || v->state == UPGRADE_AVAILABLE;
        if (v->state == UPGRADE_INCOHERENT)
            return err_set(err, ERR_INCONCLUSIVE, "%s %s: %s%s is not published", v->channel,
                           v->latest, v->missing.items[0],
                           v->missing.count > 1 ? " (and others)" : "");
    }
    if (pending && detailed)
        app->exit_status = PENDING;
    return true;
}

static bool run_check(struct app *app, void *context, struct error *err)
{
    const struct upstream_options *options = context;
    size_t *channels, count;
    struct manifest_use anchor;
    struct upgrade_verdict *verdicts;
    cleanup_follow struct follow follow = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    TRY(follow_open(app, &follow, err));
    TRY(choose(&follow, &options->channels, &channels, &count, err));
    TRY(upgrade_current(&follow.setup, &follow.uses, &anchor, err));
    warn_of_others(&follow, &anchor);
    TRY(follow_registry(&follow, err));
    const struct upgrade_question question = {.setup = &follow.setup,
                                              .npm = &follow.npm,
                                              .uses = &follow.uses,
                                              .channels = channels,
                                              .channel_count = count,
                                              .moving = options->channels.count > 0,
                                              .now_ms = clock_now_ms(app->clock),
                                              .arena = &app->arena};
    TRY(upgrade_check(&question, &verdicts, err));
    write_text(app, verdicts, count, options->explain, &text);
    TRY(write_json(verdicts, count, &json, err));
    TRY(set_outputs(app, verdicts, count, buf_str(&json), err));
    TRY(app_result(app, buf_str(&text), buf_str(&json), err));
    return conclude(app, verdicts, count, options->detailed, err);
}

static const struct cli_option CHECK_OPTIONS[] = {
    {CLI_STRINGS(struct upstream_options, channels, "channel", 'c', "NAME",
                 "this one; may be repeated; all when not given")},
    {CLI_FLAG(struct upstream_options, explain, "explain", 0, "say how it came to this")},
    {CLI_FLAG(struct upstream_options, detailed, "detailed-exitcode", 0,
              "exit with 2 when there is an update")},
    {0},
};

const struct cli_command command_upstream_check = {
    .path = "upstream check",
    .summary = "ask whether upstream has a newer version",
    .details =
        "The current version is that of the anchor package in package.json; the newest is the one "
        "that the channel's dist-tag names, or, when there is no such tag, the newest of the "
        "channel's pattern. It is an update when it is newer by the order of the channel, old "
        "enough (cooldown), and every package in use exists at it; those that do not are named, "
        "and the status is 7.\n\n"
        "Registry and credentials are those of npm's own configuration. Without a teerex.yaml the "
        "channels are stable, rc, nightly and devnet of @aztec/.",
    .options = CHECK_OPTIONS,
    .examples = {{"teerexctl upstream check", "all channels"},
                 {"teerexctl upstream check --channel nightly --explain", "one, step by step"},
                 {"teerexctl upstream check --channel rc --detailed-exitcode",
                  "2 when there is an update"}},
    .exits = {2, 4, 7, 75},
    .context_size = sizeof(struct upstream_options),
    .run = run_check,
};

/* --- list ---------------------------------------------------------------------------------- */

static const struct cli_column LIST_COLUMNS[] = {
    {.title = "DIST-TAG"}, {.title = "VERSION", .shrink = true}, {.title = "CHANNEL"}};

static const char *channel_name(const struct follow *follow, struct str version)
{
    const struct upgrade_channel *channel = upgrade_channel_of(&follow->setup, version);
    return channel != NULL ? channel->line.name : NULL;
}

static void list_text(const struct follow *follow, const struct npm_pairs *tags, struct buf *out)
{
    struct app *app = follow->app;
    const size_t width = ARRAY_LEN(LIST_COLUMNS);
    const char **cells = ARENA_ARRAY(&app->arena, const char *, tags->count *width + 1);
    for (size_t i = 0; i < tags->count; i++) {
        cells[i * width] = arena_strdup(&app->arena, tags->items[i].key);
        cells[i * width + 1] = arena_strdup(&app->arena, tags->items[i].value);
        cells[i * width + 2] = channel_name(follow, tags->items[i].value);
    }
    const struct cli_table table = {LIST_COLUMNS, width, cells, tags->count};
    cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static bool list_json(const struct follow *follow, const char *package,
                      const struct npm_pairs *tags, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "package", package);
    jw_member_array(&w, "tags");
    for (size_t i = 0; i < tags->count; i++) {
        jw_object_begin(&w);
        jw_member_str(&w, "tag", tags->items[i].key);
        jw_member_str(&w, "version", tags->items[i].value);
        jw_member(&w, "channel", channel_name(follow, tags->items[i].value));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "the dist-tags", err);
}

static bool run_list(struct app *app, void *context unused_arg, struct error *err)
{
    struct manifest_use anchor;
    cleanup_follow struct follow follow = {0};
    cleanup_npm_packument struct npm_packument packument = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    TRY(follow_open(app, &follow, err));
    TRY(upgrade_current(&follow.setup, &follow.uses, &anchor, err));
    TRY(follow_registry(&follow, err));
    const struct npm_question question = {arena_strdup(&app->arena, anchor.package), NPM_TAGS};
    TRY(npm_ask_one(&follow.npm, &question, &packument, err));
    list_text(&follow, &packument.tags, &text);
    TRY(list_json(&follow, question.package, &packument.tags, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

const struct cli_command command_upstream_list = {
    .path = "upstream list",
    .summary = "show upstream's dist-tags and their channels",
    .details = "Asks the registry for the dist-tags of the anchor package. A version of a shape "
               "that no channel has belongs to none, and is shown with a dash.",
    .examples = {{"teerexctl upstream list", "what upstream points at now"},
                 {"teerexctl upstream list --format json", "for programs"}},
    .exits = {4, 75},
    .run = run_list,
};
