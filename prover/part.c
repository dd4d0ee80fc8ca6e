/* What the parts have in common. Knows no operations. */
#include "part.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum { KEEP_MAX = 1 + 3 + WORKERS_MAX };

bool part_enter(const struct prover_options *o, const struct part_line *line,
                enum sandbox_role role, const int *keep, size_t keep_count, struct error *err)
{
    int fds[KEEP_MAX] = {line->control};
    if (keep_count >= KEEP_MAX)
        return err_set(err, ERR_BUG, "%zu descriptors to keep", keep_count);
    memcpy(fds + 1, keep, keep_count * sizeof fds[0]);
    const struct sandbox_profile profile = {.name = line->name,
                                            .role = role,
                                            .user = geteuid() == 0 ? o->user : NULL,
                                            .limits = SANDBOX_LIMITS_KEEP,
                                            .close_fds = true,
                                            .keep_fds = fds,
                                            .keep_fd_count = keep_count + 1,
                                            .death_signal = SIGKILL,
                                            .parent = line->monitor};
    return sandbox_enter(&profile, err);
}

bool part_serve(const struct part_line *line, int end, part_answer *answer, void *ctx,
                struct error *err)
{
    struct pollfd fds[] = {{.fd = end, .events = POLLIN}, {.fd = line->control, .events = POLLIN}};
    struct msg_room room;
    struct msg m;
    for (;;) {
        if (poll(fds, ARRAY_LEN(fds), -1) < 0)
            continue;
        if (fds[1].revents)
            return true;
        switch (msg_recv(end, false, &room, &m)) {
        case MSG_GOT:
            TRY(answer(ctx, end, &m, err));
            break;
        case MSG_NOTHING:
            break;
        case MSG_CLOSED:
            return true;
        case MSG_BAD:
            return err_set(err, ERR_BUG, "the front sent something that is no message");
        }
    }
}
