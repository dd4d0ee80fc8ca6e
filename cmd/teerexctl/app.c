/* Builds what verbs need, runs one, and tells the end. Knows no verb. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

/* ---- building ----------------------------------------------------------------------------- */

static enum story story_of(const struct cli_globals *globals)
{
    const char *debug = getenv("RUNNER_DEBUG"); /* "re-run with debug logging" in Actions */
    if (globals->verbose || (debug != NULL && strcmp(debug, "1") == 0))
        return STORY_VERBOSE;
    return globals->quiet ? STORY_QUIET : STORY_NORMAL;
}

static struct look look_of(const struct cli_globals *globals, int fd)
{
    return look_detect(&(struct look_request){
        .fd = fd, .plain = globals->plain, .no_color = globals->no_color, .env = getenv});
}

static const char *nonempty_env(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A runner listens on a pipe. In a file, which may end up as an artifact of the workflow, the
 * commands that register secrets would be the leak that they are to prevent. */
static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void add_story_sink(struct app *app)
{
    if (app->actions)
        events_add_sink(app->events, sink_github(&(struct github_options){
                                         .fd = STDERR_FILENO,
                                         .output_path = nonempty_env("GITHUB_OUTPUT"),
                                         .summary_path = nonempty_env("GITHUB_STEP_SUMMARY"),
                                         .rng = app->rng,
                                         .story = story_of(app->globals),
                                         .program = app->program->name,
                                         .no_masks = is_file(STDERR_FILENO),
                                     }));
    else
        events_add_sink(app->events, sink_human(&(struct human_options){
                                         .fd = STDERR_FILENO,
                                         .look = look_of(app->globals, STDERR_FILENO),
                                         .story = story_of(app->globals),
                                         .program = app->program->name,
                                     }));
}

static bool streams(const struct app *app)
{
    return app->call->command != NULL && (app->call->command->flags & CLI_STREAMS);
}

static void add_stream(struct app *app, int fd)
{
    events_add_sink(app->events, sink_jsonl(fd, app->program->name, app->program->version));
}

static bool open_json_into(struct app *app, struct error *err)
{
    const char *path = app->globals->json_into;
    if (path == NULL)
        return true;
    app->json_into = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (app->json_into < 0)
        return err_sys(err, ERR_USAGE, errno, "--json-into %s", path);
    return true;
}

bool app_open(struct app *app, const struct cli_program *program, const struct cli_call *call,
              struct error *err)
{
    const char *actions = getenv("GITHUB_ACTIONS");
    *app = (struct app){
        .clock = clock_system(),
        .rng = rng_system(),
        .cap = cap_observe(),
        .program = program,
        .call = call,
        .globals = &call->globals,
        .stdout_look = look_of(&call->globals, STDOUT_FILENO),
        .json = buf_make(BUF_BODY),
        .actions = actions != NULL && strcmp(actions, "true") == 0,
        .json_into = -1,
    };
    app->stdout_look.columns = (unsigned)look_columns(&app->stdout_look, STDOUT_FILENO);
    app->events = events_new(app->clock, app->rng);
    add_story_sink(app);
    if (streams(app) && app->globals->format == CLI_JSON)
        add_stream(app, STDOUT_FILENO);
    TRY(signals_install(err));
    TRY(open_json_into(app, err));
    if (streams(app) && app->json_into >= 0)
        add_stream(app, app->json_into);
    return true;
}

/* ---- running ------------------------------------------------------------------------------ */

bool app_find_project(struct app *app, const char **ret_path, struct error *err)
{
    cleanup_free char *dir = NULL;
    const struct config_request request = {
        .project_dir = app->globals->project,
        .environ = (const char *const *)environ,
    };
    TRY(config_find_project(&request, &dir, err));
    *ret_path = arena_strdup(&app->arena, str_of(dir));
    return true;
}

bool app_run(struct app *app, struct error *err)
{
    const struct cli_command *command = app->call->command;
    if (command->flags & CLI_NEEDS_PROJECT)
        TRY(app_find_project(app, &app->project, err));
    if (command->flags & CLI_MUTATES) {
        app->applying = cap_apply(NULL, NULL);
        app->cap = &app->applying;
    }
    return command->run(app, app->call->context, err);
}

/* ---- the end ------------------------------------------------------------------------------ */

static const char *hint_of(struct app *app, const struct error *err)
{
    if (err == NULL || app->hint != NULL || err->kind != ERR_USAGE)
        return app->hint;
    const char *topic = app->call->topic;
    return arena_printf(&app->arena, "see %s %s%s--help", app->program->name, topic,
                        topic[0] ? " " : "");
}

/* A program that reads JSON gets JSON also when there is no result. */
static void put_error_json(const struct error *err, struct buf *json)
{
    buf_adds(json, "{\"type\":\"result\",\"ok\":false,\"error\":{\"kind\":");
    text_add_json(json, str_of(err_kind_info(err->kind)->name));
    buf_adds(json, ",\"message\":");
    text_add_json(json, str_of(err->msg));
    buf_adds(json, "}}");
}

static bool report_failure(struct app *app, const struct error *err, struct error *ret_lost)
{
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    if (app->has_result || streams(app))
        return true;
    put_error_json(err, &json);
    return app_put_json(app, buf_str(&json), ret_lost);
}

static int status_of(const struct app *app, const struct error *err)
{
    return err != NULL ? err_exit_status(err) : app->exit_status;
}

static void tell_finish(struct app *app, const struct error *err)
{
    events_finish(app->events, &(struct event_finish){
                                   .err = err,
                                   .exit_status = status_of(app, err),
                                   .hint = hint_of(app, err),
                                   .json = buf_str(&app->json),
                               });
}

/* A stream that could not be written is known only after its last line. */
static bool streams_arrived(struct app *app, struct error *ret_lost)
{
    if (events_check(app->events, ret_lost))
        return true;
    if (ret_lost->sys != EPIPE)
        events_message(app->events,
                       &(struct event_message){.level = EVENT_ERROR, .text = ret_lost->msg});
    return false;
}

static void app_release(struct app *app)
{
    events_free(app->events);
    buf_release(&app->json);
    mem_close_at(&app->json_into);
    arena_release(&app->arena);
}

int app_close(struct app *app, const struct error *err)
{
    struct error lost = {.kind = ERR_NONE};
    bool delivered = err == NULL || report_failure(app, err, &lost);
    delivered = delivered && app_flush_stdout(&lost);
    if (err == NULL && !delivered && lost.sys != EPIPE)
        err = &lost;
    tell_finish(app, err);
    delivered = delivered && streams_arrived(app, &lost);
    int status = status_of(app, err);
    if (err == NULL && !delivered)
        status = lost.sys == EPIPE ? APP_STATUS_EPIPE : err_exit_status(&lost);
    app_release(app);
    return status;
}
