/* The checks of `teerexctl doctor`, one function each. All of them only look. */
#include <errno.h>
#include <unistd.h>

#include "data/data.h"
#include "doctor.h"
#include "fs/fs.h"
#include "proc/proc.h"
#include "store/store.h"
#include "supervise/supervise.h"
#include "transport/transport.h"

static void found(struct doctor *d, enum health health, const char *name, const char *fix,
                  const char *fmt, ...) printf_like(5, 6);
static void found(struct doctor *d, enum health health, const char *name, const char *fix,
                  const char *fmt, ...)
{
    cleanup_buf struct buf detail = buf_make(BUF_LINE);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&detail, fmt, args);
    va_end(args);
    d->findings = array_grow(d->findings, &d->cap, d->count + 1, sizeof(*d->findings));
    d->findings[d->count++] = (struct finding){
        .health = health,
        .name = arena_strdup(&d->app->arena, str_of(name)),
        .detail = arena_strdup(&d->app->arena, buf_str(&detail)),
        .fix = arena_strdup(&d->app->arena, str_of(fix)),
    };
}

/* ---- programs -----------------------------------------------------------------------------------
 */

enum { PROGRAM_TIMEOUT_MS = 20 * 1000, PROGRAM_OUTPUT_MAX = 4096 };

struct program {
    const char *name;
    unsigned major, minor; /* the oldest that will do */
    enum health absent;
    const char *fix;
};

static const struct program PROGRAMS[] = {
    {"git", 2, 20, HEALTH_FAIL, "install git: releases are named after commits"},
    {"node", 22, 0, HEALTH_WARN, "tests of clients want Node.js 22 or newer"},
    {"npm", 8, 0, HEALTH_WARN, "tests of clients need npm"},
};

static bool ask_program(const char *const *argv, struct proc_result *ret, struct error *err)
{
    const struct proc_spec spec = {
        .argv = argv,
        .out = {.kind = PROC_CAPTURE, .max = PROGRAM_OUTPUT_MAX},
        .errout = {.kind = PROC_DISCARD},
        .timeout_ms = PROGRAM_TIMEOUT_MS,
        .effect = EFFECT_READ,
        .cap = cap_observe(),
    };
    return proc_run_ok(&spec, ret, err);
}

/* "2.39" of "git version 2.39.5" as {2, 39}; the text of the whole version is returned. */
static struct str find_version(struct str text, uint64_t ret_numbers[2])
{
    size_t begin = 0;
    while (begin < text.len && (text.ptr[begin] < '0' || text.ptr[begin] > '9'))
        begin++;
    struct str rest, end;
    struct str version = str_sub(text, begin, SIZE_MAX);
    version = str_cut(str_cut(version, '\n', &end, NULL), ' ', &end, NULL);
    if (!str_to_u64(str_cut(version, '.', &rest, NULL), &ret_numbers[0]))
        ret_numbers[0] = 0;
    if (!str_to_u64(str_cut(rest, '.', &rest, NULL), &ret_numbers[1]))
        ret_numbers[1] = 0;
    return version;
}

static void check_program(struct doctor *d, const struct program *program)
{
    const char *const argv[] = {program->name, "--version", NULL};
    struct error err;
    struct proc_result result;
    uint64_t number[2] = {0};
    if (!ask_program(argv, &result, &err)) {
        found(d, program->absent, program->name, program->fix, "%s", err.msg);
        return;
    }
    struct str version = find_version(buf_str(&result.out), number);
    bool old =
        number[0] < program->major || (number[0] == program->major && number[1] < program->minor);
    if (old)
        found(d, HEALTH_WARN, program->name, program->fix, "%" PRIstr " is older than %u.%u",
              STR_ARG(version), program->major, program->minor);
    else
        found(d, HEALTH_OK, program->name, "", "%" PRIstr, STR_ARG(version));
    proc_result_release(&result);
}

static void check_programs(struct doctor *d)
{
    for (size_t i = 0; i < ARRAY_LEN(PROGRAMS); i++)
        check_program(d, &PROGRAMS[i]);
}

/* Whose registry it is stays unsaid: hosts of registries are nobody's business in a log. */
static void check_registry(struct doctor *d)
{
    static const char *const ARGV[] = {"npm", "config", "get", "registry", NULL};
    struct error err;
    struct proc_result result;
    if (!ask_program(ARGV, &result, &err))
        return; /* npm's own line says so */
    struct str answer = str_trim(buf_str(&result.out));
    if (str_starts(answer, STR("http")))
        found(d, HEALTH_OK, "npm registry", "", "is configured");
    else
        found(d, HEALTH_WARN, "npm registry", "npm config set registry URL", "none is configured");
    proc_result_release(&result);
}

static void check_systemd(struct doctor *d)
{
    if (access("/run/systemd/system", F_OK) == 0)
        found(d, HEALTH_OK, "systemd", "", "runs; `manager: auto` makes units");
    else
        found(d, HEALTH_OK, "systemd", "", "does not run; teerexctl supervises services itself");
}

/* ---- state --------------------------------------------------------------------------------------
 */

enum { MEGABYTE = 1024 * 1024, SPACE_MIN_MB = 512 };

/* The directory itself, or the nearest one above it that is there: that is where it will be made.
 */
static const char *existing_part(struct doctor *d, const char *path)
{
    char *at = arena_strdup(&d->app->arena, str_of(path));
    while (access(at, F_OK) != 0 && strrchr(at, '/') > at)
        *strrchr(at, '/') = '\0';
    return at;
}

