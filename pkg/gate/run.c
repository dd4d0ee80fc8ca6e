/* The order of gates, their attempts, and what they need of each other. */
#include "internal.h"

enum { SLICE_MS = 100 };

struct run {
    const struct gate_context *context;
    struct gate_results *results;
};

/* ---- writing down ---- */

/* Redacted, harmless to terminals, short. */
static const char *keep_text(struct run *run, const char *text)
{
    cleanup_buf struct buf redacted = buf_make(BUF_LINE), shown = buf_make(BUF_LINE);
    cleanup_buf struct buf cut = buf_make(BUF_LINE);
    if (run->context->events != NULL)
        events_redact(run->context->events, str_of(text), &redacted);
    else
        buf_adds(&redacted, text);
    text_add_visible(&shown, buf_str(&redacted));
    text_add_cut(&cut, buf_str(&shown), SHOWN_MAX, true);
    return arena_strdup(&run->results->arena, buf_str(&cut));
}

static void write_down(struct run *run, const struct asking *a, const struct said *said,
                       int attempts)
{
    struct gate_results *results = run->results;
    struct arena *arena = &results->arena;
    struct gate_result r = {
        .name = arena_strdup(arena, str_of(a->gate->name)),
        .kind = a->gate->kind,
        .component = arena_strdup(arena, str_of(a->target->component)),
        .host = arena_strdup(arena, str_of(a->target->host)),
        .verdict = said->verdict,
        .reason = keep_text(run, said->reason),
        .evidence = keep_text(run, said->evidence),
        .latency_ms = said->latency_ms,
        .attempts = attempts,
    };
    results->items = array_grow(results->items, &results->cap, results->count + 1, sizeof(r));
    results->items[results->count++] = r;
    events_verdict(run->context->events, a->target->host, r.name, r.verdict,
                   *r.reason ? r.reason : r.evidence);
}

/* ---- attempts ---- */

/* True while the process may still answer; otherwise it says why not. */
static bool is_alive(const struct gate_target *target, struct said *said)
{
    cleanup_buf struct buf why = buf_make(BUF_LINE);
    if (target->alive == NULL || target->alive(target->alive_ctx, &why))
        return true;
    said_set(said, VERDICT_FAIL, "the process has ended%s%s", why.len > 0 ? ": " : "",
             buf_cstr(&why));
    return false;
}

/* Waits for the next attempt, shorter when the process ends meanwhile. */
static bool pause_between(const struct asking *a, struct error *err)
{
    const struct clock *clock = a->context->clock;
    int64_t end = clock_mono_ms(clock) + a->gate->interval_ms, left = 0;
    struct said unused;
    while ((left = end - clock_mono_ms(clock)) > 0 && is_alive(a->target, &unused)) {
        TRY(signals_go_on(err));
        events_tick(a->context->events);
        clock_sleep_ms(clock, left < SLICE_MS ? left : SLICE_MS);
    }
    return signals_go_on(err);
}

static void tell_attempt(const struct asking *a, int attempt, const struct said *said)
{
    cleanup_buf struct buf shown = buf_make(BUF_LINE);
    text_add_visible(&shown, str_of(said->reason));
    events_step_progress(a->context->events, a->context->step, "gate %s, attempt %d of %d: %s",
                         a->gate->name, attempt, (int)a->gate->retries + 1, buf_cstr(&shown));
}

static bool ask_target(struct run *run, const struct asking *a, struct error *err)
{
    struct said said;
    int attempt = 1;
    for (;; attempt++) {
        TRY(ask_gate(a, &said, err));
        if (!is_alive(a->target, &said) || said.verdict == VERDICT_PASS ||
            attempt > a->gate->retries)
            break;
        tell_attempt(a, attempt, &said);
        TRY(pause_between(a, err));
    }
    write_down(run, a, &said, attempt);
    return true;
}

/* ---- needs ---- */

/* Has the gate been asked of that host again after result `index`? */
static bool is_outdated(const struct gate_results *results, size_t index)
{
    const struct gate_result *old = &results->items[index];
    for (size_t i = index + 1; i < results->count; i++)
        if (strcmp(results->items[i].name, old->name) == 0 &&
            strcmp(results->items[i].host, old->host) == 0)
            return true;
    return false;
}

