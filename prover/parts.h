/* The parts of the service and what each may be asked. Read this first.
 *
 *   monitor   reads the command line, opens sockets, starts the others, passes signals on
 *   vault     makes and holds the key; never sees HTTP, has no network and no files
 *   worker    will run bb; one per slot; started again when it dies
 *   front     parses HTTP; holds no key, opens nothing, runs nothing
 *
 * Each pair talks over a socketpair (msg.h). Every part has a line to the monitor (control); the
 * front has one to the vault and one to each worker. When a control line closes, its part ends. */
#pragma once

#include <sys/types.h>

#include "core/core.h"
#include "options.h"

enum {
    WORKERS_MAX = 8,
    RECIPIENT_BYTES = 4096 /* of a message's beginning: names of recipients end before */
};

/* monitor → front, workers, vault */
enum control_op {
    CONTROL_ACCEPT = 1, /* begin to accept on the public listener */
    CONTROL_DRAIN,
    CONTROL_WORKER, /* a descriptor: the line to a new worker; tag is its slot */
    /* → monitor */
    CONTROL_READY,  /* serving, or able to */
    CONTROL_STOPPED /* the front accepts nobody any more */
};

/* front → vault; the answer has the same op and tag */
enum vault_op {
    VAULT_PUBLIC_KEY = 1,  /* answer: the armored key */
    VAULT_RECIPIENT_CHECK, /* payload: a message's beginning; answer: one byte, enum recipient */
    VAULT_DECRYPT          /* answer: VAULT_REFUSED until a worker can prove */
};
enum recipient { RECIPIENT_OURS, RECIPIENT_OTHER, RECIPIENT_MALFORMED, VAULT_REFUSED };

/* front → worker; the answer has the same op and tag */
enum worker_op {
    WORKER_STATUS = 1, /* answer: empty when it can prove, else the reason */
    WORKER_PROVE       /* answer: empty, or why not */
};

/* What every part is born with; the rest is per part. */
struct part_line {
    const char *name; /* "vault" */
    int control;      /* our end of the line to the monitor */
    pid_t monitor;
};

/* Bodies of the processes; each returns its exit status. */
int vault_main(const struct prover_options *o, const struct part_line *line, int front);
int worker_main(const struct prover_options *o, const struct part_line *line, unsigned slot,
                int front);

struct front_sockets {
    int public_listener; /* -1: none */
    int check_listener;  /* -1: none */
    int vault;
    int workers[WORKERS_MAX];
    bool owned; /* nobody else accepts on the public listener after us */
};
int front_main(const struct prover_options *o, const struct part_line *line,
               const struct front_sockets *sockets);
int monitor_main(const struct prover_options *o);
