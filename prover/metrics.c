/* Counting and writing metrics. */
#include "metrics.h"

/* Those this service gives; others are counted as their class's last line, 0 as "client left". */
static const int STATUSES[METRICS_STATUS_COUNT] = {0,   200, 204, 400, 404, 405, 408, 409,
                                                   413, 414, 429, 431, 500, 503, 504, -1};
static const int64_t BOUNDS_MS[METRICS_BUCKET_COUNT] = {1,   5,    10,   50,    100,   250,
                                                        500, 1000, 5000, 10000, 30000, 60000};

static size_t status_index(int status)
{
    size_t i = 0;
    while (i < METRICS_STATUS_COUNT - 1 && STATUSES[i] != status)
        i++;
    return i;
}

static size_t bucket_index(int64_t ms)
{
    size_t i = 0;
    while (i < METRICS_BUCKET_COUNT && ms > BOUNDS_MS[i])
        i++;
    return i;
}

void metrics_count(struct metrics *m, int route, int status, int64_t ms)
{
    size_t r = route < 0 ? m->route_count - 1 : (size_t)route;
    m->requests[r][status_index(status)]++;
    m->buckets[r][bucket_index(ms)]++;
    m->sum_ms[r] += (uint64_t)(ms > 0 ? ms : 0);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct buf *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    head(out, name, type, help);
    buf_addf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void write_status(struct buf *out, const char *route, int status, uint64_t count)
{
    if (count == 0)
        return;
    buf_addf(out, "teerex_http_requests_total{route=\"%s\",status=\"", route);
    if (status < 0)
        buf_adds(out, "other");
    else
        buf_addf(out, "%d", status);
    buf_addf(out, "\"} %llu\n", (unsigned long long)count);
}

static void write_requests(const struct metrics *m, struct buf *out)
{
    head(out, "teerex_http_requests_total", "counter",
         "Requests by route and status; status 0: the client left before an answer.");
    for (size_t r = 0; r < m->route_count; r++)
        for (size_t s = 0; s < METRICS_STATUS_COUNT; s++)
            write_status(out, m->routes[r], STATUSES[s], m->requests[r][s]);
}

static void write_histogram(const struct metrics *m, size_t r, struct buf *out)
{
    const char *name = "teerex_http_request_duration_seconds", *route = m->routes[r];
    uint64_t below = 0;
    for (size_t b = 0; b < METRICS_BUCKET_COUNT; b++) {
        below += m->buckets[r][b];
        buf_addf(out, "%s_bucket{route=\"%s\",le=\"%g\"} %llu\n", name, route,
                 (double)BOUNDS_MS[b] / 1000, (unsigned long long)below);
    }
    below += m->buckets[r][METRICS_BUCKET_COUNT];
    buf_addf(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", name, route,
             (unsigned long long)below);
    buf_addf(out, "%s_sum{route=\"%s\"} %.3f\n", name, route, (double)m->sum_ms[r] / 1000);
    buf_addf(out, "%s_count{route=\"%s\"} %llu\n", name, route, (unsigned long long)below);
}

static bool was_asked(const struct metrics *m, size_t r)
{
    for (size_t b = 0; b <= METRICS_BUCKET_COUNT; b++)
        if (m->buckets[r][b])
            return true;
    return false;
}

static void write_now(const struct metrics_now *n, struct buf *out)
{
    single(out, "teerex_http_connections", "gauge", "Open connections.", n->connections);
    single(out, "teerex_http_in_flight", "gauge", "Requests being answered.", n->in_flight);
    single(out, "teerex_http_body_bytes", "gauge", "Request bodies in memory.", n->body_bytes);
    single(out, "teerex_http_accepted_total", "counter", "Connections accepted.", n->accepted);
    single(out, "teerex_draining", "gauge", "1 while draining.", n->draining);
    single(out, "teerex_ready", "gauge", "1 when it can prove.", n->ready);
    single(out, "teerex_workers", "gauge", "Workers running.", n->workers);
    single(out, "teerex_log_dropped_total", "counter", "Log lines nobody took.", n->log_dropped);
    single(out, "process_start_time_seconds", "gauge", "Start, seconds since 1970.",
           (uint64_t)n->started_s);
    head(out, "teerex_build_info", "gauge", "What is running.");
    buf_addf(out,
             "teerex_build_info{version=\"%s\",git_sha=\"%s\",instance=\"%s\",boot=\"%s\"} 1\n",
             n->version, n->git_sha, n->instance_id ? n->instance_id : "", n->boot_id);
}

void metrics_write(const struct metrics *m, const struct metrics_now *now, struct buf *out)
{
    write_requests(m, out);
    head(out, "teerex_http_request_duration_seconds", "histogram", "Time to answer.");
    for (size_t r = 0; r < m->route_count; r++)
        if (was_asked(m, r))
            write_histogram(m, r, out);
    single(out, "teerex_rate_limited_total", "counter", "Proofs refused for their rate.",
           m->rate_limited);
    write_now(now, out);
}
