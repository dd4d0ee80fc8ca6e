/* Reading YAML: types of the core schema, places, and everything that is refused. */
#include "testing.h"

#include "data/data.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct node *parse(const char *text)
{
    struct error err = {0};
    struct node *root = NULL;
    assert_ok(yaml_parse(str_of(text), "t.yaml", &arena, &root, &err), &err);
    return root;
}

static void scalars_have_types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum node_kind kind;
        int64_t number;
    } CASES[] = {
        {"null", NODE_NULL, 0},
        {"~", NODE_NULL, 0},
        {"", NODE_NULL, 0},
        {"true", NODE_BOOL, 1},
        {"FALSE", NODE_BOOL, 0},
        {"yes", NODE_STRING, 0},
        {"on", NODE_STRING, 0},
        {"tRue", NODE_STRING, 0},
        {"12", NODE_INT, 12},
        {"-7", NODE_INT, -7},
        {"+7", NODE_INT, 7},
        {"0x1F", NODE_INT, 31},
        {"0o17", NODE_INT, 15},
        {"0755", NODE_INT, 755},
        {"1_000", NODE_STRING, 0},
        {"1.5", NODE_FLOAT, 0},
        {"1e3", NODE_FLOAT, 0},
        {".5", NODE_FLOAT, 0},
        {"5.", NODE_FLOAT, 0},
        {".", NODE_STRING, 0},
        {"1.2.3", NODE_STRING, 0},
        {"+-1", NODE_STRING, 0},
        {"0x", NODE_STRING, 0},
        {"1e", NODE_STRING, 0},
        {".inf", NODE_FLOAT, 0},
        {".nan", NODE_FLOAT, 0},
        {"12:30", NODE_STRING, 0},
        {"2026-01-01", NODE_STRING, 0},
        {"9223372036854775807", NODE_INT, INT64_MAX},
        {"9223372036854775808", NODE_STRING, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t number = -1;
        enum node_kind kind = node_scalar_kind(str_of(CASES[i].text), &number);
        if (kind != CASES[i].kind || number != CASES[i].number)
            fail_msg("'%s' is %s (%lld)", CASES[i].text, node_kind_name(kind), (long long)number);
    }
}

static void builds_a_tree_with_places(void **state)
{
    (void)state;
    struct node *root = parse("# comment\n"
                              "name: teerex\n"
                              "list:\n"
                              "  - 1\n"
                              "  - \"2\"\n"
                              "  - {a: b, c: }\n"
                              "text: |\n"
                              "  two\n"
                              "  lines\n");
    struct node *list = node_get(root, "list");
    assert_string_equal(node_get(root, "name")->text, "teerex");
    assert_int_equal(list->count, 3);
    assert_int_equal(node_at(list, 0)->kind, NODE_INT);
    assert_int_equal(node_at(list, 1)->kind, NODE_STRING);
    assert_true(node_at(list, 1)->quoted);
    assert_int_equal(node_at(list, 1)->at.line, 5);
    assert_int_equal(node_at(list, 1)->at.col, 5);
    assert_int_equal(node_find(root, "list.2.c")->kind, NODE_NULL);
    assert_int_equal(node_find(root, "list.2.c")->at.line, 6);
    assert_string_equal(node_get(root, "text")->text, "two\nlines\n");
    assert_int_equal(node_get(root, "text")->key_at.line, 7);
    assert_null(node_find(root, "list.9"));
    assert_null(node_find(root, "name.x"));
    cleanup_buf struct buf path = buf_make(BUF_LINE);
    node_path(node_find(root, "list.2.a"), &path);
    assert_str(buf_str(&path), "list.2.a");
}

