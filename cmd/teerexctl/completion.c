/* `teerexctl completion SHELL`, and the hidden `complete` that the scripts ask. */
#include "app.h"

struct completion_options {
    int shell;
};

static bool run_completion(struct app *app, void *context, struct error *err)
{
    const struct completion_options *options = context;
    cleanup_buf struct buf script = buf_make(BUF_TEXT);
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    cli_completion_script(app->program, (enum cli_shell)options->shell, &script);
    buf_adds(&json, "{\"script\":");
    text_add_json(&json, buf_str(&script));
    buf_addc(&json, '}');
    return app_result(app, buf_str(&script), buf_str(&json), err);
}

const struct cli_command command_completion = {
    .path = "completion",
    .summary = "print the completion script of a shell",
    .details = "The script asks teerexctl for each word, so it need not be made again for a new "
               "version.",
    .positionals =
        (const struct cli_option[]){
            {CLI_CHOICE_ARGUMENT(struct completion_options, shell, "SHELL", cli_shells,
                                 "the shell: bash, zsh or fish")},
            {.name = NULL},
        },
    .examples = {{"eval \"$(teerexctl completion bash)\"", "in ~/.bashrc"},
                 {"eval \"$(teerexctl completion zsh)\"", "in ~/.zshrc, after compinit"},
                 {"teerexctl completion fish | source", "in config.fish"}},
    .context_size = sizeof(struct completion_options),
    .run = run_completion,
};

/* ---- complete -----------------------------------------------------------------------------------
 */

struct complete_options {
    struct cli_strings words;
};

static bool run_complete(struct app *app, void *context, struct error *err)
{
    const struct complete_options *options = context;
    struct error nowhere;
    const char *project = NULL, *envs = NULL;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    if (app_find_project(app, &project, &nowhere))
        envs = arena_printf(&app->arena, "%s/envs", project);
    cli_complete(app->program, options->words.items, options->words.count, envs, &out);
    return app_result(app, buf_str(&out), STR("null"), err);
}

const struct cli_command command_complete = {
    .path = "complete",
    .summary = "list what the last word may become",
    .flags = CLI_HIDDEN | CLI_RAW,
    .positionals =
        (const struct cli_option[]){
            {CLI_ARGUMENTS(struct complete_options, words, "WORD", "the words so far"),
             .optional = true},
            {.name = NULL},
        },
    .context_size = sizeof(struct complete_options),
    .run = run_complete,
};
