/* Starting a child: permission, pipes, fork, and whether exec worked. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

enum { TARGET_MAX = 255 };

static void close_owned(int *fd)
{
    mem_close_at(fd);
    *fd = -1;
}

/* The two ends of everything between us and the child; each -1 when closed or not needed. */
struct plumbing {
    int theirs[3]; /* ends the child uses; closed here after the fork */
    int ours[3];
    int report[2];
    int go[2];
};

static void plumbing_release(struct plumbing *p)
{
    for (size_t i = 0; i < 3; i++) {
        close_owned(&p->theirs[i]);
        close_owned(&p->ours[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        close_owned(&p->report[i]);
        close_owned(&p->go[i]);
    }
}

static bool check_output(const struct proc_output *out, const char *which, struct error *err)
{
    if (out->kind == PROC_CAPTURE && out->max == 0)
        return err_set(err, ERR_BUG, "%s of a child without a maximum", which);
    if (out->kind == PROC_LINES && out->on_line == NULL)
        return err_set(err, ERR_BUG, "%s of a child as lines, for nobody", which);
    return true;
}

static bool check_spec(const struct proc_spec *spec, struct error *err)
{
    if (spec->argv == NULL || spec->argv[0] == NULL || spec->argv[0][0] == '\0')
        return err_set(err, ERR_BUG, "a child without a program");
    if (spec->fd_count > PROC_FDS_MAX)
        return err_set(err, ERR_BUG, "%zu descriptors for a child", spec->fd_count);
    for (size_t i = 0; i < spec->fd_count; i++) {
        if (spec->fds[i].target < 3 || spec->fds[i].target > TARGET_MAX)
            return err_set(err, ERR_BUG, "descriptor %d for a child", spec->fds[i].target);
    }
    TRY(check_output(&spec->out, "stdout", err));
    return check_output(&spec->errout, "stderr", err);
}

static bool pipe_sys(int *read_end, int *write_end, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_sys(err, ERR_FAILED, errno, "make a pipe");
    *read_end = ends[0];
    *write_end = ends[1];
    return true;
}

static bool open_null(int *ret_fd, struct error *err)
{
    *ret_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *ret_fd >= 0 || err_sys(err, ERR_FAILED, errno, "open /dev/null");
}

/* A duplicate, so that every end in the plumbing is closed alike. */
static bool borrow_fd(int fd, int *ret_fd, struct error *err)
{
    *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return *ret_fd >= 0 || err_sys(err, ERR_FAILED, errno, "hand over descriptor %d", fd);
}

static bool plumb_input(const struct proc_spec *spec, struct plumbing *p, struct error *err)
{
    if (spec->stdin_fd > 0)
        return borrow_fd(spec->stdin_fd, &p->theirs[0], err);
    if (spec->stdin_text.len == 0)
        return open_null(&p->theirs[0], err);
    TRY(pipe_sys(&p->theirs[0], &p->ours[0], err));
    fcntl(p->ours[0], F_SETFL, O_NONBLOCK);
    return true;
}

static bool plumb_output(const struct proc_output *out, int *theirs, int *ours, struct error *err)
{
    switch (out->kind) {
    case PROC_DISCARD:
        return open_null(theirs, err);
    case PROC_TO_FD:
        return borrow_fd(out->fd, theirs, err);
    case PROC_CAPTURE:
    case PROC_LINES:
        break;
    }
    TRY(pipe_sys(ours, theirs, err));
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return true;
}

static bool plumb(const struct proc_spec *spec, struct plumbing *p, struct error *err)
{
    TRY(plumb_input(spec, p, err));
    TRY(plumb_output(&spec->out, &p->theirs[1], &p->ours[1], err));
    TRY(plumb_output(&spec->errout, &p->theirs[2], &p->ours[2], err));
    if (spec->born != NULL)
        TRY(pipe_sys(&p->go[0], &p->go[1], err));
    return pipe_sys(&p->report[0], &p->report[1], err);
}

/* Forks with every signal held back, so that none is handled by our handlers in the child. */
static pid_t fork_child(const struct launch *launch)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        child_become(launch);
    int sys = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = sys;
    return pid;
}

static const char *const STEP_TEXT[] = {
    [LAUNCH_GROUP] = "make its process group",
    [LAUNCH_PARENT] = "tie it to this process",
    [LAUNCH_FDS] = "hand over its descriptors",
    [LAUNCH_CWD] = "enter its directory",
};
_Static_assert(ARRAY_LEN(STEP_TEXT) == LAUNCH_EXEC, "a text for each step before exec");

static bool launch_error(const struct proc_spec *spec, const struct launch_failure *failure,
                         struct error *err)
{
    enum err_kind kind = failure->sys == ENOENT ? ERR_NOT_FOUND : ERR_FAILED;
    if (failure->step == LAUNCH_EXEC)
        return err_sys(err, kind, failure->sys, "cannot run '%s'", spec->argv[0]);
    if (failure->step == LAUNCH_CWD)
        return err_sys(err, kind, failure->sys, "cannot run '%s': enter directory '%s'",
                       spec->argv[0], spec->cwd);
    return err_sys(err, kind, failure->sys, "cannot run '%s': %s", spec->argv[0],
                   STEP_TEXT[failure->step]);
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* Tells who wants to know that there is a child, and then the child to go on; without that it
 * ends. */
static bool let_go(const struct proc_spec *spec, struct plumbing *p, pid_t pid, struct error *err)
{
    if (spec->born == NULL)
        return true;
    close_owned(&p->go[0]);
    bool ok = spec->born(spec->born_ctx, pid, err);
    if (ok && write(p->go[1], "g", 1) != 1)
        ok = err_sys(err, ERR_FAILED, errno, "let '%s' go", spec->argv[0]);
    close_owned(&p->go[1]);
    if (!ok)
        reap(pid);
    return ok;
}

/* The report pipe is closed by a successful exec; until then this waits. */
static bool await_exec(const struct proc_spec *spec, int report_fd, pid_t pid, struct error *err)
{
    struct launch_failure failure = {0};
    ssize_t len = -1;
    do
        len = read(report_fd, &failure, sizeof(failure));
    while (len < 0 && errno == EINTR);
    if (len != (ssize_t)sizeof(failure))
        return true;
    reap(pid);
    return launch_error(spec, &failure, err);
}

static struct stream stream_make(const struct proc_output *want, int *fd)
{
    return (struct stream){
        .fd = steal_fd(fd),
        .want = *want,
        .kept = buf_make(want->kind == PROC_CAPTURE ? want->max : 1),
        .line = buf_make(PROC_LINE_MAX),
    };
}

static struct proc *proc_make(const struct proc_spec *spec, struct plumbing *p, pid_t pid)
{
    struct proc *proc = xcalloc(1, sizeof(*proc));
    *proc = (struct proc){
        .spec = *spec,
        .name = xstrdup(spec->argv[0]),
        .pid = pid,
        .pidfd = pidfd_open(pid, 0),
        .in_fd = steal_fd(&p->ours[0]),
        .in_rest = spec->stdin_text,
        .out = stream_make(&spec->out, &p->ours[1]),
        .errout = stream_make(&spec->errout, &p->ours[2]),
        .next_ms = INT64_MAX,
    };
    if (spec->clock == NULL)
        proc->spec.clock = clock_system();
    proc->started_ms = proc_now_ms(proc);
    if (spec->timeout_ms > 0)
        proc->next_ms = proc->started_ms + spec->timeout_ms;
    return proc;
}

static bool launch(const struct proc_spec *spec, struct plumbing *p, pid_t *ret_pid,
                   struct error *err)
{
    cleanup_free char **env = proc_environment(spec);
    struct launch plan = {.spec = spec,
                          .env = env,
                          .report_fd = p->report[1],
                          .go = {p->go[0], p->go[1]},
                          .parent = getpid()};
    memcpy(plan.stdio, p->theirs, sizeof(plan.stdio));
    pid_t pid = fork_child(&plan);
    if (pid < 0)
        return err_sys(err, errno == EAGAIN ? ERR_TRANSIENT : ERR_FAILED, errno, "cannot run '%s'",
                       spec->argv[0]);
    close_owned(&p->report[1]);
    TRY(let_go(spec, p, pid, err));
    TRY(await_exec(spec, p->report[0], pid, err));
    *ret_pid = pid;
    return true;
}

bool proc_start(const struct proc_spec *spec, struct proc **ret, struct error *err)
{
    cleanup(plumbing_release) struct plumbing p = {{-1, -1, -1}, {-1, -1, -1}, {-1, -1}, {-1, -1}};
    const struct cap *cap = spec->cap ? spec->cap : cap_observe();
    pid_t pid = -1;
    TRY(check_spec(spec, err));
    if (!spec->through_interrupt)
        TRY(signals_go_on(err));
    TRY(plumb(spec, &p, err));
    TRY(cap_allow(cap, spec->effect, "run", spec->argv[0], err));
    TRY(launch(spec, &p, &pid, err));
    *ret = proc_make(spec, &p, pid);
    return true;
}
