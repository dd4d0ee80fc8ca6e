/* Versions: what is one, the specification's own order, and sorting. */
#include "testing.h"

#include "semver/semver.h"

static void reads_the_parts(void **state)
{
    struct semver v;
    (void)state;
    assert_true(semver_parse(STR("1.20.300-rc.1-x.0+sha.001"), &v));
    assert_int_equal(v.major, 1);
    assert_int_equal(v.minor, 20);
    assert_int_equal(v.patch, 300);
    assert_str(v.prerelease, "rc.1-x.0");
    assert_str(v.build, "sha.001");
    assert_str(v.text, "1.20.300-rc.1-x.0+sha.001");
    assert_true(semver_parse(STR("0.0.0+a-b"), &v));
    assert_str(v.prerelease, "");
    assert_str(v.build, "a-b");
}

static void refuses_what_is_no_version(void **state)
{
    static const char *const CASES[] = {
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "1.2.-3",
        "-1.2.3",
        "1.2.3-",
        "1.2.3+",
        "1.2.3-+a",
        "1.2.3-a..b",
        "1.2.3-01",
        "1.2.3-a.00",
        "1.2.3-a_b",
        "1.2.3+a+b",
        "1.2.3+a..b",
        "1.2.3 ",
        " 1.2.3",
        "v1.2.3",
        "=1.2.3",
        "1.2.x",
        "1..3",
        ".1.2",
        "1.2.3-\xc3\xa9",
        "9007199254740992.0.0",
        "0.0.99999999999999999999",
    };
    struct semver v = {.major = 7};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        if (semver_parse(str_of(CASES[i]), &v))
            fail_msg("\"%s\" is no version", CASES[i]);
    assert_false(semver_parse(str_n("1.2.3\0", 6), &v));
    assert_int_equal(v.major, 7);
}

static void the_limits_are_npms(void **state)
{
    char text[SEMVER_TEXT_MAX + 2];
    struct semver v;
    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "1.2.3-", 6);
    assert_true(semver_parse(str_n(text, SEMVER_TEXT_MAX), &v));
    assert_false(semver_parse(str_n(text, SEMVER_TEXT_MAX + 1), &v));
    assert_true(semver_parse(STR("9007199254740991.9007199254740991.9007199254740991"), &v));
    assert_true(v.patch == SEMVER_NUMBER_MAX);
}

static void npm_forgives_a_little(void **state)
{
    static const char *const NEVER[] = {"vv1.2.3", "v 1.2.3", "=1.2.3", "V1.2.3", "1.2.3 v", ""};
    char text[SEMVER_TEXT_MAX + 1];
    struct semver v;
    (void)state;
    assert_true(semver_parse_npm(STR(" \t\xc2\xa0\xe3\x80\x80v1.2.3-a\n\xef\xbb\xbf"), &v));
    assert_str(v.text, "1.2.3-a");
    for (size_t i = 0; i < ARRAY_LEN(NEVER); i++)
        assert_false(semver_parse_npm(str_of(NEVER[i]), &v));
    memset(text, ' ', sizeof(text));
    memcpy(text, "1.2.3", 5);
    assert_true(semver_parse_npm(str_n(text, SEMVER_TEXT_MAX), &v));
    assert_false(semver_parse_npm(str_n(text, SEMVER_TEXT_MAX + 1), &v));
}

/* Ascending: item 11 of the specification, and what lies between and beyond. */
static const char *const ORDER[] = {
    "0.0.0-0",
    "0.0.0",
    "0.9.10",
    "1.0.0-0",
    "1.0.0-9",
    "1.0.0-10",
    "1.0.0-9007199254740992",
    "1.0.0-9007199254740993",
    "1.0.0-100000000000000000000000",
    "1.0.0--",
    "1.0.0-1a",
    "1.0.0-A",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.beta",
    "1.0.0-alpha-",
    "1.0.0-alphaa",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "10.0.0-devnet.7",
    "10.0.0-devnet.6-patch",
    "9007199254740991.0.0",
};

static bool agrees(int order, size_t i, size_t j)
{
    return i < j ? order < 0 : i > j ? order > 0 : order == 0;
}

static void the_order_is_the_specifications(void **state)
{
    struct semver a, b;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ORDER); i++)
        for (size_t j = 0; j < ARRAY_LEN(ORDER); j++) {
            assert_true(semver_parse(str_of(ORDER[i]), &a));
            assert_true(semver_parse(str_of(ORDER[j]), &b));
            if (!agrees(semver_compare(&a, &b), i, j))
                fail_msg("%s and %s", ORDER[i], ORDER[j]);
        }
    assert_true(semver_parse(STR("1.0.0-a+1"), &a));
    assert_true(semver_parse(STR("1.0.0-a+2"), &b));
    assert_int_equal(semver_compare(&a, &b), 0);
}

static void sorts_into_that_order(void **state)
{
    struct semver versions[ARRAY_LEN(ORDER)];
    const size_t count = ARRAY_LEN(ORDER), stride = 12; /* prime to the count */
    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_true(semver_parse(str_of(ORDER[i * stride % count]), &versions[i]));
    semver_sort(versions, count);
    for (size_t i = 0; i < count; i++)
        assert_str(versions[i].text, ORDER[i]);
    semver_sort(versions, 0);
}

static void equal_ones_go_by_build_then_stay(void **state)
{
    static const char *const GIVEN[] = {"1.0.0+b", "1.0.0+10", "1.0.0+a.1", "1.0.0+9",
                                        "1.0.0",   "1.0.0+09", "1.0.0-z+9", "1.0.0+a"};
    static const char *const SORTED[] = {"1.0.0-z+9", "1.0.0",   "1.0.0+9",   "1.0.0+09",
                                         "1.0.0+10",  "1.0.0+a", "1.0.0+a.1", "1.0.0+b"};
    struct semver versions[ARRAY_LEN(GIVEN)];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GIVEN); i++)
        assert_true(semver_parse(str_of(GIVEN[i]), &versions[i]));
    semver_sort(versions, ARRAY_LEN(GIVEN));
    for (size_t i = 0; i < ARRAY_LEN(GIVEN); i++)
        assert_str(versions[i].text, SORTED[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_parts),
        cmocka_unit_test(refuses_what_is_no_version),
        cmocka_unit_test(the_limits_are_npms),
        cmocka_unit_test(npm_forgives_a_little),
        cmocka_unit_test(the_order_is_the_specifications),
        cmocka_unit_test(sorts_into_that_order),
        cmocka_unit_test(equal_ones_go_by_build_then_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
