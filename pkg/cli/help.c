/* Help for the terminal: 80 columns, from the table. */
#include "event/event.h"
#include "usage.h"

enum { HELP_COLUMNS = 80, OPTION_COLUMN = 28, COMMAND_COLUMN = 24, EXIT_COLUMN = 8 };

struct page {
    const struct cli_program *program;
    struct buf *out;
    bool color;
};

static void heading(const struct page *page, const char *title)
{
    buf_addf(page->out, page->color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", title);
}

/* "  left      right, wrapped under itself"; a left part that is too wide gets its own line. */
static void entry(const struct page *page, struct str left, struct str right, size_t column)
{
    size_t used = 2 + text_width(left);
    buf_addf(page->out, "  %" PRIstr, STR_ARG(left));
    if (used + 2 > column)
        buf_addf(page->out, "\n%*s", (int)column, "");
    else
        buf_addf(page->out, "%*s", (int)(column - used), "");
    text_add_wrapped(page->out, right, HELP_COLUMNS, column);
    buf_addc(page->out, '\n');
}

static void paragraph(const struct page *page, struct str text, size_t indent)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        if (line.len > 0)
            buf_addf(page->out, "%*s", (int)indent, "");
        text_add_wrapped(page->out, line, HELP_COLUMNS, indent);
        buf_addc(page->out, '\n');
    }
}

static void sentence(const struct page *page, const char *summary)
{
    cleanup_free char *text = xasprintf("%s.", summary);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    paragraph(page, str_of(text), 0);
}

/* ---- one command -------------------------------------------------------------------------- */

static void options_section(const struct page *page, const char *title,
                            const struct cli_option *options)
{
    if (option_count(options) == 0)
        return;
    heading(page, title);
    for (size_t i = 0; i < option_count(options); i++) {
        cleanup_buf struct buf left = buf_make(BUF_LINE);
        cleanup_buf struct buf right = buf_make(BUF_LINE);
        if (options[i].hidden)
            continue;
        if (option_dashes(&options[i])[0] == '\0')
            buf_adds(&left, options[i].name);
        else
            usage_add_option(&options[i], &left);
        usage_add_help(&options[i], &right);
        entry(page, buf_str(&left), buf_str(&right), OPTION_COLUMN);
    }
}

static void examples_section(const struct page *page, const struct cli_example *examples)
{
    if (examples[0].command == NULL)
        return;
    heading(page, "Examples");
    for (size_t i = 0; i <= CLI_EXAMPLES_MAX && examples[i].command != NULL; i++) {
        buf_addf(page->out, "  %s\n      ", examples[i].command);
        text_add_wrapped(page->out, str_of(examples[i].what), HELP_COLUMNS, 6);
        buf_addc(page->out, '\n');
    }
}

static void exits_section(const struct page *page, const struct cli_command *command)
{
    int statuses[CLI_EXITS_MAX + 8];
    size_t count = usage_exits(command, statuses);
    heading(page, "Exit status");
    for (size_t i = 0; i < count; i++) {
        char left[8];
        snprintf(left, sizeof(left), "%d", statuses[i]);
        entry(page, str_of(left), str_of(cli_exit_meaning(statuses[i])), EXIT_COLUMN);
    }
}

static void command_page(const struct page *page, const struct cli_command *command)
{
    cleanup_buf struct buf usage = buf_make(BUF_LINE);
    cleanup_buf struct buf arguments = buf_make(BUF_LINE);
    buf_addf(&usage, "Usage: %s %s ", page->program->name, command->path);
    usage_add_arguments(command, &arguments);
    buf_add(page->out, buf_str(&usage));
    text_add_wrapped(page->out, str_trim(buf_str(&arguments)), HELP_COLUMNS, usage.len);
    buf_adds(page->out, "\n\n");
    sentence(page, command->summary);
    if (command->details != NULL) {
        buf_addc(page->out, '\n');
        paragraph(page, str_of(command->details), 0);
    }
    options_section(page, "Arguments", command->positionals);
    options_section(page, "Options", command->options);
    options_section(page, "Options of every command", cli_global_options);
    examples_section(page, command->examples);
    exits_section(page, command);
}

/* ---- a list of commands ------------------------------------------------------------------- */

static void list_commands(const struct page *page, struct str below)
{
    const char *section = "";
    for (size_t i = 0; i < page->program->count; i++) {
        const struct cli_row *row = &page->program->rows[i];
        if ((row->command->flags & CLI_HIDDEN) || !table_is_below(row->command, below))
            continue;
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            heading(page, section);
        }
        entry(page, str_of(row->command->path), str_of(row->command->summary), COMMAND_COLUMN);
    }
}

static void group_page(const struct page *page, struct str group)
{
    buf_addf(page->out, "Usage: %s %" PRIstr " COMMAND [options]\n", page->program->name,
             STR_ARG(group));
    list_commands(page, group);
    buf_addf(page->out, "\nMore: %s %" PRIstr " COMMAND --help\n", page->program->name,
             STR_ARG(group));
}

static void program_page(const struct page *page)
{
    buf_addf(page->out, "Usage: %s COMMAND [arguments] [options]\n\n", page->program->name);
    sentence(page, page->program->summary);
    list_commands(page, STR_EMPTY);
    options_section(page, "Options of every command", cli_global_options);
    buf_addf(page->out, "\nMore: %s COMMAND --help\n", page->program->name);
}

bool cli_help(const struct cli_program *program, const char *topic, bool color, struct buf *out,
              struct error *err)
{
    const struct page page = {.program = program, .out = out, .color = color};
    const struct cli_command *command = NULL;
    switch (table_find(program, str_of(topic), &command)) {
    case TABLE_COMMAND:
        command_page(&page, command);
        return true;
    case TABLE_GROUP:
        if (topic[0] == '\0')
            program_page(&page);
        else
            group_page(&page, str_of(topic));
        return true;
    case TABLE_NONE:
        break;
    }
    return table_unknown(program, STR_EMPTY, str_of(topic), err);
}
