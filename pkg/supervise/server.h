/* The supervisor's own state, and what its parts do to it. One thread, one poll loop; paths are
 * relative to the service's directory, which is the working directory. */
#pragma once

#include "fs/fs.h"
#include "log.h"
#include "roster.h"
#include "settings.h"
#include "transport/transport.h"
#include "wire.h"

enum { SERVER_CLIENTS = 16, STOP_LIMIT_MS = 10000 };

/* One connection to the control socket: a request in, an answer out. */
struct client {
    int fd; /* -1: free */
    struct buf in, out;
    bool answering;   /* `out` is being written */
    int64_t until_ms; /* monotonic; closed when it is not done by then */
};

/* The process that holds the listener beside us and takes our place when we die. */
struct keeper {
    pid_t pid; /* 0: none */
    int fd;    /* our end; closed without a word it means that we have died */
    int64_t started_ms;
};

struct server {
    const struct cap *cap;
    const struct clock *clock;
    const char *dir; /* absolute */
    struct settings settings;
    struct roster roster;
    struct fs_lock lock;
    int listener; /* the service's public socket */
    int control;
    struct keeper keeper;
    struct log log;
    struct client clients[SERVER_CLIENTS];
    bool ending;   /* drains; ends when nothing runs */
    bool forget;   /* and leaves no memory of instances: it was ended on purpose */
    bool becoming; /* executes the program in service.json as soon as the answers are written */
};

/* ---- instance.c: what happens to one instance ---- */

/* Starts its process, with the public listener. On failure it has none. */
bool instance_begin(struct server *s, struct instance *at, struct error *err) must_use;
/* Watches a process that another supervisor has started. False when it is gone. */
bool instance_adopt(struct server *s, struct instance *at);
/* Asks it to drain; it is killed when `limit_ms` have passed. */
void instance_drain(struct server *s, struct instance *at, int64_t limit_ms);
/* It is to accept once the one before says STOPPING=1, has ended, or is silent for a second. */
void instance_await_stop(struct server *s, struct instance *at);
/* Tells it to accept. */
void instance_release_hold(struct server *s, struct instance *at);
/* It waits for its promotion, though not for ever. */
void instance_await_promotion(struct server *s, struct instance *at);
/* READY=1 may have arrived, or STOPPING=1 of one that drains. */
void instance_notified(struct server *s, struct instance *at);
/* Its process has ended. */
void instance_ended(struct server *s, struct instance *at);
/* Its timer has run out. */
void instance_timed_out(struct server *s, struct instance *at);
/* Starts the active one's process, now or, when that fails, after a pause. */
void instance_start_again(struct server *s, struct instance *at);

/* ---- exit.c: how processes end ---- */

/* How the process ended, when it was our child. Kills what is left of its group, reaps it. */
void exit_collect(struct instance *at);

/* ---- requests.c: what clients may ask ---- */

/* Does it, and appends the answer. */
void server_answer(struct server *s, struct str line, struct buf *out);
void server_status(const struct server *s, struct supervise_status *ret);
/* Writes state.json. */
bool server_save(struct server *s, struct error *err) must_use;
/* The same where failure can only be noted. */
void server_save_or_log(struct server *s);
/* Drains everything and lets the loop end; `forget`: nothing is to be started next time. */
void server_begin_end(struct server *s, bool forget);

/* ---- control.c: connections to the control socket ---- */

/* Takes a connection that waits; one too many, or of another user, is closed. */
void control_accept(struct server *s);
/* Reads more of the request, or writes more of the answer. */
void control_serve(struct server *s, struct client *c);
/* Closes those that took too long. */
void control_expire(struct server *s);
void client_close(struct client *c);

/* ---- keeper.c ---- */

/* Forks the keeper. Failing is no reason to stop: the service is kept without one. */
void keeper_start(struct server *s);
/* The descriptors that whoever takes our place gets, named so that it knows them again. */
struct transport_passed keeper_hand_over(const struct server *s);
/* The keeper of the supervisor that has executed us, if we were executed: it takes our place, too,
 * until keeper_renew. */
void keeper_adopt(struct server *s, const struct transport_passed *passed);
/* One of our own code instead of that. */
void keeper_renew(struct server *s);
/* It has died: a new one, not more often than once a second. */
void keeper_lost(struct server *s);
/* We end on purpose. */
void keeper_dismiss(struct server *s);

/* ---- recover.c ---- */

/* The public listener: as handed over, or bound, or taken back from a living instance. */
bool recover_listener(struct server *s, int passed, struct error *err) must_use;
/* Finds the instances of the state file again; starts the active one when it is gone. */
void recover_instances(struct server *s);

/* ---- become.c ---- */

/* Executes the program in service.json, with the listener, the lock and the keeper. */
_Noreturn void server_become(struct server *s);

/* ---- loop.c ---- */

/* Serves until the end. */
bool server_loop(struct server *s, struct error *err) must_use;
