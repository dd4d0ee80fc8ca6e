/* The monitor: starts the parts, passes signals on, starts dead workers again, and ends everything
 * when the vault or the front is gone. Knows nothing of HTTP and holds no key. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buildinfo.h"
#include "crypto/crypto.h"
#include "sandbox/sandbox.h"
#include "transport/transport.h"

enum {
    WORKER_PAUSE_MS = 200,
    WORKER_PAUSE_MAX_MS = 30000,
    WORKER_HEALTHY_MS = 10000, /* lived this long: the pause starts from the beginning */
    MMAP_BYTES = 256 * 1024
};

static bool open_signals(struct monitor *m, struct error *err)
{
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        sigaddset(&set, wanted[i]);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return err_sys(err, ERR_FAILED, errno, "sigprocmask");
    m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m->signals < 0)
        return err_sys(err, ERR_FAILED, errno, "signalfd");
    return true;
}

/* A connection is a descriptor. */
static void raise_open_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void count_cpus(struct prover_options *o)
{
    long all = sysconf(_SC_NPROCESSORS_CONF);
    cpu_set_t usable;
    o->cpus = all > 0 ? (uint64_t)all : 1;
    o->usable_cpus = o->cpus;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        o->usable_cpus = (uint64_t)CPU_COUNT(&usable);
}

static bool measure_executable(struct prover_options *o, struct error *err)
{
    cleanup_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, ERR_FAILED, errno, "/proc/self/exe");
    return sha256_fd_hex(fd, "/proc/self/exe", o->executable_sha256, err);
}

static bool start_parts(struct monitor *m, struct error *err)
{
    TRY(spawn_vault(m, err));
    for (unsigned i = 0; i < m->o->workers; i++)
        TRY(spawn_worker(m, i, &m->sockets.workers[i], err));
    TRY(spawn_front(m, err));
    sockets_close(m);
    return true;
}

enum { TELL_TRIES = 5, TELL_PAUSE_MS = 20 };

/* It waits for this and is told once, so a moment's lack of descriptors must not be the end. */
static void tell_manager(struct monitor *m, struct str state)
{
    struct error err = {0};
    for (int tries = 0; tries < TELL_TRIES; tries++) {
        if (transport_notify(m->o->notify_socket, state, &err))
            return;
        clock_sleep_ms(clock_system(), TELL_PAUSE_MS);
    }
    log_say(&m->log, LOG_WARN, "%s", err.msg);
}

static void tell_front(struct monitor *m, enum control_op op)
{
    struct error err = {0};
    if (!msg_send_plain(m->front.control, op, 0, STR_EMPTY, &err))
        log_say(&m->log, LOG_WARN, "the front is not listening: %s", err.msg);
}

/* Once: said by the front, or seen by its end. */
static void tell_stopped(struct monitor *m)
{
    if (!m->stopped)
        tell_manager(m, STR("STOPPING=1"));
    m->stopped = true;
}

static void on_end_signal(struct monitor *m, int number)
{
    m->last_signal = number;
    if (m->draining) {
        log_say(&m->log, LOG_WARN, "signal %d again: ending at once", number);
        m->exit_status = 128 + number;
        return;
    }
    m->draining = true;
    tell_front(m, CONTROL_DRAIN);
}

static void describe_end(int status, char *text, size_t size)
{
    if (sandbox_is_violation(status))
        snprintf(text, size, "killed for a forbidden system call");
    else if (WIFSIGNALED(status))
        snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status),
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
}

static void worker_died(struct monitor *m, struct child *c, const char *how)
{
    int64_t now = clock_mono_ms(clock_system());
    bool healthy = now - c->started_ms >= WORKER_HEALTHY_MS;
    int64_t longer = c->pause_ms * 2 < WORKER_PAUSE_MAX_MS ? c->pause_ms * 2 : WORKER_PAUSE_MAX_MS;
    c->pause_ms = healthy || c->pause_ms == 0 ? WORKER_PAUSE_MS : longer;
    c->again_ms = now + c->pause_ms;
    log_say(&m->log, LOG_WARN, "worker %d %s; starting it again in %lld ms", (int)(c - m->workers),
            how, (long long)c->pause_ms);
}

/* A vault that ends by itself does so because the front is gone, which is told then. */
static void vault_died(struct monitor *m, int status, const char *how)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    log_say(&m->log, LOG_ERROR, "the vault %s: ending the service", how);
    m->exit_status = 1;
}

static void front_died(struct monitor *m, int status, const char *how)
{
    tell_stopped(m);
    bool drained = m->draining && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!drained)
        log_say(&m->log, LOG_ERROR, "the front %s: ending the service", how);
    m->exit_status = drained && m->exit_status < 0 ? 0 : 1;
}

static void part_died(struct monitor *m, pid_t pid, int status)
{
    char how[80];
    describe_end(status, how, sizeof how);
    if (pid == m->front.pid) {
        m->front.pid = 0;
        front_died(m, status, how);
    } else if (pid == m->vault.pid) {
        m->vault.pid = 0;
        vault_died(m, status, how);
    }
    for (size_t i = 0; i < m->o->workers; i++) {
        if (pid != m->workers[i].pid)
            continue;
        m->workers[i].pid = 0;
        worker_died(m, &m->workers[i], how);
    }
}

