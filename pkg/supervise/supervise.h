/* Keeps a service up, owns its listening socket, and swaps its releases without losing a request.
 *
 * A service is one component of one environment and has a directory of its own. Its supervisor is
 * a process (`teerexctl supervise`) that holds the listening socket and hands it to instances of
 * the service; an instance is one process of one release. To swap: start the new instance beside
 * the old one (it holds back: `--hold`), check it on its private socket, promote it (it begins to
 * accept, the old one drains). The supervisor waits for the drain; nobody else has to.
 *
 * What an instance must do (the prover does): take its listener from LISTEN_FDS, named "public";
 * send READY=1 to NOTIFY_SOCKET once SIGUSR2 is handled and the check socket answers; begin to
 * accept on SIGUSR2 (again: nothing); drain and exit 0 on SIGTERM.
 *
 * Where systemd runs, units do the same work behind the same operations (struct supervise_ops).
 * The state file's format is in docs/supervise.md. Knows nothing of deployments or gates. */
#pragma once

#include <sys/types.h>

#include "core/core.h"

enum {
    SUPERVISE_ID_MAX = 64, /* an instance's or a service's name with its NUL */
    SUPERVISE_PATH_MAX = 1024,
    SUPERVISE_ADDR_MAX = 1040,
    SUPERVISE_LOG_TAIL = 2048, /* bytes of an instance's last output in its status */
    SUPERVISE_INSTANCES = 8,   /* remembered at a time: the active, the held, the draining, the last
                                  that ended */
    SUPERVISE_ARGS_MAX = 64,
    SUPERVISE_ENV_MAX = 64
};

enum supervise_state {
    SUPERVISE_STARTING, /* runs, has not said READY=1 yet; not promoted */
    SUPERVISE_HELD,     /* ready, not promoted */
    SUPERVISE_ACTIVE,   /* promoted: it takes the requests */
    SUPERVISE_BACKOFF,  /* active, but it has ended and waits to be started again */
    SUPERVISE_FAILED,   /* active, and it ended too often: not started again */
    SUPERVISE_DRAINING, /* finishes what it has */
    SUPERVISE_EXITED,   /* ended: a drained one, or one that was never promoted */
    SUPERVISE_STATE_COUNT
};
/* "starting", "held", "active", "backoff", "failed", "draining", "exited". */
const char *supervise_state_name(enum supervise_state state);

struct supervise_instance {
    char id[SUPERVISE_ID_MAX];
    enum supervise_state state;
    pid_t pid;  /* 0 when it does not run */
    bool ready; /* its process has said READY=1 */
    uint64_t fence;
    char release_dir[SUPERVISE_PATH_MAX];
    int64_t started_ms;                /* wall clock; of the latest start */
    int64_t ended_ms;                  /* wall clock; 0 while it runs */
    uint32_t restarts;                 /* since it was promoted */
    int64_t restart_in_ms;             /* SUPERVISE_BACKOFF: until the next start */
    bool exit_known;                   /* the next two hold */
    int exit_code;                     /* -1 when a signal ended it */
    int exit_signal;                   /* 0 when it exited by itself */
    char log_tail[SUPERVISE_LOG_TAIL]; /* its last lines, NUL-terminated */
};

struct supervise_status {
    char backend[16];                /* "own" | "systemd" */
    char listen[SUPERVISE_ADDR_MAX]; /* as bound: with the real port */
    bool listening;                  /* false: the listener was lost and could not be bound again */
    uint64_t fence;                  /* the highest seen */
    pid_t pid;                       /* of the supervisor */
    char active[SUPERVISE_ID_MAX];   /* "" when none is */
    size_t count;
    struct supervise_instance instances[SUPERVISE_INSTANCES]; /* newest first */
};

/* The instance of that name, or NULL; borrowed from `status`. */
const struct supervise_instance *supervise_find(const struct supervise_status *status,
                                                const char *id);
/* "exited with status 3", "killed by SIGSEGV", "ended" into text; for messages. */
void supervise_describe_exit(const struct supervise_instance *instance, char *text, size_t size);

/* A new instance. Strings are borrowed for the call. */
struct supervise_start {
    const char *id;          /* [a-z0-9][a-z0-9._-]*, unique per start */
    const char *release_dir; /* absolute; becomes its working directory */
    const char *const *argv; /* NULL-terminated; argv[0] is the program, absolute */
    const char *const *env;  /* NULL-terminated "NAME=value"; the whole environment but for
                                LISTEN_* and NOTIFY_SOCKET, which the supervisor adds */
    uint64_t fence;
};

/* A connection to the keeper of one service, whatever the backend. */
struct supervise;

/* What a backend does. Mutations are idempotent by instance id and carry the lease's fence: one
 * smaller than the highest seen is ERR_LOCKED. */
