/* Packuments: what is taken from them, and what is refused. */
#include "testing.h"

#include "npm/npm.h"

static const char WHOLE[] =
    "{\"name\":\"@aztec/stdlib\",\"dist-tags\":{\"latest\":\"1.0.0\",\"rc\":\"2.0.0-rc.1\"},"
    "\"versions\":{\"2.0.0-rc.1\":{\"a\":[{}]},\"1.0.0\":{}},"
    "\"time\":{\"created\":\"2026-01-01T00:00:00.000Z\",\"1.0.0\":\"2026-01-02T00:00:00.000Z\","
    "\"2.0.0-rc.1\":12,\"unpublished\":{\"time\":\"x\"}},\"other\":[1,{\"versions\":{}}]}";

static void says_what_it_holds(void **state)
{
    struct error err;
    struct str version;
    int64_t at;
    cleanup_npm_packument struct npm_packument p = {0};
    (void)state;
    assert_ok(npm_packument_scan(str_of(WHOLE), "p", &p, &err), &err);
    assert_str(p.name, "@aztec/stdlib");
    assert_int_equal(p.versions.count, 2);
    assert_str(p.versions.items[0], "1.0.0");
    assert_true(npm_has_version(&p, STR("2.0.0-rc.1")));
    assert_false(npm_has_version(&p, STR("2.0.0-rc.10")));
    assert_false(npm_has_version(&p, STR("2.0.0-rc")));
    assert_true(npm_tag(&p, "rc", &version));
    assert_str(version, "2.0.0-rc.1");
    assert_false(npm_tag(&p, "nightly", &version));
    assert_true(p.has_times);
    assert_true(npm_published(&p, STR("1.0.0"), &at));
    assert_true(at == INT64_C(1767312000000));
    assert_false(npm_published(&p, STR("2.0.0-rc.1"), &at));
    assert_false(npm_published(&p, STR("3.0.0"), &at));
}

static void nothing_is_not_wrong(void **state)
{
    struct error err;
    struct str version;
    int64_t at;
    cleanup_npm_packument struct npm_packument p = {0};
    (void)state;
    assert_ok(npm_packument_scan(STR("{}"), "p", &p, &err), &err);
    assert_false(npm_has_version(&p, STR("1.0.0")));
    assert_false(npm_tag(&p, "latest", &version));
    assert_false(npm_published(&p, STR("1.0.0"), &at));
    assert_false(p.has_times);
}

static void hostile_ones_are_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } CASES[] = {
        {"", "p:1:1"},
        {"[]", "should be an object"},
        {"{\"versions\":[]}", "versions should be an object"},
        {"{\"versions\":{\"1.0.0\":7}}", "a version should be an object"},
        {"{\"versions\":{\"1.0.0\":{},\"1.0.0\":{}}}", "the same key twice"},
        {"{\"versions\":{},\"versions\":{}}", "the same member twice"},
        {"{\"dist-tags\":\"x\"}", "dist-tags should be an object"},
        {"{\"dist-tags\":{\"rc\":\"1\",\"rc\":\"2\"}}", "the same key twice"},
        {"{\"time\":1e400}", "time should be an object"},
        {"{\"time\":{\"1.0.0\":\"a\",\"1.0.0\":\"b\"}}", "the same key twice"},
        {"{\"name\":{}}", "name should be a string"},
        {"{\"versions\":{\"1.0.0\":{}}", "p:1:"},
        {"{} {}", "p:1:"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        struct npm_packument p;
        assert_fails(npm_packument_scan(str_of(CASES[i].text), "p", &p, &err), &err, ERR_FAILED,
                     CASES[i].part);
    }
}

static void names(void **state)
{
    static const char *const RIGHT[] = {"left-pad", "@aztec/stdlib", "@aztec/aztec.js",
                                        "JSONStream"};
    static const char *const WRONG[] = {"",    "@aztec", "@/a",   "a/b",    "../x", "@a/..",
                                        "a b", "@a/b/c", "a%2fb", "@a/b?x", ".a",   "a\nb"};
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(RIGHT); i++)
        assert_ok(npm_name_check(RIGHT[i], &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
        assert_fails(npm_name_check(WRONG[i], &err), &err, ERR_USAGE, "no name of a package");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_holds),
        cmocka_unit_test(nothing_is_not_wrong),
        cmocka_unit_test(hostile_ones_are_refused),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
