/* Opening an environment for a verb. */
#include "site.h"

#include <unistd.h>

#include "configuration.h"

enum { WAIT_ON_TERMINAL_MS = 60 * 1000 };

extern char **environ;

static const char *const *process_environment(void)
{
    return (const char *const *)environ;
}

static bool resolve_secrets(struct site *site, struct error *err)
{
    TRY(config_resolve_secrets(&site->config, site->sources, ARRAY_LEN(site->sources),
                               &site->secrets, err));
    for (size_t i = 0; i < site->secrets.count; i++)
        events_add_secret(site->app->events, secret_str(&site->secrets.items[i].value));
    return true;
}

static bool open_http(struct site *site, struct error *err)
{
    const struct http_client_options options = {
        .clock = site->app->clock,
        .rng = site->app->rng,
        .cap = cap_observe(),
        .events = site->app->events,
        .network = http_network_from_env(),
    };
    return http_client_new(&options, &site->http, err);
}

/* Supervisors are started from the binary that is running, wherever it was found. */
static bool own_path(struct site *site, const char **ret_path, struct error *err)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
    if (len <= 0 || (size_t)len >= sizeof(path))
        return err_set(err, ERR_FAILED, "cannot find the path of this program");
    *ret_path = arena_strdup(&site->app->arena, str_n(path, (size_t)len));
    return true;
}

void site_name_run(struct site *site)
{
    unsigned char salt[3];
    char time[TIME_TEXT_MAX], digits[2 * sizeof(salt) + 1], compact[TIME_TEXT_MAX];
    size_t len = 0;
    rng_fill(site->app->rng, salt, sizeof(salt));
    hex_encode(salt, sizeof(salt), digits);
    time_format_utc(clock_now_ms(site->app->clock), time);
    for (const char *at = time; *at != '\0'; at++)
        if (*at != '-' && *at != ':')
            compact[len++] = *at;
    compact[len] = '\0';
    snprintf(site->run_id, sizeof(site->run_id), "%s-%s", compact, digits);
}

/* The page of the workflow run that we are a step of. */
static void name_run_url(struct site *site)
{
    const char *server = getenv("GITHUB_SERVER_URL"), *repository = getenv("GITHUB_REPOSITORY");
    const char *run = getenv("GITHUB_RUN_ID");
    if (server != NULL && repository != NULL && run != NULL)
        site->run_url =
            arena_printf(&site->app->arena, "%s/%s/actions/runs/%s", server, repository, run);
}

static bool fill(struct site *site, const char *environment, bool with_secrets, struct error *err)
{
    struct app *app = site->app;
    site->sources[0] = config_secret_env(process_environment());
    TRY(app_config(app, environment, NULL, &site->config, err));
    if (with_secrets)
        TRY(resolve_secrets(site, err));
    TRY(open_http(site, err));
    site_name_run(site);
    name_run_url(site);
    site->deploy = (struct deploy){
        .config = &site->config,
        .secrets = &site->secrets,
        .sources = site->sources,
        .source_count = ARRAY_LEN(site->sources),
        .http = site->http,
        .events = app->events,
        .clock = app->clock,
        .rng = app->rng,
        .arena = &app->arena,
    };
    TRY(own_path(site, &site->deploy.exe, err));
    site->deploy.self = self_command(site->deploy.exe, app->program->name, &app->arena);
    return true;
}

bool site_open(struct app *app, const char *environment, bool with_secrets, struct site *ret,
               struct error *err)
{
    *ret = (struct site){.app = app};
    if (fill(ret, environment, with_secrets, err))
        return true;
    site_close(ret);
    return false;
}

void site_close(struct site *site)
{
    http_client_free(site->http);
    config_secret_values_release(&site->secrets);
    config_release(&site->config);
    *site = (struct site){0};
}

bool site_store_path(struct app *app, const char *environment, const char **ret, struct error *err)
{
    struct error none;
    cleanup_free char *root = NULL;
    if (environment != NULL && app_find_project(app, &app->project, &none)) {
        struct config config = {0};
        TRY(app_config(app, environment, NULL, &config, err));
        const struct deploy d = {.config = &config, .arena = &app->arena};
        bool ok = deploy_store_path(&d, ret, err);
        *ret = ok ? arena_strdup(&app->arena, str_of(*ret)) : NULL;
        config_release(&config);
        return ok;
    }
    TRY(config_state_dir(process_environment(), &root, err));
    *ret = arena_printf(&app->arena, "%s/store.db", root);
    return true;
}

struct deploy_run site_run(const struct site *site, const char *verb, const char *reason,
                           int64_t wait_ms)
{
    bool patient = wait_ms == CLI_UNSET && isatty(STDERR_FILENO) && getenv("CI") == NULL;
    return (struct deploy_run){
        .verb = verb,
        .run_id = site->run_id,
        .run_url = site->run_url,
        .reason = reason != NULL ? reason : verb,
        .wait_ms = wait_ms != CLI_UNSET ? wait_ms
                   : patient            ? WAIT_ON_TERMINAL_MS
                                        : 0,
        .own = site->app->cap,
    };
}

bool site_confirm(const struct site *site, struct error *err)
{
    if (site->config.env.profile != CONFIG_TRUSTED)
        return true;
    return app_confirm(site->app, site->config.environment, err);
}