static void check_space(struct doctor *d, const char *dir)
{
    struct fs_space space;
    struct error err;
    if (!fs_space(dir, &space, &err))
        found(d, HEALTH_WARN, "free space", "", "%s", err.msg);
    else if (space.free_bytes / MEGABYTE < SPACE_MIN_MB)
        found(d, HEALTH_WARN, "free space", "make room: releases and logs need it",
              "%llu MiB in %s", (unsigned long long)(space.free_bytes / MEGABYTE), dir);
    else
        found(d, HEALTH_OK, "free space", "", "%llu MiB",
              (unsigned long long)(space.free_bytes / MEGABYTE));
}

static void check_store(struct doctor *d, const char *state_dir)
{
    struct error err;
    cleanup_store struct store *store = NULL;
    cleanup_free char *path = fs_join(state_dir, "store.db");
    bool there = access(path, F_OK) == 0;
    if (store_open_read(path, &store, &err))
        found(d, HEALTH_OK, "store", "", "%s", there ? "can be read" : "not made yet");
    else
        found(d, HEALTH_FAIL, "store", "", "%s", err.msg);
}

static void check_state(struct doctor *d)
{
    struct error err;
    cleanup_free char *dir = NULL;
    if (!config_state_dir((const char *const *)environ, &dir, &err)) {
        found(d, HEALTH_FAIL, "state directory", "set TEEREX_STATE_DIR to an absolute path", "%s",
              err.msg);
        return;
    }
    const char *existing = existing_part(d, dir);
    if (access(existing, W_OK | X_OK) != 0)
        found(d, HEALTH_FAIL, "state directory", "make it writable, or set TEEREX_STATE_DIR",
              "%s: %s", existing, strerror(errno));
    else
        found(d, HEALTH_OK, "state directory", "", "%s%s", dir,
              strcmp(existing, dir) == 0 ? "" : " (will be made)");
    check_space(d, existing);
    check_store(d, dir);
}

/* ---- configuration and addresses ----------------------------------------------------------------
 */

static bool is_ours(struct doctor *d, const struct config *config,
                    const struct config_component *component)
{
    struct error err;
    cleanup_supervise struct supervise *supervisor = NULL;
    const char *dir = arena_printf(&d->app->arena, "%s/services/%s-%s", config->state_dir,
                                   config->environment, component->name);
    return supervise_connect(dir, d->app->clock, &supervisor, &err);
}

enum { CONNECT_MS = 2000 };

static void check_address(struct doctor *d, const struct config *config,
                          const struct config_component *component)
{
    struct transport_addr address;
    struct error err;
    cleanup_close int fd = -1;
    const char *name = arena_printf(&d->app->arena, "%s %s", config->environment, component->name);
    if (!transport_parse(str_of(component->listen), &address, &err)) {
        found(d, HEALTH_FAIL, name, "", "%s", err.msg);
        return;
    }
    bool answered = transport_connect(&address, deadline_in(d->app->clock, CONNECT_MS), &fd, &err);
    if (!answered)
        found(d, HEALTH_OK, name, "", "%s is free", component->listen);
    else if (is_ours(d, config, component))
        found(d, HEALTH_OK, name, "", "%s is served by it", component->listen);
    else
        found(d, HEALTH_WARN, name, "end that, or choose another address in its environment file",
              "%s: another program answers there", component->listen);
}

static bool is_local(const struct config *config, const struct config_component *component)
{
    for (size_t i = 0; i < component->hosts.count; i++) {
        const struct config_host *host = config_host(config, component->hosts.items[i]);
        if (host != NULL && host->transport == CONFIG_LOCAL)
            return true;
    }
    return false;
}

static void check_environment(struct doctor *d, const char *name)
{
    struct error err;
    cleanup_config struct config config = {0};
    cleanup_diags struct diags problems = {0};
    const struct config_request request = {.project_dir = d->app->project,
                                           .environment = name,
                                           .environ = (const char *const *)environ};
    if (!config_load(&request, &config, &problems, &err)) {
        found(d, HEALTH_FAIL, name, "teerexctl config check shows all of it", "%s", err.msg);
        return;
    }
    found(d, HEALTH_OK, name, "", "%zu component%s, %zu gate%s", config.env.components.count,
          config.env.components.count == 1 ? "" : "s", config.env.gates.count,
          config.env.gates.count == 1 ? "" : "s");
    for (size_t i = 0; i < config.env.components.count; i++) {
        const struct config_component *component = &config.env.components.items[i];
        if (component->listen != NULL && is_local(&config, component))
            check_address(d, &config, component);
    }
}

static void check_project(struct doctor *d)
{
    struct error err;
    config_strings names = {0};
    if (!app_find_project(d->app, &d->app->project, &err)) {
        found(d, HEALTH_WARN, "project", "run in a project, or name one with --project", "%s",
              err.msg);
        return;
    }
    found(d, HEALTH_OK, "project", "", "%s", d->app->project);
    if (d->environment != NULL) {
        check_environment(d, d->environment);
        return;
    }
    if (!config_environments(d->app->project, &d->app->arena, &names, &err))
        found(d, HEALTH_FAIL, "environments", "", "%s", err.msg);
    for (size_t i = 0; i < names.count; i++)
        check_environment(d, names.items[i]);
}

void doctor_run(struct doctor *d)
{
    check_programs(d);
    check_registry(d);
    check_systemd(d);
    check_state(d);
    check_project(d);
}
