/* The program: its name and its commands. */
#include "commands.h"

#define DECLARE(section, name) extern const struct cli_command command_##name;
COMMANDS(DECLARE)
#undef DECLARE

#define ROW(section, name) {section, &command_##name},
static const struct cli_row ROWS[] = {COMMANDS(ROW)};
#undef ROW

const struct cli_program teerexctl = {
    .name = "teerexctl",
    .summary = "drives the whole life of a confidential proving service",
    .rows = ROWS,
    .count = ARRAY_LEN(ROWS),
};
