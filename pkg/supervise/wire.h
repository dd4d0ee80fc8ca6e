/* The control protocol: one JSON line asks, one JSON line answers, then the connection closes.
 *
 *   {"v":1,"op":"status"}
 *   {"v":1,"op":"start","id":ID,"fence":N,"release_dir":PATH,"argv":[…],"env":[…]}
 *   {"v":1,"op":"promote"|"stop","id":ID,"fence":N}        {"v":1,"op":"shutdown","fence":N}
 *   {"v":1,"op":"reexec"}                                  (service.json was written anew)
 *   {"v":1,"ok":true,"status":{…}}                         (status: to every request)
 *   {"v":1,"ok":false,"kind":"locked","message":"…"} */
#pragma once

#include "data/data.h"
#include "supervise/supervise.h"

enum { WIRE_VERSION = 1, WIRE_REQUEST_MAX = 256 * 1024, WIRE_REPLY_MAX = 256 * 1024 };

enum wire_op {
    WIRE_STATUS,
    WIRE_REEXEC,
    WIRE_START,
    WIRE_PROMOTE,
    WIRE_STOP,
    WIRE_SHUTDOWN,
    WIRE_OP_COUNT
};
/* Does it change the service, so that it must name an instance or carry a fence? */
static inline bool wire_op_is_fenced(enum wire_op op)
{
    return op != WIRE_STATUS && op != WIRE_REEXEC;
}

struct wire_request {
    enum wire_op op;
    uint64_t fence;
    struct supervise_start start; /* `id` for every op that names an instance; the rest for start */
};

/* Each appends one whole line. */
bool wire_write_request(const struct wire_request *request, struct buf *out,
                        struct error *err) must_use;
bool wire_write_status(const struct supervise_status *status, struct buf *out,
                       struct error *err) must_use;
void wire_write_error(const struct error *failure, struct buf *out);

/* A request from foreign bytes: strings are copied into `arena`. ERR_USAGE says what is wrong. */
bool wire_read_request(struct str line, struct arena *arena, struct wire_request *ret,
                       struct error *err) must_use;
/* A reply: false with the supervisor's own error when it refused. */
bool wire_read_reply(struct str line, struct supervise_status *ret, struct error *err) must_use;
/* The error a reply or a report carries. Always false, unless it says "ok". */
bool wire_read_outcome(struct json root, struct error *err) must_use;

/* A list of strings, NULL-terminated, in `arena`. ERR_USAGE when it is none or has too many. */
bool wire_read_strings(struct json array, size_t max, struct arena *arena, const char *const **ret,
                       struct error *err) must_use;
void wire_write_strings(struct json_writer *w, const char *key, const char *const *strings);
