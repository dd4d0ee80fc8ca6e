/* The operations on a kept service, whatever keeps it. */
#include "client.h"

#include <stdio.h>

static const struct supervise_ops *ops_of(enum supervise_backend backend)
{
    switch (backend) {
    case SUPERVISE_SYSTEMD:
        return systemd_ops();
    case SUPERVISE_OWN:
    case SUPERVISE_BACKEND_COUNT:
        break;
    }
    return own_ops();
}

static struct supervise *client_new(const char *dir, const struct settings *settings,
                                    const struct clock *clock)
{
    struct supervise *s = xcalloc(1, sizeof(*s));
    *s =
        (struct supervise){.ops = ops_of(settings->backend), .clock = clock, .settings = *settings};
    snprintf(s->dir, sizeof(s->dir), "%s", dir);
    return s;
}

bool supervise_connect(const char *dir, const struct clock *clock, struct supervise **ret,
                       struct error *err)
{
    struct settings settings;
    struct supervise_status status;
    if (strlen(dir) >= SUPERVISE_PATH_MAX)
        return err_set(err, ERR_CONFIG, "the service's directory has too long a path");
    if (!settings_read(dir, &settings, err)) {
        if (err->kind == ERR_NOT_FOUND)
            err_set(err, ERR_NOT_FOUND, "no supervisor runs in '%s'", dir);
        return false;
    }
    cleanup_supervise struct supervise *s = client_new(dir, &settings, clock);
    TRY(supervise_status(s, &status, err));
    *ret = steal_ptr(&s);
    return true;
}

void supervise_free(struct supervise *s)
{
    free(s);
}

void supervise_free_at(struct supervise **s)
{
    supervise_free(*s);
}

bool supervise_status(struct supervise *s, struct supervise_status *ret, struct error *err)
{
    return s->ops->status(s, ret, err);
}

bool supervise_start(struct supervise *s, const struct cap *cap, const struct supervise_start *what,
                     struct error *err)
{
    if (!supervise_name_ok(what->id))
        return err_set(err, ERR_CONFIG, "'%.80s' is not an instance's name", what->id);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "start", what->id, err));
    return s->ops->start(s, cap, what, err);
}

bool supervise_promote(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                       struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "promote", id, err));
    return s->ops->promote(s, cap, id, fence, err);
}

bool supervise_stop(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                    struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "stop", id, err));
    return s->ops->stop(s, cap, id, fence, err);
}

bool supervise_shutdown(struct supervise *s, const struct cap *cap, uint64_t fence,
                        struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "shut down", s->dir, err));
    return s->ops->shutdown(s, cap, fence, err);
}

const struct supervise_instance *supervise_find(const struct supervise_status *status,
                                                const char *id)
{
    for (size_t i = 0; i < status->count; i++) {
        if (strcmp(status->instances[i].id, id) == 0)
            return &status->instances[i];
    }
    return NULL;
}
