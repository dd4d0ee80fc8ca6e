/* Edits of JSON texts: the bytes named change, all others stay. */
#include "testing.h"

#include "data/data.h"

struct edit_case {
    const char *name;
    const char *text;
    struct json_edit edits[4];
    const char *expected;
};

static size_t edit_count(const struct edit_case *c)
{
    size_t count = 0;
    while (count < ARRAY_LEN(c->edits) && c->edits[count].path != NULL)
        count++;
    return count;
}

#define REPLACE(at, json)            \
    {                                \
        JSON_EDIT_REPLACE, (at),     \
        {                            \
            (json), sizeof(json) - 1 \
        }                            \
    }
#define SET(at, json)                \
    {                                \
        JSON_EDIT_SET, (at),         \
        {                            \
            (json), sizeof(json) - 1 \
        }                            \
    }
#define INSERT(at, json)             \
    {                                \
        JSON_EDIT_INSERT, (at),      \
        {                            \
            (json), sizeof(json) - 1 \
        }                            \
    }
#define REMOVE(at)              \
    {                           \
        JSON_EDIT_REMOVE, (at), \
        {                       \
            "", 0               \
        }                       \
    }

static const struct edit_case CASES[] = {
    {"nothing to do", "{ \"a\" :1}\r\n", {{0}}, "{ \"a\" :1}\r\n"},
    {"a value",
     "{\n  \"v\": \"1\",\n  \"w\":  2\n}\n",
     {REPLACE("v", "\"1.0.1\"")},
     "{\n  \"v\": \"1.0.1\",\n  \"w\":  2\n}\n"},
    {"CRLF, tabs, no final newline",
     "{\r\n\t\"a\": 1,\r\n\t\"b\": {\r\n\t\t\"c\": 2\r\n\t}\r\n}",
     {SET("/b/d", "[\n  1\n]")},
     "{\r\n\t\"a\": 1,\r\n\t\"b\": {\r\n\t\t\"c\": 2,\r\n\t\t\"d\": "
     "[\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}"},
    {"byte order mark", "\xEF\xBB\xBF{\"a\":1}", {REPLACE("a", "2")}, "\xEF\xBB\xBF{\"a\":2}"},
    {"four blanks",
     "{\n    \"a\": {}\n}\n",
     {SET("a.b", "1")},
     "{\n    \"a\": {\n        \"b\": 1\n    }\n}\n"},
    {"one line", "{\"a\":1}", {SET("b", "2")}, "{\"a\":1,\"b\":2}"},
    {"one line with blanks",
     "{ \"a\": 1, \"b\": 2 }\n",
     {SET("c", "3")},
     "{ \"a\": 1, \"b\": 2, \"c\": 3 }\n"},
    {"into an empty root", "{}\n", {SET("a", "true")}, "{\"a\": true}\n"},
    {"into an empty array",
     "{\n  \"a\": []\n}",
     {SET("/a/-", "1")},
     "{\n  \"a\": [\n    1\n  ]\n}"},
    {"at the end of an array", "[ 1, 2 ]", {SET("[2]", "3"), SET("/-", "4")}, "[ 1, 2, 3, 4 ]"},
    {"sorted, first", "{\n  \"b\": 1\n}", {INSERT("a", "0")}, "{\n  \"a\": 0,\n  \"b\": 1\n}"},
    {"sorted, between",
     "{\"a\": 1, \"c\": 3}",
     {INSERT("b", "2")},
     "{\"a\": 1, \"b\": 2, \"c\": 3}"},
    {"sorted, last", "{\"a\": 1}", {INSERT("b", "2")}, "{\"a\": 1,\"b\": 2}"},
    {"remove the first", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", {REMOVE("a")}, "{\n  \"b\": 2\n}\n"},
    {"remove the middle", "[1, 2 , 3]", {REMOVE("[1]")}, "[1, 3]"},
    {"remove the last", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", {REMOVE("b")}, "{\n  \"a\": 1\n}\n"},
    {"remove the only one", "{\n  \"a\": 1\n}\n", {REMOVE("a")}, "{}\n"},
    {"remove both", "{\"a\":1,\"b\":2}", {REMOVE("a"), REMOVE("b")}, "{}"},
    {"several at once",
     "{\"x\":{\"@aztec/a.js\":\"1\"},\"z\":0}",
     {REPLACE("/x/@aztec~1a.js", "\"2\""), SET("/x/n", "[]"), REMOVE("z")},
     "{\"x\":{\"@aztec/a.js\":\"2\",\"n\":[]}}"},
    {"the root", " 1 \n", {REPLACE("", "2")}, " 2 \n"},
    {"a value with a mark and blanks", "{}", {SET("a", "\xEF\xBB\xBF 1 \n")}, "{\"a\": 1}"},
    {"a key that needs escapes", "{\"a\":1}", {SET("/\"\n", "1")}, "{\"a\":1,\"\\\"\\n\":1}"},
    {"numbers elsewhere keep their text",
     "{\"n\":1.000e0,\"s\":\"\\u0041\",\"t\":1}",
     {REPLACE("t", "2")},
     "{\"n\":1.000e0,\"s\":\"\\u0041\",\"t\":2}"},
};

static void edits_keep_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct edit_case *c = &CASES[i];
        struct error err = {0};
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        bool ok = json_edit(str_of(c->text), "package.json", c->edits, edit_count(c), &out, &err);
        if (!ok || !str_is(buf_str(&out), c->expected))
            fail_msg("%s: %s\n%s", c->name, ok ? "other bytes" : err.msg, buf_cstr(&out));
    }
}

