/* Running the package manager for its lockfile: it resolves, downloads no package and runs no
 * script of one. */
#include "internal.h"
#include "proc/proc.h"

enum { LOCK_TIMEOUT_MS = 10 * 60 * 1000, LOCK_ARGS_MAX = 8 };

/* `offline` NULL: the manager has no such option. */
static const struct {
    const char *argv[LOCK_ARGS_MAX];
    const char *offline;
} MANAGERS[] = {
    [MANAGER_NPM] = {{"npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit",
                      "--no-fund"},
                     "--offline"},
    [MANAGER_BUN] = {{"bun", "install", "--lockfile-only", "--ignore-scripts"}, NULL},
    [MANAGER_PNPM] = {{"pnpm", "install", "--lockfile-only", "--ignore-scripts"}, "--offline"},
    [MANAGER_YARN] = {{"yarn", "install", "--mode=update-lockfile"}, NULL},
};

struct telling {
    struct events *events;
    step_id step;
};

static void tell_line(void *ctx, struct str line, bool cut unused_arg)
{
    const struct telling *telling = ctx;
    events_step_output(telling->events, telling->step, line);
}

static bool run_manager(const struct upgrade_bump *bump, const char *const *argv,
                        struct telling *telling, struct error *err)
{
    const struct proc_output output = {
        .kind = PROC_CAPTURE, .max = BUF_TEXT, .on_line = tell_line, .line_ctx = telling};
    const struct proc_spec spec = {
        .argv = argv,
        .env = bump->npm_env,
        .cwd = bump->workspace->dir,
        .out = output,
        .errout = output,
        .timeout_ms = LOCK_TIMEOUT_MS,
        .effect = EFFECT_IDEMPOTENT,
        .cap = bump->cap,
    };
    return proc_run_ok(&spec, NULL, err);
}

bool lock_update(const struct upgrade_bump *bump, const struct manifest_lock *lock,
                 struct error *err)
{
    size_t count = 0;
    const char *argv[LOCK_ARGS_MAX + 1] = {0};
    const char *name = manifest_manager_name(lock->manager);
    while (count < LOCK_ARGS_MAX - 1 && MANAGERS[lock->manager].argv[count] != NULL) {
        argv[count] = MANAGERS[lock->manager].argv[count];
        count++;
    }
    if (bump->offline && MANAGERS[lock->manager].offline == NULL)
        return err_set(err, ERR_USAGE, "%s cannot bring %s up to date offline: add --no-lockfile",
                       name, lock->file);
    if (bump->offline)
        argv[count] = MANAGERS[lock->manager].offline;
    struct telling telling = {
        bump->events,
        events_step_begin(bump->events, NULL,
                          arena_printf(bump->arena, "bring %s up to date", lock->file))};
    bool ok = run_manager(bump, argv, &telling, err);
    events_step_end(bump->events, telling.step, ok ? STEP_OK : STEP_FAILED, "by %s", name);
    return ok || err_wrap(err, "bring %s up to date", lock->file);
}
