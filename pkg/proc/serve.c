/* The poll loop: feeds stdin, takes output, notices ends, time-outs and interrupts. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

enum { ASK_MS = 10 }; /* how often a child without a pidfd is asked whether it has ended */

enum slot { SLOT_IN, SLOT_OUT, SLOT_ERROUT, SLOT_END, SLOT_COUNT };

/* ---- stdin ---- */

/* write(2) whose SIGPIPE nobody gets, whether the process ignores that signal or not. */
static ssize_t write_quietly(int fd, struct str bytes)
{
    sigset_t broken, before, pending;
    static const struct timespec now = {0};
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, &broken, &before);
    ssize_t len = write(fd, bytes.ptr, bytes.len);
    int sys = errno;
    if (len < 0 && sys == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&broken, NULL, &now);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = sys;
    return len;
}

static void close_input(struct proc *p)
{
    mem_close_at(&p->in_fd);
    p->in_fd = -1;
}

/* A child may stop reading early: that is its right, and its exit status tells the rest. */
static void feed_input(struct proc *p)
{
    ssize_t len = write_quietly(p->in_fd, p->in_rest);
    if (len > 0)
        p->in_rest = str_sub(p->in_rest, (size_t)len, SIZE_MAX);
    bool blocked = len < 0 && (errno == EAGAIN || errno == EINTR);
    if (!blocked && (len < 0 || p->in_rest.len == 0))
        close_input(p);
}

/* ---- phases ---- */

/* The zombie still holds its process group's number, so this cannot hit strangers. */
static void reap(struct proc *p)
{
    if (!p->spec.detach)
        kill(-p->pid, SIGKILL);
    while (waitpid(p->pid, &p->wait_status, 0) < 0 && errno == EINTR)
        continue;
    close_input(p);
    p->ended_ms = proc_now_ms(p);
    p->phase = PHASE_LINGERING;
    p->next_ms = p->ended_ms + PROC_LINGER_MS;
}

static bool has_ended(const struct proc *p)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == p->pid;
}

static void on_time(struct proc *p)
{
    switch (p->phase) {
    case PHASE_RUNNING:
        p->timed_out = true;
        proc_stop(p);
        break;
    case PHASE_ENDING:
        proc_kill(p, SIGKILL);
        p->phase = PHASE_KILLED;
        p->next_ms = INT64_MAX;
        break;
    case PHASE_LINGERING:
        stream_end(&p->out);
        stream_end(&p->errout);
        break;
    case PHASE_KILLED:
    case PHASE_DONE:
        break;
    }
}

static void settle(struct proc *p)
{
    if (proc_now_ms(p) >= p->next_ms)
        on_time(p);
    if (p->phase == PHASE_LINGERING && p->out.fd < 0 && p->errout.fd < 0)
        p->phase = PHASE_DONE;
}

/* ---- interrupts ---- */

static bool heeds_interrupt(const struct proc *p)
{
    return !p->spec.through_interrupt && !p->interrupted && p->phase < PHASE_LINGERING;
}

static void heed_interrupt(struct proc *const *list, size_t count)
{
    if (signals_caught() == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (!heeds_interrupt(list[i]))
            continue;
        list[i]->interrupted = true;
        proc_stop(list[i]);
    }
}

/* ---- one round ---- */

static bool want_slots(const struct proc *p, struct pollfd *slots)
{
    bool ended = p->phase >= PHASE_LINGERING;
    slots[SLOT_IN] = (struct pollfd){.fd = p->in_fd, .events = POLLOUT};
    slots[SLOT_OUT] = (struct pollfd){.fd = p->out.fd, .events = POLLIN};
    slots[SLOT_ERROUT] = (struct pollfd){.fd = p->errout.fd, .events = POLLIN};
    slots[SLOT_END] = (struct pollfd){.fd = ended ? -1 : p->pidfd, .events = POLLIN};
    return heeds_interrupt(p);
}

static void use_slots(struct proc *p, const struct pollfd *slots)
{
    if (slots[SLOT_IN].revents != 0)
        feed_input(p);
    if (slots[SLOT_OUT].revents != 0)
        stream_read(&p->out);
    if (slots[SLOT_ERROUT].revents != 0)
        stream_read(&p->errout);
    if (slots[SLOT_END].revents != 0)
        reap(p);
}

static void ask_without_pidfd(struct proc *p)
{
    if (p->pidfd < 0 && p->phase < PHASE_LINGERING && has_ended(p))
        reap(p);
}

/* Milliseconds until the first child's phase changes by time, or the round's own end. */
static int round_timeout(struct proc *const *list, size_t count, int64_t until_ms)
{
    int64_t left = INT_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t now = proc_now_ms(list[i]);
        int64_t next = list[i]->next_ms < until_ms ? list[i]->next_ms : until_ms;
        if (next - now < left)
            left = next - now;
        if (list[i]->pidfd < 0 && list[i]->phase < PHASE_LINGERING && left > ASK_MS)
            left = ASK_MS;
    }
    return left < 0 ? 0 : (int)left;
}

static bool serve_round(struct proc *const *list, size_t count, int64_t until_ms, struct error *err)
{
    cleanup_free struct pollfd *slots = xcalloc(count * SLOT_COUNT + 1, sizeof(*slots));
    struct pollfd *wake = &slots[count * SLOT_COUNT];
    *wake = (struct pollfd){.fd = -1, .events = POLLIN};
    for (size_t i = 0; i < count; i++) {
        if (want_slots(list[i], &slots[i * SLOT_COUNT]))
            wake->fd = signals_fd();
    }
    int ready = poll(slots, count * SLOT_COUNT + 1, round_timeout(list, count, until_ms));
    if (ready < 0 && errno != EINTR)
        return err_sys(err, ERR_FAILED, errno, "wait for children");
    for (size_t i = 0; i < count && ready > 0; i++)
        use_slots(list[i], &slots[i * SLOT_COUNT]);
    heed_interrupt(list, count);
    for (size_t i = 0; i < count; i++) {
        ask_without_pidfd(list[i]);
        settle(list[i]);
    }
    return true;
}

/* ---- until ---- */

struct standing {
    struct proc *done; /* the first that is */
    bool interrupted;  /* some child was ended because of a signal */
    bool ending;       /* and some such child has not gone yet */
};

static struct standing look(struct proc *const *list, size_t count)
{
    struct standing s = {0};
    for (size_t i = 0; i < count; i++) {
        bool done = list[i]->phase == PHASE_DONE;
        if (done && s.done == NULL)
            s.done = list[i];
        s.interrupted = s.interrupted || list[i]->interrupted;
        s.ending = s.ending || (list[i]->interrupted && !done);
    }
    return s;
}

bool serve_until_one_is_done(struct proc *const *list, size_t count, int64_t timeout_ms,
                             struct proc **ret_done, struct error *err)
{
    struct standing s = {0};
    int64_t until_ms = INT64_MAX;
    bool late = count == 0;
    if (timeout_ms >= 0 && count > 0)
        until_ms = proc_now_ms(list[0]) + timeout_ms;
    for (s = look(list, count); s.interrupted || (s.done == NULL && !late); s = look(list, count)) {
        if (s.interrupted && !s.ending)
            return signals_go_on(err);
        TRY(serve_round(list, count, s.interrupted ? INT64_MAX : until_ms, err));
        late = proc_now_ms(list[0]) >= until_ms;
    }
    *ret_done = s.done;
    return true;
}
