/* The story in GitHub Actions: what people read is said as in a pipe; on top of it come groups,
 * annotations, masks, outputs and the step summary. Knows nothing of API calls. */
#include "human.h"
#include "out.h"
#include "workflow.h"

enum {
    ANNOTATIONS_MAX = 10, /* of a kind, per step; GitHub shows no more */
    MORE_MAX = 64 * 1024
};

struct github {
    struct human human; /* says the lines that are no commands */
    struct github_options options;
    char *output_path, *summary_path;
    char token[WORKFLOW_TOKEN_MAX]; /* while commands are stopped, else "" */
    size_t annotations[EVENT_ERROR + 1];
    struct buf more; /* Markdown: the annotations that were too many */
};

/* ---- lines ------------------------------------------------------------------------------------
 */

static void put(const struct github *g, struct str text)
{
    (void)!out_write(g->options.fd, text);
}

static void resume_commands(struct github *g)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    if (g->token[0] == '\0')
        return;
    buf_addf(&out, "::%s::\n", g->token);
    put(g, buf_str(&out));
    g->token[0] = '\0';
}

/* Until commands are resumed, the runner reads none: foreign text cannot give orders. */
static void stop_commands(struct github *g)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    if (g->token[0] != '\0')
        return;
    workflow_token(g->options.rng, g->token);
    buf_addf(&out, "::stop-commands::%s\n", g->token);
    put(g, buf_str(&out));
}

static void put_command(struct github *g, const struct buf *line)
{
    resume_commands(g);
    put(g, buf_str(line));
}

static void put_plain(struct github *g, struct str text)
{
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    text_add_disarmed(&out, text);
    resume_commands(g);
    put(g, buf_str(&out));
}

static void put_foreign(struct github *g, struct str text)
{
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    text_add_disarmed(&out, text);
    stop_commands(g);
    put(g, buf_str(&out));
}

static void say_as_human(struct github *g, const struct event *e)
{
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    human_say(&g->human, e, &out);
    put_plain(g, buf_str(&out));
}

/* ---- annotations --------------------------------------------------------------------------------
 */

static const char *const ANNOTATION[] = {
    [EVENT_DETAIL] = "debug",
    [EVENT_NOTE] = "notice",
    [EVENT_WARNING] = "warning",
    [EVENT_ERROR] = "error",
};

static void add_number(struct buf *out, bool *first, const char *name, int value)
{
    char digits[16];
    snprintf(digits, sizeof(digits), "%d", value);
    workflow_add_property(out, first, name, value > 0 ? str_of(digits) : STR_EMPTY);
}

static void put_annotation(struct github *g, const struct event *e)
{
    cleanup_buf struct buf line = buf_make(BUF_TEXT);
    bool first = true;
    buf_addf(&line, "::%s", ANNOTATION[e->level]);
    workflow_add_property(&line, &first, "file", e->text[EVENT_FILE]);
    add_number(&line, &first, "line", e->line);
    add_number(&line, &first, "col", e->col);
    workflow_add_property(&line, &first, "title", e->text[EVENT_TITLE]);
    buf_adds(&line, "::");
    workflow_add_data(&line, e->text[EVENT_TEXT]);
    buf_addc(&line, '\n');
    put_command(g, &line);
}

/* Markdown for the summary: in code, so that foreign text formats nothing. */
static void add_code(struct buf *out, struct str text)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        buf_adds(out, "    ");
        text_add_visible(out, line);
        buf_addc(out, '\n');
    }
}

static void remember_annotation(struct github *g, const struct event *e)
{
    cleanup_buf struct buf line = buf_make(BUF_TEXT);
    human_say(&g->human, e, &line);
    add_code(&g->more, buf_str(&line));
}

/* Notes are annotations only where they belong to a place. */
static void annotate(struct github *g, const struct event *e)
{
    bool wanted =
        e->level >= EVENT_WARNING || (e->level == EVENT_NOTE && e->text[EVENT_FILE].len > 0);
    if (wanted && g->annotations[e->level]++ < ANNOTATIONS_MAX) {
        put_annotation(g, e);
        return;
    }
    if (wanted)
        remember_annotation(g, e);
    say_as_human(g, e);
}

/* ---- the kinds that are commands ----------------------------------------------------------------
 */

static void say_group(struct github *g, const struct event *e)
{
    cleanup_buf struct buf line = buf_make(BUF_TEXT);
    buf_adds(&line, "::group::");
    workflow_add_data(&line, e->text[EVENT_TEXT]);
    buf_addc(&line, '\n');
    put_command(g, &line);
}

static void say_group_end(struct github *g, const struct event *e)
{
    cleanup_buf struct buf line = buf_make(BUF_LINE);
    (void)e;
    buf_adds(&line, "::endgroup::\n");
    put_command(g, &line);
}

static void say_output_line(struct github *g, const struct event *e)
{
    cleanup_buf struct buf line = buf_make(BUF_BODY);
    if (g->options.story == STORY_QUIET)
        return;
    buf_adds(&line, "    | ");
    text_add_visible(&line, e->text[EVENT_TEXT]);
    buf_addc(&line, '\n');
    put_foreign(g, buf_str(&line));
}

