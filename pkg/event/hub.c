/* The hub: every event is stamped, redacted once, noted on the board and handed to each sink. Knows
 * no format, and not what is told. */
#include "hub.h"

struct events *events_new(const struct clock *clock, const struct rng *rng)
{
    struct events *ev = xcalloc(1, sizeof(*ev));
    ev->clock = clock;
    ev->rng = rng;
    ev->redactor = redactor_new();
    ev->begun_ms = ev->told_ms = clock_mono_ms(clock);
    ev->left = buf_make(BUF_LINE);
    ev->next = buf_make(BUF_LINE);
    return ev;
}

void events_free(struct events *ev)
{
    if (ev == NULL)
        return;
    for (size_t i = 0; i < ev->sink_count; i++)
        ev->sinks[i].free(ev->sinks[i].self);
    free(ev->sinks);
    redactor_free(ev->redactor);
    steps_release(&ev->steps);
    buf_release(&ev->left);
    buf_release(&ev->next);
    free(ev);
}

void events_free_at(struct events **ev)
{
    events_free(steal_ptr(ev));
}

/* ---- the fan-out -------------------------------------------------------------------------- */

/* All texts of the event, redacted, one after the other in `out`; the event then points there. */
static void redact_texts(const struct events *ev, struct event *e, struct buf *out)
{
    size_t ends[EVENT_TEXT_COUNT];
    for (size_t i = 0; i < EVENT_TEXT_COUNT; i++) {
        redactor_clean(ev->redactor, e->text[i], out);
        ends[i] = out->len;
    }
    for (size_t i = 0, begin = 0; i < EVENT_TEXT_COUNT; begin = ends[i], i++)
        e->text[i] = str_sub(buf_str(out), begin, ends[i] - begin);
    if (out->overflow)
        e->text[EVENT_TEXT] = STR("(this text is too long to be shown)");
}

static struct board board_of(const struct events *ev, int64_t mono_ms)
{
    return (struct board){.steps = ev->steps.open, .count = ev->steps.count, .mono_ms = mono_ms};
}

/* The board shows an event's effect before the sinks see the event. */
static void note_on_board(struct events *ev, const struct event *e)
{
    if (e->kind == EVENT_STEP_PROGRESS || e->kind == EVENT_STEP_RETRY ||
        e->kind == EVENT_STEP_OUTPUT)
        steps_progress(&ev->steps, e->step, e->text[EVENT_TEXT]);
    if (e->kind == EVENT_STEP_OUTPUT)
        steps_add_line(&ev->steps, e->step, e->text[EVENT_TEXT]);
    if (e->kind == EVENT_STEP_END)
        steps_close(&ev->steps, e->step);
}

void hub_emit(struct events *ev, struct event e)
{
    cleanup_buf struct buf clean = buf_make(BUF_BODY);
    int64_t mono_ms = clock_mono_ms(ev->clock);
    e.at_ms = clock_now_ms(ev->clock);
    redact_texts(ev, &e, &clean);
    note_on_board(ev, &e);
    const struct board board = board_of(ev, mono_ms);
    for (size_t i = 0; i < ev->sink_count; i++)
        ev->sinks[i].emit(ev->sinks[i].self, &e, &board);
    ev->told_ms = mono_ms;
}

/* ---- waiting ------------------------------------------------------------------------------ */

enum { HEARTBEAT_STEPS = 4 };

static void describe_open_step(const struct open_step *step, int64_t mono_ms, struct buf *out)
{
    char age[DURATION_TEXT_MAX];
    duration_format(mono_ms - step->begin_ms, age);
    if (step->host[0] != '\0')
        buf_addf(out, "%s: ", step->host);
    buf_addf(out, "%s (%s%s%s)", step->name, age, step->progress[0] ? ", " : "", step->progress);
}

static void heartbeat(struct events *ev, int64_t mono_ms)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    size_t count = ev->steps.count;
    for (size_t i = 0; i < count && i < HEARTBEAT_STEPS; i++) {
        buf_adds(&text, i > 0 ? "; " : "");
        describe_open_step(&ev->steps.open[i], mono_ms, &text);
    }
    if (count > HEARTBEAT_STEPS)
        buf_addf(&text, "; and %zu more", count - HEARTBEAT_STEPS);
    hub_emit(ev, (struct event){.kind = EVENT_HEARTBEAT, .text = {[EVENT_TEXT] = buf_str(&text)}});
}

void events_tick(struct events *ev)
{
    if (ev == NULL)
        return;
    int64_t mono_ms = clock_mono_ms(ev->clock);
    if (ev->steps.count > 0 && mono_ms - ev->told_ms >= HEARTBEAT_MS)
        heartbeat(ev, mono_ms);
    const struct board board = board_of(ev, mono_ms);
    for (size_t i = 0; i < ev->sink_count; i++) {
        if (ev->sinks[i].tick != NULL)
            ev->sinks[i].tick(ev->sinks[i].self, &board);
    }
}

enum { TICK_DEFAULT_MS = 1000 };

int events_tick_ms(const struct events *ev)
{
    int shortest = TICK_DEFAULT_MS;
    for (size_t i = 0; ev != NULL && i < ev->sink_count; i++) {
        int wish = ev->sinks[i].tick_ms;
        if (wish > 0 && wish < shortest)
            shortest = wish;
    }
    return shortest;
}

/* ---- secrets and sinks -------------------------------------------------------------------- */

static void tell_mask(void *ctx, struct str form)
{
    const struct events *ev = ctx;
    for (size_t i = 0; i < ev->sink_count; i++) {
        if (ev->sinks[i].mask != NULL)
            ev->sinks[i].mask(ev->sinks[i].self, form);
    }
}

void events_add_secret(struct events *ev, struct str value)
{
    if (ev != NULL)
        redactor_add(ev->redactor, value, tell_mask, ev);
}

void events_redact(const struct events *ev, struct str text, struct buf *out)
{
    if (ev != NULL)
        redactor_clean(ev->redactor, text, out);
    else
        buf_add(out, text);
}

bool events_has_secret(const struct events *ev, struct str text)
{
    return ev != NULL && redactor_matches(ev->redactor, text);
}

void events_add_sink(struct events *ev, struct sink sink)
{
    ev->sinks = array_grow(ev->sinks, &ev->sink_cap, ev->sink_count + 1, sizeof(*ev->sinks));
    ev->sinks[ev->sink_count++] = sink;
    if (sink.mask != NULL)
        redactor_each(ev->redactor, sink.mask, sink.self);
}
