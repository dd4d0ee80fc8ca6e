/* Revisions: what is free to publish for a base, and which one was published last. */
#include "testing.h"

#include "semver/semver.h"

enum { PUBLISHED_MAX = 6 };

struct revision_case {
    const char *base;
    const char *published[PUBLISHED_MAX];
    const char *next;
    const char *last; /* NULL: none */
};

static size_t texts_of(const char *const *from, struct str *to)
{
    size_t count = 0;
    for (; count < PUBLISHED_MAX && from[count] != NULL; count++)
        to[count] = str_of(from[count]);
    return count;
}

static void the_next_is_free(void **state)
{
    static const struct revision_case CASES[] = {
        {"4.1.2", {NULL}, "4.1.2", NULL},
        {"4.1.2", {"4.1.1", "4.1.20", "4.1.2-rc.1"}, "4.1.2", NULL},
        {"4.1.2", {"4.1.2"}, "4.1.3-sdk.1", "4.1.2"},
        {"4.1.2",
         {"4.1.3-sdk.1", "4.1.2", "4.1.3-sdk.10", "4.1.3-sdk.9"},
         "4.1.3-sdk.11",
         "4.1.3-sdk.10"},
        {"4.1.2",
         {"4.1.2", "4.1.3", "4.1.3-sdk.1.1", "4.1.3-sdk.01", "4.1.3-sdk.x", "4.1.3-sdk.0"},
         "4.1.3-sdk.1",
         "4.1.2"},
        {"4.1.9", {"4.1.9"}, "4.1.10-sdk.1", "4.1.9"},
        {"5.0.0-rc.1", {"5.0.0-rc.10", "5.0.0-rc"}, "5.0.0-rc.1", NULL},
        {"5.0.0-rc.1", {"5.0.0-rc.1"}, "5.0.0-rc.1.1", "5.0.0-rc.1"},
        {"5.0.0-rc.1",
         {"5.0.0-rc.1.2", "5.0.0-rc.1", "5.0.0-rc.10.7"},
         "5.0.0-rc.1.3",
         "5.0.0-rc.1.2"},
        {"4.0.0-nightly.20251030-2",
         {"4.0.0-nightly.20251030-2"},
         "4.0.0-nightly.20251030-2.1",
         "4.0.0-nightly.20251030-2"},
        /* The base was unpublished, its revision was not: the base is free again. */
        {"5.0.0-rc.1", {"5.0.0-rc.1.1"}, "5.0.0-rc.1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct str published[PUBLISHED_MAX];
        size_t count = texts_of(CASES[i].published, published);
        struct semver_revision r;
        struct semver v;
        struct error err;
        assert_ok(semver_revise(str_of(CASES[i].base), published, count, &r, &err), &err);
        assert_string_equal(r.next, CASES[i].next);
        assert_str(r.last == SIZE_MAX ? STR("none") : published[r.last],
                   CASES[i].last ? CASES[i].last : "none");
        assert_true(semver_parse(str_of(r.next), &v));
    }
}

static void a_revision_is_above_its_base(void **state)
{
    static const char *const BASES[] = {"4.1.2", "0.0.0", "5.0.0-rc.1", "5.0.0-a", "1.0.0-x.y-1"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BASES); i++) {
        struct str published[] = {str_of(BASES[i])};
        struct semver_revision r;
        struct semver base, next;
        struct error err;
        assert_ok(semver_revise(published[0], published, 1, &r, &err), &err);
        assert_true(semver_parse(published[0], &base) && semver_parse(str_of(r.next), &next));
        assert_true(semver_compare(&next, &base) > 0);
    }
}

static void refuses_what_cannot_be_published(void **state)
{
    static const char *const NEVER[] = {"", "latest", "4.1", "v4.1.2", "4.1.2+sha", "4.1.2.1"};
    struct semver_revision r;
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NEVER); i++)
        assert_fails(semver_revise(str_of(NEVER[i]), NULL, 0, &r, &err), &err, ERR_USAGE,
                     "is not a version that can be published");
}

static void stops_at_npms_limits(void **state)
{
    char text[SEMVER_TEXT_MAX] = "";
    struct str last_patch = STR("1.0.9007199254740991"), longest = str_n(text, sizeof(text));
    struct str full[] = {STR("1.0.0-a"), STR("1.0.0-a.9007199254740991")};
    struct str nearly = str_n(text, sizeof(text) - 2);
    struct semver_revision r = {.last = 7};
    struct error err;
    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "1.0.0-", 6);
    assert_ok(semver_revise(longest, NULL, 0, &r, &err), &err);
    assert_int_equal(strlen(r.next), SEMVER_TEXT_MAX);
    assert_fails(semver_revise(longest, &longest, 1, &r, &err), &err, ERR_FAILED, "no room");
    assert_fails(semver_revise(last_patch, &last_patch, 1, &r, &err), &err, ERR_FAILED, "no room");
    assert_fails(semver_revise(full[0], full, 2, &r, &err), &err, ERR_FAILED, "no revision after");
    assert_ok(semver_revise(nearly, &nearly, 1, &r, &err), &err);
    assert_int_equal(strlen(r.next), SEMVER_TEXT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_is_free),
        cmocka_unit_test(a_revision_is_above_its_base),
        cmocka_unit_test(refuses_what_cannot_be_published),
        cmocka_unit_test(stops_at_npms_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
