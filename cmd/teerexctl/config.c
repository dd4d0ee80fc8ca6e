/* `teerexctl config show | check | schema`: what the files come to, whether they are right, and
 * what may stand in them. */
#include "configuration.h"

/* --- show ---------------------------------------------------------------------------------- */

struct show_options {
    const char *environment;
    struct cli_strings sets;
    bool origin;
};

static bool run_show(struct app *app, void *context, struct error *err)
{
    const struct show_options *options = context;
    cleanup_config struct config config = {0};
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    TRY(app_config(app, options->environment, &options->sets, &config, err));
    struct json_writer w = jw_make(&json, JSON_COMPACT);
    config_show(&config, options->origin, &text);
    config_show_json(&config, &w);
    TRY(jw_finish(&w, "the configuration", err));
    TRY(buf_check(&text, "the configuration", err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option SHOW_POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct show_options, environment), .optional = true},
    {0},
};

static const struct cli_option SHOW_OPTIONS[] = {
    {CLI_FLAG(struct show_options, origin, "origin", 'o', "say where each value comes from")},
    {CONFIG_SET_OPTION(struct show_options)},
    {0},
};

const struct cli_command command_config_show = {
    .path = "config show",
    .summary = "show what the configuration comes to",
    .details =
        "Prints every value of teerex.yaml and, for an environment, of envs/ENV.yaml laid over "
        "it, with defaults filled in. Precedence: flag, TEEREX_* variable, envs/ENV.yaml, "
        "teerex.yaml, default. The variable of a value is TEEREX_ and its path in capitals: "
        "components.prover.listen is TEEREX_COMPONENTS_PROVER_LISTEN.\n\n"
        "Secrets are references in the files and *** here.",
    .positionals = SHOW_POSITIONALS,
    .options = SHOW_OPTIONS,
    .examples = {{"teerexctl config show", "the project alone"},
                 {"teerexctl config show local --origin", "file and line of each value"},
                 {"teerexctl config show local --set on_failure=hold", "as if it were so"},
                 {"teerexctl config show local --format json", "for programs"}},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct show_options),
    .run = run_show,
};

/* --- check --------------------------------------------------------------------------------- */

struct check_options {
    const char *environment;
    struct cli_strings sets;
};

static bool check(const struct config_request *request, struct diags *problems, struct error *err)
{
    cleanup_config struct config config = {0};
    if (request->environment == NULL)
        return config_check_all(request, problems, err);
    return config_load(request, &config, problems, err);
}

static bool write_problems(const struct diags *problems, struct buf *json, struct error *err)
{
    struct json_writer w = jw_make(json, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_bool(&w, "ok", problems->count == 0);
    jw_member_array(&w, "problems");
    for (size_t i = 0; i < problems->count; i++) {
        const struct diag *problem = &problems->items[i];
        jw_object_begin(&w);
        jw_member(&w, "file", problem->source);
        jw_member_int(&w, "line", problem->at.line);
        jw_member_int(&w, "col", problem->at.col);
        jw_member(&w, "message", problem->message);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_member_uint(&w, "not_shown", problems->dropped);
    jw_object_end(&w);
    return jw_finish(&w, "the problems", err);
}

static bool run_check(struct app *app, void *context, struct error *err)
{
    const struct check_options *options = context;
    struct config_request request;
    struct error unshown = {0};
    cleanup_diags struct diags problems = {0};
    cleanup_buf struct buf json = buf_make(BUF_DOCUMENT);
    TRY(app_config_request(app, options->environment, &options->sets, &request, err));
    bool right = check(&request, &problems, err);
    if (!right && problems.count == 0)
        return false;
    app_tell_problems(app, &problems);
    struct str text = right ? STR("The configuration is right.\n") : STR_EMPTY;
    if (!write_problems(&problems, &json, &unshown) ||
        !app_result(app, text, buf_str(&json), &unshown)) {
        *err = unshown;
        return false;
    }
    return right || app_problems_told(app, &problems, err);
}

static const struct cli_option CHECK_POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct check_options, environment), .optional = true},
    {0},
};

static const struct cli_option CHECK_OPTIONS[] = {
    {CONFIG_SET_OPTION(struct check_options)},
    {0},
};

const struct cli_command command_config_check = {
    .path = "config check",
    .summary = "check teerex.yaml and all environments",
    .details =
        "Reports everything that is wrong, not only the first: keys and values that do not exist "
        "(with the nearest that does), references to hosts, gates, components and environments "
        "that are not there, circles of needs, addresses taken twice, secrets that are not "
        "references, and environments that share a host without saying so.\n\n"
        "No network and no host is touched.",
    .positionals = CHECK_POSITIONALS,
    .options = CHECK_OPTIONS,
    .examples = {{"teerexctl config check", "the project and every environment"},
                 {"teerexctl config check prod", "one environment"},
                 {"teerexctl config check --format json", "problems with file, line and column"}},
    .flags = CLI_NEEDS_PROJECT,
    .context_size = sizeof(struct check_options),
    .run = run_check,
};

/* --- schema -------------------------------------------------------------------------------- */

struct schema_options {
    int file;
};

static const char *const FILES[] = {"project", "environment", NULL};

static bool run_schema(struct app *app, void *context, struct error *err)
{
    const struct schema_options *options = context;
    const struct schema *const schemas[] = {&CONFIG_PROJECT_SCHEMA, &CONFIG_ENV_SCHEMA};
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    struct json_writer pretty = jw_make(&text, JSON_PRETTY);
    struct json_writer compact = jw_make(&json, JSON_COMPACT);
    schema_print(schemas[options->file], &pretty);
    schema_print(schemas[options->file], &compact);
    buf_addc(&text, '\n');
    TRY(jw_finish(&pretty, "the schema", err));
    TRY(jw_finish(&compact, "the schema", err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option SCHEMA_POSITIONALS[] = {
    {CLI_CHOICE_ARGUMENT(struct schema_options, file, "FILE", FILES,
                         "teerex.yaml (project) or an environment's file"),
     .optional = true},
    {0},
};

const struct cli_command command_config_schema = {
    .path = "config schema",
    .summary = "print the schema of the configuration",
    .details = "JSON Schema, draft 2020-12. Editors complete and underline with it: the YAML "
               "language server reads a first line \"# yaml-language-server: $schema=FILE\".",
    .positionals = SCHEMA_POSITIONALS,
    .examples = {{"teerexctl config schema project", "of teerex.yaml"},
                 {"teerexctl config schema environment", "of envs/*.yaml"}},
    .context_size = sizeof(struct schema_options),
    .run = run_schema,
};
