/* The story for a person: on a terminal finished steps scroll away above the live region, in a pipe
 * every event is a plain line. Knows how to say things, not when they happen. */
#include "human.h"

#include "out.h"

/* ---- the columns of steps ------------------------------------------------------------------- */

enum { HOST_WIDTH_MAX = 20, NAME_WIDTH_MAX = 36, NAME_WIDTH_MIN = 24 };

static size_t clamp(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

void human_measure(struct human *h, struct str host, struct str name)
{
    if (host.len > 0)
        h->host_width = clamp(text_width(host), h->host_width, HOST_WIDTH_MAX);
    h->name_width = clamp(text_width(name), h->name_width, NAME_WIDTH_MAX);
}

void human_add_step(struct line *line, const struct human *h, struct str host, struct str name)
{
    size_t column = line->pad_to > line->used ? line->pad_to : line->used;
    if (h->host_width > 0) {
        line_add(line, STYLE_HOST, host);
        column += h->host_width + 2;
        line_pad(line, column);
    }
    line_add(line, STYLE_PLAIN, name);
    line_pad(line, column + h->name_width + 2);
}

/* ---- how each outcome looks ------------------------------------------------------------------ */

struct sign {
    const char *symbol; /* UTF-8 */
    const char *word;   /* otherwise */
    enum style style;
};

static const struct sign OUTCOMES[] = {
    [STEP_OK] = {"✓", "ok", STYLE_GOOD},
    [STEP_SKIPPED] = {"-", "skipped", STYLE_DIM},
    [STEP_FAILED] = {"✗", "FAILED", STYLE_BAD},
    [STEP_UNDONE] = {"↩", "undone", STYLE_WARN},
};

static const struct sign VERDICTS[] = {
    [VERDICT_PASS] = {"✓", "pass", STYLE_GOOD},
    [VERDICT_FAIL] = {"✗", "FAIL", STYLE_BAD},
    [VERDICT_INCONCLUSIVE] = {"?", "unclear", STYLE_WARN},
    [VERDICT_SKIPPED] = {"-", "skipped", STYLE_DIM},
};

/* Words line up in a pipe; a terminal gets a symbol of one column. */
static void add_sign(struct line *line, const struct human *h, const struct sign *sign)
{
    line_addf(line, STYLE_PLAIN, "  ");
    if (h->look.live && h->look.utf8)
        line_add(line, sign->style, str_of(sign->symbol));
    else
        line_add(line, sign->style, str_of(sign->word));
    if (h->look.live && h->look.utf8)
        line_addf(line, STYLE_PLAIN, " ");
    else
        line_pad(line, 10);
}

static struct line begin(const struct human *h, struct buf *out)
{
    return line_begin(out, &h->look, look_columns(&h->look, h->fd));
}

/* ---- one function for each kind of event ------------------------------------------------------
 */

static const struct {
    const char *word;
    enum style style;
    enum story from; /* said from this story on */
} LEVELS[] = {
    [EVENT_DETAIL] = {"", STYLE_DIM, STORY_VERBOSE},
    [EVENT_NOTE] = {"", STYLE_PLAIN, STORY_NORMAL},
    [EVENT_WARNING] = {"warning: ", STYLE_WARN, STORY_QUIET},
    [EVENT_ERROR] = {"error: ", STYLE_BAD, STORY_QUIET},
};

static void add_place(struct line *line, const struct event *e)
{
    struct str file = e->text[EVENT_FILE];
    if (file.len == 0)
        return;
    line_add(line, STYLE_BOLD, file);
    if (e->line > 0)
        line_addf(line, STYLE_BOLD, ":%d", e->line);
    if (e->line > 0 && e->col > 0)
        line_addf(line, STYLE_BOLD, ":%d", e->col);
    line_addf(line, STYLE_BOLD, ": ");
}

static void say_message(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->story < LEVELS[e->level].from)
        return;
    add_place(&line, e);
    line_addf(&line, LEVELS[e->level].style, "%s", LEVELS[e->level].word);
    if (e->text[EVENT_TITLE].len > 0)
        line_addf(&line, STYLE_BOLD, "%" PRIstr ": ", STR_ARG(e->text[EVENT_TITLE]));
    line_end_wrapped(&line, e->text[EVENT_TEXT]);
}

