/* Going back, as pure decisions: what a record remembers, what is chosen, and what is surplus. */
#include "deploy/back.h"
#include "deploy/surplus.h"
#include "testing.h"

/* Instances are SPEC-N: twelve digits and a number. */
#define A "aaaaaaaaaaaa"
#define B "bbbbbbbbbbbb"
#define C "cccccccccccc"
#define D "dddddddddddd"

static struct deployment one(const char *version, const char *digest, const char *instance)
{
    return (struct deployment){.version = version,
                               .digest = digest,
                               .git_sha = "",
                               .instance = instance,
                               .boot_id = "",
                               .run = "run"};
}

static struct deployed record_of(struct arena *a, const struct deployment *newest_last,
                                 size_t count)
{
    struct deployed record = {.now = one("", "", "")};
    for (size_t i = 0; i < count; i++)
        record = deployed_after(&record, &newest_last[i], NULL, a);
    return record;
}

/* ---- the record --------------------------------------------------------------------------- */

static void text_of(const struct deployed *record, struct buf *out)
{
    struct error err;
    assert_ok(deployed_render(record, out, &err), &err);
}

static void a_record_comes_back_as_it_was(void **state unused_arg)
{
    struct error err;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf first = buf_make(BUF_DOCUMENT), second = buf_make(BUF_DOCUMENT);
    const char *command[] = {"bin/run", "--quiet"};
    struct config_pair settings[] = {{"MODE", "\"quoted\""}};
    struct config_secret secrets[] = {{"KEY", "env:KEY"}};
    struct config_component spec = {
        .listen = "127.0.0.1:1", .health = "/healthz", .drain = {.idle_ms = 5, .max_ms = 7}};
    spec.command.items = command, spec.command.count = 2;
    spec.settings.items = settings, spec.settings.count = 1;
    spec.secrets.items = secrets, spec.secrets.count = 1;
    struct deployment was = one("1", "d1", A "-1"), now = one("2", "d2", B "-2");
    was.spec = now.spec = &spec;
    now.time_ms = 1770091506000;
    struct deployed record = record_of(&a, (struct deployment[]){was, now}, 2), back;
    struct deployment left = one("3", "d3", C "-3");
    record = deployed_after(&record, &now, &left, &a);
    text_of(&record, &first);
    assert_ok(deployed_parse(buf_str(&first), &a, &back, &err), &err);
    text_of(&back, &second);
    assert_str(buf_str(&second), buf_cstr(&first));
    assert_string_equal(back.now.spec->settings.items[0].value, "\"quoted\"");
    assert_string_equal(back.now.spec->secrets.items[0].reference, "env:KEY");
    assert_string_equal(back.now.spec->command.items[1], "--quiet");
    assert_string_equal(back.now.spec->health, "/healthz");
    assert_int_equal(back.now.spec->drain.max_ms, 7);
    assert_int_equal(back.now.time_ms, 1770091506000);
    assert_string_equal(back.bad[0].digest, "d3");
}

static void the_first_format_is_read(void **state unused_arg)
{
    static const char V1[] = "{\"v\":1,\"version\":\"0.1.0\",\"digest\":\"d1\",\"git_sha\":\"c\","
                             "\"instance\":\"" A "-1\",\"boot_id\":\"b\",\"run\":\"r\"}";
    struct error err;
    struct deployed record;
    cleanup_arena struct arena a = {0};
    assert_ok(deployed_parse(str_of(V1), &a, &record, &err), &err);
    assert_string_equal(record.now.instance, A "-1");
    assert_null(record.now.spec);
    assert_int_equal(record.past_count, 0);
    assert_ok(deployed_parse(STR_EMPTY, &a, &record, &err), &err);
    assert_string_equal(record.now.instance, "");
    assert_fails(deployed_parse(STR("{\"v\":3}"), &a, &record, &err), &err, ERR_FAILED, "newer");
    assert_fails(deployed_parse(STR("{\"v\":"), &a, &record, &err), &err, ERR_FAILED, "");
}

