/* The story as JSON lines, for programs. docs/output.md promises what stands here: fields are
 * added, never renamed or removed within one format number. */
#include <errno.h>

#include "event/event.h"

#include "out.h"

enum { JSONL_FORMAT = 1 };

struct jsonl {
    int fd;
    int failed; /* errno of the first write that failed; 0: none */
};

/* Which fields a kind carries besides type and time. */
enum field {
    FIELD_HOST = 1 << 0,
    FIELD_NAME = 1 << 1,
    FIELD_TEXT = 1 << 2,
    FIELD_STEP = 1 << 3,
    FIELD_LEVEL = 1 << 4,
    FIELD_PLACE = 1 << 5,
    FIELD_RETRY = 1 << 6,
    FIELD_OUTCOME = 1 << 7,
    FIELD_VERDICT = 1 << 8,
    FIELD_ELAPSED = 1 << 9,
    FIELD_FINISH = 1 << 10
};

enum { FIELDS_OF_STEP = FIELD_STEP | FIELD_HOST | FIELD_NAME };

static const struct {
    const char *type;
    unsigned fields; /* 0: not told */
} KINDS[] = {
    [EVENT_MESSAGE] = {"message", FIELD_LEVEL | FIELD_TEXT | FIELD_PLACE},
    [EVENT_GROUP] = {"group", FIELD_TEXT},
    [EVENT_GROUP_END] = {"group_end", 0},
    [EVENT_STEP_BEGIN] = {"step_begin", FIELDS_OF_STEP},
    [EVENT_STEP_PROGRESS] = {"step_progress", FIELDS_OF_STEP | FIELD_TEXT},
    [EVENT_STEP_RETRY] = {"step_retry", FIELDS_OF_STEP | FIELD_TEXT | FIELD_RETRY},
    [EVENT_STEP_OUTPUT] = {"step_output", FIELDS_OF_STEP | FIELD_TEXT},
    [EVENT_STEP_END] = {"step_end", FIELDS_OF_STEP | FIELD_TEXT | FIELD_OUTCOME | FIELD_ELAPSED},
    [EVENT_VERDICT] = {"verdict", FIELD_HOST | FIELD_NAME | FIELD_VERDICT | FIELD_TEXT},
    [EVENT_HEARTBEAT] = {"heartbeat", FIELD_TEXT},
    [EVENT_OUTPUT] = {"output", FIELD_NAME | FIELD_TEXT},
    [EVENT_SUMMARY] = {"summary", 0},
    [EVENT_FINISH] = {"result", FIELD_FINISH | FIELD_ELAPSED},
};
_Static_assert(ARRAY_LEN(KINDS) == EVENT_KIND_COUNT, "one row per kind");

static const char *const LEVELS[] = {
    [EVENT_DETAIL] = "detail",
    [EVENT_NOTE] = "note",
    [EVENT_WARNING] = "warning",
    [EVENT_ERROR] = "error",
};

static const char *const OUTCOMES[] = {
    [STEP_OK] = "ok",
    [STEP_SKIPPED] = "skipped",
    [STEP_FAILED] = "failed",
    [STEP_UNDONE] = "undone",
};

