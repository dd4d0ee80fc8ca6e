/* Loading a project: what the files say together, where every value comes from, and everything
 * that can be wrong with them, all of it at once. */
#include "config_kit.h"

static const char PROJECT[] =
    "version: 1\n"
    "project: {name: demo, repository: me/demo}\n"
    "build: {preset: dev}\n"
    "retention: {releases: 3}\n"
    "components:\n"
    "  prover:\n"
    "    artifact: {files: [{from: 'build/{{preset}}/x', to: bin/x, mode: \"0755\"}]}\n"
    "    command: [bin/x, --loud]\n"
    "    health: /healthz\n"
    "    settings: {A: from-project, B: from-project}\n";

static const char LOCAL[] = "version: 1\n"
                            "hosts: {here: {transport: local}}\n"
                            "components:\n"
                            "  prover:\n"
                            "    hosts: [here]\n"
                            "    listen: 127.0.0.1:4000\n"
                            "    settings: {B: from-env, C: 3}\n"
                            "    gates: [answers]\n"
                            "gates:\n"
                            "  answers:\n"
                            "    kind: http\n"
                            "    url: '{{address}}/healthz'\n"
                            "    expect: {json: {status: ok, version: {matches: '^1'}}}\n";

static int begin(void **state)
{
    struct world *w = world_make();
    write_file(w, "teerex.yaml", PROJECT);
    write_file(w, "envs/local.yaml", LOCAL);
    *state = w;
    return 0;
}

static const char *const ENVIRON[] = {"HOME=/home/me", NULL};

static struct config_request request_for(const struct world *w, const char *environment)
{
    return (struct config_request){
        .project_dir = w->dir, .environment = environment, .environ = ENVIRON};
}

static bool load(struct world *w, const struct config_request *request)
{
    config_release(&w->config);
    diags_release(&w->problems);
    w->err = (struct error){0};
    return config_load(request, &w->config, &w->problems, &w->err);
}

static const char *setting(const struct config_component *c, const char *name)
{
    for (size_t i = 0; i < c->settings.count; i++) {
        if (strcmp(c->settings.items[i].name, name) == 0)
            return c->settings.items[i].value;
    }
    return NULL;
}

static void files_are_laid_over_each_other(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "local");
    assert_ok(load(w, &request), &w->err);
    assert_string_equal(w->config.project.repository, "me/demo");
    assert_string_equal(w->config.environment, "local");
    assert_string_equal(w->config.state_dir, "/home/me/.local/state/teerex");
    assert_int_equal(w->config.env.retention.releases, 3);
    assert_int_equal(w->config.env.on_failure, CONFIG_ROLLBACK);
    const struct config_component *c = config_component(&w->config, "prover");
    assert_non_null(c);
    assert_string_equal(c->artifact.files.items[0].from, "build/dev/x");
    assert_string_equal(c->artifact.files.items[0].mode, "0755");
    assert_string_equal(c->command.items[1], "--loud");
    assert_string_equal(c->hosts.items[0], "here");
    assert_string_equal(setting(c, "A"), "from-project");
    assert_string_equal(setting(c, "B"), "from-env");
    assert_string_equal(setting(c, "C"), "3");
    assert_int_equal(c->drain.idle_ms, 10000);
    const struct config_gate *gate = config_gate(&w->config, "answers");
    assert_string_equal(gate->component, "prover");
    assert_int_equal(gate->expect.status, 200);
    assert_string_equal(gate->expect.json.items[0].path, "status");
    assert_string_equal(gate->expect.json.items[0].equals->text, "ok");
    assert_string_equal(gate->expect.json.items[1].matches, "^1");
    assert_null(gate->expect.json.items[1].equals);
    assert_int_equal(config_host(&w->config, "here")->transport, CONFIG_LOCAL);
    assert_null(config_host(&w->config, "there"));
}

