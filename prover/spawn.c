/* Starting the parts. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "monitor.h"

/* Signals for the group (Ctrl-C in a terminal) are the monitor's business. */
static void reset_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGPIPE};
    sigset_t none;
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Forks. In the child *ret_line is its end and the result is 0. */
static bool fork_part(struct child *c, const char *name, struct part_line *ret_line, pid_t *ret_pid,
                      struct error *err)
{
    int ends[2];
    pid_t monitor = getpid();
    TRY(msg_pair(ends, err));
    pid_t pid = fork();
    if (pid < 0) {
        int sys = errno;
        close(ends[0]);
        close(ends[1]);
        return err_sys(err, ERR_FAILED, sys, "fork the %s", name);
    }
    *ret_pid = pid;
    close(ends[pid == 0 ? 0 : 1]);
    if (pid == 0) {
        reset_signals();
        *ret_line = (struct part_line){.name = name, .control = ends[1], .monitor = monitor};
        return true;
    }
    if (c->control >= 0)
        close(c->control);
    c->name = name;
    c->pid = pid;
    c->control = ends[0];
    c->started_ms = clock_mono_ms(clock_system());
    return true;
}

bool spawn_vault(struct monitor *m, struct error *err)
{
    struct part_line line;
    pid_t pid = 0;
    int ends[2];
    TRY(msg_pair(ends, err));
    TRY(fork_part(&m->vault, "vault", &line, &pid, err));
    if (pid == 0)
        _exit(vault_main(m->o, &line, ends[1]));
    close(ends[1]);
    m->sockets.vault = ends[0];
    return true;
}

bool spawn_worker(struct monitor *m, unsigned slot, int *ret_end, struct error *err)
{
    struct part_line line;
    pid_t pid = 0;
    int ends[2];
    TRY(msg_pair(ends, err));
    TRY(fork_part(&m->workers[slot], "worker", &line, &pid, err));
    if (pid == 0)
        _exit(worker_main(m->o, &line, slot, ends[1]));
    close(ends[1]);
    *ret_end = ends[0];
    return true;
}

bool spawn_front(struct monitor *m, struct error *err)
{
    struct part_line line;
    pid_t pid = 0;
    TRY(fork_part(&m->front, "front", &line, &pid, err));
    if (pid == 0)
        _exit(front_main(m->o, &line, &m->sockets));
    return true;
}
