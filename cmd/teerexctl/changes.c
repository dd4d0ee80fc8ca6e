/* `teerexctl changes`: which parts of the project changed, since when. */
#include "changes.h"
#include "configuration.h"
#include "deploy/deploy.h"
#include "fs/fs.h"

#include <stdlib.h>

enum { EVENT_MAX = 32 * 1024 * 1024 };

struct changes_options {
    const char *base, *head, *environment, *target;
    bool all, explain;
};

/* Where a change means that everything may come out differently: what makes and deploys it. They
 * stand before the patterns of each component, so these can take them out again. */
static const char *const SHIPPED[] = {
    "/teerex.yaml", "/envs/", "/pipelines/", "/.github/workflows/", "/.github/actions/",
};

/* --- Filters ------------------------------------------------------------------------------- */

/* Without paths a component is made of everything. */
static struct changes_filter component_filter(struct arena *arena,
                                              const struct config_component *component)
{
    size_t own = component->paths.count, shipped = ARRAY_LEN(SHIPPED);
    const char **patterns = ARENA_ARRAY(arena, const char *, shipped + own + 1);
    for (size_t i = 0; i < shipped; i++)
        patterns[i] = SHIPPED[i];
    for (size_t i = 0; i < own; i++)
        patterns[shipped + i] = component->paths.items[i];
    if (own == 0)
        patterns[shipped + own++] = "**";
    return (struct changes_filter){
        .name = component->name, .patterns = patterns, .count = shipped + own, .shipped = shipped};
}

static unsigned kinds_of(const config_strings *on)
{
    static const char *const names[] = {"added", "modified", "deleted", "renamed"};
    unsigned kinds = 0;
    for (size_t i = 0; i < on->count; i++) {
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            kinds |= strcmp(on->items[i], names[k]) == 0 ? 1U << k : 0;
    }
    return kinds;
}