/* One value, set in more and more places: the nearest wins. */
static void precedence(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "local");
    static const char *const WITH_VARIABLE[] = {"HOME=/h",
                                                "TEEREX_ON_FAILURE=hold",
                                                "TEEREX_COMPONENTS_PROVER_DRAIN_IDLE=4s",
                                                "TEEREX_BUILD_PRESET=asan",
                                                "TEEREX_COMPONENTS_PROVER_SETTINGS_A=variable",
                                                "TEEREX_VERSION=9.9",
                                                NULL};
    const struct config_override flags[] = {{"components.prover.drain.idle", "5s", "--set"},
                                            {"components.prover.settings.NEW", "x", "--set"}};
    assert_ok(load(w, &request), &w->err);
    assert_int_equal(config_component(&w->config, "prover")->drain.idle_ms, 10000);

    cleanup_buf struct buf text = buf_make(BUF_LINE);
    buf_addf(&text, "%sdefaults: {version: 1, components: {prover: {drain: {idle: 2s}}}}\n",
             PROJECT);
    write_file(w, "teerex.yaml", buf_cstr(&text));
    assert_ok(load(w, &request), &w->err);
    assert_int_equal(config_component(&w->config, "prover")->drain.idle_ms, 2000);

    buf_clear(&text);
    buf_addf(&text, "%s", LOCAL);
    write_file(w, "envs/local.yaml", buf_cstr(&text));
    request.environ = WITH_VARIABLE;
    assert_ok(load(w, &request), &w->err);
    assert_int_equal(config_component(&w->config, "prover")->drain.idle_ms, 4000);
    assert_int_equal(w->config.env.on_failure, CONFIG_HOLD);
    assert_string_equal(config_component(&w->config, "prover")->artifact.files.items[0].from,
                        "build/asan/x");
    assert_string_equal(setting(config_component(&w->config, "prover"), "A"), "variable");

    request.overrides = flags;
    request.override_count = ARRAY_LEN(flags);
    assert_ok(load(w, &request), &w->err);
    assert_int_equal(config_component(&w->config, "prover")->drain.idle_ms, 5000);
    assert_string_equal(setting(config_component(&w->config, "prover"), "NEW"), "x");
}

static void every_value_has_an_origin(void **state)
{
    struct world *w = *state;
    static const char *const VARIABLES[] = {"HOME=/h", "TEEREX_ON_FAILURE=hold", "KEY=hunter2",
                                            NULL};
    const struct config_override flag = {"components.prover.listen", "127.0.0.1:9", "--listen"};
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    buf_addf(&text, "%sprofile: untrusted\nstore:\n  path: /x\n", LOCAL);
    write_file(w, "envs/local.yaml", buf_cstr(&text));
    struct config_request request = request_for(w, "local");
    request.environ = VARIABLES;
    request.overrides = &flag;
    request.override_count = 1;
    assert_ok(load(w, &request), &w->err);
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    config_show(&w->config, true, &out);
    static const char *const LINES[] = {
        "project.name = demo  (teerex.yaml:2)\n",
        "build.preset = dev  (teerex.yaml:3)\n",
        "policies.deploy_on = manual  (default)\n",
        "retention.releases = 3  (teerex.yaml:4)\n",
        "components.prover.command = [\"bin/x\",\"--loud\"]  (teerex.yaml:8)\n",
        "components.prover.listen = 127.0.0.1:9  (--listen)\n",
        "components.prover.settings.A = from-project  (teerex.yaml:10)\n",
        "components.prover.settings.B = from-env  (envs/local.yaml:7)\n",
        "components.prover.drain.idle = 10s  (default)\n",
        "on_failure = hold  (TEEREX_ON_FAILURE)\n",
        "store.path = /x  (envs/local.yaml:16)\n",
        "gates.answers.expect.json.status = ok  (envs/local.yaml:13)\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(LINES); i++) {
        if (!str_has(buf_str(&out), str_of(LINES[i])))
            fail_msg("no line %s in\n%s", LINES[i], buf_cstr(&out));
    }
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    struct json_writer writer = jw_make(&json, JSON_COMPACT);
    config_show_json(&w->config, &writer);
    assert_ok(jw_finish(&writer, "it", &w->err), &w->err);
    assert_true(str_has(buf_str(&json), STR("{\"path\":\"on_failure\",\"value\":\"hold\","
                                            "\"origin\":\"TEEREX_ON_FAILURE\"}")));
}

