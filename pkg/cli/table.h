/* Finding one's way in the command table. */
#pragma once

#include "cli/cli.h"

/* How a path stands to the table. */
enum table_match { TABLE_NONE, TABLE_GROUP, TABLE_COMMAND };

/* Looks a path up ("", "config", "config show"); *ret_command is set for TABLE_COMMAND. */
enum table_match table_find(const struct cli_program *program, struct str path,
                            const struct cli_command **ret_command);

/* Is the command `path` itself or below it ("config show" is below "config" and "")? */
bool table_is_below(const struct cli_command *command, struct str path);

/* The word that follows the path in the command's own path; empty when there is none. */
struct str table_next_word(const struct cli_command *command, struct str path);

/* ERR_USAGE: `word` does not follow `path`; names the nearest one that does. */
bool table_unknown(const struct cli_program *program, struct str path, struct str word,
                   struct error *err);
/* ERR_USAGE: `path` is a group; names what may follow. */
bool table_incomplete(const struct cli_program *program, struct str path, struct error *err);