/* ---- fields ---------------------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *name, struct str value)
{
    buf_addf(out, ",\"%s\":", name);
    text_add_json(out, value);
}

static void put_text_if(struct buf *out, const char *name, struct str value)
{
    if (value.len > 0)
        put_text(out, name, value);
}

static void put_number_if(struct buf *out, const char *name, int64_t value)
{
    if (value != 0)
        buf_addf(out, ",\"%s\":%lld", name, (long long)value);
}

static void put_place(struct buf *out, const struct event *e)
{
    put_text_if(out, "title", e->text[EVENT_TITLE]);
    put_text_if(out, "file", e->text[EVENT_FILE]);
    put_number_if(out, "line", e->line);
    put_number_if(out, "col", e->col);
}

static void put_lines(struct buf *out, const char *name, struct str lines)
{
    struct str line;
    buf_addf(out, ",\"%s\":[", name);
    for (bool first = true; str_next_line(&lines, &line); first = false) {
        buf_adds(out, first ? "" : ",");
        text_add_json(out, line);
    }
    buf_addc(out, ']');
}

static void put_finish(struct buf *out, const struct event *e)
{
    buf_addf(out, ",\"ok\":%s,\"exit_status\":%d", e->error == ERR_NONE ? "true" : "false",
             e->exit_status);
    if (e->text[EVENT_JSON].len > 0)
        buf_addf(out, ",\"result\":%" PRIstr, STR_ARG(e->text[EVENT_JSON]));
    if (e->error == ERR_NONE)
        return;
    buf_addf(out, ",\"error\":{\"kind\":\"%s\"", err_kind_info(e->error)->name);
    put_text(out, "message", e->text[EVENT_TEXT]);
    put_text_if(out, "hint", e->text[EVENT_HINT]);
    buf_addc(out, '}');
    put_lines(out, "left", e->text[EVENT_LEFT]);
    put_text_if(out, "next", e->text[EVENT_NEXT]);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void put_step_fields(struct buf *out, unsigned fields, const struct event *e)
{
    if (fields & FIELD_STEP)
        put_number_if(out, "step", e->step);
    if (fields & FIELD_HOST)
        put_text_if(out, "host", e->text[EVENT_HOST]);
    if (fields & FIELD_NAME)
        put_text(out, "name", e->text[EVENT_NAME]);
    if (fields & FIELD_OUTCOME)
        put_text(out, "outcome", str_of(OUTCOMES[e->outcome]));
    if (fields & FIELD_VERDICT)
        put_text(out, "verdict", str_of(gate_verdict_name(e->verdict)));
    if (fields & FIELD_RETRY)
        buf_addf(out, ",\"attempt\":%u,\"delay_ms\":%lld", e->attempt, (long long)e->delay_ms);
}

static void put_event(struct buf *out, const struct event *e)
{
    char at[TIME_TEXT_MAX];
    unsigned fields = KINDS[e->kind].fields;
    time_format_utc(e->at_ms, at);
    buf_addf(out, "{\"type\":\"%s\",\"at\":\"%s\"", KINDS[e->kind].type, at);
    if (fields & FIELD_LEVEL)
        put_text(out, "level", str_of(LEVELS[e->level]));
    put_step_fields(out, fields, e);
    if (fields & FIELD_TEXT)
        put_text(out, e->kind == EVENT_OUTPUT ? "value" : "text", e->text[EVENT_TEXT]);
    if (fields & FIELD_PLACE)
        put_place(out, e);
    if (fields & FIELD_ELAPSED)
        buf_addf(out, ",\"elapsed_ms\":%lld", (long long)e->elapsed_ms);
    if (fields & FIELD_FINISH)
        put_finish(out, e);
    buf_adds(out, "}\n");
}

static void write_line(struct jsonl *j, const struct buf *line)
{
    if (j->failed == 0 && line->overflow)
        j->failed = EMSGSIZE;
    if (j->failed == 0 && !out_write(j->fd, buf_str(line)))
        j->failed = errno;
}

static void jsonl_emit(void *self, const struct event *event, const struct board *board)
{
    cleanup_buf struct buf line = buf_make(BUF_BODY);
    (void)board;
    if (KINDS[event->kind].fields == 0)
        return;
    put_event(&line, event);
    write_line(self, &line);
}

static bool jsonl_check(void *self, struct error *err)
{
    const struct jsonl *j = self;
    if (j->failed != 0)
        return err_sys(err, ERR_FAILED, j->failed, "write the JSON lines");
    return true;
}

struct sink sink_jsonl(int fd, const char *program, const char *version)
{
    cleanup_buf struct buf line = buf_make(BUF_LINE);
    struct jsonl *j = xcalloc(1, sizeof(*j));
    j->fd = fd;
    buf_addf(&line, "{\"type\":\"version\",\"format\":%d", JSONL_FORMAT);
    put_text(&line, "program", str_of(program));
    put_text(&line, "version", str_of(version));
    buf_adds(&line, "}\n");
    write_line(j, &line);
    return (struct sink){.self = j, .emit = jsonl_emit, .check = jsonl_check, .free = free};
}
