/* What the files of proc share: the running child, its streams, and what the fork hands over. */
#pragma once

#include "proc/proc.h"

/* ---- env.c ---- */

/* The environment of a child: NULL-terminated, in one block that the caller frees with free. With
 * `listen_fds` the first entry is LISTEN_PID, with room for any pid. */
char **proc_environment(const struct proc_spec *spec) must_use;

/* ---- stream.c ---- */

/* Our end of one output of a child. */
struct stream {
    int fd; /* -1: closed, or not ours to read */
    struct proc_output want;
    struct buf kept;
    bool cut;        /* more than want.max came */
    struct buf line; /* the line that is not complete yet */
    bool line_cut;
};

/* Reads what is there, once; closes at the end of the stream. `fd` is not blocking. */
void stream_read(struct stream *s);
/* Gives the last line out and closes. */
void stream_end(struct stream *s);
void stream_release(struct stream *s);

/* ---- child.c ---- */

/* What the forked child needs, all made before the fork. */
struct launch {
    const struct proc_spec *spec;
    char **env;
    int stdio[3];  /* its stdin, stdout, stderr */
    int report_fd; /* closed by exec; a struct launch_failure is written to it otherwise */
    int go[2];     /* the child goes on once a byte comes; -1: at once */
    pid_t parent;
};

enum launch_step {
    LAUNCH_GROUP,
    LAUNCH_PARENT,
    LAUNCH_FDS,
    LAUNCH_CWD,
    LAUNCH_EXEC,
    LAUNCH_STEP_COUNT
};

struct launch_failure {
    enum launch_step step;
    int sys;
};

/* In the child: becomes the program, or reports and ends. */
_Noreturn void child_become(const struct launch *launch);

/* ---- proc.c ---- */

enum phase {
    PHASE_RUNNING,
    PHASE_ENDING,    /* SIGTERM was sent; SIGKILL follows at `next_ms` */
    PHASE_KILLED,    /* SIGKILL was sent */
    PHASE_LINGERING, /* it has ended and was reaped; output may still come until `next_ms` */
    PHASE_DONE
};

struct proc {
    struct proc_spec spec; /* what it points at is borrowed */
    char *name;            /* argv[0] */
    pid_t pid;
    int pidfd; /* -1: the kernel (or a filter, or valgrind) has none: it is asked now and then */
    int in_fd; /* our end of its stdin, -1: closed */
    struct str in_rest;
    struct stream out, errout;
    enum phase phase;
    int64_t started_ms, ended_ms;
    int64_t next_ms; /* when its phase changes by time alone; INT64_MAX: never */
    int wait_status;
    bool timed_out;
    bool interrupted;
    void *tag; /* of a child in a set */
};

/* By the child's own clock, which never jumps. */
int64_t proc_now_ms(const struct proc *p);
/* Takes the result of a child that is done. */
void proc_take_result(struct proc *p, struct proc_result *ret);

/* ---- serve.c ---- */

/* Serves the children until one of them is done (then *ret_done is the first that is) or
 * timeout_ms passed (*ret_done is NULL); negative: for ever. When we are interrupted, all are
 * ended before it fails with ERR_INTERRUPTED. */
bool serve_until_one_is_done(struct proc *const *list, size_t count, int64_t timeout_ms,
                             struct proc **ret_done, struct error *err) must_use;
