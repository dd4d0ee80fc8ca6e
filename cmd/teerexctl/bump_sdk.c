/* `teerexctl bump sdk`: the version under which our own package can be published. */
#include "follow.h"

struct sdk_options {
    const char *package;
    const char *base;
};

/* The directory of the package that is named, else the only one that is published. */
static bool find_package(const struct follow *follow, const char *name, const char **ret_path,
                         struct error *err)
{
    const config_packages *packages = &follow->config.packages;
    const struct config_package *found = NULL;
    for (size_t i = 0; i < packages->count; i++) {
        const struct config_package *package = &packages->items[i];
        if (name != NULL ? strcmp(package->name, name) != 0 : !package->publish)
            continue;
        if (found != NULL)
            return err_set(err, ERR_USAGE,
                           "several packages are published: name one with --package");
        found = package;
    }
    if (found == NULL)
        return err_set(err, ERR_CONFIG, "no such package under `packages` in teerex.yaml");
    *ret_path = found->path;
    return true;
}

static bool find_manifest(struct follow *follow, const char *directory, size_t *ret,
                          struct error *err)
{
    const char *path = arena_printf(&follow->app->arena, "%s/package.json", directory);
    for (size_t i = 0; i < follow->workspace.count; i++) {
        if (strcmp(follow->workspace.manifests[i].path, path) == 0) {
            *ret = i;
            return true;
        }
    }
    return err_set(err, ERR_CONFIG, "%s is not in the workspace", path);
}

/* What is followed, unless it is given. */
static bool find_base(struct follow *follow, const char *given, const char **ret, struct error *err)
{
    struct manifest_use anchor;
    *ret = given;
    if (given != NULL)
        return true;
    TRY(upgrade_current(&follow->setup, &follow->uses, &anchor, err));
    *ret = arena_strdup(&follow->app->arena, anchor.version);
    return true;
}

static bool write_json(const struct upgrade_owned *owned, const char *path, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    const config_strings files = {(const char *[]){path}, owned->changed};
    jw_object_begin(&w);
    jw_member(&w, "from", owned->from);
    jw_member(&w, "to", owned->to);
    jw_member_bool(&w, "published", owned->published);
    follow_write_strings(&w, "files", &files);
    jw_object_end(&w);
    return jw_finish(&w, "the bump", err);
}

static bool show(struct app *app, const struct upgrade_owned *owned, const char *path,
                 struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    buf_addf(&text, "%s -> %s%s\n", owned->from, owned->to,
             owned->published ? " (published already, with this content)" : "");
    TRY(write_json(owned, path, &json, err));
    TRY(events_output(app->events, "version", str_of(owned->to), err));
    TRY(events_output(app->events, "published", owned->published ? STR("true") : STR("false"),
                      err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct sdk_options *options = context;
    const char *directory = "";
    struct upgrade_owned owned;
    cleanup_follow struct follow follow = {0};
    struct upgrade_own own = {.arena = &app->arena, .cap = app->cap};
    TRY(follow_open(app, &follow, err));
    TRY(find_package(&follow, options->package, &directory, err));
    TRY(find_manifest(&follow, directory, &own.manifest, err));
    TRY(find_base(&follow, options->base, &own.base, err));
    TRY(follow_registry(&follow, err));
    own.workspace = &follow.workspace;
    own.npm = &follow.npm;
    own.npm_env = follow.settings.variables;
    TRY(upgrade_own_version(&own, &owned, err));
    return show(app, &owned, follow.workspace.manifests[own.manifest].path, err);
}

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct sdk_options, package, "package", 'p', "NAME",
                "one of `packages`; the published one when not given")},
    {CLI_STRING(struct sdk_options, base, "base", 0, "VERSION",
                "upstream's version; that of the anchor when not given")},
    {0},
};

const struct cli_command command_bump_sdk = {
    .path = "bump sdk",
    .summary = "put the next version to publish into our package",
    .details =
        "The version is upstream's while that is free. Then, when the newest published revision of "
        "it has the content that would be published now, it is that one, and there is nothing to "
        "publish. Else it is the next: BASE.N of a prerelease, X.Y.(Z+1)-sdk.N of a release, which "
        "^X.Y.Z does not select in npm: a dist-tag has to.",
    .options = OPTIONS,
    .examples = {{"teerexctl bump sdk", "the package that teerex.yaml publishes"},
                 {"teerexctl bump sdk --package @demo/sdk --base 5.0.0-rc.1", "said explicitly"}},
    .exits = {4, 9, 75},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES,
    .context_size = sizeof(struct sdk_options),
    .run = run,
};
