/* The story of a run: typed events that fan out to sinks (a person, GitHub Actions, JSON lines).
 *
 * Library code prints nothing: it tells a `struct events` what happens, and whoever built that
 * decides who listens. Every text is redacted once, before the fan-out, so no sink can forget it.
 * A NULL `struct events *` is allowed everywhere and means that nobody listens.
 *
 * Not for use in forked children: they report to their parent, the parent tells the story. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

struct events;

/* ---- telling ------------------------------------------------------------------------------ */

/* Said once, in passing. events_detail is heard with --verbose only (and in JSON lines). */
void events_note(struct events *ev, const char *fmt, ...) printf_like(2, 3);
void events_detail(struct events *ev, const char *fmt, ...) printf_like(2, 3);
void events_warn(struct events *ev, const char *fmt, ...) printf_like(2, 3);

enum event_level { EVENT_DETAIL, EVENT_NOTE, EVENT_WARNING, EVENT_ERROR };

/* A message about a place in a file; becomes an annotation on the diff in GitHub Actions. */
struct event_message {
    enum event_level level;
    const char *title; /* NULL: none */
    const char *file;  /* relative to the repository's root; NULL: no place */
    int line;          /* from 1; 0: unknown */
    int col;           /* from 1; 0: unknown */
    const char *text;
};
void events_message(struct events *ev, const struct event_message *message);

/* A chapter of the story, "Deploy prover to local". Chapters do not nest: a new one, or the end of
 * the run, ends the one before. */
void events_group(struct events *ev, const char *fmt, ...) printf_like(2, 3);
void events_group_end(struct events *ev);

/* A step of work. Several may be open at once, on one host or many. */
typedef uint32_t step_id;

enum step_outcome { STEP_OK, STEP_SKIPPED, STEP_FAILED, STEP_UNDONE };

/* Opens a step. `host` may be NULL (no host in particular); both texts are copied. Never fails;
 * 0 is returned for a NULL ev and is accepted by the functions below. */
step_id events_step_begin(struct events *ev, const char *host, const char *name);
/* What it is doing now, "waiting for /readyz"; replaces the previous progress. */
void events_step_progress(struct events *ev, step_id step, const char *fmt, ...) printf_like(3, 4);
/* Attempt number `attempt` (from 1) failed because of `why`; the next comes after delay_ms. */
void events_step_retry(struct events *ev, step_id step, unsigned attempt, int64_t delay_ms,
                       const char *why);
/* One line that a child or a remote machine wrote, without its line end: untrusted text. The last
 * STEP_TAIL_LINES are kept and shown when the step fails. `step` may be 0. */
void events_step_output(struct events *ev, step_id step, struct str line);
/* Closes a step; the text (may be "") says what came of it: "already running", "exit status 2". */
void events_step_end(struct events *ev, step_id step, enum step_outcome outcome, const char *fmt,
                     ...) printf_like(4, 5);

enum { STEP_TAIL_LINES = 12, STEP_TAIL_WIDTH = 1000 };

/* What a gate said. Skipped is never passed. */
enum gate_verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_SKIPPED };
/* "pass", "fail", "inconclusive", "skipped". */
const char *gate_verdict_name(enum gate_verdict verdict);
/* `host` may be NULL; `reason` may be "". */
void events_verdict(struct events *ev, const char *host, const char *gate,
                    enum gate_verdict verdict, const char *reason);

/* For the end of a story that fails; may be called while unwinding, in any order. `left` says what
 * was left in which state ("host a1: 0.2.0 stopped, 0.1.0 serving") and may be called repeatedly;
 * `next` is the command to go on with ("teerexctl resume 42"); the last one counts. */
void events_left(struct events *ev, const char *fmt, ...) printf_like(2, 3);
void events_next(struct events *ev, const char *fmt, ...) printf_like(2, 3);

/* A named result for the workflow that runs us (GITHUB_OUTPUT; a JSON line elsewhere). Fails with
 * ERR_BUG for a name outside [A-Za-z_][A-Za-z0-9_-]*, with ERR_FAILED when the value contains a
 * registered secret (the runner would drop it with only a warning) or cannot be written. */
bool events_output(struct events *ev, const char *name, struct str value,
                   struct error *err) must_use;
