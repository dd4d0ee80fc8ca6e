/* What the files of httpd share: the server, its connections and requests. Private. */
#pragma once

#include <microhttpd.h>

#include "httpd/httpd.h"

enum {
    LISTENERS_MAX = 4,
    WATCHES_MAX = 32,
    HEADERS_MAX = 8,
    RANDOM_BYTES = 1024,
    /* libmicrohttpd's memory for one connection: it zeroes all of it after every request, so this
     * is what an idle connection costs, and what runs through the caches. */
    POOL_BYTES = 8 * 1024,
    DISCARD_MAX = 64 * 1024 * 1024, /* of a refused body, read so that the client sees why */
};

enum watched_kind { WATCHED_NONE, WATCHED_DAEMON, WATCHED_LISTENER, WATCHED_WATCH, WATCHED_CONN };

/* One descriptor of our epoll. */
struct watched {
    enum watched_kind kind;
    int fd;
    bool armed;           /* is in the epoll set */
    bool held;            /* a listener that does not accept yet */
    httpd_watcher *ready; /* of a watch */
    void *ctx;            /* of a watch; the struct conn of a connection */
};

enum conn_phase {
    CONN_IDLE,     /* between requests; also a request line in the making */
    CONN_HEADERS,  /* after the request line */
    CONN_BODY,     /* after the headers */
    CONN_WORKING,  /* the handler has it, or it is deferred */
    CONN_SENDING,  /* an answer is under way */
    CONN_STREAMING /* an answer without an end */
};

struct conn {
    struct conn *prev, *next; /* in httpd.conns */
    struct httpd *server;
    struct MHD_Connection *mhd;
    struct httpd_request *request; /* NULL while idle */
    struct watched watched;        /* armed while suspended */
    enum conn_phase phase;
    int64_t deadline_ms; /* of the phase; INT64_MAX: none */
    bool looked;         /* has_ended was asked in this phase */
    bool cut;            /* shut down by us; waiting for libmicrohttpd to notice */
    struct httpd_addr peer;
};

struct httpd_request {
    struct httpd *server;
    struct conn *conn;
    struct MHD_Connection *mhd;
    char *path; /* owned, decoded, without the query */
    char method_text[16];
    enum httpd_method method;
    int route;
    bool url_too_long;
    bool begun;   /* the headers were seen */
    bool discard; /* answered already: the rest of the body is thrown away */
    bool in_handler;
    bool deferred;  /* the handler answers later */
    bool suspended; /* in libmicrohttpd */
    bool aborted;   /* the client left while suspended */
    bool queued;    /* libmicrohttpd has the answer */
    bool client_known;
    struct httpd_client client;
    struct buf body;
    size_t body_seen;
    int64_t began_ms;
    char id[HTTPD_REQUEST_ID_MAX + 1];
    size_t id_len;
    struct MHD_Response *answer; /* ready, not yet queued */
    int status;
    size_t bytes_out;
    struct {
        const char *name;
        char *value;
    } headers[HEADERS_MAX];
    size_t header_count;
    struct httpd_stream *stream;
    httpd_gone *gone;
    void *gone_ctx;
};

struct httpd {
    struct httpd_options o;
    struct MHD_Daemon *daemon;
    int epoll;
    struct watched daemon_watched;
    struct watched listeners[LISTENERS_MAX];
    struct watched watches[WATCHES_MAX];
    size_t listener_count;
    struct conn *conns;
    struct httpd_stats stats;
    unsigned char random[RANDOM_BYTES]; /* for request ids, drawn in one go */
    size_t random_left;
    int64_t now_ms; /* monotonic, of this step */
    int64_t next_sweep_ms;
    int64_t accept_again_ms; /* accepting pauses after EMFILE and the like; 0: it does not */
    bool kick;               /* a resumed connection waits for libmicrohttpd */
    bool draining;
    int64_t drain_until_ms; /* idle connections are cut then */
};

/* server.c */
bool watched_arm(struct httpd *h, struct watched *s, uint32_t events);
void watched_disarm(struct httpd *h, struct watched *s);
/* Listeners are watched exactly while connections can be taken. */
void server_arm_listeners(struct httpd *h);

/* conn.c */
void conn_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                 enum MHD_ConnectionNotificationCode code);
struct conn *conn_of(struct MHD_Connection *mhd);
/* Enters a phase that may last for_ms (0: for ever). */
void conn_enter(struct conn *c, enum conn_phase phase, int64_t for_ms);
/* Watches a suspended connection's socket for the client's leaving. */
void conn_watch(struct conn *c);
void conn_unwatch(struct conn *c);
/* The client of a suspended connection left. */
void conn_gone(struct conn *c);
void conn_sweep(struct httpd *h);

/* request.c */
void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result request_access(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **request);
void request_completed(void *cls, struct MHD_Connection *mhd, void **request,
                       enum MHD_RequestTerminationCode why);
void request_free(struct httpd_request *req);
/* Hands the ready answer to libmicrohttpd. */
enum MHD_Result request_queue(struct httpd_request *req);
void request_resume(struct httpd_request *req);

/* reply.c */
void reply_with(struct httpd_request *req, int status, const char *type,
                struct MHD_Response *response);
/* A fresh UUID. */
void request_id_make(struct httpd *h, char ret_text[UUID_TEXT_MAX]);
void reply_timeout_raw(struct conn *c);

/* stream.c */
void stream_free(struct httpd_stream *s);
