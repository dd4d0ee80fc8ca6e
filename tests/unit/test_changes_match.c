/* Patterns one by one, lists of them, and the walk along paths in any order. */
#include "changes/glob.h"
#include "testing.h"

static struct changes_filters *compile(const char *const *patterns, size_t count)
{
    struct changes_filters *f = NULL;
    struct error err;
    const struct changes_filter filter = {.name = "f", .patterns = patterns, .count = count};
    assert_ok(changes_compile(&filter, 1, &f, &err), &err);
    return f;
}

static size_t decide(const char *const *patterns, size_t count, const char *path)
{
    cleanup_changes_filters struct changes_filters *f = compile(patterns, count);
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    size_t rule = 0;
    changes_match(m, str_of(path), &rule);
    return rule;
}

static void test_one_pattern(void **state unused_arg)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        {"a", "a", true},
        {"a", "x/y/a", true},
        {"a", "x/a/y/z", true},
        {"a", "ab", false},
        {"a", "x/ba/c", false},
        {"/a", "a", true},
        {"/a", "a/b/c", true},
        {"/a", "x/a", false},
        {"a/b", "a/b", true},
        {"a/b", "x/a/b", false},
        {"a/b", "a/b/c", true},
        {"a/b", "a", false},
        {"a/", "a", false},
        {"a/", "a/b", true},
        {"a/", "x/a/b/c", true},
        {"a/b/", "a/b/c", true},
        {"a/b/", "a/b", false},
        {"*", "a", true},
        {"*", "a/b", true},
        {"*.md", "a.md", true},
        {"*.md", "x/y/a.md", true},
        {"*.md", "x.md/y", true},
        {"*.md", ".md", true},
        {"*.md", "a.mdx", false},
        {"/*.md", "x/a.md", false},
        {"a/*", "a/b", true},
        {"a/*", "a/b/c", true}, /* by the directory b */
        {"a/*.c", "a/b/c.c", false},
        {"**", "a", true},
        {"**", "a/b/c", true},
        {"**/a", "a", true},
        {"**/a", "x/y/a", true},
        {"a/**", "a", false},
        {"a/**", "a/b", true},
        {"a/**", "a/b/c", true},
        {"a/**", "x/a/b", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/xb", false},
        {"a/**/**/b", "a/b", true},
        {"**/a/**/b/**", "x/a/b/c", true},
        {"**/a/**/b/**", "x/a/b", false},
        {"a/**/", "a/b", false},
        {"a/**/", "a/b/c", true},
        {"a**b", "axxb", true},
        {"x/a**b", "x/a/b", false},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"a?c", "ac", false},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[^a-c]x", "bx", false},
        {"[]]x", "]x", true},
        {"[!]]x", "]x", false},
        {"[a\\]]x", "]x", true},
        {"[[:digit:]]x", "7x", true},
        {"[[:digit:]_]x", "_x", true},
        {"[[:digit:]]x", "ax", false},
        {"[-a]x", "-x", true},
        {"[a-]x", "-x", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\!a", "!a", true},
        {"\\#", "#", true},
        {"\\{a,b}", "{a,b}", true},
        {"*a*b*c*", "xxaxxbxxcxx", true},
        {"*a*b*c*", "xxaxxcxxbxx", false},
        {"pre*post", "prepost", true},
        {"pre*post", "prpost", false},
        {"aba*ba", "aba", false},
        {"caf\xc3\xa9", "caf\xc3\xa9", true},
        {"\xff*", "\xff\xfe", true},
        {"A", "a", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool matches = decide(&rows[i].pattern, 1, rows[i].path) == 0;
        if (matches != rows[i].matches)
            fail_msg("'%s' and '%s': expected %d", rows[i].pattern, rows[i].path, rows[i].matches);
    }
}

