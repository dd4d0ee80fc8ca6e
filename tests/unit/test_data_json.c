/* Reading JSON: what RFC 8259 allows, every hostile kind of text, lookups and conversions. */
#include "testing.h"

#include <stdlib.h>

#include "data/data.h"

/* A text in a static table; may hold NUL. */
#define T(literal)                     \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

static bool parse(struct str text, unsigned flags, struct json_doc *ret, struct error *err)
{
    const struct json_options options = {.name = "t.json", .flags = flags};
    return json_parse(text, &options, ret, err);
}

static void accepts(void **state)
{
    (void)state;
    static const struct str CASES[] = {
        T("0"),
        T(" \t\r\n-0 "),
        T("null"),
        T("\"\""),
        T("[]"),
        T("{}"),
        T("[[[]],{}]"),
        T("{\"\":0,\" \":1}"),
        T("[1e5,1E+5,1e-5,0.5,-0.0e0]"),
        T("\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
        T("\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80\x7F\""),
        T("\"\\ud83d\\ude00\""),
        T("\xEF\xBB\xBF{}\r\n"),
        T("{\"a\":{\"a\":{\"a\":1}}}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        cleanup_json_doc struct json_doc doc = {0};
        assert_ok(parse(CASES[i], 0, &doc, &err), &err);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *message;
    } CASES[] = {
        {T(""), "t.json:1:1: the text ends where a value must follow"},
        {T(" \n "), "t.json:2:2: the text ends where a value must follow"},
        {T("\xEF\xBB\xBF"), "the text ends"},
        {T("\xEF\xBB\xBF\xEF\xBB\xBF{}"), "t.json:1:1: byte 0xef"},
        {T("{}x"), "t.json:1:3: 'x' where nothing more must follow"},
        {T("{}\0"), "t.json:1:3: byte 0x00"},
        {T("nul"), "a value"},
        {T("nulL"), "a value"},
        {T("True"), "a value"},
        {T("NaN"), "a value"},
        {T("Infinity"), "a value"},
        {T("+1"), "a value"},
        {T(".5"), "a value"},
        {T("01"), "'1' where nothing more"},
        {T("-"), "a digit"},
        {T("-a"), "a digit"},
        {T("1."), "a digit"},
        {T("1.e5"), "a digit"},
        {T("1e"), "a digit"},
        {T("1e+"), "a digit"},
        {T("0x10"), "nothing more"},
        {T("[1,]"), "t.json:1:4: ']' where a value"},
        {T("[,1]"), "a value"},
        {T("[1 2]"), "',' or ']'"},
        {T("[1}"), "',' or ']'"},
        {T("{\"a\":1,}"), "a key"},
        {T("{\"a\"}"), "':'"},
        {T("{\"a\":}"), "a value"},
        {T("{a:1}"), "a key or '}'"},
        {T("{1:1}"), "a key or '}'"},
        {T("{'a':1}"), "a key or '}'"},
        {T("{\"a\":1 \"b\":2}"), "',' or '}'"},
        {T("// no\n1"), "a value"},
        {T("[1]\f"), "nothing more"},
        {T("\xC2\xA0[1]"), "a value"},
        {T("\"a"), "t.json:1:1: a string without its closing quote"},
        {T("\"a\nb\""), "t.json:1:3: a control character"},
        {T("\"a\tb\""), "a control character"},
        {T("\"a\0b\""), "a control character"},
        {T("\"\\x41\""), "a malformed escape"},
        {T("\"\\u12\""), "a malformed escape"},
        {T("\"\\u12g4\""), "a malformed escape"},
        {T("\"\\\0\""), "a malformed escape"},
        {T("\"\\"), "a malformed escape"},
        {T("\"\xC0\xAF\""), "not UTF-8"},
        {T("\"\xE0\x80\xAF\""), "not UTF-8"},
        {T("\"\xF0\x80\x80\xAF\""), "not UTF-8"},
        {T("\"\xED\xA0\x80\""), "not UTF-8"},
        {T("\"\xF4\x90\x80\x80\""), "not UTF-8"},
        {T("\"\xF5\x80\x80\x80\""), "not UTF-8"},
        {T("\"12345678\x80\""), "t.json:1:10: a string is not UTF-8"},
        {T("\"\xE2\x82\""), "not UTF-8"},
        {T("\"\\ud800\""), "half of a surrogate pair"},
        {T("\"\\ude00\\ud83d\""), "half of a surrogate pair"},
        {T("\"\\ud800\\u0041\""), "half of a surrogate pair"},
        {T("{\"\\udc00\":1}"), "half of a surrogate pair"},
        {T("{\"a\":1,\n \"a\":2}"), "t.json:2:2: duplicate key 'a'"},
        {T("{\"a\":1,\"\\u0061\":2}"), "duplicate key 'a'"},
        {T("[{\"\":1,\"\":2}]"), "duplicate key ''"},
        {T("\xFF\xFE{\0}\0"), "byte 0xff"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        cleanup_json_doc struct json_doc doc = {0};
        assert_fails(parse(CASES[i].text, 0, &doc, &err), &err, ERR_FAILED, CASES[i].message);
    }
}

static void nesting(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        buf_adds(out, i % 2 ? "{\"a\":" : "[");
    buf_adds(out, "1");
    for (size_t i = depth; i-- > 0;)
        buf_addc(out, i % 2 ? '}' : ']');
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf good = buf_make(BUF_TEXT);
    cleanup_buf struct buf deep = buf_make(BUF_TEXT);
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_json_doc struct json_doc none = {0};
    nesting(&good, JSON_DEPTH_MAX);
    nesting(&deep, JSON_DEPTH_MAX + 1);
    assert_ok(parse(buf_str(&good), 0, &doc, &err), &err);
    assert_int_equal(doc.count, JSON_DEPTH_MAX + 1);
    assert_fails(parse(buf_str(&deep), 0, &none, &err), &err, ERR_FAILED, "nested too deeply");

    cleanup_buf struct buf hostile = buf_make(BUF_DOCUMENT);
    while (hostile.len < 1000000)
        buf_adds(&hostile, "[{\"\":");
    assert_fails(parse(buf_str(&hostile), 0, &none, &err), &err, ERR_FAILED, "nested too deeply");
}

static void size_is_bounded(void **state)
{
    (void)state;
    const struct json_options options = {.name = "big", .size_max = 4};
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_json_doc struct json_doc none = {0};
    assert_ok(json_parse(STR("[1] "), &options, &doc, &err), &err);
    assert_fails(json_parse(STR("[123]"), &options, &none, &err), &err, ERR_FAILED, "5 bytes");
}

/* Every proper prefix of an object is refused, at its end or before. The copy is exactly as long as
 * the prefix, so that a sanitizer sees a read past it. */
static void truncation_at_every_byte(void **state)
{
    (void)state;
    static const char TEXT[] =
        "{\"k\\u00e9y\":[1.5e-3,\"\xE2\x82\xAC\\ud83d\\ude00\\n\",true,null],"
        "\"b\":{\"c\":false}}";
    size_t whole = sizeof(TEXT) - 1;
    struct error err = {0};
    cleanup_json_doc struct json_doc full = {0};
    assert_ok(parse(str_n(TEXT, whole), 0, &full, &err), &err);
    for (size_t len = 0; len < whole; len++) {
        cleanup_free char *copy = xmalloc(len + 1);
        char *exact = xrealloc(steal_ptr(&copy), len ? len : 1);
        memcpy(exact, TEXT, len);
        cleanup_json_doc struct json_doc doc = {0};
        bool ok = parse(str_n(exact, len), 0, &doc, &err);
        free(exact);
        assert_false(ok);
    }
}

static void numbers_are_text_until_asked(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("[9223372036854775807,-9223372036854775808,9223372036854775808,"
                        "18446744073709551615,18446744073709551616,1.0,1e400,-0,0.1,\"7\"]"),
                    0, &doc, &err),
              &err);
    struct json all = json_root(&doc);
    int64_t i = 1;
    uint64_t u = 1;
    double d = 1;
    assert_true(json_to_i64(json_at(all, 0), &i) && i == INT64_MAX);
    assert_true(json_to_i64(json_at(all, 1), &i) && i == INT64_MIN);
    assert_false(json_to_i64(json_at(all, 2), &i));
    assert_true(i == INT64_MIN);
    assert_true(json_to_u64(json_at(all, 3), &u) && u == UINT64_MAX);
    assert_false(json_to_u64(json_at(all, 1), &u));
    assert_false(json_to_u64(json_at(all, 4), &u));
    assert_str(json_raw(json_at(all, 4)), "18446744073709551616");
    assert_false(json_to_i64(json_at(all, 5), &i));
    assert_false(json_to_double(json_at(all, 6), &d));
    assert_true(json_to_i64(json_at(all, 7), &i) && i == 0);
    assert_true(json_to_double(json_at(all, 8), &d) && d > 0.0999 && d < 0.1001);
    assert_false(json_to_i64(json_at(all, 9), &i));
    assert_int_equal(json_i64_or(json_at(all, 5), -3), -3);
}

static void huge_numbers_are_harmless(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    while (text.len < 100000)
        buf_adds(&text, "9999999999");
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(buf_str(&text), 0, &doc, &err), &err);
    int64_t i = 0;
    double d = 0;
    assert_false(json_to_i64(json_root(&doc), &i));
    assert_false(json_to_double(json_root(&doc), &d));
    assert_int_equal(json_raw(json_root(&doc)).len, 100000);
}

