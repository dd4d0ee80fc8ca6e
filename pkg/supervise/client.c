/* The operations on a kept service, whatever keeps it. */
#include "client.h"

#include <stdio.h>

struct supervise *client_new(const struct supervise_ops *ops, const char *dir,
                             const struct clock *clock)
{
    struct supervise *s = xcalloc(1, sizeof(*s));
    s->ops = ops;
    s->clock = clock;
    snprintf(s->dir, sizeof(s->dir), "%s", dir);
    return s;
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
    return s->ops->start(s, what, err);
}

bool supervise_promote(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                       struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "promote", id, err));
    return s->ops->promote(s, id, fence, err);
}

bool supervise_stop(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                    struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "stop", id, err));
    return s->ops->stop(s, id, fence, err);
}

bool supervise_shutdown(struct supervise *s, const struct cap *cap, uint64_t fence,
                        struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "shut down", s->dir, err));
    return s->ops->shutdown(s, fence, err);
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
