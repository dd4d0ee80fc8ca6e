/* Channels: which shapes belong to one, the order inside, what is refused as a pattern. */
#include "testing.h"

#include "semver/semver.h"

static const char *const PATTERNS[][2] = {
    {"stable", "{core}"},
    {"nightly", "{core}-nightly.{date}[-{number}]"},
    {"devnet", "{core}-devnet.{number}[-patch.{number}]"},
    {"devnet-dated", "{core}-devnet.{date}"},
    {"rc", "{core}-rc.{number}"},
    {"testnet", "{core}-alpha-testnet.{number}"},
    {"commit", "{core}-commit.{hash}"},
};

static struct semver_pattern compiled(const char *text)
{
    struct semver_pattern pattern;
    struct error err;
    assert_ok(semver_pattern_compile(str_of(text), &pattern, &err), &err);
    return pattern;
}

static void every_version_finds_its_channel(void **state)
{
    static const char *const CASES[][2] = {
        {"4.1.2", "stable"},
        {"4.0.0-nightly.20260122", "nightly"},
        {"3.0.0-nightly.20251030-2", "nightly"},
        {"3.0.0-devnet.5", "devnet"},
        {"3.0.0-devnet.2-patch.1", "devnet"},
        {"3.0.0-devnet.20251212", "devnet-dated"},
        {"4.0.0-rc.10", "rc"},
        {"0.85.0-alpha-testnet.2", "testnet"},
        {"3.0.0-commit.9f1e2d3", "commit"},
        {"3.0.0-commit.9f1e2d", NULL},
        {"3.0.0-commit.9F1E2D3", NULL},
        {"4.0.0-aztecnr-rc.2", NULL},
        {"4.0.0-spartan.20260214", NULL},
        {"3.0.0-devnet.2-patch", NULL},
        {"3.0.0-devnet.2-patch.1.1", NULL},
        {"3.0.0-devnet.02", NULL},
        {"3.0.0-devnet.1234567", NULL},
        {"4.0.0-nightly.20260230", NULL},
        {"4.0.0-nightly.20261301", NULL},
        {"4.0.0-nightly.20260001", NULL},
        {"4.0.0-nightly.2026012", NULL},
        {"4.0.0-nightly.202601220", NULL},
        {"4.0.0-nightly.20260122.1", NULL},
        {"4.0.0-nightly.20260122-", NULL},
        {"4.0.0-nightly.20260122+sha", NULL},
        {"v4.1.2", NULL},
        {"4.1", NULL},
        {"latest", NULL},
        {"", NULL},
    };
    struct semver_channel channels[ARRAY_LEN(PATTERNS)];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PATTERNS); i++)
        channels[i] =
            (struct semver_channel){.name = PATTERNS[i][0], .pattern = compiled(PATTERNS[i][1])};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        size_t found = semver_channel_of(channels, ARRAY_LEN(channels), str_of(CASES[i][0]));
        const char *name = found == SIZE_MAX ? "" : channels[found].name;
        assert_str(str_of(name), CASES[i][1] ? CASES[i][1] : "");
    }
}

struct order_case {
    const char *pattern;
    const char *versions[8]; /* ascending */
};

static void the_order_is_by_number_inside_a_channel(void **state)
{
    static const struct order_case CASES[] = {
        {"{core}-devnet.{number}[-patch.{number}]",
         {"3.0.0-devnet.2", "3.0.0-devnet.2-patch.0", "3.0.0-devnet.2-patch.1",
          "3.0.0-devnet.2-patch.10", "3.0.0-devnet.6-patch.1", "3.0.0-devnet.7", "3.0.0-devnet.10",
          "3.0.1-devnet.1"}},
        {"{core}-nightly.{date}[-{number}]",
         {"3.0.0-nightly.20241231", "3.0.0-nightly.20251030", "3.0.0-nightly.20251030-2",
          "3.0.0-nightly.20251030-10", "3.0.0-nightly.20251031", "4.0.0-nightly.20240101"}},
        {"{core}-a[.x.{number}]-b.{number}[-c]",
         {"1.0.0-a-b.1", "1.0.0-a-b.1-c", "1.0.0-a-b.9", "1.0.0-a.x.1-b.0", "1.0.0-a.x.1-b.0-c",
          "1.0.0-a.x.2-b.0"}},
        {"4.{number}.{number}", {"4.0.9", "4.1.0", "4.10.0"}},
    };
    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(CASES); c++) {
        const struct semver_pattern pattern = compiled(CASES[c].pattern);
        struct semver_place before, place;
        for (size_t i = 0; i < ARRAY_LEN(CASES[c].versions) && CASES[c].versions[i]; i++) {
            assert_true(semver_pattern_match(&pattern, str_of(CASES[c].versions[i]), &place));
            assert_int_equal(semver_place_compare(&place, &place), 0);
            if (i > 0 && (semver_place_compare(&before, &place) != -1 ||
                          semver_place_compare(&place, &before) != 1))
                fail_msg("%s is not above the one before", CASES[c].versions[i]);
            before = place;
        }
    }
}

