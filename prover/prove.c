/* POST /prove on its way: admitted, read, shown to the vault, given to a worker, answered. */
#include "front.h"

bool prove_admit(void *ctx, struct httpd_request *req)
{
    struct front *f = ctx;
    struct httpd_client client = httpd_client(req);
    int64_t wait_ms = 0;
    if (front_refuses_new(f)) {
        httpd_add_header(req, "Retry-After", "1");
        httpd_fail(req, 503, "draining", "this instance is ending; ask again");
        return false;
    }
    if (client.exempt ||
        rate_allow(&f->rate, &client.addr, clock_mono_ms(clock_system()), &wait_ms))
        return true;
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms + 999) / 1000);
    f->metrics.rate_limited++;
    httpd_add_header(req, "Retry-After", seconds);
    httpd_fail(req, 429, "rate_limited", "more than %d proofs in an hour", PROVES_AN_HOUR);
    return false;
}

void prove_handle(void *ctx, struct httpd_request *req)
{
    (void)ctx;
    httpd_add_header(req, "Retry-After", "60");
    httpd_fail(req, 503, "no_bb", "cannot prove: no bb is configured");
}

void prove_vault_answered(struct front *f, const struct msg *m)
{
    (void)f, (void)m;
}

void prove_worker_answered(struct front *f, size_t slot, const struct msg *m)
{
    (void)f, (void)slot, (void)m;
}

void prove_worker_lost(struct front *f, size_t slot)
{
    (void)f, (void)slot;
}
