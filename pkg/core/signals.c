/* Signal handlers: the one place with mutable state for the whole process. */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_SECOND_INTERRUPT = 130 };

static volatile sig_atomic_t caught;
static int wake_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    if (caught != 0 && number == SIGINT)
        _exit(EXIT_SECOND_INTERRUPT);
    if (caught == 0)
        caught = number;
    ssize_t ignored = write(wake_pipe[1], "!", 1);
    (void)ignored;
    errno = saved;
}

static const int WATCHED[] = {SIGINT, SIGTERM, SIGHUP};

static void set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(WATCHED); i++)
        sigaction(WATCHED[i], &action, NULL);
}

bool signals_install(struct error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_sys(err, ERR_FAILED, errno, "make the signal pipe");
    set_handlers(on_signal);
    sigaction(SIGPIPE, &ignore, NULL);
    return true;
}

int signals_fd(void)
{
    return wake_pipe[0];
}

int signals_caught(void)
{
    return caught;
}

bool signals_go_on(struct error *err)
{
    int number = caught;
    if (number == 0)
        return true;
    err_set(err, ERR_INTERRUPTED, "interrupted by SIG%s", sigabbrev_np(number));
    err->sys = number;
    return false;
}

void signals_reset_child(void)
{
    set_handlers(SIG_DFL);
    caught = 0;
    for (size_t i = 0; i < 2; i++) {
        if (wake_pipe[i] >= 0)
            close(wake_pipe[i]);
        wake_pipe[i] = -1;
    }
}