/* Markdown for the step summary; nothing elsewhere. What does not fit is cut and said so. */
void events_summary(struct events *ev, struct str markdown);

/* To be called from every loop that waits, about every events_tick_ms: turns the spinner, and
 * every HEARTBEAT_MS of silence says what is still running. Cheap. */
void events_tick(struct events *ev);
/* How long a loop may sleep between two ticks. */
int events_tick_ms(const struct events *ev) must_use;
enum { HEARTBEAT_MS = 30000 };

/* ---- secrets ------------------------------------------------------------------------------ */

enum { SECRET_MIN_LEN = 6 };

/* From now on the value is replaced by *** in every text: itself, each of its lines, its base64 at
 * the three offsets (both alphabets), URL-encoded and JSON-escaped. Anything shorter than
 * SECRET_MIN_LEN is not masked: it would mask half of the story. The value is copied into memory
 * that is wiped at the end. */
void events_add_secret(struct events *ev, struct str value);
/* Appends `text` with every registered secret replaced by ***; for results that go to stdout. */
void events_redact(const struct events *ev, struct str text, struct buf *out);
/* Does the text contain a registered secret in any of its forms? */
bool events_has_secret(const struct events *ev, struct str text) must_use;

/* ---- listening ---------------------------------------------------------------------------- */

enum event_kind {
    EVENT_MESSAGE,
    EVENT_GROUP,
    EVENT_GROUP_END,
    EVENT_STEP_BEGIN,
    EVENT_STEP_PROGRESS,
    EVENT_STEP_RETRY,
    EVENT_STEP_OUTPUT,
    EVENT_STEP_END,
    EVENT_VERDICT,
    EVENT_HEARTBEAT,
    EVENT_OUTPUT,
    EVENT_SUMMARY,
    EVENT_FINISH,
    EVENT_KIND_COUNT
};

/* The texts of an event: an array, so that redaction is one loop over all of them. */
enum event_text {
    EVENT_TEXT, /* message, title of a group, progress, output line, reason, value */
    EVENT_NAME, /* name of the step, the gate, the output */
    EVENT_HOST,
    EVENT_TITLE, /* heading of a message */
    EVENT_FILE,
    EVENT_HINT, /* finish: what to do about it */
    EVENT_LEFT, /* finish: what was left in which state, one thing a line */
    EVENT_NEXT, /* finish: the command to go on with */
    EVENT_TAIL, /* end of a failed step: its last output lines */
    EVENT_JSON, /* finish: the result as JSON, "" when there is none */
    EVENT_TEXT_COUNT
};

struct event {
    enum event_kind kind;
    struct str text[EVENT_TEXT_COUNT]; /* valid during the call; redacted */
    int64_t at_ms;                     /* milliseconds since 1970 */
    enum event_level level;
    enum step_outcome outcome;
    enum gate_verdict verdict;
    enum err_kind error; /* finish: ERR_NONE when all went well */
    int exit_status;     /* finish */
    step_id step;
    unsigned attempt;
    int64_t elapsed_ms; /* of the step; of the whole run in finish */
    int64_t delay_ms;
    int line, col;
};

/* A step that is open, as the sinks may show it; texts are redacted. */
struct open_step {
    step_id id;
    char *host; /* "" when none */
    char *name;
    char *progress;   /* the latest progress or output line, "" when none */
    int64_t begin_ms; /* monotonic */
};

/* What a sink may look at beside the event. */
struct board {
    const struct open_step *steps; /* in the order they were opened */
    size_t count;
    int64_t mono_ms;
};

/* A listener. `self` is owned by the sink; every function but `emit` and `free` may be NULL. */
struct sink {
    void *self;
    void (*emit)(void *self, const struct event *event, const struct board *board);
    void (*tick)(void *self, const struct board *board);
    /* A new form of a secret, the only unredacted text a sink ever sees. */
    void (*mask)(void *self, struct str form);
    /* events_output; a failure is told to whoever wanted the output. */
    bool (*output)(void *self, struct str name, struct str value, struct error *err);
    /* Did everything that was emitted arrive? Asked once, at the end. */
    bool (*check)(void *self, struct error *err);
    void (*free)(void *self);
    int tick_ms; /* 0: no wish */
};

