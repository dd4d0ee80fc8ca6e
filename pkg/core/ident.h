/* Who a process is, in a way that survives pid reuse and reboots: boot id, pid, start time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "clock.h"
#include "error.h"

struct ident {
    char boot_id[UUID_TEXT_MAX]; /* /proc/sys/kernel/random/boot_id */
    pid_t pid;
    uint64_t start_ticks; /* field 22 of /proc/PID/stat */
};

enum ident_state {
    IDENT_ALIVE,
    IDENT_DEAD,   /* certainly gone: other boot, no such pid, or the pid belongs to another */
    IDENT_UNKNOWN /* /proc could not be read */
};

/* This process. */
bool ident_self(struct ident *ret, struct error *err) must_use;
/* The process `pid` as it is now; ERR_NOT_FOUND when there is none. */
bool ident_of(pid_t pid, struct ident *ret, struct error *err) must_use;
/* Is that very process alive on this machine? A zombie is dead. */
enum ident_state ident_check(const struct ident *who);