static void the_project_alone(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, NULL);
    assert_ok(load(w, &request), &w->err);
    assert_null(w->config.env_root);
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    config_show(&w->config, false, &out);
    assert_true(str_has(buf_str(&out), STR("components.prover.health = /healthz\n")));
}

static void secrets_by_reference_only(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "local");
    static const char *const WITH_KEY[] = {"KEY=hunter2", NULL};
    static const char *const WITHOUT[] = {"KEY=", NULL};
    write_file(
        w, "envs/local.yaml",
        "version: 1\nhosts: {here: {transport: local}}\n"
        "components: {prover: {hosts: [here], secrets: {API_KEY: env:KEY, OTHER: ssm:/x/y}}}\n");
    assert_ok(load(w, &request), &w->err);

    struct config_secret_source source = config_secret_env(WITHOUT);
    struct config_secret_values values = {0};
    assert_fails(config_resolve_secrets(&w->config, &source, 1, &values, &w->err), &w->err,
                 ERR_CONFIG,
                 "API_KEY of 'prover': the environment variable KEY is not set; "
                 "OTHER of 'prover': nothing here reads 'ssm:/x/y'");

    write_file(w, "envs/local.yaml",
               "version: 1\nhosts: {here: {transport: local}}\n"
               "components: {prover: {hosts: [here], secrets: {API_KEY: env:KEY}}}\n");
    assert_ok(load(w, &request), &w->err);
    source = config_secret_env(WITH_KEY);
    assert_ok(config_resolve_secrets(&w->config, &source, 1, &values, &w->err), &w->err);
    assert_int_equal(values.count, 1);
    assert_str(secret_str(&values.items[0].value), "hunter2");
    assert_string_equal(values.items[0].name, "API_KEY");
    config_secret_values_release(&values);

    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    config_show(&w->config, true, &out);
    assert_true(str_has(buf_str(&out),
                        STR("components.prover.secrets.API_KEY = ***  (envs/local.yaml:3)\n")));
    assert_false(str_has(buf_str(&out), STR("hunter2")));

    write_file(w, "envs/local.yaml",
               "version: 1\nhosts: {here: {transport: local}}\n"
               "components: {prover: {hosts: [here], secrets: {API_KEY: hunter2}}}\n");
    assert_fails(load(w, &request), &w->err, ERR_CONFIG,
                 "envs/local.yaml:3:57: 'API_KEY' must be a reference to a secret");
    buf_clear(&out);
    diags_render(&w->problems, &out);
    assert_false(str_has(buf_str(&out), STR("hunter2")));
}

static void unknown_environments_are_named_with_the_list(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "locl");
    write_file(w, "envs/prod.yaml", "version: 1\n");
    assert_fails(load(w, &request), &w->err, ERR_USAGE,
                 "unknown environment 'locl', did you mean 'local'? (there is: local, prod)");
    request.environment = "../local";
    assert_fails(load(w, &request), &w->err, ERR_USAGE, "unknown environment '../local'");
}

static void unknown_keys_in_flags(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "local");
    const struct config_override flags[] = {
        {"components.prover.lisen", "127.0.0.1:1", "--set"},
        {"componets.prover", "x", "--set"},
        {"components.prover", "x", "--set"},
        {"components.prover.listen", "nonsense", "--set"},
    };
    request.overrides = flags;
    request.override_count = ARRAY_LEN(flags);
    assert_false(load(w, &request));
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    diags_render(&w->problems, &out);
    assert_str(buf_str(&out),
               "--set: unknown key 'componets' in 'componets.prover', did you mean 'components'?\n"
               "--set: unknown key 'lisen' in 'components.prover.lisen', did you mean 'listen'?\n"
               "--set: unknown key 'prover' in 'components.prover'\n"
               "--set: 'listen' must be a listen address such as 127.0.0.1:4000 or [::1]:4000, "
               "not 'nonsense'\n");
}

