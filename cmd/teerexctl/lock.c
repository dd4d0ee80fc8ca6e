/* `teerexctl lock acquire` and `lock release`: a freeze by hand, and its end. */
#include <pwd.h>
#include <unistd.h>

#include "fs/fs.h"
#include "lock.h"

/* Who asks, as it is shown to others: the person, and where. */
static const char *person(struct app *app, const struct lease_owner *self)
{
    const char *actor = getenv("GITHUB_ACTOR");
    const struct passwd *user = getpwuid(geteuid());
    if (actor != NULL && actor[0] != '\0')
        return arena_printf(&app->arena, "%s@github", actor);
    if (user != NULL)
        return arena_printf(&app->arena, "%s@%s", user->pw_name, self->host);
    return arena_printf(&app->arena, "uid %u@%s", (unsigned)geteuid(), self->host);
}

static bool open_store(struct site *site, struct store **ret, struct error *err)
{
    const char *path = NULL;
    TRY(deploy_store_path(&site->deploy, &path, err));
    cleanup_free char *dir = fs_dir_name(path);
    TRY(fs_make_dirs(site->app->cap, dir, 0755, err));
    return store_open_write(path, site->app->cap, ret, err);
}

/* ---- acquire ------------------------------------------------------------------------------ */

/* The run that holds it now may finish; this waits until it has, or is judged to be gone. */
static bool wait_for_holder(struct app *app, struct store *store, const char *name, int64_t wait_ms,
                            struct error *err)
{
    enum { LOOK_MS = 200 };
    struct lease lease;
    struct lease_owner self;
    struct lease_watch watch = {0};
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    int64_t end_ms = clock_mono_ms(app->clock) + (wait_ms > 0 ? wait_ms : 0);
    TRY(lease_owner_self("", NULL, NULL, &self, err));
    for (;;) {
        int64_t now_ms = clock_mono_ms(app->clock);
        TRY(lease_read(store, name, &lease, err));
        if (lease_standing(&lease, &self) != LEASE_HELD ||
            lease_watch_stale(&watch, &lease, now_ms))
            return true;
        if (now_ms >= end_ms)
            break;
        TRY(signals_go_on(err));
        events_tick(app->events);
        clock_sleep_ms(app->clock, LOOK_MS);
    }
    lease_describe(&lease, &who);
    if (wait_ms > 0)
        return err_set(err, ERR_LOCKED, "'%s' is frozen, but %s has not finished", name,
                       buf_cstr(&who));
    events_note(app->events, "%s goes on until it has finished", buf_cstr(&who));
    return true;
}

static bool run_acquire(struct app *app, void *context, struct error *err)
{
    const struct lock_options *options = context;
    struct lease lease;
    struct lease_owner self;
    cleanup_site struct site site = {0};
    cleanup_store struct store *store = NULL;
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(site_confirm(&site, err));
    TRY(open_store(&site, &store, err));
    TRY(lease_owner_self("", NULL, NULL, &self, err));
    TRY(lease_freeze(store, options->environment, person(app, &self), options->reason,
                     clock_now_ms(app->clock), err));
    TRY(wait_for_holder(app, store, options->environment, options->wait_ms, err));
    TRY(lease_read(store, options->environment, &lease, err));
    return lock_show(app, &(struct lease_list){.items = &lease, .count = 1}, err);
}

/* ---- release ------------------------------------------------------------------------------ */

struct releasing {
    struct app *app;
    struct store *store;
    struct lease_owner self;
    bool force;
};

/* Whoever lives renews within its ttl; a record that does not change has no holder. */
static bool watch_holder(struct releasing *x, struct lease *lease, struct error *err)
{
    enum { LOOK_MS = 200 };
    struct lease_watch watch = {0};
    uint64_t revision = lease->revision;
    events_note(x->app->events, "watching '%s' for %lld s: whoever lives renews it", lease->name,
                (long long)(lease->ttl_ms / 1000));
    while (!lease_watch_stale(&watch, lease, clock_mono_ms(x->app->clock))) {
        TRY(signals_go_on(err));
        events_tick(x->app->events);
        clock_sleep_ms(x->app->clock, LOOK_MS);
        TRY(lease_read(x->store, lease->name, lease, err));
        if (lease->held && lease->revision != revision)
            return err_set(err, ERR_LOCKED, "run %s on %s, pid %d, lives: end it there",
                           lease->owner.run_id, lease->owner.host, (int)lease->owner.ident.pid);
        if (!lease->held)
            return true;
    }
    return true;
}

