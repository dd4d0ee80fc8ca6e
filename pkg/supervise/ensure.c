/* Making sure that a service is kept: by what keeps it already, or from now on. */
#include <stdio.h>
#include <sys/stat.h>

#include "client.h"
#include "fs/fs.h"

static bool prepare(const struct cap *cap, const char *dir, const struct settings *settings,
                    struct error *err)
{
    cleanup_free char *log = fs_join(dir, "log");
    TRY(fs_make_dirs(cap, dir, 0700, err));
    TRY(fs_make_dirs(cap, log, 0700, err));
    return settings_write(cap, dir, settings, err);
}

/* A supervisor runs: may it go on with what is wanted? */
static bool check_running(const struct settings *has, const struct settings *wanted,
                          struct error *err)
{
    if (has->backend != wanted->backend)
        return err_set(err, ERR_CONFLICT, "%s is kept by another backend: shut it down first",
                       has->name);
    if (strcmp(has->listen, wanted->listen) != 0)
        return err_set(err, ERR_CONFLICT,
                       "%s listens on %s and cannot move to %s while it runs: shut it down first",
                       has->name, has->listen, wanted->listen);
    return true;
}

static bool begin(const struct cap *cap, const char *dir, const struct settings *settings,
                  const struct clock *clock, struct error *err)
{
    switch (settings->backend) {
    case SUPERVISE_OWN:
        return own_begin(cap, dir, settings, clock, err);
    case SUPERVISE_SYSTEMD:
        return systemd_begin(cap, dir, settings, clock, err);
    case SUPERVISE_BACKEND_COUNT:
        break;
    }
    return err_set(err, ERR_BUG, "a service without a backend");
}

/* Does the process `pid` run this very file? A program that was built anew is another file. */
static bool runs_program(pid_t pid, const char *program)
{
    char link[64];
    struct stat runs, wanted;
    snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
    return stat(link, &runs) == 0 && stat(program, &wanted) == 0 && runs.st_dev == wanted.st_dev &&
           runs.st_ino == wanted.st_ino;
}

static bool is_current(struct supervise *s, const struct settings *wanted, bool *ret,
                       struct error *err)
{
    struct supervise_status status;
    TRY(supervise_status(s, &status, err));
    bool own = wanted->backend == SUPERVISE_OWN;
    *ret = settings_equal(&s->settings, wanted) && (!own || runs_program(status.pid, wanted->exe));
    return true;
}

/* What keeps it goes on with the settings that are wanted now, ours as the program, too. */
static bool renew(const struct cap *cap, struct supervise *s, const struct settings *wanted,
                  struct error *err)
{
    bool current = false;
    TRY(check_running(&s->settings, wanted, err));
    TRY(is_current(s, wanted, &current, err));
    if (current)
        return true;
    TRY(settings_write(cap, s->dir, wanted, err));
    s->settings = *wanted;
    return wanted->backend == SUPERVISE_OWN ? own_reexec(s, err)
                                            : systemd_begin(cap, s->dir, wanted, s->clock, err);
}

static bool start_and_connect(const struct cap *cap, const char *dir,
                              const struct settings *settings, const struct clock *clock,
                              struct supervise **ret, struct error *err)
{
    TRY(prepare(cap, dir, settings, err));
    /* Two may start one at the same time: whoever comes second finds the first one's. */
    if (!begin(cap, dir, settings, clock, err) && err->kind != ERR_LOCKED)
        return err_wrap(err, "keep %s up", settings->name);
    return supervise_connect(dir, clock, ret, err);
}

bool supervise_ensure(const struct cap *cap, const struct supervise_service *service,
                      const struct clock *clock, struct supervise **ret, struct error *err)
{
    struct settings settings;
    cleanup_supervise struct supervise *s = NULL;
    TRY(settings_from(service, &settings, err));
    if (service->dir[0] != '/')
        return err_set(err, ERR_CONFIG, "the service's directory '%s' is not absolute",
                       service->dir);
    if (supervise_connect(service->dir, clock, &s, err))
        TRY(renew(cap, s, &settings, err));
    else if (err->kind != ERR_NOT_FOUND)
        return false;
    else
        TRY(start_and_connect(cap, service->dir, &settings, clock, &s, err));
    *ret = steal_ptr(&s);
    return true;
}
