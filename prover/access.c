/* What is written down about each request: one log line, one count. Never bodies. */
#include "front.h"

enum { LINES_A_SECOND = 20, SLOW_MS = 1000 };

/* Probes that succeed come in floods; of them every line past a number in a second is left out and
 * counted in the next one. */
static bool is_routine(const struct httpd_done *done)
{
    bool probe = done->route >= 0 && done->route != ROUTE_PROVE;
    return probe && done->status >= 200 && done->status < 400 && done->ms < SLOW_MS;
}

static bool is_written(struct access_sample *s, int64_t now_ms, uint32_t lines_max)
{
    if (s->second != now_ms / 1000) {
        s->second = now_ms / 1000;
        s->lines = 0;
    }
    if (s->lines < lines_max) {
        s->lines++;
        return true;
    }
    s->suppressed++;
    return false;
}

static void write_line(struct front *f, const struct httpd_done *d, uint64_t suppressed)
{
    char client[HTTPD_ADDR_TEXT_MAX];
    struct json_writer w = log_open(&f->log, d->status >= 500 ? LOG_WARN : LOG_INFO, "request");
    httpd_addr_format(&d->client.addr, client);
    jw_member_str(&w, "requestId", d->request_id);
    jw_member_str(&w, "method", d->method_text);
    jw_member(&w, "route", FRONT_ROUTE_NAMES[d->route < 0 ? ROUTE_COUNT : d->route]);
    jw_member_int(&w, "status", d->status);
    jw_member_int(&w, "ms", d->ms);
    jw_member_int(&w, "bytesIn", (int64_t)d->bytes_in);
    jw_member_int(&w, "bytesOut", (int64_t)d->bytes_out);
    jw_member(&w, "client", client);
    if (suppressed)
        jw_member_int(&w, "suppressed", (int64_t)suppressed);
    log_close(&f->log, &w);
}

void access_done(void *ctx, const struct httpd_done *done)
{
    struct front *f = ctx;
    metrics_count(&f->metrics, done->route, done->status, done->ms);
    struct access_sample *sample = &f->samples[done->route < 0 ? ROUTE_COUNT : done->route];
    uint32_t lines_max = done->route == ROUTE_HEALTHZ ? 1 : LINES_A_SECOND;
    if (is_routine(done) && !is_written(sample, clock_now_ms(f->log.clock), lines_max))
        return;
    write_line(f, done, sample->suppressed);
    sample->suppressed = 0;
}