static void test_the_last_one_decides(void **state unused_arg)
{
    static const char *const list[] = {"sdk/**", "!*.md", "sdk/README.md", "!/sdk/gen/"};
    assert_int_equal(decide(list, 4, "sdk/a.c"), 0);
    assert_int_equal(decide(list, 4, "sdk/a.md"), 1);
    assert_int_equal(decide(list, 4, "docs/a.md"), 1);
    assert_int_equal(decide(list, 4, "sdk/README.md"), 2);
    assert_int_equal(decide(list, 4, "sdk/gen/README.md"), 3);
    assert_int_equal(decide(list, 4, "docs/a.c"), CHANGES_NO_RULE);
    /* Order matters. */
    static const char *const turned[] = {"!*.md", "sdk/**"};
    assert_int_equal(decide(turned, 2, "sdk/a.md"), 1);
    /* A file below what was left out can be taken in again. */
    static const char *const again[] = {"*", "!gen", "gen/keep"};
    assert_int_equal(decide(again, 3, "gen/keep"), 2);
    assert_int_equal(decide(again, 3, "gen/other"), 1);
}

static void test_what_is_refused(void **state unused_arg)
{
    static const struct {
        const char *pattern, *says;
    } rows[] = {
        {"", "empty"},
        {"!", "empty"},
        {"/", "empty"},
        {"a//b", "two slashes"},
        {"a/./b", "part '.'"},
        {"../a", "part '..'"},
        {"a[b", "never closed"},
        {"a\\", "backslash"},
        {"*.{c,h}", "braces"},
        {"!x", "takes anything in"},
        {"[[:digit:]", "never closed"},
        {"[a/b]", "never closed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct changes_filters *f = NULL;
        struct error err;
        const struct changes_filter filter = {
            .name = "docs", .patterns = &rows[i].pattern, .count = 1};
        assert_fails(changes_compile(&filter, 1, &f, &err), &err, ERR_CONFIG, rows[i].says);
        assert_fails(false, &err, ERR_CONFIG, "filter 'docs'");
        assert_null(f);
    }
}

static void test_too_many_parts(void **state unused_arg)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    struct changes_filters *f = NULL;
    struct error err;
    for (int i = 0; i < CHANGES_SEGMENTS_MAX; i++)
        buf_adds(&text, i > 0 ? "/a" : "a");
    const char *pattern = buf_cstr(&text);
    assert_int_equal(decide(&pattern, 1, pattern), 0);
    buf_adds(&text, "/a");
    pattern = buf_cstr(&text);
    const struct changes_filter filter = {.name = "f", .patterns = &pattern, .count = 1};
    assert_fails(changes_compile(&filter, 1, &f, &err), &err, ERR_CONFIG, "63 parts");
}

static void test_only_shipped_patterns_take(void **state unused_arg)
{
    static const char *const list[] = {"/teerex.yaml", "!*.md"};
    struct changes_filters *f = NULL;
    struct error err;
    const struct changes_filter filter = {.name = "f", .patterns = list, .count = 2, .shipped = 1};
    assert_fails(changes_compile(&filter, 1, &f, &err), &err, ERR_CONFIG, "takes anything in");
}

/* Paths that jump about, deeper and back, against a matcher that sees each alone. */
static void test_any_order_is_the_same(void **state unused_arg)
{
    static const char *const list[] = {"a/**/x", "!**/b/*", "c/d", "*.md", "!a/b/c/"};
    static const char *const paths[] = {
        "a/b/c/x",  "a/b/x",    "a/x", "x",      "c/d/e/f",      "c/d",
        "a/b/c/y",  "a/b/y",    "c/x", "a/bb/x", "a/b/c/x",      "z.md",
        "a/c/z.md", "a/b.md/q", "a/b", "ab/x",   "a/b/c/d/e/f/x"};
    cleanup_changes_filters struct changes_filters *f = compile(list, ARRAY_LEN(list));
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        for (size_t k = 0; k < ARRAY_LEN(paths); k++) {
            size_t first = 0, second = 0;
            changes_match(m, str_of(paths[i]), &first);
            changes_match(m, str_of(paths[k]), &second);
            assert_int_equal(first, decide(list, ARRAY_LEN(list), paths[i]));
            assert_int_equal(second, decide(list, ARRAY_LEN(list), paths[k]));
        }
    }
}