/* A story with no listener. clock and rng are borrowed for its life. */
struct events *events_new(const struct clock *clock, const struct rng *rng) must_use;
/* Frees the sinks too; wipes the secrets. NULL is allowed. */
void events_free(struct events *ev);
void events_free_at(struct events **ev);
#define cleanup_events cleanup(events_free_at)
/* Takes the sink over; it hears of all secrets registered so far. */
void events_add_sink(struct events *ev, struct sink sink);

/* The end of the run, told once by main. `hint` may be NULL; `json` is the result or "". */
struct event_finish {
    const struct error *err; /* NULL: all went well */
    int exit_status;
    const char *hint;
    struct str json;
};
void events_finish(struct events *ev, const struct event_finish *finish);
/* After events_finish: did every sink get its bytes out? The first failure otherwise. */
bool events_check(struct events *ev, struct error *err) must_use;

/* ---- the sinks ---------------------------------------------------------------------------- */

/* What may be done with a terminal or pipe. */
struct look {
    bool live; /* redraw lines in place */
    bool color;
    bool utf8;        /* symbols outside ASCII */
    unsigned columns; /* cut and wrap there; 0: never (a pipe), LOOK_ASK: ask the terminal */
};
enum { LOOK_ASK = 0xFFFF, LOOK_DEFAULT_COLUMNS = 80 };

/* Reads TERM, NO_COLOR (wins), CLICOLOR_FORCE, CI, LC_ALL, LC_CTYPE, LANG and COLUMNS through `env`
 * (getenv), and asks whether fd is a terminal. `plain` and `no_color` are the options. */
struct look_request {
    int fd;
    bool plain;
    bool no_color;
    char *(*env)(const char *name);
};
struct look look_detect(const struct look_request *request);
/* How many columns a line may have now, asking the terminal `fd` where the look says so; 0 in a
 * pipe. One less than there are: a full line would wrap on some. */
size_t look_columns(const struct look *look, int fd);

enum story { STORY_QUIET, STORY_NORMAL, STORY_VERBOSE };

/* For people: live lines on a terminal, plain lines and heartbeats in a pipe. fd and program (the
 * word before the final error) are borrowed. */
struct human_options {
    int fd;
    struct look look;
    enum story story;
    const char *program;
};
struct sink sink_human(const struct human_options *options) must_use;

/* For GitHub Actions: groups, annotations, masks; fd is borrowed. The paths are those of
 * GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, NULL when not set; rng makes the delimiters. Format:
 * the runner's ActionCommand and FileCommandManager. */
struct github_options {
    int fd;
    const char *output_path;
    const char *summary_path;
    const struct rng *rng;
    enum story story;
    const char *program; /* borrowed, as in human_options */
    bool no_masks;       /* no runner reads fd (it is a file): secrets are not registered there */
};
struct sink sink_github(const struct github_options *options) must_use;

/* One JSON object a line; the first has type "version", the last type "result" (docs/output.md).
 * fd is borrowed, `program` ("teerexctl") and `version` too. */
struct sink sink_jsonl(int fd, const char *program, const char *version) must_use;

/* ---- text for terminals ------------------------------------------------------------------- */

/* Columns that a UTF-8 text takes: combining marks 0, wide characters 2. Invalid bytes count as
 * text_add_visible shows them. */
size_t text_width(struct str text);
/* Appends foreign text so that it cannot steer a terminal: control characters, direction marks and
 * invalid UTF-8 become \x1b, \u202e and the like; tabs become spaces. */
void text_add_visible(struct buf *out, struct str text);
/* Appends lines so that none of them is a command to a GitHub Actions runner, which reads stdout
 * and stderr for lines that start with "::" or hold "##[". */
void text_add_disarmed(struct buf *out, struct str lines);
/* Appends at most `columns` columns of the text (0: all of it); a cut one ends in "…" or "...". */
void text_add_cut(struct buf *out, struct str text, size_t columns, bool utf8);
/* Appends the text broken at spaces so that lines have at most `columns` columns (0: unbroken). The
 * caller has written `indent` columns of the first line; further lines start with as many spaces.
 * No line end at the end. */
void text_add_wrapped(struct buf *out, struct str text, size_t columns, size_t indent);
/* Appends the text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. For modules
 * that stand below `data`. "##[" is written with an escape, so that no JSON of ours is a command
 * to a runner. */
void text_add_json(struct buf *out, struct str text);
