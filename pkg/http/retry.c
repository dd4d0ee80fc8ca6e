/* Whether to try again, and when. Pure: it decides, others wait. */
#include "internal.h"

enum { ATTEMPTS = 4, BASE_MS = 500, LONGEST_MS = 20 * 1000, HTTP_DATE_LEN = 29 };

static const int64_t FAR_FUTURE_S = (int64_t)10 * 365 * 86400;

int retry_attempts(const struct http_retry *policy)
{
    return policy->attempts > 0 ? policy->attempts : ATTEMPTS;
}

static bool effect_allows(const struct retry_question *q)
{
    return q->effect == EFFECT_ONCE ? q->not_sent : true;
}

static bool policy_allows(const struct retry_question *q)
{
    enum http_retry_on on = q->policy->on != 0 ? q->policy->on : HTTP_RETRY_ALL;
    return (q->failure & on) != 0 && q->attempts < retry_attempts(q->policy);
}

/* min(longest, base * 2^(attempts - 1)). */
static int64_t backoff_window_ms(const struct http_retry *policy, int attempts)
{
    int64_t window = policy->base_ms > 0 ? policy->base_ms : BASE_MS;
    int64_t longest = policy->longest_ms > 0 ? policy->longest_ms : LONGEST_MS;
    for (int i = 1; i < attempts && window < longest; i++)
        window *= 2;
    return window < longest ? window : longest;
}

bool retry_wait_ms(const struct retry_question *q, const struct rng *rng, int64_t *ret_wait_ms)
{
    if (!policy_allows(q) || !effect_allows(q) || !q->repeatable)
        return false;
    int64_t window = backoff_window_ms(q->policy, q->attempts);
    int64_t wait =
        q->retry_after_ms >= 0 ? q->retry_after_ms : (int64_t)rng_below(rng, (uint64_t)window + 1);
    if (wait >= q->left_ms)
        return false;
    *ret_wait_ms = wait;
    return true;
}

bool http_retry_after_ms(struct str value, int64_t now_ms, int64_t *ret_ms)
{
    char text[HTTP_DATE_LEN + 1];
    uint64_t seconds = 0;
    if (str_to_u64(value, &seconds)) {
        *ret_ms = (seconds < (uint64_t)FAR_FUTURE_S ? (int64_t)seconds : FAR_FUTURE_S) * 1000;
        return true;
    }
    if (value.len != HTTP_DATE_LEN || !str_ends(value, STR(" GMT")))
        return false;
    snprintf(text, sizeof(text), "%" PRIstr, STR_ARG(value));
    time_t when = curl_getdate(text, NULL);
    if (when < 0)
        return false;
    *ret_ms = (int64_t)when * 1000 > now_ms ? (int64_t)when * 1000 - now_ms : 0;
    return true;
}