/* The last lines stand in the log already, unless it is a quiet one. */
static void say_step_end(struct github *g, const struct event *e)
{
    struct event shown = *e;
    if (g->options.story != STORY_QUIET)
        shown.text[EVENT_TAIL] = STR_EMPTY;
    say_as_human(g, &shown);
}

static void write_summary(struct github *g, struct str markdown)
{
    struct error err;
    if (g->summary_path == NULL || markdown.len == 0 ||
        workflow_write_summary(g->summary_path, markdown, &err))
        return;
    cleanup_free char *line = xasprintf("warning: %s\n", err.msg);
    put_plain(g, str_of(line));
}

static void say_summary(struct github *g, const struct event *e)
{
    write_summary(g, e->text[EVENT_TEXT]);
}

static void add_labelled(struct buf *out, const char *label, struct str text)
{
    if (text.len > 0)
        buf_addf(out, "\n%s: %" PRIstr, label, STR_ARG(str_trim(text)));
}

static void summarise_failure(struct github *g, const char *title, struct str text)
{
    cleanup_buf struct buf markdown = buf_make(BUF_TEXT);
    buf_addf(&markdown, "\n### %s: %s\n\n", g->human.program, title);
    add_code(&markdown, text);
    write_summary(g, buf_str(&markdown));
}

static void say_finish(struct github *g, const struct event *e)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    if (g->more.len > 0) {
        write_summary(g, STR("\n### More messages\n\n"));
        write_summary(g, buf_str(&g->more));
    }
    if (e->error == ERR_NONE) {
        resume_commands(g);
        return;
    }
    const char *title = err_kind_info(e->error)->title;
    buf_add(&text, e->text[EVENT_TEXT]);
    add_labelled(&text, "left", e->text[EVENT_LEFT]);
    add_labelled(&text, "hint", e->text[EVENT_HINT]);
    add_labelled(&text, "next", e->text[EVENT_NEXT]);
    struct event error = {.kind = EVENT_MESSAGE, .level = EVENT_ERROR};
    error.text[EVENT_TEXT] = buf_str(&text);
    error.text[EVENT_TITLE] = str_of(title);
    put_annotation(g, &error);
    summarise_failure(g, title, buf_str(&text));
}

/* ---- the sink -----------------------------------------------------------------------------------
 */

typedef void github_fn(struct github *g, const struct event *e);
static github_fn *const SAY[] = {
    [EVENT_MESSAGE] = annotate,
    [EVENT_GROUP] = say_group,
    [EVENT_GROUP_END] = say_group_end,
    [EVENT_STEP_BEGIN] = say_as_human,
    [EVENT_STEP_PROGRESS] = say_as_human,
    [EVENT_STEP_RETRY] = say_as_human,
    [EVENT_STEP_OUTPUT] = say_output_line,
    [EVENT_STEP_END] = say_step_end,
    [EVENT_VERDICT] = say_as_human,
    [EVENT_HEARTBEAT] = say_as_human,
    [EVENT_OUTPUT] = say_as_human,
    [EVENT_SUMMARY] = say_summary,
    [EVENT_FINISH] = say_finish,
};
_Static_assert(ARRAY_LEN(SAY) == EVENT_KIND_COUNT, "one function per kind");

static void github_emit(void *self, const struct event *event, const struct board *board)
{
    (void)board;
    SAY[event->kind](self, event);
}

/* The runner registers line by line: a form with line ends is known by its lines. */
static void github_mask(void *self, struct str form)
{
    cleanup_buf struct buf line = buf_make(BUF_BODY);
    if (memchr(form.ptr, '\n', form.len) != NULL)
        return;
    buf_adds(&line, "::add-mask::");
    workflow_add_mask(&line, form);
    buf_addc(&line, '\n');
    put_command(self, &line);
    secret_wipe(line.ptr, line.cap);
}

static bool github_output(void *self, struct str name, struct str value, struct error *err)
{
    const struct github *g = self;
    return g->output_path == NULL ||
           workflow_write_output(g->output_path, g->options.rng, name, value, err);
}

static void github_free(void *self)
{
    struct github *g = self;
    resume_commands(g);
    free(g->output_path);
    free(g->summary_path);
    buf_release(&g->more);
    free(g);
}

static char *copy_path(const char *path)
{
    return path ? xstrdup(path) : NULL;
}

struct sink sink_github(const struct github_options *options)
{
    struct github *g = xcalloc(1, sizeof(*g));
    g->options = *options;
    g->output_path = copy_path(options->output_path);
    g->summary_path = copy_path(options->summary_path);
    g->human = human_plain(options->program, options->story);
    g->more = buf_make(MORE_MAX);
    return (struct sink){
        .self = g,
        .emit = github_emit,
        .mask = options->no_masks ? NULL : github_mask,
        .output = github_output,
        .free = github_free,
    };
}