static void what_does_not_fit_is_the_oldest(void **state unused_arg)
{
    struct error err;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf text = buf_make(700), small = buf_make(100);
    struct deployed record = {.now = one("", "", "")}, back;
    for (int i = 0; i < 9; i++) {
        const struct deployment next = one("1", "d", arena_printf(&a, "%012d-%d", i, i));
        record = deployed_after(&record, &next, NULL, &a);
    }
    assert_int_equal(record.past_count, 8);
    assert_ok(deployed_render(&record, &text, &err), &err);
    assert_ok(deployed_parse(buf_str(&text), &a, &back, &err), &err);
    assert_in_range(back.past_count, 1, 7);
    assert_string_equal(back.past[0].instance, record.past[0].instance);
    assert_fails(deployed_render(&record, &small, &err), &err, ERR_FAILED, "record");
}

static void the_past_is_bounded_and_names_a_spec_once(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    struct deployed record = {.now = one("", "", "")};
    for (int i = 0; i < 3 * PAST_MAX; i++) {
        const struct deployment next = one("1", "d", arena_printf(&a, "%012d-%d", i, i));
        record = deployed_after(&record, &next, NULL, &a);
    }
    assert_int_equal(record.past_count, PAST_MAX);
    const struct deployment ab[] = {one("1", "d1", A "-1"), one("2", "d2", B "-2"),
                                    one("1", "d1", A "-3"), one("2", "d2", B "-4")};
    record = record_of(&a, ab, ARRAY_LEN(ab));
    assert_int_equal(record.past_count, 2);
    assert_string_equal(record.past[0].instance, A "-3");
    assert_string_equal(record.past[1].instance, B "-2");
}

