/* `teerexctl supervise`: becomes the supervisor of one service. Hidden: deployments start it. */
#include "supervise/supervise.h"
#include "app.h"

struct supervise_options {
    const char *dir;
    int64_t report_fd;
};

static bool run(struct app *app, void *context, struct error *err)
{
    const struct supervise_options *options = context;
    return supervise_run(app->cap, options->dir, app->clock, (int)options->report_fd, err);
}

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct supervise_options, dir, "dir", 0, "DIR", "the service's directory"),
     .required = true, .complete = CLI_COMPLETE_DIR},
    {CLI_INT(struct supervise_options, report_fd, "report-fd", 0, "N",
             "a descriptor to say on that it answers"),
     .max = 1024},
    {0},
};

const struct cli_command command_supervise = {
    .path = "supervise",
    .summary = "keep one service up (started by deployments)",
    .details = "Owns the service's listening socket, starts and drains its instances, restarts the "
               "active one, keeps its log. See docs/supervise.md.",
    .options = OPTIONS,
    .examples = {{"teerexctl supervise --dir ~/.local/state/teerex/services/local-prover",
                  "what a deployment to local runs in the background"},
                 {"teerexctl supervise --help", "this text"}},
    .flags = CLI_MUTATES | CLI_HIDDEN,
    .context_size = sizeof(struct supervise_options),
    .run = run,
};
