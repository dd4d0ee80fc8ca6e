/* A system call that is allowed and, where it can do too much, the one argument that is looked at.
 * Private to the module. */
#pragma once

#include "sandbox.h"

enum check {
    ANY,         /* whatever the arguments */
    NO_EXEC,     /* memory that is not executable */
    READ_ONLY,   /* files that exist, for reading */
    EMPTY_PATH,  /* a descriptor instead of a path */
    ASK_LIMIT,   /* read a limit, not set it */
    ONLY_THREAD, /* a thread, not a process */
    OWN_THREADS, /* signals to this process */
    SET_NAME,    /* name a thread */
    IS_TERMINAL, /* ask whether this is a terminal */
    NON_BLOCK,   /* make a descriptor non-blocking */
    COUNT_READY, /* ask how much can be read */
    NOT_HERE,    /* answered with ENOSYS, so that libc takes the older call, which can be checked */
    CHECK_COUNT
};

struct rule {
    const char *call;
    enum check check;
};

/* Calls `each` with every rule of the role, in order, until it fails. */
bool rules_each(enum sandbox_role role,
                bool (*each)(const struct rule *rule, void *ctx, struct error *err), void *ctx,
                struct error *err) must_use;
/* Rules in the role's list; 0 when unfiltered. */
size_t rules_count(enum sandbox_role role);
