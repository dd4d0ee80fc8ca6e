/* `teerexctl docs …` (hidden): what is generated from the table of commands. */
#include "app.h"

static bool put(struct app *app, const struct buf *text, struct error *err)
{
    TRY(buf_check(text, "the page", err));
    return app_result(app, buf_str(text), STR("null"), err);
}

static bool run_table(struct app *app, void *context, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    (void)context;
    cli_markdown(app->program, &text);
    return put(app, &text, err);
}

const struct cli_command command_docs_table = {
    .path = "docs table",
    .summary = "print the README's table of commands",
    .flags = CLI_HIDDEN,
    .run = run_table,
};

static bool run_exits(struct app *app, void *context, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    (void)context;
    cli_markdown_exits(&text);
    return put(app, &text, err);
}

const struct cli_command command_docs_exits = {
    .path = "docs exits",
    .summary = "print the table of exit statuses",
    .flags = CLI_HIDDEN,
    .run = run_exits,
};

static bool run_topics(struct app *app, void *context, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    (void)context;
    cli_topics(app->program, &text);
    return put(app, &text, err);
}

const struct cli_command command_docs_topics = {
    .path = "docs topics",
    .summary = "list the man pages and their topics",
    .flags = CLI_HIDDEN,
    .run = run_topics,
};

struct man_options {
    const char *topic;
};

static bool run_man(struct app *app, void *context, struct error *err)
{
    const struct man_options *options = context;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    TRY(cli_man(app->program, options->topic ? options->topic : "", &text, err));
    return put(app, &text, err);
}

const struct cli_command command_docs_man = {
    .path = "docs man",
    .summary = "print the man page of a topic",
    .flags = CLI_HIDDEN,
    .positionals =
        (const struct cli_option[]){
            {CLI_ARGUMENT(struct man_options, topic, "TOPIC", "a command, as one word"),
             .optional = true},
            {.name = NULL},
        },
    .context_size = sizeof(struct man_options),
    .run = run_man,
};