static void an_empty_file_is_an_empty_map(void **state)
{
    (void)state;
    static const char *const CASES[] = {"", "\n\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct node *root = parse(CASES[i]);
        assert_int_equal(root->kind, NODE_MAP);
        assert_int_equal(root->count, 0);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } CASES[] = {
        {"a:\n\tb: 1\n", "t.yaml:2:1: a tab cannot indent"},
        {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: duplicate key 'a' (first on line 1)"},
        {"a: {x: 1, \"x\": 2}\n", "t.yaml:1:11: duplicate key 'x'"},
        {"a: &x [1]\nb: *x\n", "t.yaml:1:4: anchors"},
        {"b: *x\n", "t.yaml:1:4: aliases"},
        {"<<: {a: 1}\n", "t.yaml:1:1: merge keys"},
        {"a: !!str 1\n", "t.yaml:1:4: tags"},
        {"a: !custom {}\n", "t.yaml:1:4: tags"},
        {"a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document"},
        {"? [1, 2]\n: 3\n", "t.yaml:1:3: a key must be text, not a list"},
        {"? {a: b}\n: 3\n", "a key must be text, not a map"},
        {"\"\": 1\n", "t.yaml:1:1: an empty key"},
        {"a: \"x\\0y\"\n", "t.yaml:1:4: text with a NUL"},
        {"\"k\\0\": 1\n", "t.yaml:1:1: text with a NUL"},
        {"a: \xFF\n", "t.yaml:1:4: not UTF-8"},
        {"a: \xC0\xAF\n", "t.yaml:1:4: not UTF-8"},
        {"a: \x01\n", "t.yaml:1:4: control characters"},
        {"a: [1, 2\n", "t.yaml:1:9:"},
        {"a: 'x\n", "t.yaml:1:6:"},
        {"a: b: c\n", "t.yaml:1:5: mapping values are not allowed"},
        {"a: 1\n b: 2\n", "t.yaml:2:3:"},
        {"- a\nb: 1\n", "t.yaml:2:1:"},
        {"a: @x\n", "t.yaml:1:4:"},
        {"%YAML 9.9\n---\na: 1\n", "t.yaml:1:1:"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        struct node *root = NULL;
        assert_fails(yaml_parse(str_of(CASES[i].text), "t.yaml", &arena, &root, &err), &err,
                     ERR_CONFIG, CASES[i].message);
    }
}

static void a_bomb_of_aliases_is_refused_at_its_first_anchor(void **state)
{
    (void)state;
    struct error err = {0};
    struct node *root = NULL;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    buf_adds(&text, "a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (char c = 'b'; c <= 'z'; c++) {
        buf_addf(&text, "%c: &%c [", c, c);
        for (int i = 0; i < 9; i++)
            buf_addf(&text, "%s*%c", i ? ", " : "", c - 1);
        buf_adds(&text, "]\n");
    }
    assert_fails(yaml_parse(buf_str(&text), "bomb.yaml", &arena, &root, &err), &err, ERR_CONFIG,
                 "bomb.yaml:1:4: anchors");
}

static void ten_megabytes_are_refused_unread(void **state)
{
    (void)state;
    struct error err = {0};
    struct node *root = NULL;
    cleanup_buf struct buf text = buf_make(BUF_BODY);
    while (text.len < 10U * 1024 * 1024)
        buf_adds(&text, "# ten megabytes of comments are nothing but ten megabytes ######\n");
    size_t before = arena.total;
    assert_fails(yaml_parse(buf_str(&text), "big.yaml", &arena, &root, &err), &err, ERR_CONFIG,
                 "more than the 1048576 that are read");
    assert_int_equal(arena.total, before);
}

static void depth_and_count_are_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    struct node *root = NULL;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    for (int i = 0; i < YAML_DEPTH_MAX; i++)
        buf_addc(&text, '[');
    for (int i = 0; i < YAML_DEPTH_MAX; i++)
        buf_addc(&text, ']');
    assert_ok(yaml_parse(buf_str(&text), "t", &arena, &root, &err), &err);
    buf_clear(&text);
    for (int i = 0; i < 100000; i++)
        buf_addc(&text, '[');
    assert_fails(yaml_parse(buf_str(&text), "t", &arena, &root, &err), &err, ERR_CONFIG,
                 "t:1:65: nested more than 64");
    buf_clear(&text);
    for (int i = 0; i <= YAML_NODES_MAX; i++)
        buf_adds(&text, "- 1\n");
    assert_fails(yaml_parse(buf_str(&text), "t", &arena, &root, &err), &err, ERR_CONFIG,
                 "more than 50000 values");
}

static void truncation_at_every_byte_is_harmless(void **state)
{
    (void)state;
    static const char TEXT[] = "a: {b: [1, \"\\u20ac\", 'x'], c: >-\n";
    static const char BLOCK[] = "k: |\n  text \xE2\x82\xAC\nl:\n  - 'q': \"w\"\n  - [e, {r: t}]\n";
    const struct str texts[] = {str_n(TEXT, sizeof(TEXT) - 1), str_n(BLOCK, sizeof(BLOCK) - 1)};
    for (size_t t = 0; t < ARRAY_LEN(texts); t++) {
        for (size_t len = 0; len < texts[t].len; len++) {
            struct error err = {0};
            struct node *root = NULL;
            if (!yaml_parse(str_n(texts[t].ptr, len), "t.yaml", &arena, &root, &err))
                assert_int_equal(err.kind, ERR_CONFIG);
        }
    }
}

static void merging_replaces_all_but_maps(void **state)
{
    (void)state;
    struct node *base = parse("a: {x: 1, y: 2}\nlist: [1, 2, 3]\nkept: true\n");
    struct node *over = parse("a: {y: 3, z: 4}\nlist: [9]\nnew: 1\n");
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    node_merge(&arena, base, over);
    struct json_writer w = jw_make(&out, JSON_COMPACT);
    node_write_json(base, &w);
    assert_str(buf_str(&out),
               "{\"a\":{\"x\":1,\"y\":3,\"z\":4},\"list\":[9],\"kept\":true,\"new\":1}");
    node_remove(node_get(base, "new"));
    node_remove(node_get(base, "a"));
    assert_int_equal(base->count, 2);
    assert_string_equal(base->first->key, "list");
    assert_string_equal(base->last->key, "kept");
}

static void the_line_is_shown_with_a_caret(void **state)
{
    (void)state;
    const char *text = "a: 1\nb:\n\tc: 2\n";
    const struct source src = {"t.yaml", str_of(text)};
    struct error err = {0};
    struct node *root = NULL;
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    assert_fails(yaml_parse(src.text, src.name, &arena, &root, &err), &err, ERR_CONFIG, "tab");
    source_excerpt(&src, &err, &out);
    assert_str(buf_str(&out), "    3 |  c: 2\n      | ^\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_have_types),
        cmocka_unit_test_teardown(builds_a_tree_with_places, release),
        cmocka_unit_test_teardown(an_empty_file_is_an_empty_map, release),
        cmocka_unit_test_teardown(refuses, release),
        cmocka_unit_test_teardown(a_bomb_of_aliases_is_refused_at_its_first_anchor, release),
        cmocka_unit_test_teardown(ten_megabytes_are_refused_unread, release),
        cmocka_unit_test_teardown(depth_and_count_are_bounded, release),
        cmocka_unit_test_teardown(truncation_at_every_byte_is_harmless, release),
        cmocka_unit_test_teardown(merging_replaces_all_but_maps, release),
        cmocka_unit_test_teardown(the_line_is_shown_with_a_caret, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