/* More rules than a word has bits, in the second of two filters. */
static void test_many_rules(void **state unused_arg)
{
    struct arena arena = {0};
    struct changes_filters *f = NULL;
    struct error err;
    const char *many[150];
    static const char *const one[] = {"n149"};
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = arena_printf(&arena, i == 100 ? "!n%d" : "n%d", i == 100 ? 3 : (int)i);
    const struct changes_filter filters[] = {{.name = "a", .patterns = one, .count = 1},
                                             {.name = "b", .patterns = many, .count = 150}};
    assert_ok(changes_compile(filters, 2, &f, &err), &err);
    struct changes_matcher *m = changes_matcher_new(f);
    static const struct {
        const char *path;
        size_t a, b;
    } rows[] = {{"n149", 0, 149},
                {"n3", CHANGES_NO_RULE, 100},
                {"x/n64/y", CHANGES_NO_RULE, 64},
                {"n150", CHANGES_NO_RULE, CHANGES_NO_RULE}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t rules[2];
        changes_match(m, str_of(rows[i].path), rules);
        assert_int_equal(rules[0], rows[i].a);
        assert_int_equal(rules[1], rows[i].b);
    }
    changes_matcher_free(m);
    changes_filters_free(f);
    arena_release(&arena);
}

static void test_kinds_and_renames(void **state unused_arg)
{
    static const char *const src[] = {"src/", "!*.md"};
    const struct changes_filter filters[] = {
        {.name = "all", .patterns = src, .count = 2},
        {.name = "gone", .patterns = src, .count = 2, .kinds = 1U << GIT_DELETED}};
    struct changes_filters *f = NULL;
    struct error err;
    assert_ok(changes_compile(filters, 2, &f, &err), &err);
    struct changes_matcher *m = changes_matcher_new(f);
    static const struct {
        enum git_change_kind kind;
        struct str path, old_path;
        bool all, gone, other_kind;
    } rows[] = {
        {GIT_ADDED, {"src/a", 5}, {"", 0}, true, false, true},
        {GIT_DELETED, {"src/a", 5}, {"", 0}, true, true, false},
        {GIT_DELETED, {"src/a.md", 8}, {"", 0}, false, false, false},
        {GIT_RENAMED, {"doc/a", 5}, {"src/a", 5}, true, false, true},
        {GIT_RENAMED, {"src/a", 5}, {"doc/a", 5}, true, false, true},
        {GIT_RENAMED, {"doc/a", 5}, {"doc/b", 5}, false, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct changes_verdict v[2];
        const struct git_change c = {rows[i].kind, rows[i].path, rows[i].old_path};
        changes_judge(m, &c, v);
        assert_int_equal(v[0].selected, rows[i].all);
        assert_int_equal(v[1].selected, rows[i].gone);
        assert_int_equal(v[1].other_kind, rows[i].other_kind);
    }
    changes_matcher_free(m);
    changes_filters_free(f);
}

static void test_events(void **state unused_arg)
{
    struct arena arena = {0};
    struct changes_event e = {0};
    struct error err;
    assert_ok(changes_event_parse("push",
                                  STR("{\"before\":\"abc\",\"ref\":\"refs/heads/x\",\"deleted\":"
                                      "true,\"repository\":{\"default_branch\":\"main\"}}"),
                                  &arena, &e, &err),
              &err);
    assert_string_equal(e.before, "abc");
    assert_string_equal(e.ref, "refs/heads/x");
    assert_string_equal(e.default_branch, "main");
    assert_string_equal(e.base_sha, "");
    assert_true(e.deleted);
    assert_ok(changes_event_parse("merge_group", STR("{\"merge_group\":{\"base_sha\":\"d\"}}"),
                                  &arena, &e, &err),
              &err);
    assert_string_equal(e.base_sha, "d");
    assert_ok(changes_event_parse("pull_request", STR("{\"pull_request\":{\"base\":{\"sha\":7}}}"),
                                  &arena, &e, &err),
              &err);
    assert_string_equal(e.base_sha, "");
    assert_fails(changes_event_parse("push", STR("[]"), &arena, &e, &err), &err, ERR_FAILED,
                 "no object");
    assert_fails(changes_event_parse("push", STR("{"), &arena, &e, &err), &err, ERR_FAILED,
                 "the event");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_pattern),
        cmocka_unit_test(test_the_last_one_decides),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_too_many_parts),
        cmocka_unit_test(test_only_shipped_patterns_take),
        cmocka_unit_test(test_any_order_is_the_same),
        cmocka_unit_test(test_many_rules),
        cmocka_unit_test(test_kinds_and_renames),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