static void edits_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        struct json_edit edit;
        enum err_kind kind;
        const char *message;
    } WRONG[] = {
        {REPLACE("zz", "1"), ERR_NOT_FOUND, "package.json: nothing at 'zz'"},
        {REMOVE("/a/9"), ERR_NOT_FOUND, "nothing at '/a/9'"},
        {SET("zz.b", "1"), ERR_NOT_FOUND, "nothing at 'zz.b'"},
        {SET("a.b", "1"), ERR_CONFLICT, "no value can be added at 'a.b'"},
        {SET("/a/5", "1"), ERR_CONFLICT, "no value can be added"},
        {SET("s.x", "1"), ERR_CONFLICT, "no value can be added"},
        {INSERT("s", "1"), ERR_CONFLICT, "'s' exists already"},
        {REMOVE(""), ERR_CONFLICT, "whole document"},
        {SET("s", "{"), ERR_FAILED, "s:1:2: the text ends"},
        {SET("s", "1 2"), ERR_FAILED, "nothing more"},
        {SET("a..b", "1"), ERR_FAILED, "malformed path"},
        {SET("\xB5", "1"), ERR_FAILED, "malformed path"},
    };
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        struct error err = {0};
        cleanup_buf struct buf out = buf_make(BUF_LINE);
        const struct json_edit edits[] = {REPLACE("s", "\"first\""), WRONG[i].edit};
        assert_fails(
            json_edit(STR("{\"a\":[1],\"s\":\"x\"}"), "package.json", edits, 2, &out, &err), &err,
            WRONG[i].kind, WRONG[i].message);
        assert_int_equal(out.len, 0);
    }
}

static void the_text_must_be_json(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    const struct json_edit edit = SET("a", "1");
    assert_fails(json_edit(STR("{\n]"), "package.json", &edit, 1, &out, &err), &err, ERR_FAILED,
                 "package.json:2:1:");
    cleanup_buf struct buf small = buf_make(4);
    assert_fails(json_edit(STR("{}"), "package.json", &edit, 1, &small, &err), &err, ERR_FAILED,
                 "larger than 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_keep_the_rest),
        cmocka_unit_test(edits_that_cannot_be),
        cmocka_unit_test(the_text_must_be_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
