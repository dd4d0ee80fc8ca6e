/* Schemas: all problems at once with suggestions, defaults, binding to structs, JSON Schema. */
#include "testing.h"

#include "data/data.h"

enum color { COLOR_RED, COLOR_GREEN };

struct door {
    const char *name;
    enum color color;
    int64_t width;
};

struct pair {
    const char *name;
    const char *value;
};

struct lamp {
    bool on;
    int64_t after_ms;
};

struct house {
    const struct node *node;
    const char *owner;
    const char *port;
    struct lamp lamp;
    ARRAY_OF(struct door) doors;
    ARRAY_OF(struct pair) labels;
    ARRAY_OF(const char *) guests;
    ARRAY_OF(const char *) after;
    ARRAY_OF(struct pair) keys;
    const struct node *anything;
};

static const char *const COLORS[] = {"red", "green", NULL};
static const struct schema_pattern PORT = {"a port such as p80", "^p[0-9]+$"};
static const struct schema_pattern NAME = {"a name of small letters", "^[a-z]+$"};

static const struct schema_field LAMP_FIELDS[] = {
    {.key = "on", .type = SCHEMA_BOOL, .offset = offsetof(struct lamp, on), .fallback = "true"},
    {.key = "after",
     .type = SCHEMA_DURATION,
     .offset = offsetof(struct lamp, after_ms),
     .fallback = "5s",
     .min = 0,
     .max = 60000,
     .doc = "how long it waits"},
    {.key = NULL},
};

static const struct schema_field DOOR_FIELDS[] = {
    {.key = "color",
     .type = SCHEMA_ENUM,
     .flags = SCHEMA_REQUIRED,
     .choices = COLORS,
     .offset = offsetof(struct door, color),
     .doc = "what it is painted"},
    {.key = "width",
     .type = SCHEMA_INT,
     .offset = offsetof(struct door, width),
     .min = 50,
     .max = 200,
     .fallback = "80"},
    {.key = NULL},
};

static const struct schema_field DOOR = {
    .key = "door", .type = SCHEMA_TABLE, .fields = DOOR_FIELDS};
static const struct schema_field LABEL = {.key = "label",
                                          .type = SCHEMA_STRING,
                                          .flags = SCHEMA_LOOSE,
                                          .offset = offsetof(struct pair, value)};
static const struct schema_field GUEST = {
    .key = "guest", .type = SCHEMA_STRING, .flags = SCHEMA_NOT_EMPTY};

static const struct schema_pattern REFERENCE = {"a reference such as env:NAME", "^env:[A-Z]+$"};
static const struct schema_field KEY = {.key = "key",
                                        .type = SCHEMA_STRING,
                                        .flags = SCHEMA_SECRET,
                                        .pattern = &REFERENCE,
                                        .offset = offsetof(struct pair, value)};

static const struct schema_field HOUSE_FIELDS[] = {
    {.key = "", .type = SCHEMA_SELF, .offset = offsetof(struct house, node)},
    {.key = "owner",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_REQUIRED,
     .offset = offsetof(struct house, owner),
     .doc = "who lives here"},
    {.key = "port",
     .type = SCHEMA_STRING,
     .pattern = &PORT,
     .offset = offsetof(struct house, port)},
    {.key = "lamp",
     .type = SCHEMA_TABLE,
     .fields = LAMP_FIELDS,
     .offset = offsetof(struct house, lamp)},
    {.key = "doors",
     .type = SCHEMA_MAP,
     .item = &DOOR,
     .item_size = sizeof(struct door),
     .pattern = &NAME,
     .offset = offsetof(struct house, doors)},
    {.key = "labels",
     .type = SCHEMA_MAP,
     .item = &LABEL,
     .item_size = sizeof(struct pair),
     .offset = offsetof(struct house, labels)},
    {.key = "after",
     .type = SCHEMA_LIST,
     .item = &GUEST,
     .item_size = sizeof(const char *),
     .flags = SCHEMA_LOOSE,
     .offset = offsetof(struct house, after)},
    {.key = "keys",
     .type = SCHEMA_MAP,
     .item = &KEY,
     .item_size = sizeof(struct pair),
     .offset = offsetof(struct house, keys)},
    {.key = "guests",
     .type = SCHEMA_LIST,
     .item = &GUEST,
     .item_size = sizeof(const char *),
     .flags = SCHEMA_UNIQUE,
     .offset = offsetof(struct house, guests)},
    {.key = "anything", .type = SCHEMA_ANY, .offset = offsetof(struct house, anything)},
    {.key = NULL},
};

static const struct schema HOUSE = {"a house", HOUSE_FIELDS, sizeof(struct house)};

