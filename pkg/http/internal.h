/* What the files of the client share; not for other modules. */
#pragma once

#include <curl/curl.h>

#include "http/http.h"

enum { WITH_NUL = 1, HTTP_ORIGIN_MAX = 320 };

/* ---- client.c ---- */

enum { IDLE_HANDLES = 16 };

/* A directory kept open so that a socket in it has a short name (unix.c). */
struct socket_dir {
    char *path;
    int fd;
};

struct http_client {
    struct http_client_options options;
    CURLM *multi;
    bool busy; /* a run uses the multi; a run inside that one brings its own */
    CURL *idle[IDLE_HANDLES];
    size_t idle_count;
    struct socket_dir *dirs;
    size_t dir_count, dir_cap;
};

/* A handle with nothing set; given back it keeps nothing either. */
CURL *client_take_handle(struct http_client *client) must_use;
void client_give_handle(struct http_client *client, CURL *handle);

/* ---- unix.c ---- */

/* A path for the socket that fits sun_path, valid while the client lives. */
bool unix_short_path(struct http_client *client, const char *path, char ret_path[108],
                     struct error *err) must_use;

/* ---- headers.c ---- */

struct http_header_list {
    struct curl_slist *lines;
    char *bad; /* the first header that cannot be sent */
};

/* What a list of lines to send, and a line received, must be. */
void header_list_release(struct http_header_list *list);
bool header_list_check(const struct http_header_list *list, struct error *err) must_use;
bool header_name_is(struct str name, const char *wanted);
bool header_is_about_body(struct str name); /* Content-… */
bool header_is_clients(struct str name);    /* Host, Content-Length, …: never the caller's */
/* One line of a response, as curl hands it over. False: malformed or too many. */
bool response_add_line(struct http_response *r, struct str line, struct error *err) must_use;

/* ---- url.c ---- */

/* "https://host:443", or ERR_CONFIG when it is no http(s) address or has userinfo. */
bool url_origin(const char *url, char ret_origin[HTTP_ORIGIN_MAX], struct error *err) must_use;
/* Resolves `location` against `base`, without userinfo and fragment. */
bool url_resolve(const char *base, struct str location, char **ret_url, struct error *err) must_use;

/* ---- request.c ---- */

/* The request's promises to the client: what is wrong is ERR_BUG. */
bool request_check(const struct http_request *request, struct error *err) must_use;
/* The request's figure, or the default when it is 0, or 0 when it is HTTP_NO_LIMIT. */
int64_t limit_or(int64_t given, int64_t otherwise);

/* ---- retry.c ---- */

struct retry_question {
    const struct http_retry *policy;
    enum effect effect;
    enum http_retry_on failure; /* 0: one that is never tried again */
    bool not_sent;              /* no byte of the request left this machine */
    bool repeatable;            /* body and sink can start anew */
    int attempts;               /* made so far */
    int64_t retry_after_ms;     /* -1: the server named no time */
    int64_t left_ms;            /* until the deadline */
};
int retry_attempts(const struct http_retry *policy);
/* Whether to try again, and after what wait. */
bool retry_wait_ms(const struct retry_question *q, const struct rng *rng, int64_t *ret_wait_ms);

/* ---- failure.c ---- */

/* What a result of curl means. */
struct failure {
    enum err_kind kind;
    enum http_retry_on retry; /* 0: never */
    int sys;                  /* the errno it stands for */
};
struct failure failure_of(CURLcode code);

/* ---- transfer.c, attempt.c, receive.c ---- */

enum transfer_state { TRANSFER_WAITING, TRANSFER_ACTIVE, TRANSFER_ENDED };

/* One request on its way through redirects and attempts. */
struct transfer {
    struct http_client *client;
    const struct http_request *request;
    size_t index; /* in the batch */
    enum transfer_state state;
    char origin[HTTP_ORIGIN_MAX]; /* where the caller's secrets may go */
    int64_t deadline_ms;          /* on the monotonic clock; INT64_MAX when none */
    int64_t ready_ms;             /* while waiting: when the next attempt begins */

    /* this attempt */
    int attempt;
    int64_t attempt_end_ms;
    bool sink_took;
    int64_t stream_read;

    /* this hop of it */
    char *url; /* NULL: the request's own, at the start of an attempt */
    const char *method;
    bool foreign;   /* on another origin: secrets and signer stay behind */
    bool body_left; /* a redirect turned it into a GET */
    int redirects;
    CURL *handle;
    struct http_header_list headers;
    char curl_text[CURL_ERROR_SIZE];
    struct http_response response;
    size_t header_bytes;
    bool headers_whole; /* the empty line came; curl does not mind when it is missing */
    bool stopped;       /* a callback ended it; why is in `cause` */
    struct error cause;

    struct http_outcome outcome; /* once ended */
};

/* The next hop or attempt is under way on its handle, which the caller adds to a multi; false when
 * it could not even be started. */
bool attempt_begin(struct transfer *t, struct error *err) must_use;
/* The callbacks of curl, all on a struct transfer. */
size_t receive_header(char *bytes, size_t size, size_t count, void *arg);
size_t receive_body(char *bytes, size_t size, size_t count, void *arg);
size_t send_body(char *into, size_t size, size_t count, void *arg);
int send_rewind(void *arg, curl_off_t offset, int origin);

/* A body goes with this hop. */
bool transfer_has_body(const struct transfer *t);
/* What the transfer does with the end of a hop: begins the next (state waiting, ready at once),
 * waits for the next attempt, or has ended. */
void transfer_hop_done(struct transfer *t, CURLcode code);
/* Ends it with that error. */
void transfer_fail(struct transfer *t, const struct error *err);
void transfer_start(struct transfer *t, struct http_client *client,
                    const struct http_request *request, size_t index);
void transfer_release(struct transfer *t);
const char *transfer_url(const struct transfer *t);
int64_t transfer_left_ms(const struct transfer *t); /* until the deadline */

/* ---- redirect.c ---- */

/* True in *ret_follow when the answer is a redirect that the request follows; then url, method
 * and the rest of the hop are set for it. False: a redirect that must not be followed. */
bool redirect_follow(struct transfer *t, bool *ret_follow, struct error *err) must_use;