static void the_newest_is_one_of_the_channel(void **state)
{
    static const char *const TEXTS[] = {"3.0.0-devnet.6-patch.1", "9.0.0",
                                        "3.0.0-devnet.20251212",  "3.0.0-devnet.7",
                                        "3.0.0-devnet.7",         "junk"};
    struct str versions[ARRAY_LEN(TEXTS)];
    const struct semver_pattern devnet = compiled("{core}-devnet.{number}[-patch.{number}]");
    const struct semver_pattern any = compiled("{core}-devnet.{any}"), rc = compiled("{core}-rc");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        versions[i] = str_of(TEXTS[i]);
    assert_int_equal(semver_pattern_newest(&devnet, versions, ARRAY_LEN(TEXTS)), 3);
    assert_true(semver_pattern_newest(&rc, versions, ARRAY_LEN(TEXTS)) == SIZE_MAX);
    assert_true(semver_pattern_newest(&any, versions, ARRAY_LEN(TEXTS)) == SIZE_MAX);
}

static void one_comes_from_more_than_one_goes_to(void **state)
{
    static const char *const ANY[] = {"4.1.2", "3.0.0-devnet.7", "4.0.0-spartan.20260214"};
    static const char *const NEVER[] = {"workspace:*", "latest", "^4.1.2", "4.1", ""};
    const struct semver_pattern from[] = {compiled("{core}-spartan.{date}"), compiled("{core}-x")};
    struct semver_channel channel = {.pattern = compiled("{core}-devnet.{number}")};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ANY); i++)
        assert_true(semver_channel_takes(&channel, str_of(ANY[i])));
    for (size_t i = 0; i < ARRAY_LEN(NEVER); i++)
        assert_false(semver_channel_takes(&channel, str_of(NEVER[i])));
    channel.from = from;
    channel.from_count = ARRAY_LEN(from);
    assert_false(semver_channel_takes(&channel, STR("4.1.2")));
    assert_true(semver_channel_takes(&channel, STR("3.0.0-devnet.7")));
    assert_true(semver_channel_takes(&channel, STR("4.0.0-spartan.20260214")));
}

static void steps(void **state)
{
    static const struct {
        const char *from, *to;
        enum semver_step step;
    } CASES[] = {
        {"3.0.0-devnet.6-patch.1", "3.0.0-devnet.7", SEMVER_STEP_UP},
        {"3.0.0-devnet.7", "3.0.0-devnet.6-patch.1", SEMVER_STEP_DOWN},
        {"3.0.0-devnet.7", "3.0.0-devnet.7", SEMVER_STEP_SAME},
        {"3.0.0-devnet.20251212", "3.0.0-devnet.7", SEMVER_STEP_ENTER},
        {"4.1.2", "3.0.0-devnet.7", SEMVER_STEP_ENTER},
        {"workspace:*", "3.0.0-devnet.7", SEMVER_STEP_ENTER},
        {"3.0.0-devnet.7", "3.0.0-devnet.20251212", SEMVER_STEP_ASTRAY},
        {"3.0.0-devnet.20251212", "3.0.0-devnet.20251212", SEMVER_STEP_ASTRAY},
        {"3.0.0-devnet.7", "", SEMVER_STEP_ASTRAY},
    };
    const struct semver_pattern devnet = compiled("{core}-devnet.{number}[-patch.{number}]");
    const struct semver_pattern commit = compiled("{core}-commit.{hash}");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(semver_step_of(&devnet, str_of(CASES[i].from), str_of(CASES[i].to)),
                         CASES[i].step);
    assert_int_equal(
        semver_step_of(&commit, STR("1.0.0-commit.aaaaaaa"), STR("1.0.0-commit.bbbbbbb")),
        SEMVER_STEP_ENTER);
}

static void refuses_patterns_that_are_none(void **state)
{
    static const char *const CASES[][2] = {
        {"", "empty"},
        {"[]", "empty"},
        {"{core", "\"{\" is not closed"},
        {"{core}[-a", "\"[\" is not closed"},
        {"{core}-a]", "\"]\" without"},
        {"{core}[-a[-b]]", "inside of another"},
        {"{core}-{nmber}", "did you mean {number}"},
        {"{core}-{}", "unknown placeholder \"\""},
        {"{core}-{supercalifragilistic}", "there are core, number"},
        {"{core}{number}", "is needed after a placeholder"},
        {"{core}-{number}rc", "is needed after a placeholder"},
        {"{core}[{number}]", "is needed after a placeholder"},
        {"{core}-a[.b]{number}", "is needed after a placeholder"},
        {"{core}-{any}-x", "stands at the end"},
        {"{core}-*", "stand for themselves"},
        {"{core}+{hash}", "stand for themselves"},
        {"{core}-a}", "stand for themselves"},
        {"{core}-{number}-{number}-{number}-{number}-{number}-{number}-{number}-{number}",
         "too many"},
    };
    struct semver_pattern pattern;
    struct error err;
    char text[SEMVER_PATTERN_MAX + 1];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_fails(semver_pattern_compile(str_of(CASES[i][0]), &pattern, &err), &err, ERR_CONFIG,
                     CASES[i][1]);
    memset(text, 'a', sizeof(text));
    assert_ok(semver_pattern_compile(str_n(text, SEMVER_PATTERN_MAX), &pattern, &err), &err);
    assert_fails(semver_pattern_compile(str_n(text, sizeof(text)), &pattern, &err), &err,
                 ERR_CONFIG, "at most 128");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_finds_its_channel),
        cmocka_unit_test(the_order_is_by_number_inside_a_channel),
        cmocka_unit_test(the_newest_is_one_of_the_channel),
        cmocka_unit_test(one_comes_from_more_than_one_goes_to),
        cmocka_unit_test(steps),
        cmocka_unit_test(refuses_patterns_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
