/* The keeper: a second process that holds the public listener and the lock, does nothing, and takes
 * the supervisor's place when that dies without a word. The supervisor in turn replaces a keeper
 * that died. So either may be killed and no connection is refused. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

#define KEEPER_NAME                                                              \
    "keeper-" /* and its pid: the name of its descriptor on the way through exec \
               */

enum {
    FIRST_FD = 3, /* in the keeper: our end of the pair, the listener, the lock */
    STEADY_MS = 5000,
    PAUSE_MS = 1000,
    EXIT_NOT_REVIVED = 70
};

/* Everything but what it keeps is closed: a control socket left open here would make clients wait
 * for a supervisor that is gone. */
static bool keep_only(int fds[3])
{
    int high[3];
    for (int i = 0; i < 3; i++) {
        high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + 3);
        if (high[i] < 0)
            return false;
    }
    for (int i = 0; i < 3; i++) {
        fds[i] = FIRST_FD + i;
        if (dup3(high[i], fds[i], O_CLOEXEC) < 0)
            return false;
    }
    return close_range(FIRST_FD + 3, ~0U, 0) == 0;
}

static void ignore_requests_to_end(void)
{
    static const int NUMBERS[] = {SIGINT, SIGTERM, SIGHUP};
    signals_reset_child();
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        signal(NUMBERS[i], SIG_IGN);
}

/* Did the supervisor die, rather than dismiss us? Waits for whichever comes. */
static bool supervisor_died(int fd)
{
    char word;
    ssize_t len = 0;
    do {
        len = recv(fd, &word, 1, 0);
    } while (len < 0 && errno == EINTR);
    return len <= 0;
}

struct transport_passed keeper_hand_over(const struct server *s)
{
    struct transport_passed passed = {
        .count = 2, .fds = {s->listener, s->lock.fd, s->keeper.fd}, .names = {"public", "lock"}};
    if (s->keeper.pid == 0)
        return passed;
    snprintf(passed.names[2], sizeof(passed.names[2]), KEEPER_NAME "%d", (int)s->keeper.pid);
    passed.count = 3;
    return passed;
}

void keeper_adopt(struct server *s, const struct transport_passed *passed)
{
    for (size_t i = 0; i < passed->count; i++) {
        struct str name = str_of(passed->names[i]);
        uint64_t pid = 0;
        if (!str_starts(name, STR(KEEPER_NAME)))
            continue;
        if (str_to_u64(str_sub(name, strlen(KEEPER_NAME), name.len), &pid))
            s->keeper = (struct keeper){.pid = (pid_t)pid, .fd = passed->fds[i]};
    }
}

_Noreturn static void become_supervisor(const struct server *s, int listener, int lock)
{
    struct error err;
    struct transport_passed passed = {
        .count = 2, .fds = {listener, lock}, .names = {"public", "lock"}};
    const char *argv[] = {s->settings.exe, "supervise", "--dir", s->dir, NULL};
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    if (transport_pass_to_exec(&passed, &err))
        execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    _exit(EXIT_NOT_REVIVED);
}

_Noreturn static void keeper_main(const struct server *s, int pair)
{
    int fds[3] = {pair, s->listener, s->lock.fd};
    int64_t born = clock_mono_ms(s->clock);
    ignore_requests_to_end();
    /* A session of its own: whoever kills the supervisor's group does not kill both. */
    setsid();
    prctl(PR_SET_NAME, "teerex-keeper");
    if (!keep_only(fds) || !supervisor_died(fds[0]))
        _exit(0);
    if (clock_mono_ms(s->clock) - born < STEADY_MS)
        clock_sleep_ms(s->clock, PAUSE_MS);
    become_supervisor(s, fds[1], fds[2]);
}

static void fork_keeper(struct server *s, int ours, int theirs)
{
    pid_t pid = fork();
    if (pid == 0)
        keeper_main(s, theirs);
    close(theirs);
    if (pid < 0) {
        close(ours);
        log_event(&s->log, NULL, "no keeper: %s", strerrorname_np(errno));
        return;
    }
    s->keeper = (struct keeper){.pid = pid, .fd = ours, .started_ms = clock_mono_ms(s->clock)};
}

void keeper_start(struct server *s)
{
    struct error err;
    int pair[2];
    s->keeper = (struct keeper){.fd = -1};
    if (!cap_allow(s->cap, EFFECT_IDEMPOTENT, "run", "the keeper", &err) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        log_event(&s->log, NULL, "no keeper: its socket cannot be made");
        return;
    }
    fork_keeper(s, pair[0], pair[1]);
}

static void reap(struct server *s)
{
    close(s->keeper.fd);
    while (waitpid(s->keeper.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    s->keeper.fd = -1;
    s->keeper.pid = 0;
}

void keeper_lost(struct server *s)
{
    int64_t lived = clock_mono_ms(s->clock) - s->keeper.started_ms;
    reap(s);
    if (s->ending)
        return;
    log_event(&s->log, NULL, "the keeper has died: a new one is started");
    if (lived < PAUSE_MS)
        clock_sleep_ms(s->clock, PAUSE_MS - lived);
    keeper_start(s);
}

void keeper_dismiss(struct server *s)
{
    if (s->keeper.pid == 0)
        return;
    ssize_t ignored = send(s->keeper.fd, "q", 1, MSG_NOSIGNAL);
    (void)ignored;
    reap(s);
}

void keeper_renew(struct server *s)
{
    keeper_dismiss(s);
    keeper_start(s);
}
