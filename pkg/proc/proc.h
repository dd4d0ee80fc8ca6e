/* Running programs: the one way in which this house starts a child.
 *
 * A child is described by a struct proc_spec: an argument vector (never a shell line), an
 * environment made from an allow-list, what becomes of its output, how long it may take, and what
 * it does to the world. It runs in a process group of its own; whatever is left of that group
 * when the child ends is killed, so that a step leaves no strays behind. (A daemon that wants to
 * stay calls setsid, or is started with `detach`.)
 *
 * Messages name argv[0] and nothing else: arguments and environment may hold secrets. */
#pragma once

#include <sys/types.h>

#include "core/core.h"

enum {
    PROC_GRACE_MS = 5000,     /* between SIGTERM and SIGKILL when the spec says nothing */
    PROC_LINGER_MS = 1000,    /* how long output is awaited after the child's end, while a daemon of
                                 its own session still holds the pipe */
    PROC_LINE_MAX = BUF_LINE, /* bytes of a line that reach on_line */
    PROC_FDS_MAX = 64         /* descriptors passed beyond 0, 1 and 2 */
};

/* One line of output without its end ("\n" or "\r\n"), at most PROC_LINE_MAX bytes; `cut` when
 * more of that line followed and was dropped. The last line needs no newline. Any bytes. */
typedef void proc_line_fn(void *ctx, struct str line, bool cut);

enum proc_output_kind {
    PROC_CAPTURE, /* kept, up to `max`, and given to on_line when there is one */
    PROC_LINES,   /* given to on_line, not kept */
    PROC_DISCARD, /* /dev/null */
    PROC_TO_FD    /* written by the child itself to `fd` */
};

struct proc_output {
    enum proc_output_kind kind;
    size_t max; /* PROC_CAPTURE: bytes kept, compulsory. What comes after is read and dropped, and
                   the result says so; the child goes on */
    proc_line_fn *on_line;
    void *line_ctx;
    int fd; /* PROC_TO_FD: borrowed */
};

/* A descriptor handed to the child. */
struct proc_fd {
    int fd;     /* ours, borrowed */
    int target; /* its number there, 3 or more */
};

/* Everything is borrowed until the child has ended. */
struct proc_spec {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is searched in the child's
                                PATH, of which empty entries do not mean the directory at hand */
    /* NULL-terminated additions to PATH HOME LANG LC_* TZ TMPDIR, which are passed when set:
     * "NAME=value" sets, "NAME" passes our own value on if there is one. The last one wins. */
    const char *const *env;
    bool env_bare;         /* `env` is the whole environment */
    const char *cwd;       /* NULL: ours */
    struct str stdin_text; /* written to its stdin, then closed; empty: /dev/null */
    int stdin_fd;          /* > 0: its stdin, instead of stdin_text */
    const struct proc_fd *fds;
    size_t fd_count;
    bool listen_fds; /* says so in LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)) */
    struct proc_output out;
    struct proc_output errout;
    int64_t timeout_ms; /* 0: none */
    int64_t grace_ms;   /* 0: PROC_GRACE_MS */
    enum effect effect;
    const struct cap *cap;
    mode_t umask;              /* 0: ours */
    bool detach;               /* a session of its own; its group is left alone when it ends */
    bool die_with_parent;      /* SIGKILL when we end (PR_SET_PDEATHSIG) */
    bool through_interrupt;    /* clean-up work: goes on although we were told to stop */
    const struct clock *clock; /* for time-outs; NULL: the machine's */
    /* Called once the child exists and before it runs the program, which it never does when this
     * fails or when we die meanwhile. NULL: nothing to do then. */
    bool (*born)(void *ctx, pid_t pid, struct error *err);
    void *born_ctx;
};