static bool is_filter(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->filters.count; i++) {
        if (strcmp(config->filters.items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Filters as written, then the components; a filter of a component's name stands for it. */
static bool make_filters(struct change_report *r, const struct config *config, struct error *err)
{
    struct arena *arena = &r->app->arena;
    size_t max = config->filters.count + config->components.count, count = 0;
    struct changes_filter *filters = ARENA_ARRAY(arena, struct changes_filter, max + 1);
    for (size_t i = 0; i < config->filters.count; i++) {
        const struct config_filter *f = &config->filters.items[i];
        filters[count] = (struct changes_filter){.name = f->name,
                                                 .patterns = f->paths.items,
                                                 .count = f->paths.count,
                                                 .kinds = kinds_of(&f->on)};
        count++;
    }
    for (size_t i = 0; i < config->components.count; i++) {
        if (!is_filter(config, config->components.items[i].name))
            filters[count++] = component_filter(arena, &config->components.items[i]);
    }
    r->filters = filters;
    r->filter_count = count;
    if (count == 0)
        return err_set(err, ERR_CONFIG, "teerex.yaml has no filters and no components");
    return changes_compile(filters, count, &r->compiled, err);
}

/* --- Base ---------------------------------------------------------------------------------- */

static bool read_event(struct app *app, struct changes_event *ret, struct error *err)
{
    const char *name = getenv("GITHUB_EVENT_NAME"), *path = getenv("GITHUB_EVENT_PATH");
    cleanup_buf struct buf text = buf_make(EVENT_MAX);
    if (name == NULL || path == NULL || name[0] == '\0' || path[0] == '\0')
        return true;
    TRY(fs_read(path, &text, err));
    return changes_event_parse(name, buf_str(&text), &app->arena, ret, err) ||
           err_wrap(err, "GITHUB_EVENT_PATH");
}

/* The branch that a workflow or --target names. */
static const char *target_branch(const struct changes_options *options)
{
    const char *named = options->target != NULL ? options->target : getenv("GITHUB_BASE_REF");
    return named != NULL && named[0] != '\0' ? named : NULL;
}

static bool find_base(struct change_report *r, const struct changes_options *options,
                      const struct config *config, struct error *err)
{
    struct app *app = r->app;
    cleanup_store struct store *store = NULL;
    struct changes_question q = {.dir = config->project_dir,
                                 .head = r->head,
                                 .base = options->base,
                                 .environment = options->environment,
                                 .target = target_branch(options)};
    if (options->environment != NULL) {
        const char *path;
        struct deploy deploy = {.config = config, .arena = &app->arena};
        TRY(deploy_store_path(&deploy, &path, err));
        TRY(store_open_read(path, &store, err));
        q.store = store;
    }
    TRY(read_event(app, &q.event, err));
    TRY(changes_find_base(&q, &app->arena, &r->bases, err));
    if (r->bases.warning != NULL)
        events_warn(app->events, "%s", r->bases.warning);
    return true;
}

/* --- Files --------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
    const struct git_change *x = a, *y = b;
    return str_cmp(x->path, y->path);
}

static void drop_doubles(struct change_report *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->file_count; i++) {
        if (kept == 0 || by_path(&r->files[kept - 1], &r->files[i]) != 0)
            r->files[kept++] = r->files[i];
    }
    r->file_count = kept;
}

/* The paths live in the app's arena from here on. */
static void add_files(struct change_report *r, const struct git_changes *from)
{
    struct arena *arena = &r->app->arena;
    struct git_change *files =
        ARENA_ARRAY(arena, struct git_change, r->file_count + from->count + 1);
    struct str text = arena_str(arena, buf_str(&from->text));
    const char *base = buf_cstr(&from->text);
    if (r->file_count > 0)
        memcpy(files, r->files, r->file_count * sizeof(*files));
    for (size_t i = 0; i < from->count; i++) {
        struct git_change c = from->items[i];
        c.path.ptr = text.ptr + (c.path.ptr - base);
        if (c.old_path.len > 0)
            c.old_path.ptr = text.ptr + (c.old_path.ptr - base);
        files[r->file_count + i] = c;
    }
    r->files = files;
    r->file_count += from->count;
}

static bool read_files(struct change_report *r, const char *dir, struct error *err)
{
    for (size_t i = 0; i < r->bases.count; i++) {
        cleanup_git_changes struct git_changes changes = {0};
        TRY(git_diff(dir, r->bases.items[i].sha, r->head, &changes, err));
        add_files(r, &changes);
    }
    if (r->bases.count > 1) {
        qsort(r->files, r->file_count, sizeof(*r->files), by_path);
        drop_doubles(r);
    }
    return true;
}

static bool read_all_files(struct change_report *r, const char *dir, struct error *err)
{
    cleanup_git_changes struct git_changes changes = {0};
    TRY(git_files(dir, r->head, &changes, err));
    add_files(r, &changes);
    return true;
}

static void judge(struct change_report *r)
{
    size_t filters = r->filter_count;
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(r->compiled);
    r->counts = ARENA_ARRAY(&r->app->arena, size_t, filters + 1);
    r->verdicts = ARENA_ARRAY(&r->app->arena, struct changes_verdict, r->file_count * filters + 1);
    for (size_t i = 0; i < r->file_count; i++) {
        struct changes_verdict *of_file = &r->verdicts[i * filters];
        changes_judge(m, &r->files[i], of_file);
        for (size_t k = 0; k < filters; k++)
            r->counts[k] += of_file[k].selected;
    }
}

static bool fill(struct change_report *r, const struct changes_options *options, struct error *err)
{
    cleanup_config struct config config = {0};
    TRY(app_config(r->app, options->environment, NULL, &config, err));
    TRY(make_filters(r, &config, err));
    TRY(git_resolve(config.project_dir, options->head, r->head, err));
    if (r->all) {
        TRY(read_all_files(r, config.project_dir, err));
    } else {
        TRY(find_base(r, options, &config, err));
        TRY(read_files(r, config.project_dir, err));
    }
    judge(r);
    return change_report_show(r, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct changes_options *options = context;
    struct change_report r = {.app = app, .all = options->all, .explain = options->explain};
    bool ok = fill(&r, options, err);
    changes_filters_free(r.compiled);
    return ok;
}

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct changes_options, base, "base", 'b', "REV", "compare with this commit"),
     .excludes = "all"},
    {CLI_STRING(struct changes_options, head, "head", 0, "REV", "the commit that is looked at"),
     .fallback = "HEAD"},
    {CLI_STRING(struct changes_options, environment, "env", 'e', "ENV",
                "compare with what was deployed there last"),
     .complete = CLI_COMPLETE_ENV},
    {CLI_STRING(struct changes_options, target, "target", 't', "BRANCH",
                "the branch this will be merged into")},
    {CLI_FLAG(struct changes_options, all, "all", 'a', "take every filter, whatever changed")},
    {CLI_FLAG(struct changes_options, explain, "explain", 'x',
              "say for every file which pattern decided")},
    {0},
};

const struct cli_command command_changes = {
    .path = "changes",
    .summary = "show which parts of the project changed",
    .details =
        "Sorts the files that differ between two commits into the filters of teerex.yaml: those "
        "under `filters`, and each component's `paths`. Patterns are those of .gitignore; the last "
        "one that matches decides. A component also counts when teerex.yaml, envs/, pipelines/ or "
        "the workflows change.\n\n"
        "Compared with: --base; else the commit deployed last to --env; else what the event of "
        "GitHub Actions says (pull request, merge group, push, tag); else the merge base with the "
        "target branch; else the newest tag. When none of these is in the clone, as in a shallow "
        "one, it fails and says what to do: it never takes everything or nothing for the answer. "
        "Uncommitted changes do not count.\n\n"
        "In GitHub Actions each filter becomes an output, true or false, and `changes` and "
        "`matrix` "
        "hold the names of those that changed as JSON.",
    .options = OPTIONS,
    .examples = {{"teerexctl changes", "since this branch left its target"},
                 {"teerexctl changes --env prod", "what a deployment there would bring"},
                 {"teerexctl changes --base v1.2.0 --explain", "which pattern decided, per file"},
                 {"teerexctl changes --format json", "with files, for programs"}},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct changes_options),
    .run = run,
};
