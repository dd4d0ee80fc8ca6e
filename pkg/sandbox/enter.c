/* Entering the sandbox: the order of giving up. Knows nothing of single system calls. */
#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parts.h"
#include "rules.h"
#include "widened.h"

static bool set_process_flag(int flag, unsigned long value, const char *what, struct error *err)
{
    if (prctl(flag, value, 0UL, 0UL, 0UL) == 0)
        return true;
    return err_sys(err, ERR_FAILED, errno, "%s", what);
}

/* Without this another process of the same user could attach to us and read the key. A leak check
 * at exit needs to attach too, so instrumented builds leave it. */
static bool forbid_tracing(struct error *err)
{
    return SANDBOX_WIDENED || set_process_flag(PR_SET_DUMPABLE, 0, "forbid tracing", err);
}

/* The parent may have ended before we asked for its death to be told, so look afterwards. */
static bool follow_parent(const struct sandbox_profile *p, struct error *err)
{
    if (p->death_signal == 0)
        return true;
    TRY(set_process_flag(PR_SET_PDEATHSIG, (unsigned long)p->death_signal, "follow the parent",
                         err));
    if (getppid() != p->parent)
        return err_set(err, ERR_FAILED, "the parent process %d is gone", (int)p->parent);
    return true;
}

/* Descriptors and limits first (root may raise limits); then the user, whose change clears the
 * death signal and the dumpable flag, so these follow; the filter last, as it forbids the rest. */
static bool give_up(const struct sandbox_profile *p, struct error *err)
{
    TRY(descriptors_close(p, err));
    TRY(limits_apply(&p->limits, err));
    TRY(identity_drop(p, err));
    TRY(forbid_tracing(err));
    TRY(follow_parent(p, err));
    TRY(set_process_flag(PR_SET_NO_NEW_PRIVS, 1, "forbid new privileges", err));
    return filter_load(p->role, err);
}

bool sandbox_enter(const struct sandbox_profile *p, struct error *err)
{
    return give_up(p, err) || err_wrap(err, "sandbox '%s'", p->name);
}

void sandbox_describe(const struct sandbox_profile *p, struct buf *out)
{
    buf_addf(out, "%s: ", p->name);
    if (p->user != NULL)
        buf_addf(out, "user %s, ", p->user);
    if (p->role == SANDBOX_UNFILTERED)
        buf_adds(out, "all system calls");
    else
        buf_addf(out, "%zu system call rules", rules_count(p->role));
    limits_describe(&p->limits, out);
    buf_adds(out, ", no new privileges, no core dump");
    if (SANDBOX_WIDENED)
        buf_adds(out, " (widened: instrumented build)");
}

bool sandbox_is_widened(void)
{
    return SANDBOX_WIDENED;
}

bool sandbox_is_violation(int wait_status)
{
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS;
}
