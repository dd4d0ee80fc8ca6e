/* The lease keeper: a child with a connection of its own that renews, and its parent's side.
 * The child knows nothing of what the parent does; it ends when the parent does. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RENEWALS_PER_TTL = 3, RETRIES_PER_TTL = 12, LOSS_TEXT_MAX = 512 };

struct lease_keeper {
    struct store *store; /* the parent's */
    struct hold hold;
    pid_t pid;
    int control; /* closing it ends the child */
    int report;  /* readable once the lease is lost, hung up once the child is gone */
    char loss[LOSS_TEXT_MAX];
};

/* ---- the child ---------------------------------------------------------------------------- */

struct child {
    struct store *store;
    const struct hold *hold;
    const struct clock *clock;
    int64_t ttl_ms;
    int control, report;
};

/* It must outlive the Ctrl-C that its parent still answers with clean-up, and nothing else of the
 * parent's: pipes that others wait on, terminals, listening sockets. */
static void leave_parent_behind(int control, int report)
{
    unsigned low = (unsigned)(control < report ? control : report);
    unsigned high = (unsigned)(control < report ? report : control);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    signals_reset_child();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    setpgid(0, 0);
    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    close_range(3, low - 1, 0);
    if (high - low > 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
    prctl(PR_SET_NAME, "lease-keeper");
}

static void child_report(const struct child *c, const struct error *err)
{
    size_t len = strnlen(err->msg, LOSS_TEXT_MAX - 1);
    ssize_t ignored = write(c->report, err->msg, len);
    (void)ignored;
}

/* True when the parent is gone or wants us to end. */
static bool told_to_end(int control, int64_t wait_ms)
{
    struct pollfd fd = {.fd = control, .events = POLLIN};
    return poll(&fd, 1, wait_ms < INT_MAX ? (int)wait_ms : INT_MAX) > 0;
}

static bool child_renews(struct child *c, struct error *err)
{
    int64_t renewed_ms = clock_mono_ms(c->clock);
    int64_t wait_ms = c->ttl_ms / RENEWALS_PER_TTL;
    while (!told_to_end(c->control, wait_ms)) {
        int64_t tried_ms = clock_mono_ms(c->clock);
        wait_ms = c->ttl_ms / RENEWALS_PER_TTL;
        if (lease_renew(c->store, c->hold, clock_now_ms(c->clock), err)) {
            renewed_ms = tried_ms;
            continue;
        }
        if (err->kind == ERR_LOCKED || tried_ms - renewed_ms >= c->ttl_ms)
            return false;
        wait_ms = c->ttl_ms / RETRIES_PER_TTL;
    }
    return true;
}

static void child_main(struct child *c, pid_t parent)
{
    struct error err;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    leave_parent_behind(c->control, c->report);
    if (!c->store->ops->resume(c->store->impl, &err) || !child_renews(c, &err)) {
        child_report(c, &err);
        _exit(1);
    }
    _exit(0);
}

/* ---- the parent --------------------------------------------------------------------------- */

/* A second connection in this process would hand its lock state to the child, which would then
 * believe to hold locks that it does not. */
static bool check_no_other_handle(const char *where, struct error *err)
{
    char real[PATH_MAX], link[PATH_MAX], name[64];
    struct dirent *entry;
    DIR *dir = realpath(where, real) ? opendir("/proc/self/fd") : NULL;
    bool found = false;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(name, sizeof(name), "/proc/self/fd/%.16s", entry->d_name);
        ssize_t len = readlink(name, link, sizeof(link) - 1);
        link[len < 0 ? 0 : len] = '\0';
        found = found || strcmp(link, real) == 0;
    }
    if (dir != NULL)
        closedir(dir);
    if (found)
        return err_set(err, ERR_BUG, "store '%s' is open twice: close the other handle first",
                       where);
    return true;
}

static bool make_pipes(int control[2], int report[2], struct error *err)
{
    if (pipe2(control, O_CLOEXEC) != 0)
        return err_sys(err, ERR_FAILED, errno, "make a pipe for the lease keeper");
    if (pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0) {
        err_sys(err, ERR_FAILED, errno, "make a pipe for the lease keeper");
        close(control[0]);
        close(control[1]);
        return false;
    }
    return true;
}

/* fork, with the store closed around it on the parent's side. */
static bool fork_child(struct child *c, pid_t *ret_pid, struct error *err)
{
    const struct store_ops *ops = c->store->ops;
    void *impl = c->store->impl;
    pid_t parent = getpid();
    TRY(ops->suspend(impl, err));
    bool alone = check_no_other_handle(c->store->where, err);
    pid_t pid = alone ? fork() : -1;
    if (pid == 0)
        child_main(c, parent);
    if (alone && pid < 0)
        err_sys(err, ERR_FAILED, errno, "fork the lease keeper");
    struct error resume_err;
    if (!ops->resume(impl, &resume_err)) {
        *err = resume_err;
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        return false;
    }
    *ret_pid = pid;
    return pid > 0;
}

bool lease_keeper_start(struct store *s, const struct hold *hold, int64_t ttl_ms,
                        const struct clock *clock, struct lease_keeper **ret, struct error *err)
{
    int control[2], report[2];
    pid_t pid;
    TRY(make_pipes(control, report, err));
    struct child c = {.store = s,
                      .hold = hold,
                      .clock = clock,
                      .ttl_ms = ttl_ms,
                      .control = control[0],
                      .report = report[1]};
    bool ok = fork_child(&c, &pid, err);
    close(control[0]);
    close(report[1]);
    if (!ok) {
        close(control[1]);
        close(report[0]);
        return false;
    }
    *ret = xcalloc(1, sizeof(**ret));
    **ret = (struct lease_keeper){
        .store = s, .hold = *hold, .pid = pid, .control = control[1], .report = report[0]};
    return true;
}

int lease_keeper_fd(const struct lease_keeper *keeper)
{
    return keeper->report;
}

pid_t lease_keeper_pid(const struct lease_keeper *keeper)
{
    return keeper->pid;
}

/* Remembers the first news, since a pipe tells them once. */
static void hear(struct lease_keeper *keeper)
{
    if (keeper->loss[0] != '\0')
        return;
    ssize_t len = read(keeper->report, keeper->loss, sizeof(keeper->loss) - 1);
    if (len == 0)
        snprintf(keeper->loss, sizeof(keeper->loss), "its keeper, process %d, has ended",
                 (int)keeper->pid);
    else
        keeper->loss[len < 0 ? 0 : len] = '\0';
}

bool lease_still_mine(struct lease_keeper *keeper, struct error *err)
{
    struct lease stored;
    hear(keeper);
    if (keeper->loss[0] != '\0')
        return err_set(err, ERR_LOCKED, "lease '%s' is not kept any more: %s", keeper->hold.lease,
                       keeper->loss);
    TRY(lease_read(keeper->store, keeper->hold.lease, &stored, err));
    return hold_check(&stored, &keeper->hold, err);
}

bool lease_guard(void *keeper, struct error *err)
{
    return lease_still_mine(keeper, err);
}

void lease_keeper_stop(struct lease_keeper *keeper)
{
    if (keeper == NULL)
        return;
    close(keeper->control);
    close(keeper->report);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(keeper);
}

void lease_keeper_stop_at(struct lease_keeper **keeper)
{
    lease_keeper_stop(*keeper);
    *keeper = NULL;
}
