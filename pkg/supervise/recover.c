/* Going on where another supervisor ended: its listener and its instances. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

enum { KILLED_MS = 5000 };

static bool remember_address(struct server *s, struct error *err)
{
    struct transport_addr bound;
    char text[TRANSPORT_TEXT_MAX];
    TRY(transport_local(s->listener, &bound, err));
    transport_format(&bound, text);
    snprintf(s->roster.listen, sizeof(s->roster.listen), "%s", text);
    return true;
}

static bool is_listener_at(int fd, const char *wanted)
{
    struct transport_addr bound;
    struct error err;
    char text[TRANSPORT_TEXT_MAX];
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0)
        return false;
    if (!transport_local(fd, &bound, &err))
        return false;
    transport_format(&bound, text);
    return strcmp(text, wanted) == 0;
}

/* A copy of the descriptor `number` of a living process, if that is our listener. The kernel asks
 * for the right to trace it: root, or the same user where neither the process nor the machine
 * forbids it. */
static bool take_copy(int pidfd, int number, const char *wanted, int *ret_fd)
{
    cleanup_close int fd = pidfd_getfd(pidfd, number, 0);
    if (fd < 0 || !is_listener_at(fd, wanted))
        return false;
    *ret_fd = steal_fd(&fd);
    return true;
}

static void close_dir_at(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}

static bool take_from_process(pid_t pid, const char *wanted, int *ret_fd)
{
    char path[64];
    uint64_t number = 0;
    cleanup_close int pidfd = pidfd_open(pid, 0);
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    cleanup(close_dir_at) DIR *dir = pidfd < 0 ? NULL : opendir(path);
    for (struct dirent *at = dir ? readdir(dir) : NULL; at != NULL; at = readdir(dir)) {
        if (str_to_u64(str_of(at->d_name), &number) &&
            take_copy(pidfd, (int)number, wanted, ret_fd))
            return true;
    }
    return false;
}

/* The instance's main process, then whatever else is in its session (a front that holds the
 * listener while the parent has closed it). */
static bool take_from_session(const struct instance *at, const char *wanted, int *ret_fd)
{
    uint64_t pid = 0;
    if (ident_check(&at->who) != IDENT_ALIVE)
        return false;
    if (take_from_process(at->who.pid, wanted, ret_fd))
        return true;
    cleanup(close_dir_at) DIR *dir = opendir("/proc");
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry != NULL; entry = readdir(dir)) {
        if (str_to_u64(str_of(entry->d_name), &pid) && getsid((pid_t)pid) == at->who.pid &&
            take_from_process((pid_t)pid, wanted, ret_fd))
            return true;
    }
    return false;
}

static bool take_from_living(struct server *s)
{
    for (size_t i = 0; i < s->roster.count; i++) {
        const struct instance *at = s->roster.items[i];
        if (at->who.pid != 0 && take_from_session(at, s->roster.listen, &s->listener)) {
            log_event(&s->log, at->id, "the listening socket was taken back from it");
            return true;
        }
    }
    return false;
}

static bool bind_listener(struct server *s, struct error *err)
{
    struct transport_addr at;
    TRY(transport_parse(str_of(s->settings.listen), &at, err));
    struct transport_listen how = {.at = &at, .unix_mode = 0666};
    return transport_listen(s->cap, &how, &s->listener, err);
}

bool recover_listener(struct server *s, int passed, struct error *err)
{
    s->listener = passed;
    /* An instance that lives without a supervisor: that one and its keeper were both killed. */
    if (passed < 0 && !take_from_living(s))
        TRY(bind_listener(s, err));
    return remember_address(s, err);
}

static void go_on_without(struct server *s, struct instance *at)
{
    at->ready = false;
    if (instance_is_active(at) || at->resume) {
        instance_start_again(s, at);
        return;
    }
    if (at->state != SUPERVISE_EXITED)
        at->ended_ms = clock_now_ms(s->clock);
    at->state = SUPERVISE_EXITED;
}

/* What it says once may have been said to the one that died, and it takes no request before it was
 * heard: so it begins again, under its name. */
static void begin_anew(struct server *s, struct instance *at)
{
    struct error err;
    struct pollfd end = {.fd = at->pidfd, .events = POLLIN};
    if (kill(-at->who.pid, SIGKILL) != 0)
        pidfd_send_signal(at->pidfd, SIGKILL, NULL, 0);
    if (poll(&end, 1, KILLED_MS) <= 0)
        log_event(&s->log, at->id, "does not end although it was killed");
    waitpid(at->who.pid, NULL, WNOHANG); /* ours only when the supervisor became another program */
    mem_close_at(&at->pidfd);
    at->pidfd = -1;
    at->who.pid = 0;
    if (instance_begin(s, at, &err))
        return;
    log_event(&s->log, at->id, "cannot be started again: %s", err.msg);
    go_on_without(s, at);
}

/* It lives: say again what may have been lost with the one that said it first. */
static void go_on_with(struct server *s, struct instance *at)
{
    log_event(&s->log, at->id, "found again as process %d, %s", (int)at->who.pid,
              supervise_state_name(at->state));
    if (at->state == SUPERVISE_DRAINING)
        instance_drain(s, at, s->settings.drain_max_ms);
    else if (at->state == SUPERVISE_ACTIVE && at->ready)
        instance_release_hold(s, at);
    else if (at->state == SUPERVISE_HELD)
        instance_await_promotion(s, at);
    else if (!at->ready)
        begin_anew(s, at);
}

void recover_instances(struct server *s)
{
    for (size_t i = 0; i < s->roster.count; i++) {
        struct instance *at = s->roster.items[i];
        if (instance_adopt(s, at))
            go_on_with(s, at);
        else
            go_on_without(s, at);
    }
    server_save_or_log(s);
}