/* Another release: it is bad whatever its settings. The same release: only with those. */
static void what_is_left_is_bad(void **state unused_arg)
{
    static const struct {
        const char *left_digest, *left_instance; /* what was rolled back from, to d1 as A */
        const char *digest, *spec;               /* what somebody wants then */
        bool refused;
    } CASES[] = {
        {"d2", B "-2", "d2", B, true},  {"d2", B "-2", "d2", C, true},
        {"d2", B "-2", "d1", B, false}, {"d2", B "-2", "d3", B, false},
        {"d1", B "-2", "d1", B, true},  {"d1", B "-2", "d1", A, false},
        {"d1", B "-2", "d1", C, false}, {"d1", B "-2", "d3", B, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_arena struct arena a = {0};
        const struct deployment good = one("1", "d1", A "-1"), again = one("1", "d1", A "-3");
        const struct deployment left = one("2", CASES[i].left_digest, CASES[i].left_instance);
        struct deployed record = record_of(&a, &good, 1);
        record = deployed_after(&record, &again, &left, &a);
        assert_int_equal(deployed_bad(&record, CASES[i].digest, CASES[i].spec) != NULL,
                         CASES[i].refused);
    }
}

static void what_is_deployed_again_is_bad_no_longer(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    const struct deployment good = one("1", "d1", A "-1"), bad = one("2", "d2", B "-2");
    struct deployed record = record_of(&a, (struct deployment[]){good, bad}, 2);
    const struct deployment back = one("1", "d1", A "-3"), forward = one("2", "d2", B "-4");
    record = deployed_after(&record, &back, &bad, &a);
    assert_non_null(deployed_bad(&record, "d2", B));
    record = deployed_after(&record, &forward, &back, &a);
    assert_null(deployed_bad(&record, "d2", B));
    assert_non_null(deployed_bad(&record, "d1", A));
    assert_int_equal(record.bad_count, 1);
}

/* ---- choosing ----------------------------------------------------------------------------- */

/* Deployed in this order: A, B, C; `bad` of them was rolled back from. */
static struct deployed three(struct arena *a, const char *bad)
{
    const struct deployment all[] = {one("1.0.0", "11111111", A "-1"),
                                     one("2.0.0", "22222222", B "-2"),
                                     one("3.0.0", "33333333", C "-3")};
    struct deployed record = record_of(a, all, ARRAY_LEN(all));
    struct bad *entry = ARENA_NEW(a, struct bad);
    *entry = (struct bad){.version = "", .digest = bad, .spec = "", .run = ""};
    record.bad = entry;
    record.bad_count = bad[0] != '\0';
    return record;
}

static void the_last_good_one_is_chosen(void **state unused_arg)
{
    static const struct {
        const char *running; /* instance; "": nothing */
        const char *bad;
        const char *chosen; /* instance; "": none */
        const char *left;
    } CASES[] = {
        {C "-3", "", B "-2", C "-3"},         /* all is well: the one before */
        {C "-3", "22222222", A "-1", C "-3"}, /* which was rolled back from: the one before */
        {"", "", B "-2", C "-3"},             /* nothing runs: what is recorded is left */
        {D "-4", "", C "-3", D "-4"},         /* a new one did not pass: the recorded one */
        {D "-4", "33333333", B "-2", D "-4"}, /* which is bad itself */
        {C "-5", "", B "-2", C "-3"},         /* the same again counts as the recorded one */
        {B "-4", "33333333", A "-1", B "-4"}, /* an older one runs, not recorded */
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_arena struct arena a = {0};
        const struct deployed record = three(&a, CASES[i].bad);
        struct deployment running = one("4.0.0", "44444444", CASES[i].running), left;
        if (strncmp(running.instance, C, SPEC_LEN) == 0)
            running = record.now;
        const struct standing at = {&record, running.instance[0] ? &running : NULL};
        const struct deployment *chosen = choose_last_good(&at);
        assert_non_null(chosen);
        assert_string_equal(chosen->instance, CASES[i].chosen);
        assert_true(choose_left(&at, chosen, &left));
        assert_string_equal(left.instance, CASES[i].left);
    }
}

static void without_a_past_nothing_is_chosen(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    const struct deployment only = one("1.0.0", "11111111", A "-1");
    struct deployed none = record_of(&a, NULL, 0), single = record_of(&a, &only, 1);
    assert_null(choose_last_good(&(struct standing){&none, NULL}));
    assert_null(choose_last_good(&(struct standing){&single, &only}));
    struct deployment failed = one("2.0.0", "22222222", B "-2");
    assert_null(choose_last_good(&(struct standing){&none, &failed}));
}

static void a_release_is_found_by_its_names(void **state unused_arg)
{
    static const struct {
        const char *name, *instance; /* NULL: refused */
    } CASES[] = {
        {"1.0.0", A "-1"},    {"v2.0.0", B "-2"}, {"sha256:1111", A "-1"},
        {"22222222", B "-2"}, {"3.0.0", C "-3"}, /* what runs: nothing to do */
        {"222", NULL},        {"9.9.9", NULL},    {"v", NULL},
        {"sha256:", NULL},    {"", NULL},         {"111111111", NULL},
    };
    cleanup_arena struct arena a = {0};
    const struct deployed record = three(&a, "");
    const struct standing at = {&record, &record.now};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err;
        const struct deployment *found = NULL;
        if (CASES[i].instance == NULL) {
            assert_fails(choose_named(&at, CASES[i].name, &found, &err), &err, ERR_USAGE, "");
            continue;
        }
        assert_ok(choose_named(&at, CASES[i].name, &found, &err), &err);
        assert_string_equal(found->instance, CASES[i].instance);
    }
}

static void one_version_of_two_builds_must_be_named_by_digest(void **state unused_arg)
{
    struct error err;
    cleanup_arena struct arena a = {0};
    const struct deployment *found = NULL;
    const struct deployment all[] = {
        one("1.0.0", "11111111", A "-1"), one("1.0.0", "22222222", B "-2"),
        one("1.0.0", "22222222", C "-3"), one("1.0.0", "33333333", D "-4")};
    const struct deployed record = record_of(&a, all, ARRAY_LEN(all));
    const struct standing at = {&record, &record.now};
    assert_fails(choose_named(&at, "1.0.0", &found, &err), &err, ERR_USAGE, "22222222 or 11111111");
    assert_ok(choose_named(&at, "2222", &found, &err), &err);
    assert_string_equal(found->instance, C "-3");
}

