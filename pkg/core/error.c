/* The table of error kinds and the three ways to fill an error. Knows no output. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Macros for the analyzer alone. */
#undef err_set
#undef err_sys
#undef err_wrap

static const struct err_kind_info KINDS[] = {
    [ERR_NONE] = {"none", "Done", 0, false},
    [ERR_USAGE] = {"usage", "Usage", 3, false},
    [ERR_CONFIG] = {"config", "Configuration", 3, false},
    [ERR_AUTH] = {"auth", "Not permitted", 4, false},
    [ERR_NOT_FOUND] = {"not_found", "Not found", 1, false},
    [ERR_CONFLICT] = {"conflict", "Conflict", 1, false},
    [ERR_LOCKED] = {"locked", "Lock held", 5, false},
    [ERR_GATE] = {"gate", "Gate failed", 6, false},
    [ERR_INCONCLUSIVE] = {"inconclusive", "Inconclusive", 7, false},
    [ERR_PENDING] = {"pending", "Pending elsewhere", 8, false},
    [ERR_VERIFY] = {"verify", "Verification failed", 9, false},
    [ERR_ROLLED_BACK] = {"rolled_back", "Rolled back", 10, false},
    [ERR_ROLLBACK] = {"rollback_failed", "Rollback failed", 11, false},
    [ERR_STALE] = {"stale", "Plan is stale", 12, false},
    [ERR_TRANSIENT] = {"transient", "Try again later", 75, true},
    [ERR_INTERRUPTED] = {"interrupted", "Interrupted", 130, false},
    [ERR_FAILED] = {"failed", "Failed", 1, false},
    [ERR_BUG] = {"bug", "Bug in teerexctl", 1, false},
};
_Static_assert(sizeof(KINDS) / sizeof(KINDS[0]) == ERR_KIND_COUNT, "one row per error kind");

enum { SIGNAL_STATUS_BASE = 128 };

const struct err_kind_info *err_kind_info(enum err_kind kind)
{
    return (unsigned)kind < ERR_KIND_COUNT ? &KINDS[kind] : &KINDS[ERR_BUG];
}

int err_exit_status(const struct error *err)
{
    if (err->kind == ERR_INTERRUPTED && err->sys > 0)
        return SIGNAL_STATUS_BASE + err->sys;
    return err_kind_info(err->kind)->exit_status;
}

/* A message that did not fit ends in "…", so that a reader knows it was longer. */
static void mark_cut(char *msg, int wanted)
{
    static const char ellipsis[] = "…";
    if (wanted >= ERR_MSG_MAX)
        memcpy(msg + ERR_MSG_MAX - sizeof(ellipsis), ellipsis, sizeof(ellipsis));
}

bool err_set(struct error *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;
    *err = (struct error){.kind = kind};
    va_start(args, fmt);
    int wanted = vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    mark_cut(err->msg, wanted);
    return false;
}

bool err_sys(struct error *err, enum err_kind kind, int sys, const char *fmt, ...)
{
    char text[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    err_set(err, kind, "%s: %s", text, strerror(sys));
    err->sys = sys;
    return false;
}

bool err_wrap(struct error *err, const char *fmt, ...)
{
    char context[ERR_MSG_MAX];
    char cause[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(context, sizeof(context), fmt, args);
    va_end(args);
    memcpy(cause, err->msg, sizeof(cause));
    int wanted = snprintf(err->msg, sizeof(err->msg), "%s: %s", context, cause);
    mark_cut(err->msg, wanted);
    return false;
}
