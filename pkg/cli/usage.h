/* What help and man pages say alike: the usage line, an option's left column. */
#pragma once

#include "options.h"
#include "table.h"

/* "ENV [COMMAND…] [options]" */
void usage_add_arguments(const struct cli_command *command, struct buf *out);
/* "-o, --out FILE" */
void usage_add_option(const struct cli_option *option, struct buf *out);
/* The help text with its default. */
void usage_add_help(const struct cli_option *option, struct buf *out);
/* The statuses a command can end with: `statuses` gets them in ascending order. */
size_t usage_exits(const struct cli_command *command, int statuses[CLI_EXITS_MAX + 8]);
