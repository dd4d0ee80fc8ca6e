/* A server for tests that speaks raw bytes from a script: it can truncate, stall, reset, send
 * garbage. A child process per connection; what arrives is recorded in shared memory. */
#pragma once

#include <sys/types.h>

#include "core/core.h"

/* What to do with one request. The bytes are sent as they are: status line, headers, body. */
struct reply {
    const char *path;  /* answers requests whose target begins so; NULL: any */
    const char *bytes; /* NULL: nothing is sent */
    size_t len;        /* 0: strlen(bytes) */
    size_t repeat;     /* the bytes are sent this many times more */
    int delay_ms;      /* before the first byte */
    size_t pause_at;   /* after that many bytes … */
    int pause_ms;      /* … wait (0: no pause) */
    bool close;        /* end the connection afterwards */
    bool reset;        /* end it with RST */
    bool once;         /* used for one request, then passed over */
};

enum { RECORD_MAX = 128, RECORD_TEXT_MAX = 4096 };

struct record {
    size_t len;                 /* bytes of the request, also those not kept */
    char text[RECORD_TEXT_MAX]; /* request line, headers and body, NUL-terminated */
};

struct server {
    pid_t pid;
    int listener;
    int port; /* 0 for a unix socket */
    struct shared *shared;
};

/* Listens on 127.0.0.1 at a free port, or on the unix socket when `path` is not NULL (up to 107
 * bytes). The first matching reply that is not used up answers; without one: 599. */
struct server server_start(const struct reply *replies, size_t count, const char *path);
/* The two halves of it, for replies that must know the port. */
struct server server_listen(const char *path);
void server_serve(struct server *s, const struct reply *replies, size_t count);
void server_stop(struct server *s);
#define cleanup_server cleanup(server_stop)

/* Requests that arrived whole, and connections accepted. */
size_t server_requests(const struct server *s);
size_t server_connections(const struct server *s);
/* The index-th request. */
const struct record *server_record(const struct server *s, size_t index);
/* "http://127.0.0.1:PORT" + path, in a static-size buffer of the caller. */
const char *server_url(const struct server *s, const char *path, char url[256]);
/* A port of 127.0.0.1 where nobody listens. */
int free_port(void);
