/* The monitor's state, shared by its files: monitor.c (the loop), sockets.c (listeners), spawn.c
 * (starting parts). Private to the monitor. */
#pragma once

#include "log.h"
#include "msg.h"
#include "parts.h"

/* A part as the monitor knows it. */
struct child {
    const char *name;
    pid_t pid;   /* 0: not running */
    int control; /* our end; -1: none */
    int64_t started_ms;
    int64_t again_ms; /* a worker that died is started again then; 0: not waiting */
    int64_t pause_ms; /* before the next start, growing while it dies at once */
};

struct monitor {
    const struct prover_options *o;
    struct log log;
    int signals; /* signalfd */
    struct child front, vault, workers[WORKERS_MAX];
    struct front_sockets sockets; /* until the front has them */
    bool ready, draining;
    bool stopped;    /* the manager knows that nobody is accepted any more */
    int last_signal; /* that asked us to end */
    int exit_status; /* -1: go on */
};

/* sockets.c: what the front will accept on. Passed descriptors are looked at before anything else
 * is opened: what was not really passed must not turn out to be a descriptor of ours. */
bool sockets_take_passed(struct monitor *m, struct error *err) must_use;
bool sockets_open(struct monitor *m, struct error *err) must_use;
void sockets_close(struct monitor *m);

/* spawn.c: each forks one part, in its own process never to return. */
bool spawn_vault(struct monitor *m, struct error *err) must_use;
/* *ret_end is the front's line to it. */
bool spawn_worker(struct monitor *m, unsigned slot, int *ret_end, struct error *err) must_use;
bool spawn_front(struct monitor *m, struct error *err) must_use;
