/* Many transfers at once: the loop that starts them, moves their bytes, waits, and tells. */
#include <errno.h>
#include <poll.h>

#include "event/event.h"
#include "internal.h"

enum { PARALLEL = 8, SLEEP_MS = 200 };

struct run {
    struct http_client *client;
    const struct http_batch *batch;
    CURLM *multi;
    bool own_multi;
    struct transfer *slots; /* free when its request is NULL */
    size_t slot_count;
    size_t started, told; /* of the batch's requests */
};

static void run_release(struct run *run)
{
    for (size_t i = 0; i < run->slot_count; i++) {
        if (run->slots[i].state == TRANSFER_ACTIVE)
            curl_multi_remove_handle(run->multi, run->slots[i].handle);
        if (run->slots[i].request != NULL)
            transfer_release(&run->slots[i]);
    }
    free(run->slots);
    if (run->own_multi)
        curl_multi_cleanup(run->multi);
    else
        run->client->busy = false;
}
#define cleanup_run cleanup(run_release)

static struct run run_make(struct http_client *client, const struct http_batch *batch)
{
    size_t count = batch->max_parallel > 0 ? batch->max_parallel : PARALLEL;
    struct run run = {.client = client, .batch = batch, .own_multi = client->busy};
    run.slot_count = count < batch->count ? count : batch->count;
    run.slots = xcalloc(run.slot_count + 1, sizeof(*run.slots));
    run.multi = run.own_multi ? curl_multi_init() : client->multi;
    if (run.multi == NULL)
        abort(); /* out of memory */
    client->busy = true;
    return run;
}

static void begin(struct run *run, struct transfer *t)
{
    struct error err;
    t->state = TRANSFER_ACTIVE;
    if (!attempt_begin(t, &err)) {
        transfer_fail(t, &err);
        return;
    }
    if (curl_multi_add_handle(run->multi, t->handle) == CURLM_OK)
        return;
    err_set(&err, ERR_BUG, "curl does not take the transfer");
    transfer_fail(t, &err);
}

/* Fills free slots with what was not started, and begins what is ready. */
static void begin_ready(struct run *run)
{
    int64_t now = clock_mono_ms(run->client->options.clock);
    for (size_t i = 0; i < run->slot_count; i++) {
        struct transfer *t = &run->slots[i];
        if (t->request == NULL && run->started < run->batch->count) {
            transfer_start(t, run->client, &run->batch->requests[run->started], run->started);
            run->started++;
        }
        if (t->request != NULL && t->state == TRANSFER_WAITING && t->ready_ms <= now)
            begin(run, t);
    }
}

static bool move_bytes(struct run *run, struct error *err)
{
    int running = 0, left = 0;
    CURLMcode code = curl_multi_perform(run->multi, &running);
    if (code != CURLM_OK)
        return err_set(err, ERR_FAILED, "curl: %s", curl_multi_strerror(code));
    const CURLMsg *msg = NULL;
    while ((msg = curl_multi_info_read(run->multi, &left)) != NULL) {
        struct transfer *t = NULL;
        CURLcode result = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
        curl_multi_remove_handle(run->multi, msg->easy_handle);
        transfer_hop_done(t, result);
    }
    return true;
}

static bool tell_ended(struct run *run, struct error *err)
{
    for (size_t i = 0; i < run->slot_count; i++) {
        struct transfer *t = &run->slots[i];
        if (t->request == NULL || t->state != TRANSFER_ENDED)
            continue;
        run->told++;
        TRY(run->batch->done(run->batch->ctx, t->index, &t->outcome, err));
        transfer_release(t);
    }
    return true;
}

/* When the transfer needs the loop again, apart from bytes; INT64_MAX: never. */
static int64_t wakes_at(const struct run *run, const struct transfer *t)
{
    if (t->request == NULL)
        return run->started < run->batch->count ? 0 : INT64_MAX;
    return t->state == TRANSFER_WAITING ? t->ready_ms : INT64_MAX;
}

/* Sleeps until bytes, a signal, or the next attempt's time. */
static void wait_for_news(struct run *run)
{
    const struct http_client_options *options = &run->client->options;
    struct curl_waitfd wake = {.fd = signals_fd(), .events = CURL_WAIT_POLLIN};
    int64_t now = clock_mono_ms(options->clock), next = now + events_tick_ms(options->events);
    bool active = false;
    for (size_t i = 0; i < run->slot_count; i++) {
        const struct transfer *t = &run->slots[i];
        int64_t at = wakes_at(run, t);
        next = at < next ? at : next;
        active = active || (t->request != NULL && t->state == TRANSFER_ACTIVE);
    }
    int64_t wait = next > now ? next - now : 0;
    if (active)
        (void)curl_multi_poll(run->multi, &wake, wake.fd >= 0 ? 1 : 0, (int)wait, NULL);
    else /* in slices: a signal may arrive between the question and the sleep */
        clock_sleep_ms(options->clock, wait < SLEEP_MS ? wait : SLEEP_MS);
    events_tick(options->events);
}

bool http_run(struct http_client *client, const struct http_batch *batch, struct error *err)
{
    cleanup_run struct run run = run_make(client, batch);
    while (run.told < batch->count) {
        TRY(signals_go_on(err));
        begin_ready(&run);
        TRY(move_bytes(&run, err));
        TRY(tell_ended(&run, err));
        if (run.told < batch->count)
            wait_for_news(&run);
    }
    return true;
}

static bool keep_outcome(void *ctx, size_t index unused_arg, struct http_outcome *outcome,
                         struct error *err unused_arg)
{
    struct http_outcome *kept = ctx;
    *kept = *outcome;
    outcome->response = (struct http_response){0};
    return true;
}

bool http_do(struct http_client *client, const struct http_request *request,
             struct http_response *ret, struct error *err)
{
    struct http_outcome outcome = {0};
    struct http_batch batch = {
        .requests = request, .count = 1, .done = keep_outcome, .ctx = &outcome};
    TRY(http_run(client, &batch, err));
    if (!outcome.ok) {
        *err = outcome.error;
        return false;
    }
    http_response_release(ret);
    *ret = outcome.response;
    return true;
}
