/* `teerexctl changelog`: what to say about the commits of a range. */
#include "changelog/changelog.h"
#include "configuration.h"
#include "data/data.h"
#include "fs/fs.h"
#include "git/git.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHANGELOG_MAX = BUF_BODY, DATE_LEN = 10, DEFAULT_MODE = 0644 };

struct changelog_options {
    const char *range, *package, *prepend, *version;
    bool history;
};

/* The ends of what is told; `from` empty: since the beginning. */
struct range {
    char from[GIT_SHA_MAX], to[GIT_SHA_MAX];
};

/* --- The range ----------------------------------------------------------------------------- */

/* "A..B", "A.." and "A": from A, exclusive, to B or HEAD. */
static bool read_range(struct app *app, const char *dir, const char *text, struct range *ret,
                       struct error *err)
{
    struct str all = str_of(text);
    size_t dots = str_find(all, STR(".."));
    const char *from = arena_strdup(&app->arena, str_sub(all, 0, dots));
    const char *to =
        arena_strdup(&app->arena, dots == SIZE_MAX ? STR_EMPTY : str_sub(all, dots + 2, SIZE_MAX));
    if (from[0] == '\0' || to[0] == '.')
        return err_set(err, ERR_USAGE, "a range is FROM..TO, not '%s'", text);
    TRY(git_resolve(dir, from, ret->from, err));
    return git_resolve(dir, to[0] != '\0' ? to : "HEAD", ret->to, err);
}

/* Since the newest tag, or since the beginning. A cut history is no beginning. */
static bool default_range(const char *dir, bool history, struct range *ret, struct error *err)
{
    cleanup_free char *tag = NULL, *full = NULL;
    bool shallow = false;
    TRY(git_resolve(dir, "HEAD", ret->to, err));
    if (!history && git_last_tag(dir, ret->to, &tag, err)) {
        full = xasprintf("refs/tags/%s", tag);
        return git_resolve(dir, full, ret->from, err);
    }
    TRY(history || err->kind == ERR_NOT_FOUND);
    TRY(git_is_shallow(dir, &shallow, err));
    return !shallow || err_set(err, ERR_NOT_FOUND,
                               "this clone is shallow, so where the range begins cannot be known: "
                               "check out with fetch-depth: 0, or name a range");
}