/* The worst verdict of a gate over all hosts, of each the newest; SKIPPED when never asked. */
static enum gate_verdict verdict_of(const struct gate_results *results, const char *name)
{
    const struct gate_result *found = NULL;
    for (size_t i = 0; i < results->count; i++) {
        const struct gate_result *r = &results->items[i];
        if (strcmp(r->name, name) == 0 && !is_outdated(results, i) &&
            (found == NULL || verdict_weight(r->verdict) > verdict_weight(found->verdict)))
            found = r;
    }
    return found == NULL ? VERDICT_SKIPPED : found->verdict;
}

/* False when a needed gate did not pass: then `ret` says what that makes of this one. */
static bool needs_passed(const struct run *run, const struct config_gate *gate, struct said *ret)
{
    for (size_t i = 0; i < gate->needs.count; i++) {
        const char *name = gate->needs.items[i];
        enum gate_verdict verdict = verdict_of(run->results, name);
        if (verdict == VERDICT_PASS)
            continue;
        enum gate_verdict own = verdict == VERDICT_FAIL ? VERDICT_FAIL : VERDICT_INCONCLUSIVE;
        *ret = (struct said){0};
        said_set(ret, gate->fallback == CONFIG_FALLBACK_SKIP ? VERDICT_SKIPPED : own,
                 "not asked: needs '%s', which %s", name,
                 verdict == VERDICT_FAIL           ? "failed"
                 : verdict == VERDICT_INCONCLUSIVE ? "was inconclusive"
                                                   : "was not asked");
        return false;
    }
    return true;
}

static bool is_of(const struct gate_target *target, const struct config_gate *gate)
{
    return target->component != NULL && strcmp(target->component, gate->component) == 0;
}

static bool run_gate_on(struct run *run, const struct config_gate *gate,
                        const struct gate_target *target, struct error *err)
{
    const struct asking asking = {run->context, gate, target};
    struct said said;
    TRY(signals_go_on(err));
    if (needs_passed(run, gate, &said))
        return ask_target(run, &asking, err);
    write_down(run, &asking, &said, 0);
    return true;
}

static bool run_gate(struct run *run, const struct config_gate *gate, struct error *err)
{
    const struct gate_context *c = run->context;
    struct gate_target nobody = {.component = gate->component};
    struct said said = {0};
    size_t asked = 0;
    if (gate->component == NULL)
        return run_gate_on(run, gate, &nobody, err);
    for (size_t i = 0; i < c->target_count; i++)
        if (is_of(&c->targets[i], gate)) {
            TRY(run_gate_on(run, gate, &c->targets[i], err));
            asked++;
        }
    if (asked > 0)
        return true;
    said_set(&said, VERDICT_INCONCLUSIVE, "there is no '%s' to be asked", gate->component);
    write_down(run, &(struct asking){c, gate, &nobody}, &said, 0);
    return true;
}

/* ---- order ---- */

static bool is_waiting(const char *name, const struct config_gate *const *left, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (left[i] != NULL && strcmp(left[i]->name, name) == 0)
            return true;
    return false;
}

static bool is_ready(const struct config_gate *gate, const struct config_gate *const *left,
                     size_t count)
{
    for (size_t i = 0; i < gate->needs.count; i++)
        if (is_waiting(gate->needs.items[i], left, count))
            return false;
    return true;
}

/* The index of the first gate that waits for no other one; `count` when there is none. */
static size_t first_ready(const struct config_gate *const *left, size_t count)
{
    size_t i = 0;
    while (i < count && (left[i] == NULL || !is_ready(left[i], left, count)))
        i++;
    return i;
}

static bool put_in_order(const struct config_gate **left, size_t count,
                         const struct config_gate **ret_order, struct error *err)
{
    for (size_t done = 0; done < count; done++) {
        size_t next = first_ready(left, count);
        for (size_t i = 0; next == count && i < count; i++)
            if (left[i] != NULL)
                return err_set(err, ERR_CONFIG,
                               "gates need each other in a circle: '%s' is in it "
                               "or waits for it",
                               left[i]->name);
        ret_order[done] = left[next];
        left[next] = NULL;
    }
    return true;
}

bool gate_run_all(const struct gate_context *context, const struct config_gate *const *gates,
                  size_t count, struct gate_results *results, struct error *err)
{
    cleanup_arena struct arena arena = {0};
    struct run run = {context, results};
    const struct config_gate **left = ARENA_ARRAY(&arena, const struct config_gate *, count + 1);
    const struct config_gate **order = ARENA_ARRAY(&arena, const struct config_gate *, count + 1);
    for (size_t i = 0; i < count; i++)
        left[i] = gates[i];
    TRY(put_in_order(left, count, order, err));
    for (size_t i = 0; i < count; i++)
        TRY(run_gate(&run, order[i], err));
    return true;
}
