/* How a verb gets its configuration: loaded, checked, and with every problem told on the way. */
#pragma once

#include "app.h"
#include "config/config.h"

/* The option for a context struct with a field `struct cli_strings sets`. */
#define CONFIG_SET_OPTION(struct_type)                     \
    CLI_STRINGS(struct_type, sets, "set", 0, "PATH=VALUE", \
                "a value over that of the files; may be repeated")

/* Loads teerex.yaml and envs/ENV.yaml (NULL: teerex.yaml alone) of the app's project. Everything
 * that is wrong is told as a message with its line; err then says how much it was. `sets` are
 * PATH=VALUE. Fails as config_load does; ERR_USAGE for a value of --set without '='. */
bool app_config(struct app *app, const char *environment, const struct cli_strings *sets,
                struct config *ret, struct error *err) must_use;

/* The request behind it; lives in the app's arena. */
bool app_config_request(struct app *app, const char *environment, const struct cli_strings *sets,
                        struct config_request *ret, struct error *err) must_use;
/* Tells every problem, each with its line and a caret. */
void app_tell_problems(struct app *app, const struct diags *problems);
/* After that the error needs to say only how many there were; false, for `return`. */
bool app_problems_told(struct app *app, const struct diags *problems, struct error *err);
