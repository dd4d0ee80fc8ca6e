/* A service in a few lines, for tests whose own binary plays it: answers each connection with the
 * value of SERVICE_NAME, holds back until SIGUSR2, ends on SIGTERM. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "transport/transport.h"

static inline void answer_one(int listener)
{
    struct error err;
    cleanup_close int fd = -1;
    struct deadline until = deadline_in(clock_system(), 1000);
    if (transport_accept(listener, until, &fd, NULL, &err) &&
        !transport_write(fd, str_of(getenv("SERVICE_NAME")), until, &err))
        return;
}

/* Signals as a descriptor; the listener is looked at once SIGUSR2 has come. */
static inline int serve_loop(int listener, int signals)
{
    bool accepting = false;
    for (;;) {
        struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
                                {.fd = accepting ? listener : -1, .events = POLLIN}};
        struct signalfd_siginfo info;
        poll(fds, 2, -1);
        if (fds[1].revents != 0)
            answer_one(listener);
        if (fds[0].revents == 0 || read(signals, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo == SIGTERM)
            return 0;
        accepting = true;
    }
}

static inline int serve_main(void)
{
    struct transport_passed passed;
    struct error err;
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR2);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, NULL);
    int signals = signalfd(-1, &both, SFD_CLOEXEC);
    if (!transport_listen_fds(&passed, &err) || signals < 0 ||
        !transport_notify(getenv("NOTIFY_SOCKET"), STR("READY=1"), &err))
        return 2;
    return serve_loop(transport_passed_named(&passed, "public"), signals);
}
