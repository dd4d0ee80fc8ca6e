/* Manual pages in mdoc(7), from the table. */
#include <ctype.h>

#include "usage.h"

struct man {
    const struct cli_program *program;
    struct buf *out;
};

/* Text inside of a line: backslashes and hyphens are written as such. */
static void add_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            buf_adds(out, "\\e");
        else if (text.ptr[i] == '-')
            buf_adds(out, "\\-");
        else
            buf_addc(out, text.ptr[i]);
    }
}

/* A whole line: one that starts with a dot or quote would be a request. */
static void add_line(const struct man *man, struct str line)
{
    if (line.len > 0 && (line.ptr[0] == '.' || line.ptr[0] == '\''))
        buf_adds(man->out, "\\&");
    add_text(man->out, line);
    buf_addc(man->out, '\n');
}

/* Lines of text; mdoc wants every sentence on a line of its own. */
static void add_lines(const struct man *man, struct str text)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        if (line.len == 0)
            buf_adds(man->out, ".Pp\n");
        for (size_t end; (end = str_find(line, STR(". "))) != SIZE_MAX;) {
            add_line(man, str_sub(line, 0, end + 1));
            line = str_sub(line, end + 2, line.len);
        }
        if (line.len > 0)
            add_line(man, line);
    }
}

/* "teerexctl-config-show" */
static void add_page_name(struct buf *out, const char *program, struct str path)
{
    buf_adds(out, program);
    while (path.len > 0) {
        buf_addc(out, '-');
        buf_add(out, str_cut(path, ' ', &path, NULL));
    }
}

