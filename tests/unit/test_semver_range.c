/* npm's ranges: the table of its documentation, its rule for prereleases, its oddities, and bounds.
 * The scenario semver_npm asks npm itself. */
#include "testing.h"

#include "semver/semver.h"

enum { NONE = 0, NAMED = 1, ALL = 2, BOTH = 3 };

struct range_case {
    const char *range;
    const char *version;
    int in; /* which of npm's modes say yes */
};

static int in_range(const char *version, const char *range)
{
    struct str v = str_of(version), r = str_of(range);
    return (semver_satisfies(v, r, SEMVER_NAMED_PRERELEASES) ? NAMED : 0) |
           (semver_satisfies(v, r, SEMVER_ALL_PRERELEASES) ? ALL : 0);
}

static void check_cases(const struct range_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (in_range(cases[i].version, cases[i].range) != cases[i].in)
            fail_msg("%s in \"%s\": not %d", cases[i].version, cases[i].range, cases[i].in);
}

static void bounds(void **state)
{
    static const struct range_case CASES[] = {
        {"^1.2.3", "1.2.3", BOTH},
        {"^1.2.3", "1.99.0", BOTH},
        {"^1.2.3", "2.0.0", NONE},
        {"^1.2.3", "1.2.2", NONE},
        {"^0.2.3", "0.2.9", BOTH},
        {"^0.2.3", "0.3.0", NONE},
        {"^0.0.3", "0.0.3", BOTH},
        {"^0.0.3", "0.0.4", NONE},
        {"^0.0", "0.0.9", BOTH},
        {"^0.0", "0.1.0", NONE},
        {"^0", "0.9.9", BOTH},
        {"^0", "1.0.0", NONE},
        {"^1.x", "1.0.0", BOTH},
        {"^x", "9.9.9", BOTH},
        {"~1.2.3", "1.2.9", BOTH},
        {"~1.2.3", "1.3.0", NONE},
        {"~1.2", "1.2.0", BOTH},
        {"~1", "1.9.9", BOTH},
        {"~1", "2.0.0", NONE},
        {"~>1.2", "1.2.5", BOTH},
        {"~ 1.2.3", "1.2.3", BOTH},
        {"1.2.x", "1.2.0", BOTH},
        {"1.2.x", "1.3.0", NONE},
        {"1", "1.9.0", BOTH},
        {"1.2.3", "1.2.3", BOTH},
        {"1.2.3", "1.2.4", NONE},
        {"=1.2.3", "1.2.3", BOTH},
        {"v1.2.3", "1.2.3", BOTH},
        {"", "3.0.0", BOTH},
        {"*", "0.0.0", BOTH},
        {">1.2.3", "1.2.3", NONE},
        {">1.2.3", "1.2.4", BOTH},
        {">1.2", "1.2.9", NONE},
        {">1.2", "1.3.0", BOTH},
        {">=1.2", "1.2.0", BOTH},
        {"<1.2", "1.1.9", BOTH},
        {"<1.2", "1.2.0", NONE},
        {"<=1.2", "1.2.9", BOTH},
        {"<=1.2", "1.3.0", NONE},
        {"> 1 < 3", "2.0.0", BOTH},
        {">=1.2.3 <2", "2.0.0", NONE},
        {"1 || 3", "3.1.0", BOTH},
        {"1 || 3", "2.0.0", NONE},
        {"1 - 2", "2.9.9", BOTH},
        {"1 - 2", "3.0.0", NONE},
        {"1.2 - 2.3", "2.3.9", BOTH},
        {"1.2 - 2.3", "1.1.9", NONE},
        {"1.2.3 - 2.3.4", "2.3.4", BOTH},
        {"1.2.3 - 2.3.4", "2.3.5", NONE},
        {"<*", "0.0.0", NONE},
        {">x", "9.9.9", NONE},
        {"1.2.3+build", "1.2.3", BOTH},
        {"^1.2.3", "1.2.4+b", BOTH},
        {">=0.0.0", "0.0.0", BOTH},
    };
    (void)state;
    check_cases(CASES, ARRAY_LEN(CASES));
}

static void prereleases(void **state)
{
    static const struct range_case CASES[] = {
        {"^1.2.3", "1.3.0-rc.1", ALL},
        {"^1.2.3", "2.0.0-rc.1", NONE},
        {"^1.2.3-rc.1", "1.2.3-rc.2", BOTH},
        {"^1.2.3-rc.1", "1.2.3-alpha", NONE},
        {"^1.2.3-rc.1", "1.2.4-rc.2", ALL},
        {"~1.2", "1.2.0-rc.1", ALL},
        {"1.x", "1.0.0-rc.1", ALL},
        {"*", "1.0.0-rc.1", ALL},
        {"* || 1.0.0-rc.1", "1.0.0-rc.1", ALL}, /* "*" takes the other alternative's place */
        {"1.0.0-rc.1 || *", "1.0.0-rc.1", ALL},
        {">=0.0.0 || 1.0.0-rc.1", "1.0.0-rc.1", ALL},
        {">=v0.0.0 || 1.0.0-rc.1", "1.0.0-rc.1", BOTH},
        {"1.0.0-rc.1 || 2", "1.0.0-rc.1", BOTH},
        {">1.0.0-rc.1", "1.0.0-rc.2", BOTH},
        {">1.0.0-rc.1", "1.0.1-rc.2", ALL},
        {"1.0.0 - 2.0.0", "1.0.0-rc.1", ALL},
        {"1.0.0 - 2.0.0", "2.0.1-rc.1", NONE},
        {"0.9.0 - 1.0.0", "1.0.0-rc.1", ALL},
        {"<=1.0.0", "1.0.0-rc.1", ALL},
        {"4.1.0-devnet.2", "4.1.0-devnet.2", BOTH},
        /* Why a dist-tag must point at a revision of a release: */
        {"^1.2.3", "1.2.4-sdk.1", ALL},
        {"~1.2.3", "1.2.4-sdk.1", ALL},
    };
    (void)state;
    check_cases(CASES, ARRAY_LEN(CASES));
}

