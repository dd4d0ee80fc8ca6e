/* What is made from the table: help, man pages, Markdown, completion, tables of results. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/event.h"
#include "tool.h"

static void expect_help(const char *topic, const char *expected)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    assert_ok(cli_help(&TOOL, topic, false, &out, &err), &err);
    assert_string_equal(buf_cstr(&out), expected);
}

#define GLOBALS                                                                         \
    "\nOptions of every command\n"                                                      \
    "  -C, --project DIR         work on the project in DIR (default: the one around\n" \
    "                            here)\n"                                               \
    "      --format text|json    what stdout carries (default: text)\n"                 \
    "      --json-into FILE      write the JSON result to FILE too\n"                   \
    "  -y, --yes ENV             confirm a change of the environment ENV beforehand\n"  \
    "  -q, --quiet               tell warnings and errors only\n"                       \
    "  -v, --verbose             tell more, and what children print\n"                  \
    "      --plain               plain lines: nothing live, no colour, ASCII\n"         \
    "      --no-color            no colour (also: NO_COLOR)\n"                          \
    "  -h, --help                show help\n"                                           \
    "      --version             show the version\n"

static void test_program_page(void **state)
{
    (void)state;
    expect_help("", "Usage: tool COMMAND [arguments] [options]\n"
                    "\n"
                    "Does things.\n"
                    "\n"
                    "Work\n"
                    "  deploy                deploy an environment\n"
                    "\n"
                    "Look\n"
                    "  config show           show it\n"
                    "  config check          check it\n" GLOBALS "\nMore: tool COMMAND --help\n");
}

static void test_group_page(void **state)
{
    (void)state;
    expect_help("config", "Usage: tool config COMMAND [options]\n"
                          "\n"
                          "Look\n"
                          "  config show           show it\n"
                          "  config check          check it\n"
                          "\n"
                          "More: tool config COMMAND --help\n");
}

static void test_command_page(void **state)
{
    (void)state;
    expect_help("deploy",
                "Usage: tool deploy ENV [HOST...] [options]\n"
                "\n"
                "Deploy an environment.\n"
                "\n"
                "First line of the details, which is long enough to be wrapped when it is "
                "shown\n"
                "in eighty columns.\n"
                "\n"
                "Second paragraph.\n"
                "\n"
                "Arguments\n"
                "  ENV                       the environment, a file envs/ENV.yaml\n"
                "  HOST                      hosts\n"
                "\n"
                "Options\n"
                "  -r, --release TAG         the release\n"
                "  -c, --component NAME      only this (repeatable)\n"
                "      --wait DURATION       how long (default: 60s)\n"
                "      --retries N           how often\n"
                "      --port N              which\n"
                "      --color red|green|blue\n"
                "                            which (default: red)\n"
                "  -n, --dry                 nothing\n"
                "  -f, --force               all\n"
                "      --careful             more (default: true)\n" GLOBALS "\n"
                "Examples\n"
                "  tool deploy local\n"
                "      deploys local\n"
                "\n"
                "Exit status\n"
                "  0     done, or nothing to do\n"
                "  1     failed\n"
                "  3     the command line or a configuration file is wrong\n"
                "  5     somebody else holds the lock\n"
                "  6     a gate said no\n"
                "  130   interrupted, after cleaning up (143: by SIGTERM)\n");
}

static void test_unknown_topic(void **state)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    assert_fails(cli_help(&TOOL, "deplyo", false, &out, &err), &err, ERR_USAGE, "\"deploy\"");
    assert_fails(cli_man(&TOOL, "deplyo", &out, &err), &err, ERR_USAGE, "\"deploy\"");
}

static void test_color(void **state)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    assert_true(cli_help(&TOOL, "", true, &out, &err));
    assert_non_null(strstr(buf_cstr(&out), "\033[1mWork\033[0m\n"));
}

static void test_man(void **state)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    assert_ok(cli_man(&TOOL, "config show", &out, &err), &err);
    assert_true(str_starts(buf_str(&out), STR(".Dd March 4, 2026\n.Dt TOOL-CONFIG-SHOW 1\n.Os\n"
                                              ".Sh NAME\n.Nm tool\\-config\\-show\n.Nd show it\n"
                                              ".Sh SYNOPSIS\n.Bd -literal\n"
                                              "tool config show \\-\\-key KEY [options]\n.Ed\n")));
    assert_non_null(strstr(buf_cstr(&out), ".It \\-\\-key KEY\nwhich\n"));
}

static void test_markdown_and_topics(void **state)
{
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    cli_markdown(&TOOL, &out);
    assert_string_equal(buf_cstr(&out), "| Command | |\n|---|---|\n| **Work** | |\n"
                                        "| `tool deploy ENV HOST` | deploy an environment |\n"
                                        "| **Look** | |\n"
                                        "| `tool config show` | show it |\n"
                                        "| `tool config check` | check it |\n");
    buf_clear(&out);
    cli_topics(&TOOL, &out);
    assert_string_equal(buf_cstr(&out), "tool\t\ntool-deploy\tdeploy\n"
                                        "tool-config-show\tconfig show\n"
                                        "tool-config-check\tconfig check\n");
}

/* ---- completion
 * ---------------------------------------------------------------------------------- */

