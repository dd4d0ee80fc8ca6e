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
    struct hold *holds;
    size_t count;
    int64_t ttl_ms;
    const struct clock *clock;
    pid_t pid;
    int control; /* closing it ends the child */
    int report;  /* readable once the lease is lost, hung up once the child is gone */
    char loss[LOSS_TEXT_MAX];
};

/* ---- the child ---------------------------------------------------------------------------- */

struct child {
    const struct lease_keeper *keeper; /* the parent's, as it was at the fork */
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

static bool renew_all(const struct lease_keeper *k, struct error *err)
{
    for (size_t i = 0; i < k->count; i++)
        TRY(lease_renew(k->store, &k->holds[i], clock_now_ms(k->clock), err));
    return true;
}

static bool child_renews(struct child *c, struct error *err)
{
    const struct lease_keeper *k = c->keeper;
    int64_t renewed_ms = clock_mono_ms(k->clock);
    int64_t wait_ms = k->ttl_ms / RENEWALS_PER_TTL;
    while (!told_to_end(c->control, wait_ms)) {
        int64_t tried_ms = clock_mono_ms(k->clock);
        wait_ms = k->ttl_ms / RENEWALS_PER_TTL;
        if (renew_all(k, err)) {
            renewed_ms = tried_ms;
            continue;
        }
        if (err->kind == ERR_LOCKED || tried_ms - renewed_ms >= k->ttl_ms)
            return false;
        wait_ms = k->ttl_ms / RETRIES_PER_TTL;
    }
    return true;
}

static void child_main(struct child *c, pid_t parent)
{
    struct error err = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    leave_parent_behind(c->control, c->report);
    const struct store *s = c->keeper->store;
    if (!s->ops->resume(s->impl, &err) || !child_renews(c, &err)) {
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
    const struct store *s = c->keeper->store;
    const struct store_ops *ops = s->ops;
    void *impl = s->impl;
    pid_t parent = getpid();
    TRY(ops->suspend(impl, err));
    bool alone = check_no_other_handle(s->where, err);
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

static bool start_child(struct lease_keeper *keeper, struct error *err)
{
    int control[2] = {-1, -1}, report[2] = {-1, -1};
    pid_t pid = -1;
    TRY(make_pipes(control, report, err));
    struct child c = {.keeper = keeper, .control = control[0], .report = report[1]};
    bool ok = fork_child(&c, &pid, err);
    close(control[0]);
    close(report[1]);
    if (!ok) {
        close(control[1]);
        close(report[0]);
        return false;
    }
    keeper->pid = pid;
    keeper->control = control[1];
    keeper->report = report[0];
    return true;
}

static void end_child(struct lease_keeper *keeper)
{
    mem_close_at(&keeper->control);
    mem_close_at(&keeper->report);
    if (keeper->pid > 0)
        while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    keeper->pid = 0;
    keeper->control = keeper->report = -1;
}

bool lease_keeper_start(struct store *s, const struct lease_keep *keep, struct lease_keeper **ret,
                        struct error *err)
{
    cleanup_lease_keeper struct lease_keeper *keeper = xcalloc(1, sizeof(*keeper));
    *keeper = (struct lease_keeper){.store = s,
                                    .holds = xcalloc(keep->count + 1, sizeof(*keep->holds)),
                                    .count = keep->count,
                                    .ttl_ms = keep->ttl_ms,
                                    .clock = keep->clock,
                                    .control = -1,
                                    .report = -1};
    memcpy(keeper->holds, keep->holds, keep->count * sizeof(*keep->holds));
    TRY(start_child(keeper, err));
    *ret = steal_ptr(&keeper);
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

/* Remembers the first news, since a pipe tells them once. False when the keeper has ended without
 * any: somebody killed it, and nothing is known about the leases. */
static bool hear(struct lease_keeper *keeper)
{
    if (keeper->loss[0] != '\0' || keeper->report < 0)
        return keeper->loss[0] != '\0';
    ssize_t len = read(keeper->report, keeper->loss, sizeof(keeper->loss) - 1);
    keeper->loss[len < 0 ? 0 : len] = '\0';
    return len != 0;
}

static bool still_held(const struct lease_keeper *keeper, struct error *err)
{
    for (size_t i = 0; i < keeper->count; i++) {
        struct lease stored;
        TRY(lease_read(keeper->store, keeper->holds[i].lease, &stored, err));
        TRY(hold_check(&stored, &keeper->holds[i], err));
    }
    return true;
}

bool lease_still_mine(struct lease_keeper *keeper, struct error *err)
{
    bool kept = hear(keeper);
    if (keeper->loss[0] != '\0')
        return err_set(err, ERR_LOCKED, "lease '%s' is not kept any more: %s",
                       keeper->holds[0].lease, keeper->loss);
    TRY(still_held(keeper, err));
    if (kept)
        return true;
    end_child(keeper);
    return start_child(keeper, err) && renew_all(keeper, err);
}

bool lease_guard(void *keeper, struct error *err)
{
    return lease_still_mine(keeper, err);
}

void lease_keeper_stop(struct lease_keeper *keeper)
{
    if (keeper == NULL)
        return;
    end_child(keeper);
    free(keeper->holds);
    free(keeper);
}

void lease_keeper_stop_at(struct lease_keeper **keeper)
{
    lease_keeper_stop(*keeper);
    *keeper = NULL;
}
