/* What can be told: messages, groups, steps, verdicts, outputs, the end. Each becomes one event.
 * Knows no sink. */
#include "hub.h"
#include "text.h"

/* Appends what a printf-like function was called with. */
#define FORMAT_INTO(buffer, fmt)          \
    do {                                  \
        va_list args;                     \
        va_start(args, fmt);              \
        buf_vaddf((buffer), (fmt), args); \
        va_end(args);                     \
    } while (0)

/* ---- messages and groups ------------------------------------------------------------------ */

void events_message(struct events *ev, const struct event_message *message)
{
    if (ev == NULL)
        return;
    hub_emit(ev, (struct event){
                     .kind = EVENT_MESSAGE,
                     .level = message->level,
                     .text = {[EVENT_TEXT] = str_of(message->text),
                              [EVENT_TITLE] = str_of(message->title),
                              [EVENT_FILE] = str_of(message->file)},
                     .line = message->line,
                     .col = message->col,
                 });
}

static void say(struct events *ev, enum event_level level, const struct buf *text)
{
    events_message(ev, &(struct event_message){.level = level, .text = buf_cstr(text)});
}

void events_note(struct events *ev, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    FORMAT_INTO(&text, fmt);
    say(ev, EVENT_NOTE, &text);
}

void events_detail(struct events *ev, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    FORMAT_INTO(&text, fmt);
    say(ev, EVENT_DETAIL, &text);
}

void events_warn(struct events *ev, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    FORMAT_INTO(&text, fmt);
    say(ev, EVENT_WARNING, &text);
}

void events_group_end(struct events *ev)
{
    if (ev == NULL || !ev->group_open)
        return;
    ev->group_open = false;
    hub_emit(ev, (struct event){.kind = EVENT_GROUP_END});
}

void events_group(struct events *ev, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    if (ev == NULL)
        return;
    FORMAT_INTO(&text, fmt);
    events_group_end(ev);
    ev->group_open = true;
    hub_emit(ev, (struct event){.kind = EVENT_GROUP, .text = {[EVENT_TEXT] = buf_str(&text)}});
}

/* ---- steps -------------------------------------------------------------------------------- */

/* An event about an open step, with the step's names and age filled in. */
static struct event step_event(const struct events *ev, enum event_kind kind, step_id id)
{
    struct event e = {.kind = kind, .step = id};
    const struct open_step *step = steps_find(&ev->steps, id);
    if (step == NULL)
        return e;
    e.text[EVENT_HOST] = str_of(step->host);
    e.text[EVENT_NAME] = str_of(step->name);
    e.elapsed_ms = clock_mono_ms(ev->clock) - step->begin_ms;
    return e;
}

/* The board keeps redacted names: it is shown without going through emit. */
static char *redacted_copy(const struct events *ev, const char *text)
{
    cleanup_buf struct buf clean = buf_make(BUF_LINE);
    redactor_clean(ev->redactor, str_of(text), &clean);
    return xstrdup(buf_cstr(&clean));
}

step_id events_step_begin(struct events *ev, const char *host, const char *name)
{
    if (ev == NULL)
        return 0;
    cleanup_free char *clean_host = redacted_copy(ev, host);
    cleanup_free char *clean_name = redacted_copy(ev, name);
    step_id id = ++ev->last_id;
    steps_open(&ev->steps, &(struct open_step){
                               .id = id,
                               .host = clean_host,
                               .name = clean_name,
                               .begin_ms = clock_mono_ms(ev->clock),
                           });
    hub_emit(ev, step_event(ev, EVENT_STEP_BEGIN, id));
    return id;
}

void events_step_progress(struct events *ev, step_id step, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    if (ev == NULL)
        return;
    FORMAT_INTO(&text, fmt);
    struct event e = step_event(ev, EVENT_STEP_PROGRESS, step);
    e.text[EVENT_TEXT] = buf_str(&text);
    hub_emit(ev, e);
}

void events_step_retry(struct events *ev, step_id step, unsigned attempt, int64_t delay_ms,
                       const char *why)
{
    if (ev == NULL)
        return;
    struct event e = step_event(ev, EVENT_STEP_RETRY, step);
    e.text[EVENT_TEXT] = str_of(why);
    e.attempt = attempt;
    e.delay_ms = delay_ms;
    hub_emit(ev, e);
}

void events_step_output(struct events *ev, step_id step, struct str line)
{
    cleanup_buf struct buf plain = buf_make(BUF_TEXT);
    if (ev == NULL)
        return;
    /* Before redaction: a colour in the middle of a secret would hide it. */
    text_add_uncolored(&plain, line);
    struct event e = step_event(ev, EVENT_STEP_OUTPUT, step);
    e.text[EVENT_TEXT] = buf_str(&plain);
    hub_emit(ev, e);
}

