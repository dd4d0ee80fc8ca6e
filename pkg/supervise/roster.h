/* The instances a supervisor knows, and DIR/state.json, from which the next supervisor goes on. */
#pragma once

#include "log.h"
#include "supervise/supervise.h"

/* What is started: owned by the instance's arena. */
struct command {
    const char *release_dir;
    const char *const *argv;
    const char *const *env;
};

struct instance {
    struct arena arena;
    char id[SUPERVISE_ID_MAX];
    enum supervise_state state;
    struct command command;
    uint64_t fence;
    bool ready;       /* its process has said READY=1 */
    bool waits;       /* active, but told to accept only once the one before has stopped */
    bool told;        /* to drain: SIGTERM was sent. A second one may mean "at once" to it */
    bool resume;      /* it drains because the supervisor ends: the next one starts it again */
    struct ident who; /* its process; pid 0 when there is none */
    int pidfd;        /* -1: no process */
    int notify;       /* where READY=1 arrives; -1: not open */
    struct log_source output;
    int64_t started_ms, ended_ms; /* wall clock */
    int64_t began_ms;             /* monotonic; of the process */
    int64_t timer_ms;             /* monotonic; when its state does not wait any longer */
    uint32_t restarts;            /* since it was promoted */
    uint32_t quick_ends;          /* in a row; they decide the pause before the next start */
    bool exit_known;
    int exit_code, exit_signal;
};

struct instance *instance_new(const char *id) must_use;
void instance_free(struct instance *at);
/* Copies the command into the instance. */
void instance_set_command(struct instance *at, const struct command *command);
bool instance_same_command(const struct instance *at, const struct command *command);
/* Is there a process that belongs to it? */
static inline bool instance_runs(const struct instance *at)
{
    return at->pidfd >= 0;
}
/* Is it the one that serves, or should? */
bool instance_is_active(const struct instance *at);

struct roster {
    uint64_t fence;                  /* the highest seen */
    char listen[SUPERVISE_ADDR_MAX]; /* where the service was last bound */
    size_t count;
    struct instance *items[SUPERVISE_INSTANCES]; /* newest first; owned */
};

/* Frees every instance; their processes are left alone. */
void roster_release(struct roster *roster);
#define cleanup_roster cleanup(roster_release)
/* No instance is known any more; the fence and the address stay. */
void roster_forget(struct roster *roster);
/* Both: NULL when there is none. */
struct instance *roster_find(const struct roster *roster, const char *id);
struct instance *roster_active(const struct roster *roster);
/* Puts it first; the oldest that has ended makes room. ERR_CONFLICT when all of them run. Takes
 * ownership on success. */
bool roster_add(struct roster *roster, struct instance *at, struct error *err) must_use;
void roster_remove(struct roster *roster, struct instance *at);

/* DIR/state.json: {"version":1,"fence":N,"listen":ADDRESS,"instances":[…]}, written whole. */
bool roster_save(const struct cap *cap, const char *dir, const struct roster *roster,
                 struct error *err) must_use;
/* An empty roster when there is no file. A file of another version is ERR_CONFLICT. */
bool roster_load(const char *dir, struct roster *ret, struct error *err) must_use;
/* The same from text, for any text. */
bool roster_parse(struct str text, struct roster *ret, struct error *err) must_use;