struct proc_result {
    int status;      /* exit status, -1 when a signal ended it */
    int signal;      /* that signal, 0 when it exited */
    bool timed_out;  /* ended by us because of timeout_ms */
    bool out_cut;    /* more than out.max was written */
    bool errout_cut; /* the same for stderr */
    int64_t elapsed_ms;
    struct buf out; /* what was captured; any bytes */
    struct buf errout;
};

/* Frees what was captured. */
void proc_result_release(struct proc_result *r);
#define cleanup_proc_result cleanup(proc_result_release)

/* Runs a child to its end. True whenever it ran, whatever it answered: look at the result, or let
 * proc_check look. Fails, with nothing running any more, when
 *   - `cap` does not permit `effect`: ERR_BUG, ERR_LOCKED
 *   - it cannot be started: "cannot run 'x': No such file or directory", ERR_NOT_FOUND for a
 *     missing program, else ERR_FAILED (ERR_TRANSIENT when the machine is out of processes)
 *   - SIGINT or SIGTERM arrived meanwhile (signals_install): the group was ended, ERR_INTERRUPTED
 */
bool proc_run(const struct proc_spec *spec, struct proc_result *ret, struct error *err) must_use;

/* True when it exited with 0. Otherwise ERR_FAILED (ERR_TRANSIENT when it timed out) with the
 * last line of its stderr, else of its stdout: "'tar' exited with status 2: …". */
bool proc_check(const struct proc_result *r, const char *what, struct error *err) must_use;

/* proc_run and proc_check in one. `ret` may be NULL. */
bool proc_run_ok(const struct proc_spec *spec, struct proc_result *ret, struct error *err) must_use;

/* ---- several at once ---- */

struct proc;

/* As proc_run, without waiting: the program has been exec'ed when this returns. Output is taken
 * only inside proc_poll, proc_wait and proc_set_next. */
bool proc_start(const struct proc_spec *spec, struct proc **ret, struct error *err) must_use;
pid_t proc_pid(const struct proc *p);
/* Serves the child for at most `timeout_ms` (0: only what is ready now). *ret_ended says whether
 * proc_wait would return at once. Fails as proc_run does when interrupted. */
bool proc_poll(struct proc *p, int64_t timeout_ms, bool *ret_ended, struct error *err) must_use;
/* Serves it to its end. The result can be taken once; then only proc_free is left to do. */
bool proc_wait(struct proc *p, struct proc_result *ret, struct error *err) must_use;
/* Sends a signal to its group; nothing happens when it has ended. */
void proc_kill(struct proc *p, int signal);
/* Begins to end it: SIGTERM now, SIGKILL after the grace (while it is being served). */
void proc_stop(struct proc *p);
/* Lets go of a child that is to outlive us, without ending it. */
void proc_disown(struct proc **p);
/* Frees; a child that still runs is killed with its group and reaped. NULL is fine. */
void proc_free(struct proc *p);
void proc_free_at(struct proc **p);
#define cleanup_proc cleanup(proc_free_at)

/* Children served together by one poll loop. Not more than what is added runs; the caller decides
 * how many at once. */
struct proc_set;
/* An empty set. */
struct proc_set *proc_set_new(void) must_use;
/* Kills and reaps what still runs. */
void proc_set_free(struct proc_set *set);
void proc_set_free_at(struct proc_set **set);
#define cleanup_proc_set cleanup(proc_set_free_at)

/* Starts a child in the set; `tag` comes back with its result. */
bool proc_set_start(struct proc_set *set, const struct proc_spec *spec, void *tag,
                    struct error *err) must_use;
/* Children started and not yet given back by proc_set_next. */
size_t proc_set_running(const struct proc_set *set);
/* Serves all until one has ended or `timeout_ms` passed (negative: for ever). *ret_ended is false
 * when the time passed or nothing runs; then the other two stay untouched. When interrupted every
 * child is ended first. */
bool proc_set_next(struct proc_set *set, int64_t timeout_ms, bool *ret_ended, void **ret_tag,
                   struct proc_result *ret, struct error *err) must_use;
