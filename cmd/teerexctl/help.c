/* `teerexctl help COMMAND`: what --help says. */
#include "app.h"

struct help_options {
    struct cli_strings words;
};

static bool run(struct app *app, void *context, struct error *err)
{
    const struct help_options *options = context;
    cleanup_buf struct buf topic = buf_make(BUF_LINE);
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    for (size_t i = 0; i < options->words.count; i++)
        buf_addf(&topic, "%s%s", i > 0 ? " " : "", options->words.items[i]);
    TRY(cli_help(app->program, buf_cstr(&topic), app->stdout_look.color, &text, err));
    buf_adds(&json, "{\"help\":");
    text_add_json(&json, buf_str(&text));
    buf_addc(&json, '}');
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

const struct cli_command command_help = {
    .path = "help",
    .summary = "show help for a command",
    .positionals =
        (const struct cli_option[]){
            {CLI_ARGUMENTS(struct help_options, words, "COMMAND", "the words of a command"),
             .optional = true},
            {.name = NULL},
        },
    .examples = {{"teerexctl help", "lists all commands"},
                 {"teerexctl help version", "the same as teerexctl version --help"}},
    .context_size = sizeof(struct help_options),
    .run = run,
};
