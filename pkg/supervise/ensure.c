/* Making sure that a service is kept: by what keeps it already, or from now on. */
#include <stdio.h>

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

/* A supervisor runs: is it for the same address? */
static bool check_running(const char *dir, const struct settings *wanted, struct error *err)
{
    struct settings has;
    TRY(settings_read(dir, &has, err));
    if (has.backend != wanted->backend)
        return err_set(err, ERR_CONFLICT, "%s is kept by another backend: shut it down first",
                       has.name);
    if (strcmp(has.listen, wanted->listen) != 0)
        return err_set(err, ERR_CONFLICT,
                       "%s listens on %s and cannot move to %s while it runs: shut it down first",
                       has.name, has.listen, wanted->listen);
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
        TRY(check_running(service->dir, &settings, err));
    else if (err->kind != ERR_NOT_FOUND)
        return false;
    else
        TRY(start_and_connect(cap, service->dir, &settings, clock, &s, err));
    *ret = steal_ptr(&s);
    return true;
}