static void reap(struct monitor *m)
{
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        part_died(m, pid, status);
}

static void on_signal(struct monitor *m, int number)
{
    if (number == SIGCHLD)
        reap(m);
    else if (number == SIGUSR2)
        tell_front(m, CONTROL_ACCEPT);
    else if (number != SIGHUP)
        on_end_signal(m, number);
}

static void read_signals(struct monitor *m)
{
    struct signalfd_siginfo info;
    while (read(m->signals, &info, sizeof info) == (ssize_t)sizeof info)
        on_signal(m, (int)info.ssi_signo);
}

static void on_front_says(struct monitor *m)
{
    struct msg_room room;
    struct msg got;
    enum msg_got what = msg_recv(m->front.control, false, &room, &got);
    if (what == MSG_CLOSED) {
        close(m->front.control); /* SIGCHLD says the rest */
        m->front.control = -1;
    }
    if (what != MSG_GOT)
        return;
    if (got.op == CONTROL_STOPPED) {
        tell_stopped(m);
    } else if (got.op == CONTROL_READY && !m->ready) {
        m->ready = true;
        log_say(&m->log, LOG_INFO, "ready");
        tell_manager(m, STR("READY=1"));
    }
}

static void start_worker_again(struct monitor *m, unsigned slot)
{
    struct error err = {0};
    cleanup_close int end = -1;
    m->workers[slot].again_ms = 0;
    if (spawn_worker(m, slot, &end, &err) &&
        msg_send(m->front.control, &(struct msg){.op = CONTROL_WORKER, .tag = slot, .fd = end},
                 &err))
        log_say(&m->log, LOG_INFO, "worker %u runs again", slot);
    else
        log_say(&m->log, LOG_ERROR, "worker %u: %s", slot, err.msg);
}

static void start_due_workers(struct monitor *m)
{
    int64_t now = clock_mono_ms(clock_system());
    for (unsigned i = 0; i < m->o->workers; i++)
        if (m->workers[i].again_ms && now >= m->workers[i].again_ms && !m->draining)
            start_worker_again(m, i);
}

static int until_next_worker(const struct monitor *m)
{
    int64_t now = clock_mono_ms(clock_system()), wait = -1;
    for (size_t i = 0; i < m->o->workers; i++) {
        int64_t left = m->workers[i].again_ms - now;
        if (m->workers[i].again_ms && (wait < 0 || left < wait))
            wait = left > 0 ? left : 0;
    }
    return m->draining ? -1 : (int)wait;
}

static void watch_over(struct monitor *m)
{
    while (m->exit_status < 0) {
        struct pollfd fds[] = {{.fd = m->signals, .events = POLLIN},
                               {.fd = m->front.control, .events = POLLIN}};
        poll(fds, ARRAY_LEN(fds), until_next_worker(m));
        if (fds[1].revents)
            on_front_says(m);
        if (fds[0].revents)
            read_signals(m);
        start_due_workers(m);
    }
}

static void end_child(const struct child *c)
{
    if (c->pid > 0 && kill(c->pid, SIGKILL) == 0)
        waitpid(c->pid, NULL, 0);
}

static void end_parts(struct monitor *m)
{
    end_child(&m->front);
    end_child(&m->vault);
    for (size_t i = 0; i < m->o->workers; i++)
        end_child(&m->workers[i]);
    if (m->o->check_socket)
        unlink(m->o->check_socket);
}

static bool begin(struct monitor *m, struct prover_options *o, struct error *err)
{
    TRY(sockets_take_passed(m, err));
    raise_open_files();
    count_cpus(o);
    /* Large bodies go back to the system when they are freed. */
    mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
    TRY(open_signals(m, err));
    TRY(measure_executable(o, err));
    TRY(sockets_open(m, err));
    return start_parts(m, err);
}

static int finish(struct monitor *m, int status)
{
    end_parts(m);
    log_say(&m->log, LOG_INFO, "ended with status %d", status);
    log_release(&m->log);
    return status;
}

int monitor_main(const struct prover_options *options)
{
    struct prover_options o = *options;
    struct monitor m = {.o = &o,
                        .log = log_make("monitor", clock_system()),
                        .signals = -1,
                        .front.control = -1,
                        .vault.control = -1,
                        .exit_status = -1};
    struct error err = {0};
    uuid_make(rng_system(), o.boot_id);
    o.started_ms = clock_now_ms(clock_system());
    m.sockets.public_listener = m.sockets.check_listener = m.sockets.vault = -1;
    for (size_t i = 0; i < WORKERS_MAX; i++)
        m.workers[i].control = m.sockets.workers[i] = -1;
    log_say(&m.log, LOG_INFO, "teerex-prover %s (%.12s) starts as %s, boot %s", BUILDINFO.version,
            BUILDINFO.git_sha, o.instance_id ? o.instance_id : "an unnamed instance", o.boot_id);
    if (!begin(&m, &o, &err)) {
        log_say(&m.log, LOG_ERROR, "%s", err.msg);
        return finish(&m, err_exit_status(&err));
    }
    watch_over(&m);
    return finish(&m, m.exit_status);
}
