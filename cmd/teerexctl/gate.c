/* `teerexctl gate run ENV [GATE…]`: asks the gates of what runs now, and changes nothing. */
#include "gate/gate.h"
#include "data/data.h"
#include "site.h"

struct gate_run_options {
    const char *environment;
    struct cli_strings gates;
};

static bool write_json(const struct site *site, const struct gate_results *results, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "environment", site->config.environment);
    jw_member(&w, "verdict", gate_verdict_name(gate_results_verdict(results)));
    jw_key(&w, "gates");
    gate_results_write(results, &w);
    jw_object_end(&w);
    return jw_finish(&w, "the gates' results", err);
}

static bool show(struct app *app, const struct site *site, const struct gate_results *results,
                 struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_DOCUMENT);
    gate_results_render(results, app->stdout_look.columns, app->stdout_look.utf8, &text);
    TRY(write_json(site, results, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct gate_run_options *options = context;
    const config_strings names = {options->gates.items, options->gates.count};
    cleanup_site struct site site = {0};
    cleanup_gate_results struct gate_results results = {0};
    TRY(site_open(app, options->environment, false, &site, err));
    if (site.config.env.gates.count == 0)
        return err_set(err, ERR_CONFIG, "environment '%s' has no gates", options->environment);
    TRY(deploy_gates(&site.deploy, &names, &results, err));
    TRY(show(app, &site, &results, err));
    return gate_results_check(&results, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct gate_run_options, environment)},
    {CLI_ARGUMENTS(struct gate_run_options, gates, "GATE",
                   "its name; all gates when none is named"),
     .optional = true},
    {0},
};

const struct cli_command command_gate_run = {
    .path = "gate run",
    .summary = "ask the gates of what runs now",
    .details = "A gate that is named brings those it needs. What proves the service wrong is a "
               "fail; what only says that we could not find out is inconclusive; a gate that was "
               "not asked is skipped, and never passed.",
    .positionals = POSITIONALS,
    .examples = {{"teerexctl gate run local", "all of them"},
                 {"teerexctl gate run prod answers", "one, and what it needs"},
                 {"teerexctl gate run local --format json", "with evidence, for programs"}},
    .exits = {6, 7},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct gate_run_options),
    .run = run,
};