static void strings_are_decoded(void **state)
{
    (void)state;
    struct error err = {0};
    struct arena arena = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("{\"k\\u00E9y\":\"\\ud83d\\ude00\\u20ac\\n\\/\",\"nul\":\"a\\u0000b\","
                        "\"plain\":\"x\"}"),
                    0, &doc, &err),
              &err);
    struct json root = json_root(&doc);
    struct json value = json_get(root, "k\xC3\xA9y");
    assert_str(json_key(value), "k\xC3\xA9y");
    assert_str(json_str(value), "\xF0\x9F\x98\x80\xE2\x82\xAC\n/");
    assert_true(json_is(value, "\xF0\x9F\x98\x80\xE2\x82\xAC\n/"));
    assert_false(json_is(value, "\xF0\x9F\x98\x80\xE2\x82\xAC\n"));
    assert_true(str_eq(json_str(json_get(root, "nul")), STR("a\0b")));
    assert_null(json_cstr(json_get(root, "nul"), &arena));
    assert_string_equal(json_cstr(json_get(root, "plain"), &arena), "x");
    arena_release(&arena);
}

static void half_pairs_may_be_replaced(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("[\"\\ud800x\",\"\\udc00\",\"\\ud800\\u0041\"]"), JSON_REPLACE_SURROGATES,
                    &doc, &err),
              &err);
    assert_str(json_str(json_at(json_root(&doc), 0)), "\xEF\xBF\xBDx");
    assert_str(json_str(json_at(json_root(&doc), 1)), "\xEF\xBF\xBD");
    assert_str(json_str(json_at(json_root(&doc), 2)), "\xEF\xBF\xBD"
                                                      "A");
}

