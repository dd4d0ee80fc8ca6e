/* Errors: a value on the caller's stack, filled by whoever fails, worded once per layer.
 *
 * A function that can fail returns a must-use bool and takes `struct error *err` last; err is
 * never NULL and is untouched on success. The kind, not the text, decides what happens next: the
 * exit status, whether a retry makes sense, and the title of an annotation (err_kind_info). */
#pragma once

#include <stdbool.h>

#include "attr.h"

enum err_kind {
    ERR_NONE,
    ERR_USAGE,        /* the command line is wrong */
    ERR_CONFIG,       /* a configuration file is wrong */
    ERR_AUTH,         /* not authenticated, or not permitted */
    ERR_NOT_FOUND,    /* the thing named does not exist */
    ERR_CONFLICT,     /* it exists already, or is not what was expected */
    ERR_LOCKED,       /* somebody else holds the lease, or ours is lost */
    ERR_GATE,         /* a gate said no */
    ERR_INCONCLUSIVE, /* a gate could not say: hold, touch nothing more */
    ERR_PENDING,      /* the outcome is decided elsewhere, later */
    ERR_VERIFY,       /* a signature, digest or measurement does not hold */
    ERR_ROLLED_BACK,  /* failed, and the previous state was restored */
    ERR_ROLLBACK,     /* failed, and restoring failed too */
    ERR_STALE,        /* the world moved since the plan was made */
    ERR_TRANSIENT,    /* may work if tried again */
    ERR_INTERRUPTED,  /* SIGINT or SIGTERM; `sys` holds the signal number */
    ERR_FAILED,       /* everything else that went wrong outside this program */
    ERR_BUG,          /* a promise inside this program was broken */
    ERR_KIND_COUNT
};

enum { ERR_MSG_MAX = 1024 };

struct error {
    enum err_kind kind;
    int sys;  /* errno, 0 when there was none */
    int http; /* HTTP status, 0 when there was none */
    char msg[ERR_MSG_MAX];
};

/* What follows from a kind. `title` heads an annotation; `exit_status` is documented in README. */
struct err_kind_info {
    const char *name; /* as written in JSON: "not_found" */
    const char *title;
    int exit_status;
    bool retry; /* may be tried again when the effect allows it */
};

/* Never NULL; an unknown value is answered as ERR_BUG. */
const struct err_kind_info *err_kind_info(enum err_kind kind);

/* The process exit status for this error: err_kind_info's, 128 + signal when interrupted. */
int err_exit_status(const struct error *err);

/* Each of these fills *err and returns false, so that a failure is one line: `return err_set(…)`.
 * Messages: lower case, no full stop, foreign text quoted; longer ones are cut with "…". */
bool err_set(struct error *err, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
/* As err_set, with ": strerror(sys)" appended and `sys` kept. */
bool err_sys(struct error *err, enum err_kind kind, int sys, const char *fmt, ...)
    printf_like(4, 5);
/* Prefixes the message with "context: ". Kind, errno and HTTP status stay. */
bool err_wrap(struct error *err, const char *fmt, ...) printf_like(2, 3);

/* The analyzer sees one file at a time; it may know that these always return false. */
#ifdef __clang_analyzer__
static inline bool err_is_false(bool ignored unused_arg)
{
    return false;
}
#define err_set(...) err_is_false(err_set(__VA_ARGS__))
#define err_sys(...) err_is_false(err_sys(__VA_ARGS__))
#define err_wrap(...) err_is_false(err_wrap(__VA_ARGS__))
#endif

/* The one guard macro: leave with false when expr failed (it has filled err). */
#define TRY(expr)         \
    do {                  \
        if (!(expr))      \
            return false; \
    } while (0)
