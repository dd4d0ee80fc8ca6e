/* Templates: what is replaced, what stays, and every way to get one wrong. */
#include "testing.h"

#include "template/template.h"

static const struct template_var VARS[] = {
    {"name", {"teerex", 6}},
    {"address", {"127.0.0.1:4000", 14}},
    {"braces", {"{{name}}", 8}},
    {"empty", {"", 0}},
};
static const struct template_vars ALL = {VARS, ARRAY_LEN(VARS)};

static bool render(const char *text, struct buf *out, struct error *err)
{
    const struct source src = {"t.txt", str_of(text)};
    return template_render(&src, ALL, out, err);
}

static void renders(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } CASES[] = {
        {"", ""},
        {"plain { text } with }} braces", "plain { text } with }} braces"},
        {"{{name}}", "teerex"},
        {"http://{{ address }}/{{name}}{{empty}}\n", "http://127.0.0.1:4000/teerex\n"},
        {"${{{{ github.sha }}", "${{ github.sha }}"},
        {"{{{{{{name}}", "{{teerex"},
        {"a value is not a template: {{braces}}", "a value is not a template: {{name}}"},
        {"{", "{"},
        {"\xC3\xA9{{name}}\xC3\xA9", "\xC3\xA9teerex\xC3\xA9"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        assert_ok(render(CASES[i].text, &out, &err), &err);
        assert_str(buf_str(&out), CASES[i].expected);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } CASES[] = {
        {"a\nb {{nmae}}", "t.txt:2:5: unknown variable 'nmae', did you mean 'name'?"},
        {"{{zzzzzzzzzz}}", "t.txt:1:3: unknown variable 'zzzzzzzzzz'"},
        {"\xC3\xA9{{name", "t.txt:1:2: '{{' without '}}'"},
        {"{{name\n}}", "t.txt:1:1: '{{' without '}}'"},
        {"{{}}", "t.txt:1:3: '' is not the name"},
        {"{{ a b }}", "t.txt:1:3: 'a b' is not the name"},
        {"{{name}} {{{name}}}", "t.txt:1:12: '{name' is not the name"},
        {"{{", "t.txt:1:1: '{{' without '}}'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        assert_fails(render(CASES[i].text, &out, &err), &err, ERR_CONFIG, CASES[i].message);
    }
}

static void output_is_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(10);
    assert_fails(render("{{address}}", &out, &err), &err, ERR_FAILED, "larger than 10");
}

static void checks_without_values(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"address", "release"};
    struct error err = {0};
    const struct source good = {"t", STR("{{address}}/{{release}}")};
    const struct source bad = {"t", STR("{{adress}}")};
    assert_ok(template_check(&good, NAMES, ARRAY_LEN(NAMES), &err), &err);
    assert_fails(template_check(&bad, NAMES, ARRAY_LEN(NAMES), &err), &err, ERR_CONFIG,
                 "did you mean 'address'?");
}

static void embedded_ones_are_found_by_name(void **state)
{
    (void)state;
    struct error err = {0};
    struct source found;
    size_t count = 0;
    const struct embedded_file *files = template_list(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(str_starts(str_of(files[i].name), STR("templates/")));
        assert_ok(template_find(files[i].name + strlen("templates/"), &found, &err), &err);
        assert_true(str_eq(found.text, files[i].bytes));
    }
    assert_fails(template_find("no/such", &found, &err), &err, ERR_NOT_FOUND, "no/such");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),
        cmocka_unit_test(refuses),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(checks_without_values),
        cmocka_unit_test(embedded_ones_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
