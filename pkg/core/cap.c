/* Deciding whether an effect is permitted. */
#include "cap.h"

#include <stddef.h>

const struct cap *cap_observe(void)
{
    static const struct cap observe = {.may_write = false};
    return &observe;
}

struct cap cap_apply(cap_guard_fn *guard, void *guard_ctx)
{
    return (struct cap){.may_write = true, .guard = guard, .guard_ctx = guard_ctx};
}

bool cap_allow(const struct cap *cap, enum effect effect, const char *what, const char *target,
               struct error *err)
{
    if (effect == EFFECT_READ)
        return true;
    if (!cap->may_write)
        return err_set(err, ERR_BUG, "%s '%s' was asked of code that may only observe", what,
                       target);
    return cap->guard == NULL || cap->guard(cap->guard_ctx, err);
}