static bool refuse(struct releasing *x, const struct lease *lease, bool dead, struct error *err)
{
    cleanup_buf struct buf who = buf_make(BUF_LINE);
    lease_describe(lease, &who);
    x->app->hint = dead ? "the next run takes it at once; --force frees it now"
                        : "end that run, or let --force find out whether it still lives";
    return err_set(err, ERR_LOCKED, "'%s' is held by %s%s", lease->name, buf_cstr(&who),
                   dead ? ", which is gone" : "");
}

static bool free_one(struct releasing *x, const char *name, struct error *err)
{
    struct lease lease;
    TRY(lease_read(x->store, name, &lease, err));
    bool dead = lease.held && lease_standing(&lease, &x->self) != LEASE_HELD;
    if (!lease.held)
        return true;
    if (!x->force)
        return refuse(x, &lease, dead, err);
    if (!dead)
        TRY(watch_holder(x, &lease, err));
    return lease_break(x->store, name, lease.revision, clock_now_ms(x->app->clock), err);
}

/* A freeze is what release is for; a holder is freed only by force, and only when it is gone. */
static bool release_all(struct releasing *x, const config_strings *names, struct error *err)
{
    struct lease lease;
    const char *by = x->force ? NULL : person(x->app, &x->self);
    TRY(lease_read(x->store, names->items[0], &lease, err));
    if (lease.frozen)
        TRY(lease_unfreeze(x->store, names->items[0], by, err));
    if (lease.frozen && !x->force)
        return true;
    for (size_t i = 0; i < names->count; i++)
        TRY(free_one(x, names->items[i], err));
    return true;
}

static bool run_release(struct app *app, void *context, struct error *err)
{
    const struct lock_options *options = context;
    config_strings names = {0};
    struct lease_list leases;
    struct releasing x = {.app = app, .force = options->force};
    cleanup_site struct site site = {0};
    cleanup_store struct store *store = NULL;
    TRY(site_open(app, options->environment, false, &site, err));
    TRY(site_confirm(&site, err));
    TRY(lock_names(&site, &names, err));
    TRY(open_store(&site, &store, err));
    TRY(lease_owner_self("", NULL, NULL, &x.self, err));
    x.store = store;
    TRY(release_all(&x, &names, err));
    TRY(lock_read(app, store, &names, &leases, err));
    return lock_show(app, &leases, err);
}

/* ---- the verbs ---------------------------------------------------------------------------- */

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct lock_options, environment)},
    {0},
};

static const struct cli_option ACQUIRE_OPTIONS[] = {
    {CLI_STRING(struct lock_options, reason, "message", 'm', "REASON",
                "shown to whoever is refused"),
     .required = true},
    {CLI_DURATION(struct lock_options, wait_ms, "wait", 0,
                  "wait until the run that holds it now has finished")},
    {0},
};

static const struct cli_option RELEASE_OPTIONS[] = {
    {CLI_FLAG(struct lock_options, force, "force", 0,
              "also somebody else's freeze, and the lock of a run that is gone")},
    {0},
};

const struct cli_command command_lock_acquire = {
    .path = "lock acquire",
    .summary = "freeze an environment",
    .details = "Until it is released, also across reboots, every run on the environment fails with "
               "status 5 and shows who froze it and why. A run that holds the lock now may finish.",
    .positionals = POSITIONALS,
    .options = ACQUIRE_OPTIONS,
    .examples = {{"teerexctl lock acquire prod -m 'audit until Monday'", "nobody deploys"},
                 {"teerexctl lock acquire prod -m 'moving hosts' --wait 10m",
                  "and the run in progress has ended"}},
    .exits = {5},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES,
    .context_size = sizeof(struct lock_options),
    .run = run_acquire,
};

const struct cli_command command_lock_release = {
    .path = "lock release",
    .summary = "lift a freeze",
    .details = "One's own freeze; with --force anybody's, and then also the lock of a run that is "
               "certainly gone, or that did not renew it while it was watched for its whole life "
               "(30 s). The lock of a run that lives is never freed.",
    .positionals = POSITIONALS,
    .options = RELEASE_OPTIONS,
    .examples = {{"teerexctl lock release prod", "deploy again"},
                 {"teerexctl lock release prod --force", "whoever froze it"}},
    .exits = {5},
    .flags = CLI_NEEDS_PROJECT | CLI_MUTATES,
    .context_size = sizeof(struct lock_options),
    .run = run_release,
};
