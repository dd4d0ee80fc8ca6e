/* Which role may make which system calls, as tables: a role is a set of groups of rules. Knows
 * nothing of how a filter is loaded. */
#include "rules.h"

#include "widened.h"

/* Memory, time, waiting, and the descriptors one has. */
static const struct rule group_base[] = {
    {"read", ANY},
    {"write", ANY},
    {"readv", ANY},
    {"writev", ANY},
    {"close", ANY},
    {"lseek", ANY},
    {"fstat", ANY},
    {"newfstatat", EMPTY_PATH},
    {"fcntl", ANY},
    {"dup", ANY},
    {"ioctl", IS_TERMINAL},
    {"ioctl", NON_BLOCK},
    {"ioctl", COUNT_READY},
    {"poll", ANY},
    {"ppoll", ANY},
    {"select", ANY},
    {"pselect6", ANY},
    {"brk", ANY},
    {"mmap", NO_EXEC},
    {"mprotect", NO_EXEC},
    {"munmap", ANY},
    {"mremap", ANY},
    {"madvise", ANY},
    {"mlock", ANY},
    {"munlock", ANY},
    {"futex", ANY},
    {"rseq", ANY},
    {"membarrier", ANY},
    {"set_robust_list", ANY},
    {"sched_yield", ANY},
    {"sched_getaffinity", ANY},
    {"clock_gettime", ANY},
    {"clock_getres", ANY},
    {"clock_nanosleep", ANY},
    {"nanosleep", ANY},
    {"gettimeofday", ANY},
    {"time", ANY},
    {"getrandom", ANY},
    {"rt_sigaction", ANY},
    {"rt_sigprocmask", ANY},
    {"rt_sigreturn", ANY},
    {"sigaltstack", ANY},
    {"restart_syscall", ANY},
    {"tgkill", OWN_THREADS},
    {"getpid", ANY},
    {"gettid", ANY},
    {"getppid", ANY},
    {"getuid", ANY},
    {"geteuid", ANY},
    {"getgid", ANY},
    {"getegid", ANY},
    {"getrusage", ANY},
    {"prlimit64", ASK_LIMIT},
    {"exit", ANY},
    {"exit_group", ANY},
};

/* Talking on a connected socket. */
static const struct rule group_stream[] = {
    {"sendto", ANY},     {"recvfrom", ANY},    {"sendmsg", ANY},
    {"recvmsg", ANY},    {"shutdown", ANY},    {"getsockopt", ANY},
    {"setsockopt", ANY}, {"getsockname", ANY}, {"getpeername", ANY},
};

/* Serving a listening socket that was made before. */
static const struct rule group_serve[] = {
    {"accept4", ANY},    {"accept", ANY},          {"epoll_create1", ANY}, {"epoll_ctl", ANY},
    {"epoll_wait", ANY}, {"epoll_pwait", ANY},     {"epoll_pwait2", ANY},  {"eventfd2", ANY},
    {"pipe2", ANY},      {"sendfile", ANY},        {"sendmmsg", ANY},      {"timerfd_create", ANY},
    {"wait4", ANY},      {"timerfd_settime", ANY}, {"waitid", ANY},
};

static const struct rule group_threads[] = {
    {"clone", ONLY_THREAD},
    {"clone3", NOT_HERE},
    {"prctl", SET_NAME},
};

static const struct rule group_files[] = {
    {"open", ANY},       {"openat", ANY},          {"stat", ANY},       {"lstat", ANY},
    {"newfstatat", ANY}, {"statx", ANY},           {"access", ANY},     {"faccessat", ANY},
    {"faccessat2", ANY}, {"readlink", ANY},        {"readlinkat", ANY}, {"getdents64", ANY},
    {"getcwd", ANY},     {"chdir", ANY},           {"fchdir", ANY},     {"mkdir", ANY},
    {"mkdirat", ANY},    {"unlink", ANY},          {"unlinkat", ANY},   {"rmdir", ANY},
    {"rename", ANY},     {"renameat", ANY},        {"renameat2", ANY},  {"ftruncate", ANY},
    {"fallocate", ANY},  {"fadvise64", ANY},       {"fsync", ANY},      {"fdatasync", ANY},
    {"pread64", ANY},    {"pwrite64", ANY},        {"preadv", ANY},     {"pwritev", ANY},
    {"fchmod", ANY},     {"umask", ANY},           {"statfs", ANY},     {"fstatfs", ANY},
    {"flock", ANY},      {"copy_file_range", ANY},
};

