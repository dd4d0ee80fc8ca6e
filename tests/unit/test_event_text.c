/* Text for terminals: width, cutting, wrapping, escaping. */
#include "event/event.h"
#include "testing.h"

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(text_width(STR("abc")), 3);
    assert_int_equal(text_width(STR("äöü")), 3);
    assert_int_equal(text_width(STR("e\xcc\x81")), 1);
    assert_int_equal(text_width(STR("日本")), 4);
    assert_int_equal(text_width(STR("\x1b[2J")), 7);
    assert_int_equal(text_width(STR("\xff")), 4);
    assert_int_equal(text_width(STR_EMPTY), 0);
}

static void expect_cut(const char *text, size_t columns, bool utf8, const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    text_add_cut(&out, str_of(text), columns, utf8);
    assert_str(buf_str(&out), expected);
}

static void test_cut(void **state)
{
    (void)state;
    expect_cut("abcdef", 6, true, "abcdef");
    expect_cut("abcdef", 5, true, "abcd…");
    expect_cut("abcdef", 5, false, "ab...");
    expect_cut("日本語", 5, true, "日本…");
    expect_cut("日本語", 4, true, "日…");
    expect_cut("abc", 0, true, "abc");
    expect_cut("abcdef", 2, false, "");
    expect_cut("ab\x1b", 4, true, "ab…");
}

static void expect_wrapped(const char *text, size_t columns, size_t indent, const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    text_add_wrapped(&out, str_of(text), columns, indent);
    assert_str(buf_str(&out), expected);
}

static void test_wrap(void **state)
{
    (void)state;
    expect_wrapped("one two three", 8, 0, "one two\nthree");
    expect_wrapped("one two three", 10, 2, "one two\n  three");
    expect_wrapped("abcdefghij", 4, 0, "abcd\nefgh\nij");
    expect_wrapped("one two", 0, 0, "one two");
    expect_wrapped("日本 語", 5, 0, "日本\n語");
    expect_wrapped("", 5, 0, "");
}

static void expect_visible(struct str text, const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    text_add_visible(&out, text);
    assert_str(buf_str(&out), expected);
}

static void test_visible(void **state)
{
    (void)state;
    expect_visible(STR("a\x1b]0;title\x07"), "a\\x1b]0;title\\x07");
    expect_visible(STR("a\tb"), "a    b");
    expect_visible(STR("\xc2\x9b"), "\\u009b");
    expect_visible(STR("x\xe2\x80\xaey"), "x\\u202ey");
    expect_visible(STR("\xc3("), "\\xc3(");
    expect_visible(str_n("a\0b", 3), "a\\x00b");
}

static void expect_json(struct str text, const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    text_add_json(&out, text);
    assert_str(buf_str(&out), expected);
}

static void test_json(void **state)
{
    (void)state;
    expect_json(STR("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
    expect_json(STR("\xff\xc3"), "\"\\ufffd\\ufffd\"");
    expect_json(STR("##[add-path]"), "\"\\u0023#[add-path]\"");
    expect_json(STR("ä日"), "\"ä日\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),   cmocka_unit_test(test_cut),  cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_visible), cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
