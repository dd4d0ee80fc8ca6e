/* Options: finding them by name, and storing values into the fields they are bound to. */
#pragma once

#include "cli/cli.h"

/* The options that every command understands, bound to struct cli_globals. */
extern const struct cli_option cli_global_options[];

/* By long name or by letter; NULL when there is none (or `options` is NULL). */
const struct cli_option *option_by_name(const struct cli_option *options, struct str name);
const struct cli_option *option_by_letter(const struct cli_option *options, char letter);
/* How many there are before the end. */
size_t option_count(const struct cli_option *options);

/* Everything as it is when nothing is given. A bad fallback is ERR_BUG. */
bool options_reset(const struct cli_option *options, void *context, struct arena *arena,
                   struct error *err) must_use;
/* Stores the value ("true" and "false" for flags). ERR_USAGE says what is expected. */
bool option_store(const struct cli_option *option, void *context, const char *value,
                  struct arena *arena, struct error *err) must_use;
/* What the option takes as shown in help: "FILE", "text|json". */
void option_add_argument(const struct cli_option *option, struct buf *out);
/* "--out", or "ENV" for a positional. */
const char *option_dashes(const struct cli_option *option);