static void what_the_newest_run_changed_goes_back(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    struct deployed records[] = {three(&a, ""), three(&a, ""), three(&a, "")};
    struct deployment failed = one("4.0.0", "44444444", D "-4");
    bool chosen[3];
    records[0].now.run = "old", records[0].now.time_ms = 100;
    records[1].now.run = "new", records[1].now.time_ms = 200;
    records[2].now.run = "new", records[2].now.time_ms = 201;
    struct standing all[] = {{&records[0], &records[0].now},
                             {&records[1], &records[1].now},
                             {&records[2], &records[2].now}};
    choose_targets(all, 3, chosen);
    assert_false(chosen[0]);
    assert_true(chosen[1] && chosen[2]);
    all[0].running = &failed;
    choose_targets(all, 3, chosen);
    assert_true(chosen[0]);
    assert_false(chosen[1] || chosen[2]);
}

/* ---- surplus ------------------------------------------------------------------------------ */

static void surplus_is_what_nobody_needs(void **state unused_arg)
{
    static const struct {
        const char *digest;
        int64_t keep, age_ms;
        const char *used, *bad;
        bool surplus;
    } CASES[] = {
        {"33333333", 0, 0, "", "", false},           /* live */
        {"22222222", 0, 0, "", "", false},           /* the good one before */
        {"11111111", 0, 0, "", "", true},            /* one too many */
        {"11111111", 1, 0, "", "", false},           /* unless one more is kept */
        {"11111111", 0, 0, "11111111", "", false},   /* or it is used */
        {"22222222", 0, 0, "", "22222222", true},    /* rolled back from: not good */
        {"11111111", 0, 0, "", "22222222", false},   /* so this is the good one before */
        {"33333333", 0, 0, "", "33333333", false},   /* live, whatever it is */
        {"99999999", 0, 0, "", "", false},           /* nobody tells of it, and it is new */
        {"99999999", 9, ORPHAN_MS + 1, "", "", true} /* or old */
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_arena struct arena a = {0};
        const struct deployed record = three(&a, CASES[i].bad);
        const char *used[] = {CASES[i].used};
        struct needs needs = {.own = &record, .own_count = 1, .keep = CASES[i].keep};
        needs.others.items = used, needs.others.count = 1;
        const struct staged_release staged = {CASES[i].digest, CASES[i].age_ms};
        if (is_surplus(&needs, &staged) != CASES[i].surplus)
            fail_msg("case %zu", i);
    }
}

static void a_release_with_two_settings_counts_once(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    const struct deployment all[] = {one("1", "11111111", A "-1"), one("2", "22222222", B "-2"),
                                     one("2", "22222222", C "-3"), one("3", "33333333", D "-4")};
    const struct deployed record = record_of(&a, all, ARRAY_LEN(all));
    const struct staged_release oldest = {"11111111", 0};
    struct needs needs = {.own = &record, .own_count = 1, .keep = 1};
    assert_false(is_surplus(&needs, &oldest));
    needs.keep = 0;
    assert_true(is_surplus(&needs, &oldest));
}

static void what_is_removed_is_forgotten(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    struct deployed record = three(&a, "");
    assert_true(deployed_forget(&record, "22222222"));
    assert_int_equal(record.past_count, 1);
    assert_false(deployed_forget(&record, "22222222"));
    assert_false(deployed_forget(&record, "33333333")); /* the live one is not past */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(the_first_format_is_read),
        cmocka_unit_test(what_does_not_fit_is_the_oldest),
        cmocka_unit_test(the_past_is_bounded_and_names_a_spec_once),
        cmocka_unit_test(what_is_left_is_bad),
        cmocka_unit_test(what_is_deployed_again_is_bad_no_longer),
        cmocka_unit_test(the_last_good_one_is_chosen),
        cmocka_unit_test(without_a_past_nothing_is_chosen),
        cmocka_unit_test(a_release_is_found_by_its_names),
        cmocka_unit_test(one_version_of_two_builds_must_be_named_by_digest),
        cmocka_unit_test(what_the_newest_run_changed_goes_back),
        cmocka_unit_test(surplus_is_what_nobody_needs),
        cmocka_unit_test(a_release_with_two_settings_counts_once),
        cmocka_unit_test(what_is_removed_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