struct complete_case {
    const char *words[6];
    const char *expected; /* the candidates, without what they are */
};

static const struct complete_case COMPLETE[] = {
    {{""}, "deploy config "},
    {{"d"}, "deploy "},
    {{"config", ""}, "show check "},
    {{"config", "sh"}, "show "},
    {{"nothing", ""}, ""},
    {{"deploy", ""}, "local prod "},
    {{"deploy", "pr"}, "prod "},
    {{"deploy", "--format", "json", "l"}, "local "},
    {{"deploy", "prod", ""}, ""},
    {{"deploy", "--color", ""}, "red green blue "},
    {{"deploy", "--color=gr"}, "--color=green "},
    {{"deploy", "--co"}, "--component --color "},
    {{"deploy", "prod", "--", "--co"}, ""},
    {{"deploy", "-r", "--co"}, ""},
    {{"--ver"}, "--verbose --version "},
    {{"--project", ""}, ":dir "},
    {{"--json-into", "x"}, ":file "},
    {{"--yes=p"}, "--yes=prod "},
    {{"-y", ""}, "local prod "},
};

static void only_words(const char *candidates, struct buf *out)
{
    struct str rest = str_of(candidates), line;
    while (str_next_line(&rest, &line)) {
        struct str what;
        buf_add(out, str_cut(line, '\t', &what, NULL));
        buf_addc(out, ' ');
    }
}

static void touch(const char *dir, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", dir, name);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void test_complete(void **state)
{
    static const char *const FILES[] = {"prod.yaml", "local.yaml", "notes.txt", ".hidden.yaml"};
    char dir[] = "/tmp/teerex-envs-XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        touch(dir, FILES[i]);
    for (size_t i = 0; i < ARRAY_LEN(COMPLETE); i++) {
        cleanup_buf struct buf out = buf_make(BUF_TEXT);
        cleanup_buf struct buf words = buf_make(BUF_TEXT);
        size_t count = 0;
        while (COMPLETE[i].words[count] != NULL)
            count++;
        cli_complete(&TOOL, COMPLETE[i].words, count, dir, &out);
        only_words(buf_cstr(&out), &words);
        if (strcmp(buf_cstr(&words), COMPLETE[i].expected) != 0)
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, buf_cstr(&words),
                     COMPLETE[i].expected);
    }
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        cleanup_free char *path = xasprintf("%s/%s", dir, FILES[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void test_complete_without_envs(void **state)
{
    static const char *const WORDS[] = {"deploy", ""};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    cli_complete(&TOOL, WORDS, 2, NULL, &out);
    cli_complete(&TOOL, WORDS, 2, "/nonexistent", &out);
    assert_int_equal(out.len, 0);
    cli_complete(&TOOL, NULL, 0, NULL, &out);
    assert_non_null(strstr(buf_cstr(&out), "deploy\tdeploy an environment\n"));
}

/* ---- tables of results
 * ---------------------------------------------------------------------------- */

static void test_grid(void **state)
{
    static const struct cli_column COLUMNS[] = {
        {.title = "HOST"}, {.title = "VERSION", .shrink = true}, {.title = "MS", .right = true}};
    static const char *const CELLS[] = {"a1", "0.1.0-sdk.12+long", "7", "host\tb", NULL, "1234"};
    const struct cli_table table = {
        .columns = COLUMNS, .column_count = 3, .cells = CELLS, .row_count = 2};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    (void)state;
    cli_table_add(&table, 0, true, &out);
    assert_string_equal(buf_cstr(&out), "HOST       VERSION              MS\n"
                                        "a1         0.1.0-sdk.12+long     7\n"
                                        "host    b  -                  1234\n");
    buf_clear(&out);
    cli_table_add(&table, 30, true, &out);
    assert_string_equal(buf_cstr(&out), "HOST       VERSION          MS\n"
                                        "a1         0.1.0-sdk.12…     7\n"
                                        "host    b  -              1234\n");
    buf_clear(&out);
    cli_table_add(&table, 5, false, &out);
    assert_string_equal(buf_cstr(&out), "HOST       VER...    MS\n"
                                        "a1         0.1...     7\n"
                                        "host    b  -       1234\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program_page),
        cmocka_unit_test(test_group_page),
        cmocka_unit_test(test_command_page),
        cmocka_unit_test(test_unknown_topic),
        cmocka_unit_test(test_color),
        cmocka_unit_test(test_man),
        cmocka_unit_test(test_markdown_and_topics),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_complete_without_envs),
        cmocka_unit_test(test_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
