/* Between fork and exec: the child makes itself what the spec says. Only calls that are safe
 * there; nothing is allocated. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

enum {
    LIFT = 256, /* every descriptor to hand over is first moved above the targets */
    LAST_FD_WITHOUT_CLOSE_RANGE = 4096,
    EXIT_NOT_STARTED = 127
};

_Noreturn static void give_up(int report_fd, enum launch_step step)
{
    struct launch_failure failure = {.step = step, .sys = errno};
    ssize_t ignored = write(report_fd, &failure, sizeof(failure));
    (void)ignored;
    _exit(EXIT_NOT_STARTED);
}

/* Ignored signals stay ignored across exec: undo our SIGPIPE, and whatever we inherited. */
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    signals_reset_child();
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_all_on_exec(void)
{
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = 3; fd < LAST_FD_WITHOUT_CLOSE_RANGE; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static bool lift(int *fd)
{
    *fd = fcntl(*fd, F_DUPFD_CLOEXEC, LIFT);
    return *fd >= 0;
}

static bool place_fds(const struct launch *launch, int *report_fd)
{
    const struct proc_spec *spec = launch->spec;
    int stdio[3], fds[PROC_FDS_MAX];
    bool ok = lift(report_fd);
    for (int i = 0; i < 3; i++) {
        stdio[i] = launch->stdio[i];
        ok = ok && lift(&stdio[i]);
    }
    for (size_t i = 0; i < spec->fd_count; i++) {
        fds[i] = spec->fds[i].fd;
        ok = ok && lift(&fds[i]);
    }
    close_all_on_exec();
    for (int i = 0; i < 3; i++)
        ok = ok && dup2(stdio[i], i) >= 0;
    for (size_t i = 0; i < spec->fd_count; i++)
        ok = ok && dup2(fds[i], spec->fds[i].target) >= 0;
    return ok;
}

static bool tie_to_parent(const struct launch *launch)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return false;
    if (getppid() != launch->parent)
        _exit(EXIT_NOT_STARTED);
    return true;
}

/* proc_environment left the placeholder as the first entry: only the child knows its pid. */
static void tell_pid(char **env)
{
    snprintf(env[0], strlen(env[0]) + 1, "LISTEN_PID=%d", (int)getpid());
}

/* ---- exec ---- */

static const char *path_of(char *const *env)
{
    for (; *env != NULL; env++) {
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    }
    return "/usr/bin:/bin";
}

/* execve takes what it is given by value; the vector itself is not written to. */
static void exec_file(const char *file, const char *const *argv, char *const *env)
{
    execve(file, (char *const *)(uintptr_t)argv, env);
}

/* As execvp, by the child's own PATH, but a text without "#!" is not handed to a shell. Returns
 * with errno; EACCES of an earlier directory tells more than ENOENT of the last. */
static void exec_searched(const char *const *argv, char *const *env)
{
    char file[PATH_MAX];
    bool denied = false;
    struct str path = str_of(path_of(env));
    if (strchr(argv[0], '/') != NULL) {
        exec_file(argv[0], argv, env);
        return;
    }
    errno = ENOENT;
    while (path.len > 0) {
        struct str dir = str_cut(path, ':', &path, NULL);
        int len = snprintf(file, sizeof(file), "%" PRIstr "/%s", STR_ARG(dir), argv[0]);
        if (dir.len == 0 || len >= (int)sizeof(file))
            continue;
        exec_file(file, argv, env);
        denied = denied || errno == EACCES;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            return;
    }
    errno = denied ? EACCES : ENOENT;
}

/* Our own end goes first, or we would never see that the parent died. */
static void await_go(const struct launch *launch)
{
    char byte;
    if (launch->go[0] < 0)
        return;
    close(launch->go[1]);
    if (read(launch->go[0], &byte, 1) != 1)
        _exit(EXIT_NOT_STARTED);
}

void child_become(const struct launch *launch)
{
    const struct proc_spec *spec = launch->spec;
    int report_fd = launch->report_fd;
    reset_signals();
    await_go(launch);
    if (spec->detach ? setsid() < 0 : setpgid(0, 0) != 0)
        give_up(report_fd, LAUNCH_GROUP);
    if (spec->die_with_parent && !tie_to_parent(launch))
        give_up(report_fd, LAUNCH_PARENT);
    if (!place_fds(launch, &report_fd))
        give_up(report_fd >= 0 ? report_fd : launch->report_fd, LAUNCH_FDS);
    if (spec->umask != 0)
        umask(spec->umask);
    if (spec->cwd != NULL && chdir(spec->cwd) != 0)
        give_up(report_fd, LAUNCH_CWD);
    if (spec->listen_fds)
        tell_pid(launch->env);
    exec_searched(spec->argv, launch->env);
    give_up(report_fd, LAUNCH_EXEC);
}
