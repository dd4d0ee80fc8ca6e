/* Strings: cutting, numbers, durations, nearest words, UTF-8. */
#include "testing.h"

static void test_numbers(void **state unused_arg)
{
    uint64_t u = 7;
    int64_t i = 7;
    assert_true(str_to_u64(STR("18446744073709551615"), &u));
    assert_int_equal(u, UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &u));
    assert_false(str_to_u64(STR(""), &u));
    assert_false(str_to_u64(STR("+1"), &u));
    assert_true(str_to_i64(STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_false(str_to_i64(STR("9223372036854775808"), &i));
    assert_false(str_to_i64(STR("1 "), &i));
}

static void test_durations(void **state unused_arg)
{
    int64_t ms = -1;
    assert_true(str_to_duration_ms(STR("250ms"), &ms) && ms == 250);
    assert_true(str_to_duration_ms(STR("90s"), &ms) && ms == 90000);
    assert_true(str_to_duration_ms(STR("2h"), &ms) && ms == 7200000);
    assert_true(str_to_duration_ms(STR("0"), &ms) && ms == 0);
    assert_false(str_to_duration_ms(STR("-1s"), &ms));
    assert_false(str_to_duration_ms(STR("5"), &ms));
    assert_false(str_to_duration_ms(STR("s"), &ms));
    assert_false(str_to_duration_ms(STR("9223372036854775807d"), &ms));
}

static void test_cut_and_lines(void **state unused_arg)
{
    struct str rest = STR_EMPTY, line = STR_EMPTY;
    bool found = false;
    assert_str(str_cut(STR("key=value=x"), '=', &rest, &found), "key");
    assert_true(found);
    assert_str(rest, "value=x");
    assert_str(str_cut(STR("alone"), '=', &rest, &found), "alone");
    assert_false(found);
    rest = STR("one\r\ntwo\n\nlast");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "one");
    assert_true(str_next_line(&rest, &line));
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "last");
    assert_false(str_next_line(&rest, &line));
    assert_str(str_trim(STR(" \t x y\r\n")), "x y");
}

static void test_nearest(void **state unused_arg)
{
    static const char *const words[] = {"staging", "prod", "local", "devnet"};
    assert_string_equal(str_nearest(STR("stagign"), words, 4), "staging");
    assert_string_equal(str_nearest(STR("lcoal"), words, 4), "local");
    assert_null(str_nearest(STR("kubernetes"), words, 4));
    assert_int_equal(str_distance(STR("abc"), STR("acb"), 9), 1);
}

static void test_utf8(void **state unused_arg)
{
    assert_true(str_is_utf8(STR("plain, é, €, 𝄞")));
    assert_false(str_is_utf8(STR("\xC0\x80")));
    assert_false(str_is_utf8(STR("\xED\xA0\x80")));
    assert_false(str_is_utf8(STR("\xF4\x90\x80\x80")));
    assert_false(str_is_utf8(STR("cut \xE2\x82")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_durations),
        cmocka_unit_test(test_cut_and_lines), cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
