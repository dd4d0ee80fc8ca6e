/* The pieces of help that a terminal and a manual share. */
#include "usage.h"

static void add_positional(const struct cli_option *positional, struct buf *out)
{
    bool list = positional->type == CLI_TYPE_STRINGS;
    buf_addf(out, " %s%s%s%s", positional->optional ? "[" : "", positional->name, list ? "..." : "",
             positional->optional ? "]" : "");
}

void usage_add_arguments(const struct cli_command *command, struct buf *out)
{
    for (size_t i = 0; i < option_count(command->positionals); i++)
        add_positional(&command->positionals[i], out);
    for (size_t i = 0; i < option_count(command->options); i++) {
        const struct cli_option *option = &command->options[i];
        if (!option->required)
            continue;
        buf_addf(out, " --%s ", option->name);
        option_add_argument(option, out);
    }
    if (!(command->flags & CLI_RAW))
        buf_adds(out, " [options]");
}

void usage_add_option(const struct cli_option *option, struct buf *out)
{
    if (option->letter != 0)
        buf_addf(out, "-%c, --%s", option->letter, option->name);
    else
        buf_addf(out, "    --%s", option->name);
    if (option->type != CLI_TYPE_FLAG)
        buf_addc(out, ' ');
    option_add_argument(option, out);
}

void usage_add_help(const struct cli_option *option, struct buf *out)
{
    buf_adds(out, option->help);
    if (option->fallback != NULL)
        buf_addf(out, " (default: %s)", option->fallback);
    else if (option->type == CLI_TYPE_CHOICE && option->arg != NULL)
        buf_addf(out, " (default: %s)", option->choices[0]);
    if (option->type == CLI_TYPE_STRINGS && option->arg != NULL)
        buf_adds(out, " (repeatable)");
}

static int compare_statuses(const void *a, const void *b)
{
    const int *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

size_t usage_exits(const struct cli_command *command, int statuses[CLI_EXITS_MAX + 8])
{
    static const int EVERY[] = {0, 1, 3, 130};
    size_t count = ARRAY_LEN(EVERY);
    memcpy(statuses, EVERY, sizeof(EVERY));
    for (size_t i = 0; i < CLI_EXITS_MAX && command->exits[i] != 0; i++)
        statuses[count++] = command->exits[i];
    qsort(statuses, count, sizeof(*statuses), compare_statuses);
    return count;
}
