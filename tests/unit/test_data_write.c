/* The JSON writer: what it writes, and how it notices that it is held wrong. */
#include "testing.h"

#include <float.h>
#include <math.h>

#include "data/data.h"

static void fill(struct json_writer *w)
{
    jw_object_begin(w);
    jw_member(w, "name", "teerex");
    jw_member_int(w, "least", INT64_MIN);
    jw_member_bool(w, "ok", true);
    jw_member(w, "none", NULL);
    jw_member_array(w, "list");
    jw_uint(w, UINT64_MAX);
    jw_array_begin(w);
    jw_array_end(w);
    jw_raw(w, STR("{\"raw\":1}"));
    jw_array_end(w);
    jw_member_object(w, "empty");
    jw_object_end(w);
    jw_object_end(w);
}

static void writes_compact_json(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    struct json_writer w = jw_make(&out, JSON_COMPACT);
    fill(&w);
    assert_ok(jw_finish(&w, "it", &err), &err);
    assert_str(buf_str(&out), "{\"name\":\"teerex\",\"least\":-9223372036854775808,\"ok\":true,"
                              "\"none\":null,\"list\":[18446744073709551615,[],{\"raw\":1}],"
                              "\"empty\":{}}");
}

static void writes_pretty_json(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    struct json_writer w = jw_make(&out, JSON_PRETTY);
    fill(&w);
    assert_ok(jw_finish(&w, "it", &err), &err);
    assert_str(buf_str(&out), "{\n"
                              "  \"name\": \"teerex\",\n"
                              "  \"least\": -9223372036854775808,\n"
                              "  \"ok\": true,\n"
                              "  \"none\": null,\n"
                              "  \"list\": [\n"
                              "    18446744073709551615,\n"
                              "    [],\n"
                              "    {\"raw\":1}\n"
                              "  ],\n"
                              "  \"empty\": {}\n"
                              "}");
}

static void escapes_what_must_be(void **state)
{
    (void)state;
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    json_quote(&out, str_n("a\"\\/\b\f\n\r\t\x01\x1f\x7f\0z", 14));
    assert_str(buf_str(&out), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000z\"");
}

static void replaces_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    /* A truncated sequence, an overlong slash, a surrogate, and one that is right. */
    json_quote(&out, STR("\xE2\x82|\xC0\xAF|\xED\xA0\x80|\xF0\x9F\x98\x80"));
    assert_str(buf_str(&out), "\"\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD|"
                              "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xF0\x9F\x98\x80\"");
}

static void writes_doubles_that_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } CASES[] = {{0.1, "0.1"},    {1.0, "1"},    {DBL_MAX, "1.7976931348623157e+308"},
                 {1e-7, "1e-07"}, {NAN, "null"}, {-INFINITY, "null"}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        struct json_writer w = jw_make(&out, JSON_COMPACT);
        jw_double(&w, CASES[i].value);
        assert_str(buf_str(&out), CASES[i].text);
    }
}

typedef void misuse_fn(struct json_writer *w);

static void value_without_key(struct json_writer *w)
{
    jw_object_begin(w);
    jw_int(w, 1);
    jw_object_end(w);
}
static void key_in_array(struct json_writer *w)
{
    jw_array_begin(w);
    jw_key(w, "a");
    jw_int(w, 1);
    jw_array_end(w);
}
static void key_without_value(struct json_writer *w)
{
    jw_object_begin(w);
    jw_key(w, "a");
    jw_object_end(w);
}
static void wrong_end(struct json_writer *w)
{
    jw_object_begin(w);
    jw_array_end(w);
}
static void no_end(struct json_writer *w)
{
    jw_object_begin(w);
}
static void two_roots(struct json_writer *w)
{
    jw_int(w, 1);
    jw_int(w, 2);
}
static void nothing(struct json_writer *w)
{
    (void)w;
}
static void too_deep(struct json_writer *w)
{
    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        jw_array_begin(w);
    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        jw_array_end(w);
}

static void notices_misuse(void **state)
{
    (void)state;
    misuse_fn *const cases[] = {value_without_key, key_in_array, key_without_value,
                                wrong_end,         no_end,       two_roots,
                                nothing,           too_deep};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        struct json_writer w = jw_make(&out, JSON_COMPACT);
        cases[i](&w);
        assert_fails(jw_finish(&w, "it", &err), &err, ERR_BUG, "malformed");
    }
}

static void stops_at_the_maximum(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(8);
    struct json_writer w = jw_make(&out, JSON_COMPACT);
    jw_cstr(&w, "longer than eight");
    assert_fails(jw_finish(&w, "the plan", &err), &err, ERR_FAILED, "the plan is larger than 8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_compact_json),
        cmocka_unit_test(writes_pretty_json),
        cmocka_unit_test(escapes_what_must_be),
        cmocka_unit_test(replaces_bytes_that_are_not_utf8),
        cmocka_unit_test(writes_doubles_that_read_back),
        cmocka_unit_test(notices_misuse),
        cmocka_unit_test(stops_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