void events_step_end(struct events *ev, step_id step, enum step_outcome outcome, const char *fmt,
                     ...)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    cleanup_buf struct buf tail = buf_make(BUF_LINE);
    if (ev == NULL)
        return;
    FORMAT_INTO(&text, fmt);
    struct event e = step_event(ev, EVENT_STEP_END, step);
    e.outcome = outcome;
    e.text[EVENT_TEXT] = buf_str(&text);
    if (outcome == STEP_FAILED)
        steps_add_tail(&ev->steps, step, &tail);
    e.text[EVENT_TAIL] = buf_str(&tail);
    hub_emit(ev, e);
}

/* ---- verdicts, outputs -------------------------------------------------------------------- */

const char *gate_verdict_name(enum gate_verdict verdict)
{
    static const char *const NAMES[] = {
        [VERDICT_PASS] = "pass",
        [VERDICT_FAIL] = "fail",
        [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_SKIPPED] = "skipped",
    };
    return NAMES[verdict];
}

void events_verdict(struct events *ev, const char *host, const char *gate,
                    enum gate_verdict verdict, const char *reason)
{
    if (ev == NULL)
        return;
    hub_emit(ev, (struct event){
                     .kind = EVENT_VERDICT,
                     .verdict = verdict,
                     .text = {[EVENT_HOST] = str_of(host),
                              [EVENT_NAME] = str_of(gate),
                              [EVENT_TEXT] = str_of(reason)},
                 });
}

/* "=" and "<<" in a name would be read by the runner as the start of the value. */
static bool is_output_name(const char *name)
{
    static const char ALLOWED[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";
    return name[0] != '\0' && strchr("0123456789-", name[0]) == NULL &&
           name[strspn(name, ALLOWED)] == '\0';
}

bool events_output(struct events *ev, const char *name, struct str value, struct error *err)
{
    if (!is_output_name(name))
        return err_set(err, ERR_BUG, "\"%s\" cannot be the name of an output", name);
    if (ev == NULL)
        return true;
    if (redactor_matches(ev->redactor, value))
        return err_set(err, ERR_FAILED, "the output \"%s\" contains a secret; emit a name for it",
                       name);
    for (size_t i = 0; i < ev->sink_count; i++) {
        const struct sink *sink = &ev->sinks[i];
        if (sink->output != NULL)
            TRY(sink->output(sink->self, str_of(name), value, err));
    }
    hub_emit(ev, (struct event){.kind = EVENT_OUTPUT,
                                .text = {[EVENT_NAME] = str_of(name), [EVENT_TEXT] = value}});
    return true;
}

void events_summary(struct events *ev, struct str markdown)
{
    if (ev != NULL)
        hub_emit(ev, (struct event){.kind = EVENT_SUMMARY, .text = {[EVENT_TEXT] = markdown}});
}

/* ---- the end ------------------------------------------------------------------------------ */

void events_left(struct events *ev, const char *fmt, ...)
{
    if (ev == NULL)
        return;
    FORMAT_INTO(&ev->left, fmt);
    buf_addc(&ev->left, '\n');
}

void events_next(struct events *ev, const char *fmt, ...)
{
    if (ev == NULL)
        return;
    buf_clear(&ev->next);
    FORMAT_INTO(&ev->next, fmt);
}

void events_finish(struct events *ev, const struct event_finish *finish)
{
    if (ev == NULL)
        return;
    events_group_end(ev);
    hub_emit(ev, (struct event){
                     .kind = EVENT_FINISH,
                     .error = finish->err ? finish->err->kind : ERR_NONE,
                     .exit_status = finish->exit_status,
                     .elapsed_ms = clock_mono_ms(ev->clock) - ev->begun_ms,
                     .text = {[EVENT_TEXT] = str_of(finish->err ? finish->err->msg : ""),
                              [EVENT_HINT] = str_of(finish->hint),
                              [EVENT_LEFT] = buf_str(&ev->left),
                              [EVENT_NEXT] = buf_str(&ev->next),
                              [EVENT_JSON] = finish->json},
                 });
}

bool events_check(struct events *ev, struct error *err)
{
    for (size_t i = 0; ev != NULL && i < ev->sink_count; i++) {
        if (ev->sinks[i].check != NULL)
            TRY(ev->sinks[i].check(ev->sinks[i].self, err));
    }
    return true;
}
