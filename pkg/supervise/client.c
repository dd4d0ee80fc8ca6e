/* The client's side. */
#include "supervise/supervise.h"

bool supervise_connect(const char *dir, const struct clock *clock unused_arg,
                       struct supervise **ret unused_arg, struct error *err)
{
    return err_set(err, ERR_NOT_FOUND, "no supervisor runs in '%s'", dir);
}
