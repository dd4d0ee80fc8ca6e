/* The README's table of commands, and the table of exit statuses. */
#include "usage.h"

void cli_markdown(const struct cli_program *program, struct buf *out)
{
    const char *section = NULL;
    buf_adds(out, "| Command | |\n|---|---|\n");
    for (size_t i = 0; i < program->count; i++) {
        const struct cli_row *row = &program->rows[i];
        if (row->command->flags & CLI_HIDDEN)
            continue;
        if (section == NULL || strcmp(section, row->section) != 0)
            buf_addf(out, "| **%s** | |\n", row->section);
        section = row->section;
        buf_addf(out, "| `%s %s", program->name, row->command->path);
        for (size_t p = 0; p < option_count(row->command->positionals); p++)
            buf_addf(out, " %s", row->command->positionals[p].name);
        buf_addf(out, "` | %s |\n", row->command->summary);
    }
}

enum { STATUS_MAX = 255 };

void cli_markdown_exits(struct buf *out)
{
    buf_adds(out, "| Status | |\n|---|---|\n");
    for (int status = 0; status <= STATUS_MAX; status++) {
        const char *meaning = cli_exit_meaning(status);
        if (meaning != NULL)
            buf_addf(out, "| %d | %s |\n", status, meaning);
    }
}
