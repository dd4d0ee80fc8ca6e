/* The front's state, shared by its files: front.c (life), routes.c (the contract's routes),
 * prove.c (POST /prove), pages.c (answers that never change). Private to the front. */
#pragma once

#include "httpd/httpd.h"
#include "log.h"
#include "metrics.h"
#include "msg.h"
#include "parts.h"
#include "ratelimit.h"

enum route_index {
    ROUTE_HEALTH,
    ROUTE_HEALTHZ,
    ROUTE_READYZ,
    ROUTE_VERSION,
    ROUTE_METRICS,
    ROUTE_KEY,
    ROUTE_ATTESTATION,
    ROUTE_PROVE,
    ROUTE_COUNT
};

enum {
    PROVES_MAX = 64, /* proofs asked for at a time, waiting ones included */
    PROVE_BODY_MAX = 50 * 1024 * 1024,
    PROVES_AN_HOUR = 10,
    REASON_MAX = 160
};

/* A worker as the front knows it. */
struct worker_view {
    int end;        /* -1: none is running */
    bool can_prove; /* then `reason` is empty */
    char reason[REASON_MAX];
};

/* A POST /prove between its parts. */
struct prove {
    struct httpd_request *req; /* NULL: the slot is free, or the client left */
    uint32_t tag;              /* of the question that is out; 0: none */
    int worker;                /* slot of the worker that has it, -1: none yet */
};

/* A route's access lines of this second: past a number they are counted instead. */
struct access_sample {
    int64_t second;
    uint32_t lines;
    uint64_t suppressed;
};

struct front {
    const struct prover_options *o;
    struct part_line line;
    struct front_sockets sockets;
    struct httpd *http;
    struct log log;
    struct metrics metrics;
    struct rate_table rate;
    struct access_sample samples[ROUTE_COUNT + 1];
    struct worker_view workers[WORKERS_MAX];
    struct prove proves[PROVES_MAX];
    uint32_t next_tag;
    struct msg_room room;
    /* Answers that never change. */
    struct buf key, key_page, health, version, attestation;
    int64_t drain_began_ms; /* monotonic; 0: not draining */
    bool over;              /* the monitor or the vault is gone */
};

extern const struct httpd_route FRONT_ROUTES[ROUTE_COUNT];
extern const char *const FRONT_ROUTE_NAMES[ROUTE_COUNT + 1];

/* pages.c */
bool pages_render(struct front *f, struct error *err) must_use;
void pages_release(struct front *f);

/* access.c: one line and one count for each request */
void access_done(void *ctx, const struct httpd_done *done);

/* front.c */
/* Why nothing can be proved right now; NULL when it can. */
const char *front_not_ready(const struct front *f);
bool front_draining(const struct front *f);
/* Draining for longer than connections may idle: nothing new is begun. */
bool front_refuses_new(const struct front *f);

/* prove.c */
bool prove_admit(void *ctx, struct httpd_request *req);
void prove_handle(void *ctx, struct httpd_request *req);
void prove_vault_answered(struct front *f, const struct msg *m);
void prove_worker_answered(struct front *f, size_t slot, const struct msg *m);
/* The worker is gone: whoever waited for it is told. */
void prove_worker_lost(struct front *f, size_t slot);
