/* Opening a project, with or without a teerex.yaml, for the verbs that follow upstream. */
#include "follow.h"

#include <unistd.h>

#include "fs/fs.h"

/* Where --project, TEEREX_PROJECT or the working directory say; then the defaults serve. */
static const char *bare_directory(const struct app *app)
{
    const char *named = app->globals->project ? app->globals->project : getenv("TEEREX_PROJECT");
    return named != NULL && named[0] != '\0' ? named : ".";
}

static bool read_config(struct follow *follow, struct error *err)
{
    struct app *app = follow->app;
    struct error missing = {0};
    const struct config_upstream *upstream = NULL;
    if (app_find_project(app, &app->project, &missing)) {
        TRY(app_config(app, NULL, NULL, &follow->config, err));
        follow->dir = follow->config.project_dir;
        upstream = &follow->config.upstream;
    } else if (missing.kind == ERR_CONFIG) {
        follow->dir = bare_directory(app);
    } else {
        *err = missing;
        return false;
    }
    return upgrade_setup(upstream, &app->arena, &follow->setup, err);
}

static bool fill(struct follow *follow, struct error *err)
{
    TRY(read_config(follow, err));
    TRY(workspace_load(follow->dir, &follow->workspace, err));
    follow->dir = follow->workspace.dir;
    manifest_find_uses(&follow->workspace, follow->setup.scope, &follow->uses);
    return true;
}

bool follow_open(struct app *app, struct follow *ret, struct error *err)
{
    *ret = (struct follow){.app = app};
    if (fill(ret, err))
        return true;
    follow_close(ret);
    return false;
}

/* ${XDG_CACHE_HOME:-~/.cache}/teerex/npm; without a home there is none. */
static const char *cache_dir(struct arena *arena)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/')
        return arena_printf(arena, "%s/teerex/npm", xdg);
    return home != NULL && home[0] == '/' ? arena_printf(arena, "%s/.cache/teerex/npm", home)
                                          : NULL;
}

bool follow_registry(struct follow *follow, struct error *err)
{
    struct app *app = follow->app;
    const struct npm_place place = {follow->dir, (const char *const *)environ};
    TRY(npm_settings_load(&place, &follow->settings, err));
    npm_hide_credentials(&follow->settings, app->events);
    const struct http_client_options options = {
        .clock = app->clock,
        .rng = app->rng,
        .cap = cap_observe(),
        .events = app->events,
        .network = http_network_from_env(),
    };
    TRY(http_client_new(&options, &follow->http, err));
    follow->own = cap_apply(NULL, NULL);
    follow->npm = (struct npm_client){
        .http = follow->http,
        .settings = &follow->settings,
        .events = app->events,
        .cap = &follow->own,
        .cache_dir = cache_dir(&app->arena),
        .clock = app->clock,
    };
    return true;
}

void follow_close(struct follow *follow)
{
    http_client_free(follow->http);
    npm_settings_release(&follow->settings);
    manifest_uses_release(&follow->uses);
    workspace_release(&follow->workspace);
    config_release(&follow->config);
    *follow = (struct follow){0};
}

void follow_write_strings(struct json_writer *w, const char *key, const config_strings *strings)
{
    jw_member_array(w, key);
    for (size_t i = 0; i < strings->count; i++)
        jw_cstr(w, strings->items[i]);
    jw_array_end(w);
}
