/* What a verb gets from the program around it: clock, randomness, the story, a capability, the
 * project, and a place for its result.
 *
 * To add a verb: write cmd/teerexctl/VERB.c with
 *     struct VERB_options { … };                          the fields its options are bound to
 *     static bool run(struct app *app, void *context, struct error *err) { … }
 *     const struct cli_command command_VERB = { .path = "VERB", …, .run = run };
 * and add one line to commands.def. Then `./dev fmt` brings the README's table up to
 * date. Help, completion and the man page follow from the table. */
#pragma once

#include "cli/cli.h"
#include "core/core.h"
#include "event/event.h"

struct app {
    const struct clock *clock;
    const struct rng *rng;
    struct events *events; /* the story, on stderr */
    const struct cap *cap; /* applying for a verb flagged CLI_MUTATES, observing for any other */
    const struct cli_program *program;
    const struct cli_call *call;
    const struct cli_globals *globals;
    const char *project; /* directory of teerex.yaml; NULL without CLI_NEEDS_PROJECT */
    int exit_status;     /* set by a verb that has no error to report: 2, changes are pending */
    const char *hint;    /* set by a verb that fails: what to do about it; NULL: none */

    struct look stdout_look; /* of stdout; `columns` asked: 0 in a pipe */
    struct cap applying;
    struct buf json; /* the result, once there is one */
    bool has_result;
    bool actions;  /* under GitHub Actions: stdout is read for commands, too */
    int json_into; /* file descriptor; -1: none */
    struct arena arena;
};

/* The result of a verb: `text` for people, ending in a line end (may be empty), and the same as
 * JSON. It goes to stdout in the asked format and to --json-into, redacted. Called at most once.
 * Fails when stdout cannot be written. */
bool app_result(struct app *app, struct str text, struct str json, struct error *err) must_use;

/* Asks for the environment's name on the terminal, unless --yes=ENV has given it; for changes that
 * need a human's word. ERR_USAGE when there is nobody to ask or the answer is another. */
bool app_confirm(struct app *app, const char *environment, struct error *err) must_use;

/* A question that has a safe answer, yes: asked only where somebody is there to answer and did not
 * say --yes. An empty answer is yes; a signal is ERR_INTERRUPTED. */
bool app_ask(struct app *app, const char *question, bool *ret_yes, struct error *err) must_use;

/* The table of commands (commands.c); main adds what the build knows. */
extern const struct cli_program app_program;

/* ---- for main ----------------------------------------------------------------------------- */

/* Builds the app for a parsed (or half parsed) call, which is borrowed. */
bool app_open(struct app *app, const struct cli_program *program, const struct cli_call *call,
              struct error *err) must_use;
/* Runs the call's verb. */
bool app_run(struct app *app, struct error *err) must_use;
/* Tells the end, flushes everything, frees; returns the exit status. `err` NULL: all went well. */
int app_close(struct app *app, const struct error *err);

/* The status when the reader of stdout went away: what a shell shows for SIGPIPE. */
enum { APP_STATUS_EPIPE = 141 };

/* Text to stdout with nothing else touched: for help and version. Returns the exit status. */
int app_print(const struct cli_program *program, struct str text);
/* One line of JSON to where JSON is wanted: stdout with --format json, and --json-into. */
bool app_put_json(struct app *app, struct str json, struct error *err) must_use;
/* Were all bytes of stdout taken? `sys` is EPIPE when the reader went away. */
bool app_flush_stdout(struct error *err) must_use;
/* The project's directory as --project, TEEREX_PROJECT or the working directory say. ERR_CONFIG
 * when there is none. The path lives in the app's arena. */
bool app_find_project(struct app *app, const char **ret_path, struct error *err) must_use;
