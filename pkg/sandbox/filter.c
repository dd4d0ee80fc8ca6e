/* The way of a role's rules into the kernel, through libseccomp. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "parts.h"
#include "rules.h"

/* Upper halves of int arguments are not defined, so only the lower ones are compared. */
#define LOW32 0xffffffffULL
#define MASKED(number, mask, value)                                                      \
    {                                                                                    \
        .arg = (number), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) \
    }
static const struct scmp_arg_cmp comparisons[CHECK_COUNT] = {
    [NO_EXEC] = MASKED(2, PROT_EXEC, 0),
    [READ_ONLY] = MASKED(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
    [EMPTY_PATH] = MASKED(3, AT_EMPTY_PATH, AT_EMPTY_PATH),
    [ASK_LIMIT] = {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = 0},
    [ONLY_THREAD] = MASKED(0, CLONE_THREAD, CLONE_THREAD),
    [SET_NAME] = MASKED(0, LOW32, PR_SET_NAME),
    [IS_TERMINAL] = MASKED(1, LOW32, TCGETS),
    [NON_BLOCK] = MASKED(1, LOW32, FIONBIO),
    [COUNT_READY] = MASKED(1, LOW32, FIONREAD),
};

static int add_checked(scmp_filter_ctx ctx, int call, enum check check)
{
    struct scmp_arg_cmp comparison = comparisons[check];
    if (check == OWN_THREADS)
        comparison = (struct scmp_arg_cmp)MASKED(0, LOW32, (scmp_datum_t)getpid());
    if (check == ANY)
        return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, 0, NULL);
    if (check == NOT_HERE)
        return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(ENOSYS), call, 0, NULL);
    return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, 1, &comparison);
}

static bool add_rule(const struct rule *rule, void *ctx, struct error *err)
{
    int call = seccomp_syscall_resolve_name(rule->call);
    if (call == __NR_SCMP_ERROR)
        return true; /* newer than this libseccomp: libc falls back, or the call kills */
    int failed = add_checked(ctx, call, rule->check);
    if (failed == 0 || failed == -EDOM)
        return true; /* EDOM: this architecture has no such call */
    return err_sys(err, ERR_FAILED, -failed, "add system call '%s' to the filter", rule->call);
}

/* All threads of the process, foreign system call tables (32 bit, x32) forbidden, and a binary
 * tree instead of a chain of comparisons. */
static bool set_options(scmp_filter_ctx ctx, struct error *err)
{
    if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
        seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
        seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0)
        return true;
    return err_set(err, ERR_FAILED, "the kernel or libseccomp is too old for the filter");
}

static void release_at(scmp_filter_ctx *ctx)
{
    if (*ctx != NULL)
        seccomp_release(*ctx);
}

bool filter_load(enum sandbox_role role, struct error *err)
{
    if (role == SANDBOX_UNFILTERED)
        return true;
    cleanup(release_at) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (ctx == NULL)
        return err_set(err, ERR_FAILED, "libseccomp cannot be initialised");
    TRY(set_options(ctx, err));
    TRY(rules_each(role, add_rule, ctx, err));
    int failed = seccomp_load(ctx);
    if (failed != 0)
        return err_sys(err, ERR_FAILED, -failed, "load the system call filter");
    return true;
}