static void files_that_cannot_be_read(void **state)
{
    struct world *w = *state;
    struct config_request request = request_for(w, "local");
    write_file(w, "envs/local.yaml", "version: 1\nhosts:\n\there: {}\n");
    assert_fails(load(w, &request), &w->err, ERR_CONFIG,
                 "envs/local.yaml:3:1: a tab cannot indent: use blanks");
    write_file(w, "envs/local.yaml", "hosts: {}\n");
    assert_fails(load(w, &request), &w->err, ERR_CONFIG,
                 "envs/local.yaml:1:1: 'version' is missing");
    write_file(w, "envs/local.yaml", "version: 2\n");
    assert_fails(load(w, &request), &w->err, ERR_CONFIG, "'version' must be 1, not '2'");

    cleanup_buf struct buf big = buf_make(BUF_BODY);
    while (big.len < 10U * 1024 * 1024)
        buf_adds(&big, "# a file of ten megabytes\n");
    write_file(w, "envs/local.yaml", buf_cstr(&big));
    assert_fails(load(w, &request), &w->err, ERR_CONFIG, "more than the 1048576 that are read");

    write_file(w, "teerex.yaml", "version: 1\nproject: {name: Demo}\nblub: 1\n");
    request.environment = NULL;
    assert_fails(load(w, &request), &w->err, ERR_CONFIG,
                 "teerex.yaml:2:17: 'name' must be a name of small letters");
    assert_int_equal(w->problems.count, 2);
}

static void no_project(void **state)
{
    struct world *w = *state;
    struct config_request request = {.cwd = "/", .environ = ENVIRON};
    assert_fails(load(w, &request), &w->err, ERR_CONFIG, "no teerex.yaml here or above");
    request = (struct config_request){.project_dir = "/proc", .environ = ENVIRON};
    assert_fails(load(w, &request), &w->err, ERR_CONFIG, "no teerex.yaml in '/proc'");

    cleanup_free char *envs = fs_join(w->dir, "envs");
    cleanup_free char *found = NULL;
    request = (struct config_request){.cwd = envs, .environ = ENVIRON};
    assert_ok(config_find_project(&request, &found, &w->err), &w->err);
    assert_string_equal(found, w->dir);
}

static void where_state_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *environ[4];
        const char *expected; /* NULL: an error */
    } CASES[] = {
        {{"HOME=/h", NULL}, "/h/.local/state/teerex"},
        {{"HOME=/h", "XDG_STATE_HOME=/x", NULL}, "/x/teerex"},
        {{"HOME=/h", "XDG_STATE_HOME=relative", NULL}, "/h/.local/state/teerex"},
        {{"HOME=/h", "XDG_STATE_HOME=/x", "TEEREX_STATE_DIR=/s", NULL}, "/s"},
        {{"HOME=/h", "TEEREX_STATE_DIR=s", NULL}, NULL},
        {{"HOME=", NULL}, NULL},
        {{NULL}, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        cleanup_free char *dir = NULL;
        bool ok = config_state_dir(CASES[i].environ, &dir, &err);
        assert_int_equal(ok, CASES[i].expected != NULL);
        if (ok)
            assert_string_equal(dir, CASES[i].expected);
        else
            assert_int_equal(err.kind, ERR_CONFIG);
    }
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(files_are_laid_over_each_other),
        WITH_WORLD(precedence),
        WITH_WORLD(every_value_has_an_origin),
        WITH_WORLD(the_project_alone),
        WITH_WORLD(secrets_by_reference_only),
        WITH_WORLD(unknown_environments_are_named_with_the_list),
        WITH_WORLD(unknown_keys_in_flags),
        WITH_WORLD(files_that_cannot_be_read),
        WITH_WORLD(no_project),
        cmocka_unit_test(where_state_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