struct supervise_ops {
    const char *name;
    bool (*status)(struct supervise *s, struct supervise_status *ret, struct error *err);
    bool (*start)(struct supervise *s, const struct cap *cap, const struct supervise_start *what,
                  struct error *err);
    bool (*promote)(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                    struct error *err);
    bool (*stop)(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                 struct error *err);
    bool (*shutdown)(struct supervise *s, const struct cap *cap, uint64_t fence, struct error *err);
};

enum supervise_backend {
    SUPERVISE_OWN,     /* a supervisor of ours, where nobody else keeps services */
    SUPERVISE_SYSTEMD, /* units of the machine's systemd; needs root */
    SUPERVISE_BACKEND_COUNT
};
/* Does systemd run this machine, and may we tell it what to do? Then SUPERVISE_SYSTEMD is the
 * better choice: it starts the service at boot. */
bool supervise_systemd_usable(void);

/* The service to keep. Zero in a number means its default. */
struct supervise_service {
    enum supervise_backend backend;
    const char *dir;    /* its directory, absolute; made (0700) by supervise_ensure */
    const char *name;   /* "local-prover": [a-z0-9][a-z0-9._-]* */
    const char *exe;    /* the teerexctl whose `supervise` verb becomes the supervisor; absolute */
    const char *listen; /* "127.0.0.1:4000", "unix:…" (transport_parse) */
    int64_t drain_max_ms;     /* a draining instance is killed after this; default 10 min */
    int64_t ready_max_ms;     /* READY=1 must come within this; default 60 s */
    uint64_t log_max_bytes;   /* a log file's size before it is rotated; default 10 MiB */
    uint32_t log_files;       /* kept beside the current one; default 5 */
    int64_t restart_first_ms; /* pause before the first restart, doubled each time up to 30 s;
                                 default 200 ms */
    uint32_t restart_max;     /* quick ends in a row after which it is left down; default 10 */
};

/* The service's keeper, of the backend that ensured it; ERR_NOT_FOUND when nothing keeps it. */
bool supervise_connect(const char *dir, const struct clock *clock, struct supervise **ret,
                       struct error *err) must_use;
/* As supervise_connect; starts a supervisor first when none runs, and returns once it answers. One
 * that runs with other settings, or is another program than `exe`, goes on with these and as that,
 * without losing a request. A port that is taken is ERR_CONFLICT naming its holder; a supervisor
 * that already runs and listens elsewhere is ERR_CONFLICT too. */
bool supervise_ensure(const struct cap *cap, const struct supervise_service *service,
                      const struct clock *clock, struct supervise **ret,
                      struct error *err) must_use;
void supervise_free(struct supervise *s); /* closes the connection; NULL is fine */
void supervise_free_at(struct supervise **s);
#define cleanup_supervise cleanup(supervise_free_at)

/* ERR_TRANSIENT when the supervisor does not answer in time. */
bool supervise_status(struct supervise *s, struct supervise_status *ret,
                      struct error *err) must_use;
/* Starts an instance that holds back, and returns once its process has begun (an exec that fails is
 * this call's ERR_FAILED). An id that already runs with the same command is success; with another
 * command ERR_CONFLICT. */
bool supervise_start(struct supervise *s, const struct cap *cap, const struct supervise_start *what,
                     struct error *err) must_use;
/* The switch: `id` begins to accept and becomes the active instance (durably, before this returns);
 * the one before drains. ERR_NOT_FOUND: no such instance; ERR_FAILED: it has ended, with how and
 * its last lines; ERR_TRANSIENT: it has not said READY=1 yet. Already active: success. */
bool supervise_promote(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                       struct error *err) must_use;
/* Ends an instance that is not active (SIGTERM, SIGKILL after a while). Ended or unknown: success;
 * the active one: ERR_CONFLICT. */
bool supervise_stop(struct supervise *s, const struct cap *cap, const char *id, uint64_t fence,
                    struct error *err) must_use;
/* Drains everything, closes the listener, ends the supervisor; returns once it has begun. */
bool supervise_shutdown(struct supervise *s, const struct cap *cap, uint64_t fence,
                        struct error *err) must_use;

/* Where the instance `id` makes its private socket (`--check-socket`): DIR/run/ID.sock. */
bool supervise_check_socket(const char *dir, const char *id, char ret_path[SUPERVISE_PATH_MAX],
                            struct error *err) must_use;
/* Is it a name that may become part of a path and of a unit's name? */
bool supervise_name_ok(const char *name);

/* The supervisor itself: what the hidden verb `supervise --dir DIR [--report-fd N]` runs, for the
 * service that supervise_ensure described in DIR/service.json. Makes DIR its working directory,
 * takes its lock, writes one line to `report_fd` (-1: none) when it answers or cannot
 * ({"ok":true} or {"ok":false,"kind":…,"message":…}) and closes it. Returns when the service was
 * shut down, by request or by SIGTERM, which core/signals must be catching. ERR_LOCKED when another
 * one keeps this service. */
bool supervise_run(const struct cap *cap, const char *dir, const struct clock *clock, int report_fd,
                   struct error *err) must_use;