static void the_last_duplicate_counts(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}"), JSON_KEEP_LAST, &doc, &err),
              &err);
    struct json root = json_root(&doc);
    assert_int_equal(json_i64_or(json_get(root, "a"), 0), 4);
    assert_int_equal(json_count(root), 2);
    assert_int_equal(doc.duplicates, 2);
    assert_int_equal(doc.duplicate_at, 13);
    assert_str(json_key(json_first(root, JSON_OBJECT)), "b");
}

/* More members than are compared pairwise, one of them twice. */
static void duplicates_are_found_among_many(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    for (int i = 0; i < 1000; i++)
        buf_addf(&text, "%s\"key%d\":%d", i ? "," : "{", i, i);
    cleanup_buf struct buf twice = buf_make(BUF_TEXT);
    buf_addf(&twice, "%s,\"key500\":0}", buf_cstr(&text));
    buf_adds(&text, "}");
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_json_doc struct json_doc none = {0};
    assert_ok(parse(buf_str(&text), 0, &doc, &err), &err);
    assert_fails(parse(buf_str(&twice), 0, &none, &err), &err, ERR_FAILED,
                 "duplicate key 'key500'");
}

static void lookups_chain_and_never_fail(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("{\"a\":{\"b\":[10,{\"c.d\":\"x\",\"e/f\":\"y\",\"~\":null}]},\"\":0}"), 0,
                    &doc, &err),
              &err);
    struct json root = json_root(&doc);
    assert_false(json_exists(json_get(json_at(json_get(root, "none"), 3), "x")));
    assert_int_equal(json_i64_or(json_find(root, "a.b[0]"), 0), 10);
    assert_int_equal(json_i64_or(json_find(root, "/a/b/0"), 0), 10);
    assert_true(json_is(json_find(root, "/a/b/1/c.d"), "x"));
    assert_true(json_is(json_find(root, "/a/b/1/e~1f"), "y"));
    assert_int_equal(json_kind(json_find(root, "/a/b/1/~0")), JSON_NULL);
    assert_int_equal(json_i64_or(json_find(root, "/"), 7), 0);
    assert_int_equal(json_kind(json_find(root, "")), JSON_OBJECT);
    static const char *const NOTHING[] = {"a.b[2]",  "a.b[-1]", "a.b[00]", "a.b[0", "a..b", "a.",
                                          "a.b[0]c", "/a/b/01", "/a/b/-",  "/a~2",  "[0]",  "a[0]"};
    for (size_t i = 0; i < ARRAY_LEN(NOTHING); i++) {
        if (json_exists(json_find(root, NOTHING[i])))
            fail_msg("'%s' found something", NOTHING[i]);
    }
}