static void what_npm_makes_of_odd_input(void **state)
{
    static const struct range_case CASES[] = {
        {"1.2.3*", "1.2.3", BOTH},
        {"1.2.3> *", "1.2.3", BOTH},
        {"1.*2.3", "1.2.3", BOTH},
        {"v=1.2", "1.2.7", BOTH},
        {">= v1.2.3", "1.2.3", BOTH},
        {"> +a 1", "2.0.0", NONE},
        {"1.2.3-dev = 2", "2.0.0", NONE},
        {"~ >1.2", "1.2.1", BOTH},
        {"\t1\r\n||\xc2\xa0"
         "2",
         "2.0.0", BOTH},
        {"^1.x.99999999999999999999", "1.5.0", BOTH},
    };
    (void)state;
    check_cases(CASES, ARRAY_LEN(CASES));
}

static void refuses_what_npm_refuses(void **state)
{
    static const char *const CASES[] = {
        "latest",
        "1.2.3.4",
        "^",
        "~",
        ">",
        "1 - ",
        "- 1",
        "1 - 2 3",
        "01",
        "1.x.3",
        "x.1",
        "v=1.2.3",
        ">==1.2.3",
        "^^1",
        "> = 1.2.3",
        "|",
        "1 | 2",
        "1.2.3-",
        "1.2-rc",
        "^9007199254740991.0.0",
        "9007199254740992",
        "1 || latest",
        "git+ssh://x",
        "1.2.3_",
        "==1.2.3",
        ">1.2.3 - 2",
    };
    struct semver_range range;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        if (semver_range_parse(str_of(CASES[i]), SEMVER_NAMED_PRERELEASES, &range))
            fail_msg("\"%s\" is no range", CASES[i]);
    assert_false(semver_range_parse(str_n("9.\0", 3), SEMVER_NAMED_PRERELEASES, &range));
    assert_false(semver_range_parse(str_n("\xff", 1), SEMVER_NAMED_PRERELEASES, &range));
    assert_false(semver_satisfies(STR("one"), STR("*"), SEMVER_ALL_PRERELEASES));
}

static void stays_within_its_bounds(void **state)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    struct semver_range range;
    (void)state;
    for (size_t i = 0; i < SEMVER_COMPARATORS_MAX; i++)
        buf_adds(&text, i > 0 ? " >1.0.0" : ">1.0.0");
    assert_true(semver_range_parse(buf_str(&text), SEMVER_ALL_PRERELEASES, &range));
    assert_int_equal(range.count, SEMVER_COMPARATORS_MAX);
    buf_adds(&text, " >1.0.0");
    assert_false(semver_range_parse(buf_str(&text), SEMVER_ALL_PRERELEASES, &range));
    buf_clear(&text);
    for (size_t i = 0; i < SEMVER_RANGE_MAX; i++)
        buf_adds(&text, i > 0 ? "|" : "1");
    buf_add(&text, STR("  \t ")); /* is not counted */
    assert_false(semver_range_parse(buf_str(&text), SEMVER_ALL_PRERELEASES, &range));
    buf_addc(&text, '1');
    assert_false(semver_range_parse(buf_str(&text), SEMVER_ALL_PRERELEASES, &range));
}

static void the_highest_in_a_range(void **state)
{
    static const char *const TEXTS[] = {"1.0.0", "junk",  "1.9.0+a",
                                        "2.0.0", "1.9.0", "1.10.0-rc.1"};
    struct str versions[ARRAY_LEN(TEXTS)];
    struct semver_range range;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        versions[i] = str_of(TEXTS[i]);
    assert_true(semver_range_parse(STR("^1"), SEMVER_NAMED_PRERELEASES, &range));
    assert_int_equal(semver_max_satisfying(&range, versions, ARRAY_LEN(TEXTS)), 2);
    assert_true(semver_range_parse(STR("^1"), SEMVER_ALL_PRERELEASES, &range));
    assert_int_equal(semver_max_satisfying(&range, versions, ARRAY_LEN(TEXTS)), 5);
    assert_true(semver_range_parse(STR("^3"), SEMVER_ALL_PRERELEASES, &range));
    assert_true(semver_max_satisfying(&range, versions, ARRAY_LEN(TEXTS)) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(prereleases),
        cmocka_unit_test(what_npm_makes_of_odd_input),
        cmocka_unit_test(refuses_what_npm_refuses),
        cmocka_unit_test(stays_within_its_bounds),
        cmocka_unit_test(the_highest_in_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