static struct arena arena;
static struct diags problems;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    diags_release(&problems);
    return 0;
}

static struct node *parse(const char *text)
{
    struct error err = {0};
    struct node *root = NULL;
    assert_ok(yaml_parse(str_of(text), "h.yaml", &arena, &root, &err), &err);
    return root;
}

static void check(const char *text)
{
    struct node *root = parse(text);
    schema_check(&HOUSE, root, &problems);
    schema_complete(&HOUSE, &arena, root, &problems);
    diags_sort(&problems);
}

static void fills_a_struct_with_defaults(void **state)
{
    (void)state;
    struct node *root = parse("owner: me\n"
                              "doors: {front: {color: green}, back: {color: red, width: 60}}\n"
                              "labels: {A: 1, B: true, C: x}\n"
                              "guests: [ann, bob]\n"
                              "after: ann\n"
                              "keys: {A: 'env:B'}\n"
                              "anything: [1, {}]\n");
    schema_check(&HOUSE, root, &problems);
    schema_complete(&HOUSE, &arena, root, &problems);
    assert_int_equal(problems.count, 0);
    struct house house;
    schema_bind(&HOUSE, &arena, root, &house);
    assert_ptr_equal(house.node, root);
    assert_string_equal(house.owner, "me");
    assert_null(house.port);
    assert_true(house.lamp.on);
    assert_int_equal(house.lamp.after_ms, 5000);
    assert_int_equal(house.doors.count, 2);
    assert_string_equal(house.doors.items[0].name, "front");
    assert_int_equal(house.doors.items[0].color, COLOR_GREEN);
    assert_int_equal(house.doors.items[0].width, 80);
    assert_int_equal(house.doors.items[1].width, 60);
    assert_string_equal(house.labels.items[1].name, "B");
    assert_string_equal(house.labels.items[1].value, "true");
    assert_string_equal(house.guests.items[1], "bob");
    assert_int_equal(house.after.count, 1);
    assert_string_equal(house.after.items[0], "ann");
    assert_string_equal(house.keys.items[0].value, "env:B");
    assert_int_equal(house.anything->kind, NODE_LIST);
    assert_string_equal(node_find(root, "lamp.after")->src->name, "default");
}

static void empty_containers_may_be_left_blank(void **state)
{
    (void)state;
    struct node *root = parse("owner: me\nlamp:\ndoors:\nguests:\n");
    schema_check(&HOUSE, root, &problems);
    schema_complete(&HOUSE, &arena, root, &problems);
    assert_int_equal(problems.count, 0);
    struct house house;
    schema_bind(&HOUSE, &arena, root, &house);
    assert_true(house.lamp.on);
    assert_int_equal(house.doors.count, 0);
}

static void reports_each_kind_of_problem(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } CASES[] = {
        {"ownr: x\nowner: y", "h.yaml:1:1: unknown key 'ownr', did you mean 'owner'?"},
        {"owner: y\nqqqqqqqq: 1", "h.yaml:2:1: unknown key 'qqqqqqqq'"},
        {"port: p1", "h.yaml:1:1: 'owner' is missing (who lives here)"},
        {"owner: 12", "h.yaml:1:8: 'owner' must be text: write \"12\" in quotes"},
        {"owner: [a]", "h.yaml:1:8: 'owner' must be text, not a list"},
        {"owner:", "h.yaml:1:1: 'owner' is empty: it must be text"},
        {"owner: y\nport: 80x", "h.yaml:2:7: 'port' must be a port such as p80, not '80x'"},
        {"owner: y\nlamp: {on: yes}", "h.yaml:2:12: 'on' must be true or false, not text"},
        {"owner: y\nlamp: {after: 5 s}", "'after' must be a duration such as 500ms, 10s or 5m"},
        {"owner: y\nlamp: {after: 5m}", "'after' must be between 0 and 60000 ms, not 5m"},
        {"owner: y\nlamp: [1]", "'lamp' must be a map, not a list"},
        {"owner: y\ndoors: {a: {color: gren}}",
         "h.yaml:2:20: 'color' must be red | green, not 'gren', did you mean 'green'?"},
        {"owner: y\ndoors: {a: {}}", "h.yaml:2:9: 'color' is missing in 'doors.a'"},
        {"owner: y\ndoors: {a: {color: red, width: 7}}",
         "'width' must be between 50 and 200, not 7"},
        {"owner: y\ndoors: {a: {color: red, width: 1.5}}",
         "'width' must be an integer, not a number"},
        {"owner: y\ndoors: {A1: {color: red}}", "h.yaml:2:9: 'A1' must be a name of small letters"},
        {"owner: y\nlabels: {a: [1]}", "'a' must be text, not a list"},
        {"owner: y\nguests: [x, '']", "h.yaml:2:13: item 2 of 'guests' must not be empty"},
        {"owner: y\nguests: [x, x]", "h.yaml:2:13: 'x' is in 'guests' twice"},
        {"owner: y\nguests: x", "'guests' must be a list, not text"},
        {"- owner", "h.yaml:1:1: 'the file' must be a map, not a list"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err = {0};
        check(CASES[i].text);
        assert_fails(diags_check(&problems, &err), &err, ERR_CONFIG, CASES[i].message);
        diags_release(&problems);
    }
}

