/* The table of commands: one line a verb, in the order of help. */
#pragma once

#include "cli/cli.h"

/* Section of help, and the name behind command_ in the verb's file. */
#define COMMANDS(X)            \
    X("This program", version) \
    X("This program", help)    \
    X("This program", supervise)

extern const struct cli_program teerexctl;
