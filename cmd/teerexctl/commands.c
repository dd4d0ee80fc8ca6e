/* The program: its name and its commands. The table itself is commands.def. */
#include "app.h"

#define COMMAND(section, name) extern const struct cli_command command_##name;
#include "commands.def"
#undef COMMAND

#define COMMAND(section, name) {section, &command_##name},
static const struct cli_row ROWS[] = {
#include "commands.def"
};
#undef COMMAND

const struct cli_program app_program = {
    .name = "teerexctl",
    .summary = "drives the whole life of a confidential proving service",
    .rows = ROWS,
    .count = ARRAY_LEN(ROWS),
};
