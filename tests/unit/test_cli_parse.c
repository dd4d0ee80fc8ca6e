/* The option parser: what is understood, what is refused and how, against a small table. */
#include "tool.h"

/* A command line of words between single blanks; '' stands for an empty word. */
struct parsed {
    char *text;
    char *argv[24];
    struct cli_call call;
    struct error err;
    bool ok;
};

static void parse(struct parsed *p, const char *line)
{
    int argc = 0;
    *p = (struct parsed){.text = xasprintf("tool %s", line)};
    char *rest = p->text;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        if (word[0] != '\0')
            p->argv[argc++] = word;
        if (strcmp(word, "''") == 0)
            word[0] = '\0';
    }
    p->ok = cli_parse(&TOOL, argc, p->argv, &p->call, &p->err);
}

static void parsed_release(struct parsed *p)
{
    cli_call_release(&p->call);
    free(p->text);
}

static void expect_refused(const char *line, const char *part)
{
    struct parsed p;
    parse(&p, line);
    if (p.ok || p.err.kind != ERR_USAGE || strstr(p.err.msg, part) == NULL)
        fail_msg("tool %s: expected \"%s\", got %s \"%s\"", line, part, p.ok ? "success" : "",
                 p.ok ? "" : p.err.msg);
    parsed_release(&p);
}

static void test_values(void **state)
{
    struct parsed p;
    (void)state;
    parse(&p, "deploy -rv1 prod --component=a --component b -c c --wait 250ms --retries=9 "
              "--color green -n --no-careful h1 h2");
    assert_ok(p.ok, &p.err);
    const struct deploy_options *o = p.call.context;
    assert_string_equal(o->env, "prod");
    assert_string_equal(o->release, "v1");
    assert_int_equal(o->components.count, 3);
    assert_string_equal(o->components.items[1], "b");
    assert_int_equal(o->wait_ms, 250);
    assert_int_equal(o->retries, 9);
    assert_int_equal(o->color, 1);
    assert_true(o->dry);
    assert_false(o->careful);
    assert_int_equal(o->hosts.count, 2);
    assert_string_equal(o->hosts.items[1], "h2");
    assert_ptr_equal(p.call.command, &DEPLOY);
    assert_string_equal(p.call.topic, "deploy");
    parsed_release(&p);
}

static void test_defaults(void **state)
{
    struct parsed p;
    (void)state;
    parse(&p, "deploy prod");
    assert_ok(p.ok, &p.err);
    const struct deploy_options *o = p.call.context;
    assert_null(o->release);
    assert_int_equal(o->wait_ms, 60000);
    assert_int_equal(o->retries, CLI_UNSET);
    assert_int_equal(o->color, 0);
    assert_true(o->careful);
    assert_int_equal(o->hosts.count, 0);
    assert_int_equal(p.call.globals.format, CLI_TEXT);
    parsed_release(&p);
}

static void test_globals_anywhere(void **state)
{
    struct parsed p;
    (void)state;
    parse(&p, "--format json -C /tmp deploy --yes=prod prod -v --plain");
    assert_ok(p.ok, &p.err);
    assert_int_equal(p.call.globals.format, CLI_JSON);
    assert_string_equal(p.call.globals.project, "/tmp");
    assert_string_equal(p.call.globals.yes, "prod");
    assert_true(p.call.globals.verbose && p.call.globals.plain);
    parsed_release(&p);
    parse(&p, "deploi --format json");
    assert_false(p.ok);
    assert_int_equal(p.call.globals.format, CLI_JSON);
    parsed_release(&p);
}

static void test_double_dash_and_raw(void **state)
{
    struct parsed p;
    (void)state;
    parse(&p, "deploy prod -- --release -n");
    assert_ok(p.ok, &p.err);
    const struct deploy_options *o = p.call.context;
    assert_int_equal(o->hosts.count, 2);
    assert_string_equal(o->hosts.items[0], "--release");
    assert_false(o->dry);
    parsed_release(&p);
    parse(&p, "raw --help -- --format ''");
    assert_ok(p.ok, &p.err);
    assert_int_equal(p.call.action, CLI_RUN);
    o = p.call.context;
    assert_int_equal(o->hosts.count, 4);
    assert_string_equal(o->hosts.items[3], "");
    parsed_release(&p);
}

static void expect_action(const char *line, enum cli_action action, const char *topic)
{
    struct parsed p;
    parse(&p, line);
    assert_ok(p.ok, &p.err);
    assert_int_equal(p.call.action, action);
    assert_string_equal(p.call.topic, topic);
    parsed_release(&p);
}

static void test_help_and_version(void **state)
{
    (void)state;
    expect_action("", CLI_HELP, "");
    expect_action("--help", CLI_HELP, "");
    expect_action("deploy -h", CLI_HELP, "deploy");
    expect_action("config --help", CLI_HELP, "config");
    expect_action("config show --help", CLI_HELP, "config show");
    expect_action("--version", CLI_VERSION, "");
    expect_action("deploy --version", CLI_VERSION, "deploy");
}

static void test_unknown(void **state)
{
    (void)state;
    expect_refused("deplyo prod", "unknown command \"deplyo\", did you mean \"deploy\"?");
    expect_refused("config shwo", "unknown command \"config shwo\", did you mean \"config show\"?");
    expect_refused("show", "did you mean \"config show\"?");
    expect_refused("zzzzzzzz", "unknown command \"zzzzzzzz\"");
    expect_refused("rwa", "unknown command \"rwa\"");
    expect_refused("config", "\"config\" needs one more word: show or check");
    expect_refused("deploy prod --relaese v1", "unknown option --relaese, did you mean --release?");
    expect_refused("deploy prod --zzzzzzz", "unknown option --zzzzzzz");
    expect_refused("deploy prod -x", "unknown option -x");
    expect_refused("config check --release v1", "unknown option --release");
}

static void test_values_refused(void **state)
{
    (void)state;
    expect_refused("deploy prod --release", "--release needs a value: TAG");
    expect_refused("deploy prod --release=", "--release needs a value: TAG");
    expect_refused("deploy prod --release --dry", "\"--dry\" looks like an option");
    expect_refused("deploy prod --dry=yes", "--dry takes no value");
    expect_refused("deploy prod --no-release", "only a flag can be negated");
    expect_refused("deploy prod --wait 5", "\"5\" is not a duration");
    expect_refused("deploy prod --retries 10", "\"10\" is not a number from 0 to 9");
    expect_refused("deploy prod --port x", "\"x\" is not a whole number");
    expect_refused("deploy prod --color gren", "did you mean \"green\"?");
    expect_refused("deploy prod --format xml", "\"xml\" is not one of text|json");
}

static void test_arity_and_conflicts(void **state)
{
    (void)state;
    expect_refused("deploy", "ENV is missing");
    expect_refused("deploy ''", "ENV is empty");
    expect_refused("config check extra", "unexpected argument \"extra\"");
    expect_refused("config show", "--key is missing");
    expect_refused("deploy prod -n --force", "--force and --dry exclude each other");
    expect_refused("deploy prod -qv", "--quiet and --verbose exclude each other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),           cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_globals_anywhere), cmocka_unit_test(test_double_dash_and_raw),
        cmocka_unit_test(test_help_and_version), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_values_refused),   cmocka_unit_test(test_arity_and_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
