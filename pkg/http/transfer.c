/* One request on its way: what the end of a hop leads to. It decides; run.c moves the bytes. */
#include <errno.h>
#include <inttypes.h>

#include "event/event.h"
#include "internal.h"

bool transfer_has_body(const struct transfer *t)
{
    return !t->body_left && (t->request->stream != NULL || t->request->body.len > 0);
}

const char *transfer_url(const struct transfer *t)
{
    return t->url != NULL ? t->url : t->request->url != NULL ? t->request->url : "";
}

int64_t transfer_left_ms(const struct transfer *t)
{
    return t->deadline_ms == INT64_MAX ? INT64_MAX
                                       : t->deadline_ms - clock_mono_ms(t->client->options.clock);
}

static void drop_handle(struct transfer *t)
{
    if (t->handle != NULL)
        client_give_handle(t->client, t->handle);
    t->handle = NULL;
    header_list_release(&t->headers);
}

void transfer_release(struct transfer *t)
{
    drop_handle(t);
    mem_free_at(&t->url);
    http_response_release(&t->response);
    http_response_release(&t->outcome.response);
    *t = (struct transfer){0};
}

void transfer_fail(struct transfer *t, const struct error *err)
{
    char shown[HTTP_URL_TEXT_MAX];
    const char *method = t->method != NULL ? t->method : t->request->method;
    http_redact_url(str_of(transfer_url(t)), shown);
    t->outcome.ok = false;
    t->outcome.error = *err;
    if (t->attempt > 1)
        err_wrap(&t->outcome.error, "%s %s (attempt %d)", method, shown, t->attempt);
    else
        err_wrap(&t->outcome.error, "%s %s", method != NULL ? method : "request", shown);
    t->state = TRANSFER_ENDED;
    drop_handle(t);
}

static void succeed(struct transfer *t)
{
    struct http_response *r = &t->response;
    r->url = arena_strdup(&r->arena, str_of(t->url));
    r->method = t->method;
    r->attempts = t->attempt;
    r->redirects = t->redirects;
    t->outcome.ok = true;
    t->outcome.response = *r;
    *r = (struct http_response){0};
    t->state = TRANSFER_ENDED;
}

void transfer_start(struct transfer *t, struct http_client *client,
                    const struct http_request *request, size_t index)
{
    struct error err;
    int64_t limit = limit_or(request->deadline_ms, HTTP_DEADLINE_MS);
    int64_t now = clock_mono_ms(client->options.clock);
    *t = (struct transfer){.client = client, .request = request, .index = index, .ready_ms = now};
    t->deadline_ms = limit > 0 ? now + limit : INT64_MAX;
    if (!request_check(request, &err) || !url_origin(request->url, t->origin, &err))
        transfer_fail(t, &err);
}

/* ---- the end of a hop ---- */

static int64_t info_us(const struct transfer *t, CURLINFO info)
{
    curl_off_t us = 0;
    curl_easy_getinfo(t->handle, info, &us);
    return us;
}

static void collect(struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
    t->response.status = (int)status;
    t->response.timing = (struct http_timing){
        .resolved_us = info_us(t, CURLINFO_NAMELOOKUP_TIME_T),
        .connected_us = info_us(t, CURLINFO_CONNECT_TIME_T),
        .tls_us = info_us(t, CURLINFO_APPCONNECT_TIME_T),
        .first_byte_us = info_us(t, CURLINFO_STARTTRANSFER_TIME_T),
        .total_us = info_us(t, CURLINFO_TOTAL_TIME_T),
    };
}

/* Nothing of the request left this machine, in no hop of this attempt. */
static bool was_not_sent(const struct transfer *t)
{
    long sent = 1;
    curl_easy_getinfo(t->handle, CURLINFO_REQUEST_SIZE, &sent);
    return sent == 0 && t->redirects == 0;
}

static bool is_repeatable(const struct transfer *t)
{
    const struct http_request *q = t->request;
    return (t->stream_read == 0 || q->stream->rewind != NULL) &&
           (!t->sink_took || q->sink->restart != NULL);
}

