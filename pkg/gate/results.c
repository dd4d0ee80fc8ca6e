/* What gates said, taken together and shown. Asks nothing. */
#include "internal.h"

void gate_results_release(struct gate_results *results)
{
    arena_release(&results->arena);
    free(results->items);
    *results = (struct gate_results){0};
}

int verdict_weight(enum gate_verdict verdict)
{
    static const int WEIGHT[] = {
        [VERDICT_PASS] = 0, [VERDICT_SKIPPED] = 1, [VERDICT_INCONCLUSIVE] = 1, [VERDICT_FAIL] = 2};
    return WEIGHT[verdict];
}

/* The first of the worst; NULL when there is none at all. */
static const struct gate_result *worst(const struct gate_results *results)
{
    const struct gate_result *found = NULL;
    for (size_t i = 0; i < results->count; i++)
        if (found == NULL ||
            verdict_weight(results->items[i].verdict) > verdict_weight(found->verdict))
            found = &results->items[i];
    return found;
}

enum gate_verdict gate_results_verdict(const struct gate_results *results)
{
    const struct gate_result *r = worst(results);
    return r == NULL || r->verdict == VERDICT_SKIPPED ? VERDICT_INCONCLUSIVE : r->verdict;
}

static size_t count_not_passed(const struct gate_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++)
        count += results->items[i].verdict != VERDICT_PASS;
    return count;
}

bool gate_results_check(const struct gate_results *results, struct error *err)
{
    const struct gate_result *r = worst(results);
    size_t bad = count_not_passed(results);
    char others[48] = "";
    if (r == NULL)
        return err_set(err, ERR_INCONCLUSIVE, "no gate was asked");
    if (r->verdict == VERDICT_PASS)
        return true;
    if (bad > 1)
        snprintf(others, sizeof(others), " (and %zu more did not pass)", bad - 1);
    return err_set(err, r->verdict == VERDICT_FAIL ? ERR_GATE : ERR_INCONCLUSIVE,
                   "gate '%s'%s%s: %s: %s%s", r->name, *r->host ? " on " : "", r->host,
                   gate_verdict_name(r->verdict), r->reason, others);
}

static const char *const KINDS[] = {[CONFIG_GATE_HTTP] = "http",
                                    [CONFIG_GATE_COMMAND] = "command",
                                    [CONFIG_GATE_RELEASE] = "release"};

void gate_results_write(const struct gate_results *results, struct json_writer *w)
{
    jw_array_begin(w);
    for (size_t i = 0; i < results->count; i++) {
        const struct gate_result *r = &results->items[i];
        jw_object_begin(w);
        jw_member(w, "name", r->name);
        jw_member(w, "kind", KINDS[r->kind]);
        jw_member(w, "component", r->component);
        jw_member(w, "host", r->host);
        jw_member(w, "verdict", gate_verdict_name(r->verdict));
        jw_member(w, "reason", r->reason);
        jw_member(w, "evidence", r->evidence);
        jw_member_int(w, "latency_ms", r->latency_ms);
        jw_member_int(w, "attempts", r->attempts);
        jw_object_end(w);
    }
    jw_array_end(w);
}