static const char *const MONTHS[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* mdoc wants "March 4, 2026" for the "2026-03-04" of the build. */
static void add_date(struct buf *out, struct str iso)
{
    uint64_t month = 0, day = 0;
    struct str rest;
    struct str year = str_cut(iso, '-', &rest, NULL);
    bool good = str_to_u64(str_cut(rest, '-', &rest, NULL), &month) &&
                str_to_u64(str_sub(rest, 0, 2), &day) && month >= 1 && month <= ARRAY_LEN(MONTHS);
    if (good)
        buf_addf(out, "%s %u, %" PRIstr, MONTHS[month - 1], (unsigned)day, STR_ARG(year));
}

static void add_head(const struct man *man, struct str path, const char *summary)
{
    cleanup_buf struct buf name = buf_make(BUF_LINE);
    add_page_name(&name, man->program->name, path);
    buf_adds(man->out, ".Dd ");
    add_date(man->out, str_of(man->program->built));
    buf_adds(man->out, "\n.Dt ");
    for (size_t i = 0; i < name.len; i++)
        buf_addf(man->out, "%c", toupper((unsigned char)name.ptr[i]));
    buf_addf(man->out, " 1\n.Os\n.Sh NAME\n.Nm ");
    add_text(man->out, buf_str(&name));
    buf_addf(man->out, "\n.Nd %s\n", summary);
}

/* ---- sections -----------------------------------------------------------------------------------
 */

static void add_synopsis(const struct man *man, const struct cli_command *command)
{
    cleanup_buf struct buf arguments = buf_make(BUF_LINE);
    usage_add_arguments(command, &arguments);
    buf_addf(man->out, ".Sh SYNOPSIS\n.Bd -literal\n%s %s", man->program->name, command->path);
    add_text(man->out, buf_str(&arguments));
    buf_adds(man->out, "\n.Ed\n");
}

static void add_item(const struct man *man, struct str tag, struct str text)
{
    buf_adds(man->out, ".It ");
    add_text(man->out, tag);
    buf_addc(man->out, '\n');
    add_lines(man, text);
}

static void add_options(const struct man *man, const char *title, const struct cli_option *options)
{
    if (option_count(options) == 0)
        return;
    buf_addf(man->out, ".Sh %s\n.Bl -tag -width indent\n", title);
    for (size_t i = 0; i < option_count(options); i++) {
        cleanup_buf struct buf tag = buf_make(BUF_LINE);
        cleanup_buf struct buf text = buf_make(BUF_LINE);
        if (options[i].hidden)
            continue;
        if (option_dashes(&options[i])[0] == '\0')
            buf_adds(&tag, options[i].name);
        else
            usage_add_option(&options[i], &tag);
        usage_add_help(&options[i], &text);
        add_item(man, str_trim(buf_str(&tag)), buf_str(&text));
    }
    buf_adds(man->out, ".El\n");
}

static void add_exits(const struct man *man, const struct cli_command *command)
{
    int statuses[CLI_EXITS_MAX + 8];
    size_t count = usage_exits(command, statuses);
    buf_adds(man->out, ".Sh EXIT STATUS\n.Bl -tag -width 4n\n");
    for (size_t i = 0; i < count; i++) {
        char tag[8];
        snprintf(tag, sizeof(tag), "%d", statuses[i]);
        add_item(man, str_of(tag), str_of(cli_exit_meaning(statuses[i])));
    }
    buf_adds(man->out, ".El\n");
}

static void add_examples(const struct man *man, const struct cli_example *examples)
{
    if (examples[0].command == NULL)
        return;
    buf_adds(man->out, ".Sh EXAMPLES\n.Bl -tag -width indent\n");
    for (size_t i = 0; i <= CLI_EXAMPLES_MAX && examples[i].command != NULL; i++)
        add_item(man, str_of(examples[i].command), str_of(examples[i].what));
    buf_adds(man->out, ".El\n");
}

static void command_page(const struct man *man, const struct cli_command *command)
{
    add_head(man, str_of(command->path), command->summary);
    add_synopsis(man, command);
    buf_adds(man->out, ".Sh DESCRIPTION\n");
    add_lines(man, str_of(command->details ? command->details : command->summary));
    add_options(man, "ARGUMENTS", command->positionals);
    add_options(man, "OPTIONS", command->options);
    add_options(man, "OPTIONS OF EVERY COMMAND", cli_global_options);
    add_exits(man, command);
    add_examples(man, command->examples);
    buf_addf(man->out, ".Sh SEE ALSO\n.Xr %s 1\n", man->program->name);
}

static void program_page(const struct man *man, struct str path)
{
    add_head(man, path, man->program->summary);
    buf_addf(man->out, ".Sh SYNOPSIS\n.Bd -literal\n%s %" PRIstr "%sCOMMAND [options]\n.Ed\n",
             man->program->name, STR_ARG(path), path.len > 0 ? " " : "");
    buf_adds(man->out, ".Sh COMMANDS\n.Bl -tag -width indent\n");
    for (size_t i = 0; i < man->program->count; i++) {
        const struct cli_command *command = man->program->rows[i].command;
        if (!(command->flags & CLI_HIDDEN) && table_is_below(command, path))
            add_item(man, str_of(command->path), str_of(command->summary));
    }
    buf_adds(man->out, ".El\n");
    add_options(man, "OPTIONS OF EVERY COMMAND", cli_global_options);
}

bool cli_man(const struct cli_program *program, const char *topic, struct buf *out,
             struct error *err)
{
    const struct man man = {.program = program, .out = out};
    const struct cli_command *command = NULL;
    switch (table_find(program, str_of(topic), &command)) {
    case TABLE_COMMAND:
        command_page(&man, command);
        return true;
    case TABLE_GROUP:
        program_page(&man, str_of(topic));
        return true;
    case TABLE_NONE:
        break;
    }
    return table_unknown(program, STR_EMPTY, str_of(topic), err);
}

void cli_topics(const struct cli_program *program, struct buf *out)
{
    buf_addf(out, "%s\t\n", program->name);
    for (size_t i = 0; i < program->count; i++) {
        const struct cli_command *command = program->rows[i].command;
        if (command->flags & CLI_HIDDEN)
            continue;
        add_page_name(out, program->name, str_of(command->path));
        buf_addf(out, "\t%s\n", command->path);
    }
}