static void tell_retry(const struct transfer *t, int64_t wait_ms, const char *why)
{
    char shown[HTTP_URL_TEXT_MAX], wait[DURATION_TEXT_MAX];
    http_redact_url(str_of(transfer_url(t)), shown);
    duration_format(wait_ms, wait);
    events_note(t->client->options.events, "%s %s: %s; retry %d of %d in %s", t->method, shown, why,
                t->attempt, retry_attempts(&t->request->retry) - 1, wait);
}

/* True when it waits for another attempt. */
static bool try_again(struct transfer *t, struct retry_question question, const char *why)
{
    int64_t wait = 0;
    question.policy = &t->request->retry;
    question.effect = t->request->effect;
    question.repeatable = is_repeatable(t);
    question.attempts = t->attempt;
    question.left_ms = transfer_left_ms(t);
    if (!retry_wait_ms(&question, t->client->options.rng, &wait))
        return false;
    tell_retry(t, wait, why);
    mem_free_at(&t->url);
    t->state = TRANSFER_WAITING;
    t->ready_ms = clock_mono_ms(t->client->options.clock) + wait;
    drop_handle(t);
    return true;
}

static void say_failure(const struct transfer *t, CURLcode code, struct error *ret)
{
    struct failure failure = failure_of(code);
    const char *text = *t->curl_text != '\0' ? t->curl_text : curl_easy_strerror(code);
    long sys = 0;
    curl_easy_getinfo(t->handle, CURLINFO_OS_ERRNO, &sys);
    err_set(ret, failure.kind, "%s", text);
    ret->sys = failure.retry == HTTP_RETRY_REFUSED && sys != 0 ? (int)sys : failure.sys;
    if (ret->sys == ETIMEDOUT && !was_not_sent(t))
        ret->sys = ETIME;
}

static void hop_failed(struct transfer *t, CURLcode code)
{
    struct error err;
    if (t->stopped) {
        transfer_fail(t, &t->cause);
        return;
    }
    say_failure(t, code, &err);
    struct retry_question question = {
        .failure = failure_of(code).retry, .not_sent = was_not_sent(t), .retry_after_ms = -1};
    if (!try_again(t, question, err.msg))
        transfer_fail(t, &err);
}

static int64_t retry_after(const struct transfer *t)
{
    int64_t wait = -1;
    struct str value = http_header(&t->response, "Retry-After");
    return http_retry_after_ms(value, clock_now_ms(t->client->options.clock), &wait) ? wait : -1;
}

/* "bytes 100-199/1000" must begin where we asked. */
static bool range_agrees(const struct transfer *t, struct error *err)
{
    uint64_t first = 0;
    struct str value = http_header(&t->response, "Content-Range"), rest = STR_EMPTY;
    if (!t->request->range || t->response.status != 206)
        return true;
    bool ok = str_starts(value, STR("bytes ")) &&
              str_to_u64(str_cut(str_sub(value, 6, value.len), '-', &rest, NULL), &first);
    return (ok && first == (uint64_t)t->request->range_first) ||
           err_set(err, ERR_FAILED,
                   "the answer holds the range '%" PRIstr "', asked for from "
                   "%" PRId64,
                   STR_ARG(value), t->request->range_first);
}

static void answered(struct transfer *t)
{
    char why[64];
    int status = t->response.status;
    struct retry_question question = {.failure = HTTP_RETRY_STATUS,
                                      .retry_after_ms = retry_after(t)};
    snprintf(why, sizeof(why), "%d %s", status, http_status_reason(status));
    if (http_class_retries(http_classify(status)) && try_again(t, question, why))
        return;
    succeed(t);
    drop_handle(t);
}

void transfer_hop_done(struct transfer *t, CURLcode code)
{
    struct error err;
    bool follow = false;
    collect(t);
    if (code == CURLE_OK && !t->headers_whole)
        code = CURLE_PARTIAL_FILE;
    if (code != CURLE_OK && !t->response.body_cut)
        hop_failed(t, code);
    else if (!range_agrees(t, &err) || !redirect_follow(t, &follow, &err))
        transfer_fail(t, &err);
    else if (!follow)
        answered(t);
    else {
        t->state = TRANSFER_WAITING;
        t->ready_ms = 0;
        drop_handle(t);
    }
}