static void say_group(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->story == STORY_QUIET)
        return;
    if (!h->look.live)
        line_addf(&line, STYLE_BOLD, "==> ");
    line_add(&line, STYLE_BOLD, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void add_host_and_name(struct line *line, const struct event *e)
{
    if (e->text[EVENT_HOST].len > 0) {
        line_add(line, STYLE_HOST, e->text[EVENT_HOST]);
        line_addf(line, STYLE_PLAIN, ": ");
    }
    line_add(line, STYLE_PLAIN, e->text[EVENT_NAME]);
}

static void say_step_begin(struct human *h, const struct event *e, struct buf *out)
{
    human_measure(h, e->text[EVENT_HOST], e->text[EVENT_NAME]);
    if (h->look.live || h->story == STORY_QUIET)
        return;
    struct line line = begin(h, out);
    line_addf(&line, STYLE_DIM, "  begin   ");
    add_host_and_name(&line, e);
    line_end(&line);
}

static void say_step_progress(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->look.live || h->story != STORY_VERBOSE)
        return;
    line_pad(&line, 10);
    add_host_and_name(&line, e);
    line_addf(&line, STYLE_PLAIN, ": ");
    line_end_wrapped(&line, e->text[EVENT_TEXT]);
}

static void say_step_retry(struct human *h, const struct event *e, struct buf *out)
{
    char delay[DURATION_TEXT_MAX];
    struct line line = begin(h, out);
    if (h->story == STORY_QUIET)
        return;
    duration_format(e->delay_ms, delay);
    add_sign(&line, h, &(struct sign){"↻", "retry", STYLE_WARN});
    human_add_step(&line, h, e->text[EVENT_HOST], e->text[EVENT_NAME]);
    line_addf(&line, STYLE_DIM, "attempt %u failed, again in %s: ", e->attempt, delay);
    line_add(&line, STYLE_DIM, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void say_step_output(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->story != STORY_VERBOSE)
        return;
    line_addf(&line, STYLE_DIM, "    | ");
    line_add(&line, STYLE_DIM, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void say_tail(struct human *h, struct str tail, struct buf *out)
{
    struct str text;
    while (str_next_line(&tail, &text)) {
        struct line line = begin(h, out);
        line_addf(&line, STYLE_DIM, "    | ");
        line_add(&line, STYLE_PLAIN, text);
        line_end(&line);
    }
}

static void say_step_end(struct human *h, const struct event *e, struct buf *out)
{
    char elapsed[DURATION_TEXT_MAX];
    struct line line = begin(h, out);
    if (h->story == STORY_QUIET && e->outcome != STEP_FAILED)
        return;
    duration_format(e->elapsed_ms, elapsed);
    add_sign(&line, h, &OUTCOMES[e->outcome]);
    human_add_step(&line, h, e->text[EVENT_HOST], e->text[EVENT_NAME]);
    line_addf(&line, STYLE_DIM, "%s", elapsed);
    if (e->text[EVENT_TEXT].len > 0)
        line_addf(&line, e->outcome == STEP_FAILED ? STYLE_BAD : STYLE_DIM, "  %" PRIstr,
                  STR_ARG(e->text[EVENT_TEXT]));
    line_end(&line);
    if (h->story != STORY_VERBOSE)
        say_tail(h, e->text[EVENT_TAIL], out);
}

static void say_verdict(struct human *h, const struct event *e, struct buf *out)
{
    bool bad = e->verdict == VERDICT_FAIL || e->verdict == VERDICT_INCONCLUSIVE;
    struct line line = begin(h, out);
    if (h->story == STORY_QUIET && !bad)
        return;
    human_measure(h, e->text[EVENT_HOST], STR_EMPTY);
    add_sign(&line, h, &VERDICTS[e->verdict]);
    cleanup_free char *name = xasprintf("gate %" PRIstr, STR_ARG(e->text[EVENT_NAME]));
    human_measure(h, e->text[EVENT_HOST], str_of(name));
    human_add_step(&line, h, e->text[EVENT_HOST], str_of(name));
    line_add(&line, bad ? VERDICTS[e->verdict].style : STYLE_DIM, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void say_heartbeat(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->look.live || h->story == STORY_QUIET)
        return;
    line_addf(&line, STYLE_DIM, "  still running: ");
    line_add(&line, STYLE_DIM, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void say_output(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (h->story != STORY_VERBOSE)
        return;
    line_addf(&line, STYLE_DIM, "output %" PRIstr "=", STR_ARG(e->text[EVENT_NAME]));
    line_add(&line, STYLE_DIM, e->text[EVENT_TEXT]);
    line_end(&line);
}

static void say_nothing(struct human *h, const struct event *e, struct buf *out)
{
    (void)h;
    (void)e;
    (void)out;
}

/* ---- the end of a failing story ----------------------------------------------------------------
 */

static void say_labelled(struct human *h, const char *label, struct str text, struct buf *out)
{
    struct line line = begin(h, out);
    if (text.len == 0)
        return;
    line_addf(&line, STYLE_BOLD, "%s", label);
    line_end_wrapped(&line, text);
}

static void say_finish(struct human *h, const struct event *e, struct buf *out)
{
    struct line line = begin(h, out);
    if (e->error == ERR_NONE)
        return;
    line_addf(&line, STYLE_BAD, "%s: ", h->program);
    line_end_wrapped(&line, e->text[EVENT_TEXT]);
    say_labelled(h, "left: ", e->text[EVENT_LEFT], out);
    say_labelled(h, "hint: ", e->text[EVENT_HINT], out);
    say_labelled(h, "next: ", e->text[EVENT_NEXT], out);
}

/* ---- the sink -------------------------------------------------------------------------------- */

typedef void say_fn(struct human *h, const struct event *e, struct buf *out);
static say_fn *const SAY[] = {
    [EVENT_MESSAGE] = say_message,
    [EVENT_GROUP] = say_group,
    [EVENT_GROUP_END] = say_nothing,
    [EVENT_STEP_BEGIN] = say_step_begin,
    [EVENT_STEP_PROGRESS] = say_step_progress,
    [EVENT_STEP_RETRY] = say_step_retry,
    [EVENT_STEP_OUTPUT] = say_step_output,
    [EVENT_STEP_END] = say_step_end,
    [EVENT_VERDICT] = say_verdict,
    [EVENT_HEARTBEAT] = say_heartbeat,
    [EVENT_OUTPUT] = say_output,
    [EVENT_SUMMARY] = say_nothing,
    [EVENT_FINISH] = say_finish,
};
_Static_assert(ARRAY_LEN(SAY) == EVENT_KIND_COUNT, "one function per kind");

void human_say(struct human *h, const struct event *e, struct buf *out)
{
    SAY[e->kind](h, e, out);
}

struct human human_plain(const char *program, enum story story)
{
    return (struct human){
        .fd = -1, .story = story, .program = program, .name_width = NAME_WIDTH_MIN};
}

/* Nobody is told that stderr is gone: there is nobody left to tell it to. */
static void put(const struct human *h, const struct buf *out)
{
    (void)!out_write(h->fd, buf_str(out));
}

static void human_emit(void *self, const struct event *event, const struct board *board)
{
    struct human *h = self;
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    live_erase(h, &out);
    SAY[event->kind](h, event, &out);
    if (event->kind != EVENT_FINISH)
        live_draw(h, board, &out);
    put(h, &out);
}

static void human_tick(void *self, const struct board *board)
{
    struct human *h = self;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    if (!live_is_due(h, board))
        return;
    live_erase(h, &out);
    live_draw(h, board, &out);
    put(h, &out);
}

struct sink sink_human(const struct human_options *options)
{
    struct human *h = xcalloc(1, sizeof(*h));
    *h = (struct human){
        .fd = options->fd,
        .look = options->look,
        .story = options->story,
        .program = options->program,
        .name_width = NAME_WIDTH_MIN,
    };
    return (struct sink){
        .self = h,
        .emit = human_emit,
        .tick = human_tick,
        .free = free,
        .tick_ms = options->look.live ? LIVE_FRAME_MS : 0,
    };
}
