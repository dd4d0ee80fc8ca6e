/* Entering the sandbox: the order of giving up. Knows nothing of single system calls. */
#include "sandbox.h"

bool sandbox_enter(const struct sandbox_profile *p, struct error *err)
{
    return err_set(err, ERR_BUG, "sandbox '%s' is not built yet", p->name);
}

void sandbox_describe(const struct sandbox_profile *p, struct buf *out)
{
    buf_adds(out, p->name);
}

bool sandbox_is_widened(void)
{
    return false;
}

bool sandbox_is_violation(int wait_status)
{
    return wait_status == 31;
}