static bool package_path(const struct config *config, const char *name, const char **ret,
                         struct error *err)
{
    for (size_t i = 0; i < config->packages.count; i++) {
        const struct config_package *package = &config->packages.items[i];
        if (strcmp(package->name, name) == 0) {
            *ret = package->path;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "teerex.yaml names no package '%s'", name);
}

/* --- Releases ------------------------------------------------------------------------------ */

static const char *date_of(struct arena *arena, int64_t time_ms)
{
    char text[TIME_TEXT_MAX];
    time_format_utc(time_ms, text);
    return arena_printf(arena, "%.*s", DATE_LEN, text);
}

static const char *repository_url(struct app *app, const struct config *config)
{
    const char *server = getenv("GITHUB_SERVER_URL");
    if (config->project.repository == NULL)
        return NULL;
    return arena_printf(&app->arena, "%s/%s",
                        server != NULL && server[0] != '\0' ? server : "https://github.com",
                        config->project.repository);
}

/* The first commit after `at` that is a tagged version, or the end. */
static size_t release_end(const struct git_log *log, size_t at)
{
    size_t end = at + 1;
    while (end < log->count && changelog_version_of(log->items[end].tags).len == 0)
        end++;
    return end;
}

/* The whole history: a section for each tagged version, and one for what came after. */
static bool render_history(struct app *app, const struct git_log *log,
                           struct changelog_release release, struct buf *out, struct error *err)
{
    for (size_t at = 0; at < log->count;) {
        struct str version = changelog_version_of(log->items[at].tags);
        size_t end = release_end(log, at);
        release.commits = &log->items[at];
        release.count = end - at;
        if (version.len > 0) {
            release.version = arena_strdup(&app->arena, version);
            release.date = date_of(&app->arena, log->items[at].time_ms);
        }
        if (at > 0)
            buf_addc(out, '\n');
        TRY(changelog_render(&release, out, err));
        at = end;
    }
    return true;
}

static bool render(struct app *app, const struct changelog_options *options,
                   const struct config *config, const struct git_log *log, struct buf *out,
                   struct error *err)
{
    struct changelog_release release = {.version = options->version,
                                        .url = repository_url(app, config),
                                        .commits = log->items,
                                        .count = log->count};
    if (options->version != NULL)
        release.date = date_of(&app->arena, clock_now_ms(app->clock));
    if (options->history && log->count > 0)
        return render_history(app, log, release, out, err);
    return changelog_render(&release, out, err);
}

/* --- The file ------------------------------------------------------------------------------ */

static bool prepend(struct app *app, const struct changelog_options *options, struct str section,
                    struct error *err)
{
    struct fs_info info;
    cleanup_buf struct buf old = buf_make(CHANGELOG_MAX), text = buf_make(CHANGELOG_MAX);
    TRY(fs_info(options->prepend, &info, err));
    if (info.kind != FS_NONE)
        TRY(fs_read(options->prepend, &old, err));
    changelog_prepend(buf_str(&old), section, options->version, &text);
    TRY(buf_check(&text, "the changelog", err));
    if (str_eq(buf_str(&old), buf_str(&text))) {
        events_note(app->events, "%s says so already", options->prepend);
        return true;
    }
    return fs_write(app->cap, options->prepend, buf_str(&text),
                    info.kind == FS_NONE ? DEFAULT_MODE : info.mode & 07777, err);
}

static bool show(struct app *app, const struct changelog_options *options,
                 const struct range *range, const struct git_log *log, struct str text,
                 struct error *err)
{
    cleanup_buf struct buf json = buf_make(BUF_BODY);
    struct json_writer w = jw_make(&json, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "version", options->version);
    jw_member(&w, "from", range->from[0] != '\0' ? range->from : NULL);
    jw_member(&w, "to", range->to);
    jw_member_uint(&w, "commits", log->count);
    jw_member(&w, "file", options->prepend);
    jw_member_str(&w, "text", text);
    jw_object_end(&w);
    TRY(jw_finish(&w, "the changelog", err));
    return app_result(app, options->prepend != NULL ? STR_EMPTY : text, buf_str(&json), err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct changelog_options *options = context;
    cleanup_config struct config config = {0};
    cleanup_git_log struct git_log log = {0};
    cleanup_buf struct buf text = buf_make(CHANGELOG_MAX);
    struct range range = {0};
    struct git_log_query query = {.to = range.to};
    if (options->history && options->prepend != NULL)
        return err_set(err, ERR_USAGE, "--prepend takes one release, not the whole --history");
    TRY(app_config(app, NULL, NULL, &config, err));
    if (options->package != NULL)
        TRY(package_path(&config, options->package, &query.path, err));
    TRY(options->range != NULL ? read_range(app, config.project_dir, options->range, &range, err)
                               : default_range(config.project_dir, options->history, &range, err));
    query.from = range.from[0] != '\0' ? range.from : NULL;
    TRY(git_log(config.project_dir, &query, &log, err));
    TRY(render(app, options, &config, &log, &text, err));
    if (options->prepend != NULL)
        TRY(prepend(app, options, buf_str(&text), err));
    return show(app, options, &range, &log, buf_str(&text), err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct changelog_options, range, "RANGE",
                  "FROM..TO; since the newest tag when not given"),
     .optional = true},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct changelog_options, package, "package", 'p', "NAME",
                "only commits that touch this package's path")},
    {CLI_STRING(struct changelog_options, prepend, "prepend", 0, "FILE",
                "put it into this changelog, before the other releases"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_STRING(struct changelog_options, version, "release", 'r', "VERSION",
                "the version it is about, of today; Unreleased when not given")},
    {CLI_FLAG(struct changelog_options, history, "history", 0,
              "the whole history, a section for each tagged version")},
    {0},
};

const struct cli_command command_changelog = {
    .path = "changelog",
    .summary = "write what is new from the commits",
    .details =
        "Reads commits as conventional commits and writes them as keepachangelog.com has it: "
        "feat is Added, fix is Fixed, perf is Changed, and so on; what breaks comes first; what "
        "only concerns the makers is left out. A commit that a later one reverts is left out with "
        "it. A squashed pull request whose own title has no type is told by the list in its "
        "body.\n\n"
        "--prepend leaves every other byte of the file alone, and doing it again replaces the "
        "section instead of adding one.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl changelog", "since the newest tag"},
                 {"teerexctl changelog v1.2.0..v1.3.0", "a range"},
                 {"teerexctl changelog -r 1.4.0 --prepend CHANGELOG.md", "before a release"},
                 {"teerexctl changelog --package @teerex/sdk", "one package"}},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES,
    .context_size = sizeof(struct changelog_options),
    .run = run,
};
