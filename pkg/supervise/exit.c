/* How a process ended, and how that is said. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "server.h"

static void take_status(struct instance *at, const siginfo_t *info)
{
    bool exited = info->si_code == CLD_EXITED;
    at->exit_known = true;
    at->exit_code = exited ? info->si_status : -1;
    at->exit_signal = exited ? 0 : info->si_status;
}

/* The group is killed while its leader is a zombie: as long as that is not reaped, no stranger can
 * get its number. A process that is not our child was reaped by somebody else; then nothing is
 * known and nothing is killed. */
void exit_collect(struct instance *at)
{
    siginfo_t info = {0};
    id_t pid = (id_t)at->who.pid;
    at->exit_known = false;
    if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == at->who.pid) {
        take_status(at, &info);
        kill(-at->who.pid, SIGKILL);
        while (waitid(P_PID, pid, &info, WEXITED) != 0 && errno == EINTR)
            continue;
    }
    mem_close_at(&at->pidfd);
    at->pidfd = -1;
    at->who.pid = 0;
}

void supervise_describe_exit(const struct supervise_instance *instance, char *text, size_t size)
{
    if (!instance->exit_known)
        snprintf(text, size, "ended");
    else if (instance->exit_signal != 0)
        snprintf(text, size, "killed by SIG%s", sigabbrev_np(instance->exit_signal));
    else
        snprintf(text, size, "exited with status %d", instance->exit_code);
}
