/* Rules and splices: what gives way, and that nothing else does. */
#include "testing.h"

#include "manifest/manifest.h"

static void splices_keep_the_rest(void **state)
{
    static const struct splice SPLICES[] = {{0, 1, {"XY", 2}}, {3, 3, {"+", 1}}, {5, 6, {"", 0}}};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    (void)state;
    splice_text(STR("abcdef"), SPLICES, ARRAY_LEN(SPLICES), &out);
    assert_str(buf_str(&out), "XYbc+de");
}

static void rules(void **state)
{
    static const struct {
        const char *match, *text, *result;
        size_t found;
    } CASES[] = {
        {"V={version}", "V=1.0.0\r\nV=1.0.0-rc.10\n", "V=2.0.0\r\nV=2.0.0\n", 2},
        {"V={version}", "V=latest V=1.0 WV=1.0.0.", "V=latest V=1.0 WV=2.0.0.", 1},
        {"'{version}'", "'1.0.0' '1.0.0x' \"1.0.0\"", "'2.0.0' '1.0.0x' \"1.0.0\"", 1},
        {"V={version}", "V=", "V=", 0},
        {"V={version}", "", "", 0},
    };
    const struct manifest_target target = {NULL, STR("2.0.0")};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err;
        size_t found;
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        const struct manifest_rule rule = {"f", CASES[i].match};
        assert_ok(manifest_apply_rule(&rule, &target, str_of(CASES[i].text), &out, &found, &err),
                  &err);
        assert_str(buf_str(&out), CASES[i].result);
        assert_int_equal(found, CASES[i].found);
    }
}

static void rules_without_a_place_are_refused(void **state)
{
    static const char *const WRONG[] = {"", "V=", "{version}", "a{version}{version}"};
    const struct manifest_target target = {NULL, STR("2.0.0")};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        struct error err = {0};
        size_t found;
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        const struct manifest_rule rule = {"f", WRONG[i]};
        assert_fails(manifest_apply_rule(&rule, &target, STR("x"), &out, &found, &err), &err,
                     ERR_CONFIG, "{version}");
    }
}

static void a_line_takes_its_own(void **state)
{
    struct error err;
    size_t found;
    struct semver_channel line = {.name = "rc"};
    struct semver_pattern from;
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    const struct manifest_rule rule = {"f", "={version}"};
    (void)state;
    assert_ok(semver_pattern_compile(STR("{core}-rc.{number}"), &line.pattern, &err), &err);
    assert_ok(semver_pattern_compile(STR("{core}"), &from, &err), &err);
    line.from = &from;
    line.from_count = 1;
    const struct manifest_target target = {&line, STR("2.0.0-rc.1")};
    assert_ok(manifest_apply_rule(&rule, &target, STR("=1.0.0 =1.0.0-rc.9 =1.0.0-devnet.1"), &out,
                                  &found, &err),
              &err);
    assert_str(buf_str(&out), "=2.0.0-rc.1 =2.0.0-rc.1 =1.0.0-devnet.1");
    assert_int_equal(found, 3);
}

static void patterns_stay_below(void **state)
{
    static const char *const WRONG[] = {"", "/etc/*", "../x", "a/../../b", "./"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        struct error err = {0};
        cleanup_arena struct arena arena = {0};
        cleanup_manifest_paths struct manifest_paths paths = {0};
        assert_fails(manifest_glob("/tmp", WRONG[i], &arena, &paths, &err), &err, ERR_CONFIG,
                     "does not stay below");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splices_keep_the_rest),
        cmocka_unit_test(rules),
        cmocka_unit_test(rules_without_a_place_are_refused),
        cmocka_unit_test(a_line_takes_its_own),
        cmocka_unit_test(patterns_stay_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
