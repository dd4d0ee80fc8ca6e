/* What a process gives up for good before it touches foreign bytes: its user, its descriptors,
 * its limits, the right to gain privileges, and every system call its role does not need.
 *
 * Enter once, early, from one thread. What needs files must be done before: reading OpenSSL's
 * configuration (the first use of crypto or pgp), opening sockets (also the one for sd_notify),
 * opening logs. After entering, a system call outside the role's list kills the process with
 * SIGSYS, which its parent sees (sandbox_is_violation) and the kernel's audit log names. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "core/core.h"

/* Whose list of system calls applies. */
enum sandbox_role {
    SANDBOX_UNFILTERED, /* no list: everything else is given up */
    SANDBOX_FRONT,      /* parses the network: accept4, reads and writes on the sockets it has,
                           epoll, threads; opens no file and no socket, runs nothing */
    SANDBOX_VAULT,      /* holds the key: reads and writes on the socketpair it has */
    SANDBOX_WORKER,     /* runs bb: files and children, but no sockets and no privileges */
    SANDBOX_ROLE_COUNT
};

/* Resource limits; soft and hard are set alike. SANDBOX_KEEP leaves one as it is. Where an
 * unprivileged process may not raise its hard limit, the lower one stays. Core dumps are always
 * limited to 0. */
#define SANDBOX_KEEP UINT64_MAX
struct sandbox_limits {
    uint64_t open_files;
    uint64_t address_space; /* bytes; not applied in a sanitizer build */
    uint64_t cpu_s;
    uint64_t processes; /* of the user, system-wide: see RLIMIT_NPROC */
    uint64_t file_size; /* bytes */
    uint64_t locked;    /* bytes of locked memory */
};
#define SANDBOX_LIMITS_KEEP                                                               \
    {                                                                                     \
        .open_files = SANDBOX_KEEP, .address_space = SANDBOX_KEEP, .cpu_s = SANDBOX_KEEP, \
        .processes = SANDBOX_KEEP, .file_size = SANDBOX_KEEP, .locked = SANDBOX_KEEP      \
    }

struct sandbox_profile {
    const char *name; /* for messages: "front" */
    enum sandbox_role role;
    const char *user;  /* name or decimal number; NULL: stay who we are. Needs root unless we are
                          that user already */
    const char *group; /* name or decimal number; NULL: the user's own group */
    struct sandbox_limits limits;
    bool close_fds;      /* close every descriptor but 0, 1, 2 and keep_fds */
    const int *keep_fds; /* in any order; borrowed */
    size_t keep_fd_count;
    int death_signal; /* sent to us when the parent's creating thread ends; 0: none */
    pid_t parent; /* with death_signal: who must still be our parent; entering fails otherwise */
};

/* Gives everything up, in the order that works, and checks that it is gone. Fails with
 * ERR_NOT_FOUND (no such user or group), ERR_AUTH (not root and not that user), ERR_FAILED (the
 * kernel refused, or the parent is gone). After a failure the process is half-way in: report and
 * exit. */
bool sandbox_enter(const struct sandbox_profile *p, struct error *err) must_use;

/* One line for the log: "front: user teerex, 68 system calls, open files <= 64, no core dump". */
void sandbox_describe(const struct sandbox_profile *p, struct buf *out);

/* True in builds whose instrumentation (sanitizers, coverage) needs more system calls than the
 * lists name; sandbox_describe says so too. */
bool sandbox_is_widened(void);

/* Did the child with this wait status die of a forbidden system call? */
bool sandbox_is_violation(int wait_status);
