/* Loading the configuration for a verb, and telling what is wrong with it. */
#include "configuration.h"

#include <unistd.h>

static bool split_set(struct app *app, const char *text, struct config_override *ret,
                      struct error *err)
{
    struct str value = STR_EMPTY;
    bool found = false;
    struct str path = str_cut(str_of(text), '=', &value, &found);
    if (!found || path.len == 0)
        return err_set(err, ERR_USAGE, "--set needs PATH=VALUE, not '%s'", text);
    *ret = (struct config_override){.path = arena_strdup(&app->arena, path),
                                    .value = arena_strdup(&app->arena, value),
                                    .origin = "--set"};
    return true;
}

bool app_config_request(struct app *app, const char *environment, const struct cli_strings *sets,
                        struct config_request *ret, struct error *err)
{
    size_t count = sets ? sets->count : 0;
    struct config_override *overrides = ARENA_ARRAY(&app->arena, struct config_override, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(split_set(app, sets->items[i], &overrides[i], err));
    *ret = (struct config_request){
        .project_dir = app->project,
        .environment = environment,
        .environ = (const char *const *)environ,
        .overrides = overrides,
        .override_count = count,
    };
    return true;
}

/* The message of a problem, and below it the line with its caret. */
static void tell(struct app *app, const struct diag *problem)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    cleanup_buf struct buf rendered = buf_make(BUF_LINE);
    struct str rest;
    bool more = false;
    diag_render(problem, &rendered);
    str_cut(buf_str(&rendered), '\n', &rest, &more);
    buf_adds(&text, problem->message);
    if (rest.len > 1)
        buf_addf(&text, "\n%" PRIstr, (int)rest.len - 1, rest.ptr);
    events_message(app->events, &(struct event_message){
                                    .level = EVENT_ERROR,
                                    .file = problem->source,
                                    .line = (int)problem->at.line,
                                    .col = (int)problem->at.col,
                                    .text = buf_cstr(&text),
                                });
}

void app_tell_problems(struct app *app, const struct diags *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        tell(app, &problems->items[i]);
    if (problems->dropped > 0)
        events_warn(app->events, "%zu more problems are not shown", problems->dropped);
}

bool app_problems_told(struct app *app, const struct diags *problems, struct error *err)
{
    size_t count = problems->count + problems->dropped;
    /* Somebody who reads JSON does not see the story. */
    if (count > 0 && app->globals->format == CLI_TEXT)
        return err_set(err, err->kind, "the configuration has %zu problem%s", count,
                       count == 1 ? "" : "s");
    return false;
}

bool app_config(struct app *app, const char *environment, const struct cli_strings *sets,
                struct config *ret, struct error *err)
{
    struct config_request request;
    cleanup_diags struct diags problems = {0};
    TRY(app_config_request(app, environment, sets, &request, err));
    if (config_load(&request, ret, &problems, err))
        return true;
    app_tell_problems(app, &problems);
    return app_problems_told(app, &problems, err);
}