static void reports_all_of_them_in_order(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    check("port: 1\nlamp: {on: 2}\nblub: 3\n");
    assert_int_equal(problems.count, 4);
    assert_fails(diags_check(&problems, &err), &err, ERR_CONFIG,
                 "h.yaml:1:1: 'owner' is missing (who lives here) (and 3 more problems)");
    diags_render(&problems, &out);
    assert_str(buf_str(&out), "h.yaml:1:1: 'owner' is missing (who lives here)\n"
                              "    1 | port: 1\n"
                              "      | ^\n"
                              "h.yaml:1:7: 'port' must be text: write \"1\" in quotes\n"
                              "    1 | port: 1\n"
                              "      |       ^\n"
                              "h.yaml:2:12: 'on' must be true or false, not an integer\n"
                              "    2 | lamp: {on: 2}\n"
                              "      |            ^\n"
                              "h.yaml:3:1: unknown key 'blub'\n"
                              "    3 | blub: 3\n"
                              "      | ^\n");
}

static void secrets_are_in_no_message(void **state)
{
    (void)state;
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    check("owner: me\nkeys: {A: hunter2, B: 12345, C: [hunter3]}\n");
    diags_render(&problems, &out);
    assert_str(buf_str(&out), "h.yaml:2:11: 'A' must be a reference such as env:NAME\n"
                              "h.yaml:2:23: 'B' must be a reference such as env:NAME\n"
                              "h.yaml:2:33: 'C' must be a reference such as env:NAME\n");
}

static void a_flood_of_problems_is_bounded(void **state)
{
    (void)state;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    buf_adds(&text, "owner: me\n");
    for (int i = 0; i < 500; i++)
        buf_addf(&text, "unknown%d: 1\n", i);
    check(buf_cstr(&text));
    assert_int_equal(problems.count, DIAGS_MAX);
    diags_render(&problems, &out);
    assert_true(str_ends(buf_str(&out), STR("… and 400 more\n")));
}

static void prints_json_schema(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    struct json_writer w = jw_make(&out, JSON_PRETTY);
    schema_print(&HOUSE, &w);
    assert_ok(jw_finish(&w, "the schema", &err), &err);
    cleanup_json_doc struct json_doc doc = {0};
    assert_ok(json_parse(buf_str(&out), NULL, &doc, &err), &err);
    struct json root = json_root(&doc);
    assert_true(json_is(json_get(root, "$schema"), "https://json-schema.org/draft/2020-12/schema"));
    assert_true(json_is(json_find(root, "required[0]"), "owner"));
    assert_true(json_is(json_find(root, "properties.port.pattern"), "^p[0-9]+$"));
    assert_true(json_is(json_find(root, "properties.doors.propertyNames.pattern"), "^[a-z]+$"));
    struct json door = json_find(root, "properties.doors.additionalProperties.properties");
    assert_true(json_is(json_find(door, "color.enum[1]"), "green"));
    assert_int_equal(json_i64_or(json_find(door, "width.default"), 0), 80);
    assert_int_equal(json_i64_or(json_find(door, "width.maximum"), 0), 200);
    assert_true(json_bool_or(json_find(root, "properties.lamp.properties.on.default"), false));
    assert_false(json_bool_or(json_find(root, "additionalProperties"), true));
    assert_false(json_exists(json_find(root, "properties.anything.type")));
    assert_int_equal(json_count(json_get(root, "properties")), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(fills_a_struct_with_defaults, release),
        cmocka_unit_test_teardown(empty_containers_may_be_left_blank, release),
        cmocka_unit_test_teardown(reports_each_kind_of_problem, release),
        cmocka_unit_test_teardown(reports_all_of_them_in_order, release),
        cmocka_unit_test_teardown(secrets_are_in_no_message, release),
        cmocka_unit_test_teardown(a_flood_of_problems_is_bounded, release),
        cmocka_unit_test_teardown(prints_json_schema, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
