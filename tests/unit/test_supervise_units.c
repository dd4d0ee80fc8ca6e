/* What is written into unit files, and what is read from systemctl. */
#include "testing.h"

#include "supervise/systemd.h"
#include "template/template.h"

static void words_are_quoted(void **state)
{
    static const char *const CASES[][2] = {
        {"plain", "\"plain\""},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"100%i", "\"100%%i\""},
        {"$HOME", "\"$HOME\""},
        {"line\nbreak\t", "\"line\\x0abreak\\x09\""},
        {"größe", "\"größe\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        units_quote(&out, CASES[i][0]);
        assert_str(buf_str(&out), CASES[i][1]);
    }
}

static void show_is_read(void **state)
{
    struct unit_view view;
    (void)state;
    unit_view_parse(STR("Result=signal\nNRestarts=3\nMainPID=42\nActiveState=activating\n"
                        "SubState=auto-restart\nExecMainCode=2\nExecMainStatus=9\n"),
                    &view);
    assert_string_equal(view.active, "activating");
    assert_string_equal(view.sub, "auto-restart");
    assert_string_equal(view.result, "signal");
    assert_true(view.main_pid == 42 && view.restarts == 3);
    assert_true(view.exit_code == 2 && view.exit_status == 9);
    unit_view_parse(
        STR("ActiveState=a-very-long-word-that-systemd-does-not-know\nMainPID=x\n=\n\n"), &view);
    assert_int_equal(strlen(view.active), sizeof(view.active) - 1);
    assert_int_equal(view.main_pid, 0);
    unit_view_parse(STR_EMPTY, &view);
    assert_string_equal(view.active, "");
}

static void the_longest_names_fit(void **state)
{
    struct settings settings = {0};
    char id[SUPERVISE_ID_MAX] = {0}, unit[UNIT_NAME_MAX];
    (void)state;
    memset(settings.name, 'n', sizeof(settings.name) - 1);
    memset(id, 'i', sizeof(id) - 1);
    unit_of(&settings, id, unit);
    assert_true(str_ends(str_of(unit), STR("i.service")));
}

static void templates_name_known_variables(void **state)
{
    static const char *const FILES[] = {"units/service.socket", "units/service.service",
                                        "units/service@.service", "units/promoted.conf"};
    static const char *const NAMES[] = {"name",    "unit",    "dir",        "listen",
                                        "ready_s", "drain_s", "restart_ms", "restart_max"};
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        struct source text;
        assert_ok(template_find(FILES[i], &text, &err), &err);
        assert_ok(template_check(&text, NAMES, ARRAY_LEN(NAMES), &err), &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_quoted),
        cmocka_unit_test(show_is_read),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(templates_name_known_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
