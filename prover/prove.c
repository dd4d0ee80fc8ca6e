/* POST /prove on its way: admitted, read, shown to the vault, given to a worker, answered. */
#include "front.h"
#include "prove_body.h"

static void fail_busy(struct httpd_request *req, const char *code, const char *retry_s,
                      const char *text)
{
    httpd_add_header(req, "Retry-After", retry_s);
    httpd_fail(req, 503, code, "%s", text);
}

bool prove_admit(void *ctx, struct httpd_request *req)
{
    struct front *f = ctx;
    struct httpd_client client = httpd_client(req);
    int64_t now = clock_mono_ms(clock_system()), wait_ms = 0;
    if (front_refuses_new(f)) {
        fail_busy(req, "draining", "1", "this instance is ending; ask again");
        return false;
    }
    if (client.exempt || rate_allow(&f->rate, &client.addr, now, &wait_ms))
        return true;
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms + 999) / 1000);
    f->metrics.rate_limited++;
    httpd_add_header(req, "Retry-After", seconds);
    httpd_fail(req, 429, "rate_limited", "more than %d proofs in an hour", PROVES_AN_HOUR);
    return false;
}

static struct prove *find_tag(struct front *f, uint32_t tag)
{
    for (size_t i = 0; i < PROVES_MAX; i++)
        if (f->proves[i].req && f->proves[i].tag == tag)
            return &f->proves[i];
    return NULL;
}

static struct prove *find_free(struct front *f)
{
    for (size_t i = 0; i < PROVES_MAX; i++)
        if (!f->proves[i].req)
            return &f->proves[i];
    return NULL;
}

/* The slot is free before the answer is given. */
static struct httpd_request *take(struct prove *p)
{
    struct httpd_request *req = p->req;
    *p = (struct prove){.worker = -1};
    return req;
}

static void client_left(void *ctx)
{
    take(ctx);
}

static bool version_fits(struct httpd_request *req)
{
    struct str version;
    if (!httpd_header(req, "X-Aztec-Version", &version) || prove_version_valid(version))
        return true;
    httpd_fail(req, 400, "bad_version", "x-aztec-version is no semantic version");
    return false;
}

static bool read_message(struct httpd_request *req, struct buf *message)
{
    static const char *const codes[PROVE_FAULT_COUNT] = {[PROVE_BAD_JSON] = "bad_json",
                                                         [PROVE_NO_DATA] = "missing_data",
                                                         [PROVE_BAD_BASE64] = "bad_base64"};
    struct error why = {0};
    enum prove_fault fault = prove_body_read(httpd_body(req), message, &why);
    if (fault == PROVE_FINE)
        return true;
    httpd_fail(req, 400, codes[fault], "%s", why.msg);
    return false;
}

static void ask_vault(struct front *f, struct httpd_request *req, struct str message)
{
    struct prove *p = find_free(f);
    struct error err = {0};
    if (!p) {
        fail_busy(req, "busy", "5", "too many proofs are waiting");
        return;
    }
    uint32_t tag = ++f->next_tag;
    struct str beginning = str_sub(message, 0, RECIPIENT_BYTES);
    if (!msg_send_plain(f->sockets.vault, VAULT_RECIPIENT_CHECK, tag, beginning, &err)) {
        fail_busy(req, "busy", "5", "the vault does not keep up");
        return;
    }
    *p = (struct prove){.req = req, .tag = tag, .worker = -1};
    httpd_defer(req, client_left, p);
}

void prove_handle(void *ctx, struct httpd_request *req)
{
    struct front *f = ctx;
    cleanup_buf struct buf message = buf_make(PROVE_BODY_MAX);
    if (version_fits(req) && read_message(req, &message))
        ask_vault(f, req, buf_str(&message));
}

/* A worker that can prove, or else any: it knows why not. -1: none runs. */
static int choose_worker(const struct front *f)
{
    int any = -1;
    for (size_t i = 0; i < f->o->workers; i++) {
        if (f->workers[i].end >= 0 && f->workers[i].can_prove)
            return (int)i;
        if (f->workers[i].end >= 0)
            any = (int)i;
    }
    return any;
}

static void ask_worker(struct front *f, struct prove *p)
{
    struct error err = {0};
    int slot = choose_worker(f);
    p->tag = ++f->next_tag;
    p->worker = slot;
    if (slot < 0 || !msg_send_plain(f->workers[slot].end, WORKER_PROVE, p->tag, STR_EMPTY, &err))
        fail_busy(take(p), "no_worker", "2", "no worker is running");
}

void prove_vault_answered(struct front *f, const struct msg *m)
{
    struct prove *p = find_tag(f, m->tag);
    if (!p || m->op != VAULT_RECIPIENT_CHECK || m->payload.len != 1)
        return;
    switch ((enum recipient)m->payload.ptr[0]) {
    case RECIPIENT_OURS:
        ask_worker(f, p);
        return;
    case RECIPIENT_OTHER:
        httpd_fail(take(p), 409, "stale_key",
                   "the message is not for the key of this instance: fetch the key again");
        return;
    case RECIPIENT_MALFORMED:
    case VAULT_REFUSED:
        httpd_fail(take(p), 400, "cannot_decrypt",
                   "the data is no OpenPGP message for this service");
        return;
    }
}

void prove_worker_answered(struct front *f, size_t slot, const struct msg *m)
{
    struct prove *p = find_tag(f, m->tag);
    char reason[REASON_MAX];
    if (!p || m->op != WORKER_PROVE || p->worker != (int)slot)
        return;
    snprintf(reason, sizeof reason, "cannot prove: %" PRIstr, STR_ARG(m->payload));
    fail_busy(take(p), "no_bb", "60", reason);
}

void prove_worker_lost(struct front *f, size_t slot)
{
    for (size_t i = 0; i < PROVES_MAX; i++)
        if (f->proves[i].req && f->proves[i].worker == (int)slot)
            fail_busy(take(&f->proves[i]), "worker_lost", "2", "the worker died; ask again");
}
