/* Counters of the front in Prometheus' text format (version 0.0.4). Knows no sockets. */
#pragma once

#include "core/core.h"

enum { METRICS_ROUTES_MAX = 12, METRICS_STATUS_COUNT = 16, METRICS_BUCKET_COUNT = 12 };

struct metrics {
    const char *const *routes; /* names; the last one is for everything else */
    size_t route_count;
    uint64_t requests[METRICS_ROUTES_MAX][METRICS_STATUS_COUNT];
    uint64_t buckets[METRICS_ROUTES_MAX][METRICS_BUCKET_COUNT + 1];
    uint64_t sum_ms[METRICS_ROUTES_MAX];
    uint64_t rate_limited;
};

/* What the counters do not know. */
struct metrics_now {
    size_t connections, in_flight, body_bytes;
    uint64_t accepted, log_dropped;
    bool draining, ready;
    size_t workers;
    const char *version, *git_sha, *instance_id, *boot_id;
    int64_t started_s;
};

/* `route` -1: no route matched. Status 0: the client left. */
void metrics_count(struct metrics *m, int route, int status, int64_t ms);
void metrics_write(const struct metrics *m, const struct metrics_now *now, struct buf *out);