static void every_node_knows_its_bytes(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("\xEF\xBB\xBF{\r\n  \"a\" : [ 1 , \"\xC3\xA9\" ] , \"b\" : {}\r\n}\r\n"), 0,
                    &doc, &err),
              &err);
    assert_true(doc.bom);
    struct json a = json_get(json_root(&doc), "a");
    assert_str(json_raw(a), "[ 1 , \"\xC3\xA9\" ]");
    assert_str(json_raw(json_at(a, 1)), "\"\xC3\xA9\"");
    assert_int_equal(json_pos(a).line, 2);
    assert_int_equal(json_pos(a).col, 9);
    assert_int_equal(json_pos(json_get(json_root(&doc), "b")).col, 29);
}

static void what_must_be_there_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    struct str text = STR_EMPTY;
    int64_t number = 0;
    bool flag = false;
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(parse(STR("{\"n\": 1.5, \"s\": \"x\", \"t\": true}"), 0, &doc, &err), &err);
    struct json root = json_root(&doc);
    assert_ok(json_need_str(root, "s", &text, &err), &err);
    assert_ok(json_need_bool(root, "t", &flag, &err), &err);
    assert_true(flag && str_is(text, "x"));
    assert_fails(json_need_str(root, "zz", &text, &err), &err, ERR_FAILED,
                 "t.json:1:1: 'zz' is missing");
    assert_fails(json_need_i64(root, "n", &number, &err), &err, ERR_FAILED,
                 "t.json:1:7: 'n' must be an integer of 64 bits, not number");
    assert_fails(json_need_bool(root, "s", &flag, &err), &err, ERR_FAILED, "not string");
}

static void canonical_form(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    assert_ok(parse(STR(" { \"b\" : [ 1.0 , {} , [] ] ,\n \"\\u0061\" : \"\\u0041\\/\\u001f\" , "
                        "\"aa\" : null , \"B\" : true } "),
                    0, &doc, &err),
              &err);
    json_canonical(json_root(&doc), &out);
    assert_str(buf_str(&out), "{\"B\":true,\"a\":\"A/\\u001f\",\"aa\":null,\"b\":[1.0,{},[]]}");
}

static void excerpts_point_at_the_column(void **state)
{
    (void)state;
    struct error err = {0};
    const struct source src = {"t.json", STR("{\n  \"\xC3\xA9\": tru\n}\n")};
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    assert_fails(parse(src.text, 0, &doc, &err), &err, ERR_FAILED, "t.json:2:8: 't' where");
    source_excerpt(&src, &err, &out);
    assert_str(buf_str(&out), "    2 |   \"\xC3\xA9\": tru\n"
                              "      |        ^\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(truncation_at_every_byte),
        cmocka_unit_test(numbers_are_text_until_asked),
        cmocka_unit_test(huge_numbers_are_harmless),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(half_pairs_may_be_replaced),
        cmocka_unit_test(the_last_duplicate_counts),
        cmocka_unit_test(duplicates_are_found_among_many),
        cmocka_unit_test(lookups_chain_and_never_fail),
        cmocka_unit_test(every_node_knows_its_bytes),
        cmocka_unit_test(what_must_be_there_is_named),
        cmocka_unit_test(canonical_form),
        cmocka_unit_test(excerpts_point_at_the_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