/* Starting a program: its loader maps executable memory, its run-time asks about the machine. */
static const struct rule group_children[] = {
    {"fork", ANY},
    {"vfork", ANY},
    {"clone", ANY},
    {"clone3", ANY},
    {"execve", ANY},
    {"wait4", ANY},
    {"waitid", ANY},
    {"kill", ANY},
    {"tgkill", ANY},
    {"pipe", ANY},
    {"pipe2", ANY},
    {"dup2", ANY},
    {"dup3", ANY},
    {"close_range", ANY},
    {"setpgid", ANY},
    {"getpgid", ANY},
    {"getpgrp", ANY},
    {"setsid", ANY},
    {"prlimit64", ANY},
    {"mmap", ANY},
    {"mprotect", ANY},
    {"prctl", ANY},
    {"arch_prctl", ANY},
    {"set_tid_address", ANY},
    {"uname", ANY},
    {"sysinfo", ANY},
    {"sched_setaffinity", ANY},
    {"getpriority", ANY},
    {"setpriority", ANY},
    {"sched_getparam", ANY},
    {"sched_getscheduler", ANY},
    {"getcpu", ANY},
    {"getrlimit", ANY},
    {"setrlimit", ANY},
    {"times", ANY},
    {"rt_sigtimedwait", ANY},
    {"eventfd2", ANY},
    {"epoll_create1", ANY},
    {"epoll_ctl", ANY},
    {"epoll_wait", ANY},
    {"epoll_pwait", ANY},
    {"rt_sigsuspend", ANY},
    {"pidfd_open", ANY},
    {"pidfd_send_signal", ANY},
    {"msync", ANY},
    {"mincore", ANY},
    {"get_mempolicy", ANY},
    {"getgroups", ANY},
};

/* What sanitizers (leak checks attach to their own threads) and gcov's files at exit need. */
static const struct rule group_widened[] = {
    {"openat", READ_ONLY},     {"readlink", ANY}, {"readlinkat", ANY}, {"newfstatat", ANY},
    {"getdents64", ANY},       {"clone", ANY},    {"prctl", ANY},      {"ptrace", ANY},
    {"process_vm_readv", ANY}, {"wait4", ANY},    {"prlimit64", ANY},  {"sched_setaffinity", ANY},
    {"arch_prctl", ANY},       {"uname", ANY},    {"sysinfo", ANY},    {"pipe2", ANY},
    {"getcwd", ANY},
};

enum {
    GROUP_BASE = 1,
    GROUP_STREAM = 2,
    GROUP_SERVE = 4,
    GROUP_THREADS = 8,
    GROUP_FILES = 16,
    GROUP_CHILDREN = 32,
    GROUP_WIDENED = 64
};

static const struct group {
    const struct rule *rules;
    size_t count;
} groups[] = {
    {group_base, ARRAY_LEN(group_base)},       {group_stream, ARRAY_LEN(group_stream)},
    {group_serve, ARRAY_LEN(group_serve)},     {group_threads, ARRAY_LEN(group_threads)},
    {group_files, ARRAY_LEN(group_files)},     {group_children, ARRAY_LEN(group_children)},
    {group_widened, ARRAY_LEN(group_widened)},
};

#ifdef TEEREX_COVERAGE
enum { GROUPS_EXTRA = GROUP_WIDENED | GROUP_FILES };
#else
enum { GROUPS_EXTRA = SANDBOX_WIDENED ? GROUP_WIDENED : 0 };
#endif

static const unsigned role_groups[SANDBOX_ROLE_COUNT] = {
    [SANDBOX_UNFILTERED] = 0,
    [SANDBOX_FRONT] = GROUP_BASE | GROUP_STREAM | GROUP_SERVE | GROUP_THREADS | GROUPS_EXTRA,
    [SANDBOX_VAULT] = GROUP_BASE | GROUP_STREAM | GROUPS_EXTRA,
    [SANDBOX_WORKER] = GROUP_BASE | GROUP_STREAM | GROUP_FILES | GROUP_CHILDREN | GROUPS_EXTRA,
};

static bool role_has(enum sandbox_role role, size_t group)
{
    return (role_groups[role] >> group & 1) != 0;
}

bool rules_each(enum sandbox_role role,
                bool (*each)(const struct rule *rule, void *ctx, struct error *err), void *ctx,
                struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        for (size_t k = 0; role_has(role, i) && k < groups[i].count; k++)
            TRY(each(&groups[i].rules[k], ctx, err));
    return true;
}

size_t rules_count(enum sandbox_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (role_has(role, i))
            count += groups[i].count;
    return count;
}
