/* `teerexctl lock status`: who holds or froze what. */
#include "data/data.h"
#include "lock.h"

/* The leases of an environment: its own, then its hosts'. */
bool lock_names(struct site *site, config_strings *ret, struct error *err)
{
    config_strings hosts = {0}, names = {0};
    TRY(deploy_host_leases(&site->deploy, &hosts, err));
    names.items = ARENA_ARRAY(&site->app->arena, const char *, hosts.count + 1);
    names.items[names.count++] = site->config.environment;
    for (size_t i = 0; i < hosts.count; i++)
        names.items[names.count++] = hosts.items[i];
    *ret = names;
    return true;
}

static const struct cli_column COLUMNS[] = {
    {.title = "LOCK"}, {.title = "STATE"}, {.title = "SINCE"}, {.title = "BY", .shrink = true},
    {.title = "WHY"},
};

static const char *state_of(const struct lease *lease, const struct lease_owner *self)
{
    switch (lease_standing(lease, self)) {
    case LEASE_FREE:
        return "free";
    case LEASE_MINE:
    case LEASE_HELD:
        return "held";
    case LEASE_DEAD:
        return "dead";
    case LEASE_FROZEN:
        break;
    }
    return "frozen";
}

static void add_cells(struct app *app, const struct lease *lease, const struct lease_owner *self,
                      const char **cells)
{
    const char *state = state_of(lease, self);
    bool held = strcmp(state, "held") == 0 || strcmp(state, "dead") == 0;
    int64_t since_ms = held ? lease->acquired_ms : lease->frozen ? lease->frozen_ms : 0;
    char span[DURATION_TEXT_MAX];
    duration_format(clock_now_ms(app->clock) - since_ms, span);
    cells[0] = lease->name;
    cells[1] = held && lease->frozen ? arena_printf(&app->arena, "%s, frozen", state) : state;
    cells[2] = since_ms > 0 ? arena_printf(&app->arena, "%s ago", span) : NULL;
    cells[3] = held ? arena_printf(&app->arena, "run %s on %s, pid %d", lease->owner.run_id,
                                   lease->owner.host, (int)lease->owner.ident.pid)
               : lease->frozen ? lease->frozen_by
                               : NULL;
    cells[4] = lease->frozen ? lease->frozen_reason : held ? lease->owner.reason : NULL;
}

static void write_text(struct app *app, const struct lease_list *leases,
                       const struct lease_owner *self, struct buf *out)
{
    size_t width = ARRAY_LEN(COLUMNS);
    const char **cells = ARENA_ARRAY(&app->arena, const char *, leases->count *width + 1);
    struct cli_table table = {
        .columns = COLUMNS, .column_count = width, .cells = cells, .row_count = leases->count};
    for (size_t i = 0; i < leases->count; i++)
        add_cells(app, &leases->items[i], self, cells + i * width);
    if (leases->count == 0)
        buf_adds(out, "No lock was ever taken.\n");
    else
        cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static void write_time(struct json_writer *w, const char *key, int64_t time_ms)
{
    char text[TIME_TEXT_MAX];
    time_format_utc(time_ms, text);
    jw_member(w, key, text);
}

static void write_holder(struct json_writer *w, const struct lease *lease)
{
    jw_key(w, "holder");
    if (!lease->held) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_member(w, "run", lease->owner.run_id);
    jw_member(w, "run_url", lease->owner.run_url);
    jw_member(w, "host", lease->owner.host);
    jw_member_int(w, "pid", lease->owner.ident.pid);
    jw_member(w, "reason", lease->owner.reason);
    write_time(w, "since", lease->acquired_ms);
    write_time(w, "renewed", lease->renewed_ms);
    jw_object_end(w);
}

static void write_freeze(struct json_writer *w, const struct lease *lease)
{
    jw_key(w, "freeze");
    if (!lease->frozen) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_member(w, "by", lease->frozen_by);
    jw_member(w, "reason", lease->frozen_reason);
    write_time(w, "since", lease->frozen_ms);
    jw_object_end(w);
}

static bool write_json(const struct lease_list *leases, const struct lease_owner *self,
                       struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_array(&w, "locks");
    for (size_t i = 0; i < leases->count; i++) {
        const struct lease *lease = &leases->items[i];
        jw_object_begin(&w);
        jw_member(&w, "name", lease->name);
        jw_member(&w, "state", state_of(lease, self));
        jw_member_int(&w, "fence", (int64_t)lease->fence);
        write_holder(&w, lease);
        write_freeze(&w, lease);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "the locks", err);
}

bool lock_show(struct app *app, const struct lease_list *leases, struct error *err)
{
    struct lease_owner self;
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    TRY(lease_owner_self("", NULL, NULL, &self, err));
    write_text(app, leases, &self, &text);
    TRY(write_json(leases, &self, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

bool lock_read(struct app *app, struct store *store, const config_strings *names,
               struct lease_list *ret, struct error *err)
{
    struct lease_list leases = {.items = ARENA_ARRAY(&app->arena, struct lease, names->count)};
    for (size_t i = 0; i < names->count; i++)
        TRY(lease_read(store, names->items[i], &leases.items[leases.count++], err));
    *ret = leases;
    return true;
}

static bool run_status(struct app *app, void *context, struct error *err)
{
    const struct lock_options *options = context;
    const char *path = NULL;
    struct lease_list leases;
    config_strings names = {0};
    cleanup_site struct site site = {0};
    cleanup_store struct store *store = NULL;
    TRY(site_store_path(app, options->environment, &path, err));
    TRY(store_open_read(path, &store, err));
    if (options->environment == NULL) {
        TRY(lease_list(store, &app->arena, &leases, err));
        return lock_show(app, &leases, err);
    }
    TRY(app_find_project(app, &app->project, err));
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(lock_names(&site, &names, err));
    TRY(lock_read(app, store, &names, &leases, err));
    return lock_show(app, &leases, err);
}

static const struct cli_option STATUS_POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct lock_options, environment), .optional = true},
    {0},
};

const struct cli_command command_lock_status = {
    .path = "lock status",
    .summary = "show who holds or froze what",
    .details = "Of one environment and its hosts, or everything in the deploy root. dead: the run "
               "that held it is gone, and the next one takes it at once.",
    .positionals = STATUS_POSITIONALS,
    .examples = {{"teerexctl lock status", "every lock of this machine"},
                 {"teerexctl lock status prod --format json", "for programs"}},
    .context_size = sizeof(struct lock_options),
    .run = run_status,
};
