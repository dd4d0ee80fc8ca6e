/* References between the parts of a configuration: everything that points nowhere is listed, all
 * at once, before anything happens. */
#include "config_kit.h"

static const char PROJECT[] = "version: 1\n"
                              "project: {name: demo}\n"
                              "components:\n"
                              "  one:\n"
                              "    artifact: {files: [{from: x, to: bin/x}]}\n"
                              "    command: [bin/x]\n"
                              "  two:\n"
                              "    image: two\n";

static int begin(void **state)
{
    struct world *w = world_make();
    write_file(w, "teerex.yaml", PROJECT);
    *state = w;
    return 0;
}

static const char *const ENVIRON[] = {"HOME=/h", NULL};

/* All problems of envs/e.yaml with this text, one a line, without excerpts. */
static const char *problems_of(struct world *w, const char *text)
{
    struct error err = {0};
    cleanup_config struct config config = {0};
    const struct config_request request = {
        .project_dir = w->dir, .environment = "e", .environ = ENVIRON};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    write_file(w, "envs/e.yaml", text);
    diags_release(&w->problems);
    bool ok = config_load(&request, &config, &w->problems, &err);
    assert_int_equal(ok, w->problems.count == 0);
    for (size_t i = 0; i < w->problems.count; i++) {
        diag_title(&w->problems.items[i], &out);
        buf_addc(&out, '\n');
    }
    return arena_strdup(&w->arena, buf_str(&out));
}

#define assert_problems(w, text, expected) assert_string_equal(problems_of((w), (text)), (expected))

static void all_missing_references_at_once(void **state)
{
    struct world *w = *state;
    assert_problems(w,
                    "version: 1\n"
                    "after: stagin\n"
                    "hosts: {here: {transport: local}}\n"
                    "components:\n"
                    "  one:\n"
                    "    hosts: [hre, elsewhere]\n"
                    "    gates: [answer]\n"
                    "    needs: [nothing-like-it]\n"
                    "    settings: {A: env:B}\n"
                    "gates:\n"
                    "  answers:\n"
                    "    kind: http\n"
                    "    url: '{{adress}}/x'\n"
                    "    component: oen\n"
                    "    needs: [aswers]\n"
                    "    components: [three-hundred]\n",
                    "envs/e.yaml:2:8: unknown environment 'stagin' (there is: e)\n"
                    "envs/e.yaml:6:13: unknown host 'hre', did you mean 'here'?\n"
                    "envs/e.yaml:6:18: unknown host 'elsewhere' (there is: here)\n"
                    "envs/e.yaml:7:13: unknown gate 'answer', did you mean 'answers'?\n"
                    "envs/e.yaml:8:13: unknown gate 'nothing-like-it' (there is: answers)\n"
                    "envs/e.yaml:9:19: 'A' is a reference: it belongs in 'secrets'\n"
                    "envs/e.yaml:13:10: unknown variable 'adress', did you mean 'address'?\n"
                    "envs/e.yaml:14:16: unknown component 'oen', did you mean 'one'?\n"
                    "envs/e.yaml:15:13: unknown gate 'aswers', did you mean 'answers'?\n"
                    "envs/e.yaml:16:18: unknown component 'three-hundred' (there is: one)\n");
}

static void components_that_cannot_be_deployed(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *component, *problem;
    } CASES[] = {
        {"onee: {hosts: [h], image: x}",
         "envs/e.yaml:3:14: component 'onee' is not in teerex.yaml, did you mean 'one'?\n"},
        {"one: {}", "envs/e.yaml:3:19: component 'one' names no host to run on\n"},
        {"one: {hosts: h, artifact: {files: []}}",
         "envs/e.yaml:3:19: component 'one' has neither an artifact nor an image\n"},
        {"one: {hosts: h, command: []}", "component 'one' has no command\n"},
        {"one: {hosts: h, command: [bin/y]}",
         "envs/e.yaml:3:40: 'bin/y' is no file of the artifact\n"},
        {"one: {hosts: h, command: [/bin/sh]}", "'/bin/sh' is no file of the artifact\n"},
        {"one: {hosts: h, artifact: {files: [{from: x, to: bin/../../x}]}, command: [bin/../../x]}",
         "'to' must stay inside the release, not 'bin/../../x'\n"},
        {"one: {hosts: h, artifact: {files: [{from: x, to: bin/x}, {from: y, to: bin/x}]}}",
         "two files become 'bin/x'\n"},
        {"one: {hosts: h, artifact: {files: [{from: '{{prset}}', to: bin/x}]}}",
         "unknown variable 'prset', did you mean 'preset'?\n"},
        {"one: {hosts: h, listen: '127.0.0.1:0'}",
         "'listen' needs a port between 1 and 65535, not '127.0.0.1:0'\n"},
        {"one: {hosts: h, listen: '127.0.0.1:65536'}", "'listen' needs a port between"},
        {"one: {hosts: h, listen: '127.0.0.999:80'}",
         "'listen' needs a numeric address, not '127.0.0.999'\n"},
        {"one: {hosts: h, listen: '[::1::2]:80'}", "'listen' needs a numeric address"},
        {"one: {hosts: h, listen: 'example.org:80'}", "'listen' must be a listen address"},
        {"one: {hosts: h, settings: {A: x}, secrets: {A: env:B}}", "'A' is in 'settings', too\n"},
        {"one: {hosts: [h, h]}", "'h' is in 'hosts' twice\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_buf struct buf text = buf_make(BUF_LINE);
        buf_addf(&text, "version: 1\nhosts: {h: {transport: local}}\ncomponents: {%s}\n",
                 CASES[i].component);
        const char *found = problems_of(w, buf_cstr(&text));
        if (strstr(found, CASES[i].problem) == NULL || w->problems.count != 1)
            fail_msg("%s\ngave\n%s", CASES[i].component, found);
    }
}

static void gates_that_cannot_be_asked(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *gate, *problem;
    } CASES[] = {
        {"{kind: http}", "envs/e.yaml:4:12: gate 'g' needs 'url'\n"},
        {"{kind: command}", "gate 'g' needs 'argv'\n"},
        {"{kind: command, argv: []}", "gate 'g' needs 'argv'\n"},
        {"{kind: release, url: 'http://x'}",
         "envs/e.yaml:4:28: 'url' has no meaning for this kind of gate\n"},
        {"{kind: http, url: 'ftp://x'}", "'url' must begin with {{address}}, http:// or https://"},
        {"{kind: http, url: '{{address}}', expect: {json: {a: [1]}}}",
         "'a' must be a value or {matches: EXPRESSION}\n"},
        {"{kind: http, url: '{{address}}', expect: {json: {a: {match: x}}}}",
         "'a' must be a value or {matches: EXPRESSION}\n"},
        {"{kind: http, url: '{{address}}', expect: {json: {a: {matches: '('}}}}",
         "'(' is no extended regular expression\n"},
        {"{kind: command, argv: [x, '{{adress}}']}", "unknown variable 'adress'"},
        {"{kind: command, argv: [x, '{{address']}", "'{{' without '}}'"},
        {"{kind: http, url: '{{address}}', timeout: 0}", "'timeout' must be between 1 and"},
        {"{kind: htp, url: x}", "did you mean 'http'?\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_buf struct buf text = buf_make(BUF_LINE);
        buf_addf(&text,
                 "version: 1\nhosts: {h: {transport: local}}\n"
                 "components: {one: {hosts: h}}\ngates: {g: %s}\n",
                 CASES[i].gate);
        const char *found = problems_of(w, buf_cstr(&text));
        if (strstr(found, CASES[i].problem) == NULL || w->problems.count != 1)
            fail_msg("%s\ngave\n%s", CASES[i].gate, found);
    }
    assert_problems(w,
                    "version: 1\nhosts: {h: {transport: local}}\n"
                    "components: {one: {hosts: h}, two: {hosts: h}}\n"
                    "gates: {g: {kind: release}, c: {kind: command, argv: [x]}}\n",
                    "envs/e.yaml:4:12: gate 'g' must name a 'component': there are 2\n");
}

static void circles(void **state)
{
    struct world *w = *state;
    static const char HEAD[] = "version: 1\nhosts: {h: {transport: local}}\n";
    static const struct {
        const char *text, *problem;
    } CASES[] = {
        {"components: {one: {hosts: h}}\n"
         "gates: {a: {kind: command, argv: [x], needs: b}, b: {kind: command, argv: [x], needs: c},"
         " c: {kind: command, argv: [x], needs: b}}\n",
         "a circle: c needs b needs c\n"},
        {"components: {one: {hosts: h}}\ngates: {a: {kind: release, needs: a}}\n",
         "a circle: a needs a\n"},
        {"components: {one: {hosts: h, needs: a}}\n"
         "gates: {a: {kind: release, components: one}}\n",
         "a circle: "},
        {"components: {one: {hosts: h, needs: a, gates: a}}\ngates: {a: {kind: release}}\n",
         "a circle: "},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *text = arena_printf(&w->arena, "%s%s", HEAD, CASES[i].text);
        const char *found = problems_of(w, text);
        if (strstr(found, CASES[i].problem) == NULL || w->problems.count != 1)
            fail_msg("%s\ngave\n%s", text, found);
    }
}

static void addresses_taken_twice(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *one, *two;
        bool clash;
    } CASES[] = {
        {"127.0.0.1:80", "127.0.0.1:80", true},  {"127.0.0.1:80", "0.0.0.0:80", true},
        {"[::]:80", "127.0.0.1:80", true},       {"127.0.0.1:80", "127.0.0.1:81", false},
        {"127.0.0.1:80", "127.0.0.2:80", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *text = arena_printf(&w->arena,
                                        "version: 1\nhosts: {h: {transport: local}}\n"
                                        "components:\n"
                                        "  one: {hosts: h, listen: '%s'}\n"
                                        "  two: {hosts: h, listen: '%s'}\n",
                                        CASES[i].one, CASES[i].two);
        const char *found = problems_of(w, text);
        bool clash = strstr(found, "listens on") != NULL;
        assert_int_equal(clash, CASES[i].clash);
        assert_int_equal(w->problems.count, CASES[i].clash);
    }
    assert_problems(w,
                    "version: 1\n"
                    "hosts: {h: {transport: local}, i: {transport: ssh, address: a}}\n"
                    "components:\n"
                    "  one: {hosts: h, listen: '127.0.0.1:80'}\n"
                    "  two: {hosts: i, listen: '127.0.0.1:80'}\n",
                    "");
}

static void environments_that_share(void **state)
{
    struct world *w = *state;
    static const char MINE[] = "version: 1\nhosts: {h: {transport: local}}\nurl: https://x/\n";
    write_file(w, "envs/other.yaml",
               "version: 1\nurl: https://x/\nhosts:\n"
               "  there: {transport: local}\n");
    assert_problems(w, MINE,
                    "envs/e.yaml:2:12: host 'h' is host 'there' of environment 'other': both must "
                    "declare 'shares_hosts: true'\n"
                    "envs/e.yaml:3:6: 'https://x/' is the address of environment 'other', too\n");
    write_file(w, "envs/other.yaml",
               "version: 1\nshares_hosts: true\nhosts:\n"
               "  there: {transport: local}\n");
    (void)problems_of(w, MINE);
    assert_int_equal(w->problems.count, 1);
    assert_problems(w,
                    "version: 1\nshares_hosts: true\nhosts: {h: {transport: local}}\n"
                    "after: other\n",
                    "");
    /* What is wrong elsewhere is no reason to refuse this one, but config check tells it. */
    write_file(w, "envs/other.yaml", "version: 1\nhots: {}\n");
    assert_problems(w, MINE, "");
    struct error err = {0};
    const struct config_request request = {.project_dir = w->dir, .environ = ENVIRON};
    assert_fails(config_check_all(&request, &w->problems, &err), &err, ERR_CONFIG,
                 "envs/other.yaml:2:1: unknown key 'hots', did you mean 'hosts'?");
}

static void hosts_stores_and_trust(void **state)
{
    struct world *w = *state;
    assert_problems(w,
                    "version: 1\n"
                    "profile: trusted\n"
                    "after: e\n"
                    "hosts: {a: {transport: ssh}, b: {transport: ssm}}\n"
                    "store: {kind: dynamodb}\n"
                    "attestation: {nonce: warn}\n",
                    "envs/e.yaml:3:8: 'e' cannot come after itself\n"
                    "envs/e.yaml:4:12: host 'a' needs an address for ssh\n"
                    "envs/e.yaml:4:33: host 'b' needs an instance or tags for ssm\n"
                    "envs/e.yaml:5:15: a dynamodb store needs a 'table'\n"
                    "envs/e.yaml:6:22: 'nonce' must be strict where the profile is trusted\n");
}

static void order_follows_needs(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    cleanup_config struct config config = {0};
    struct config_step *steps = NULL;
    size_t count = 0;
    const struct config_request request = {
        .project_dir = w->dir, .environment = "e", .environ = ENVIRON};
    assert_problems(w,
                    "version: 1\nhosts: {h: {transport: local}}\n"
                    "components:\n"
                    "  one: {hosts: h, needs: [g-two]}\n"
                    "  two: {hosts: h, gates: [g-two]}\n"
                    "gates:\n"
                    "  last: {kind: command, argv: [x], needs: [g-one], components: [one]}\n"
                    "  g-one: {kind: command, argv: [x]}\n"
                    "  g-two: {kind: command, argv: [x]}\n",
                    "");
    assert_ok(config_load(&request, &config, &w->problems, &err), &err);
    assert_ok(config_order(&config, &w->arena, &steps, &count, &err), &err);
    static const char *const EXPECTED[] = {"two", "g-one", "g-two", "one", "last"};
    assert_int_equal(count, ARRAY_LEN(EXPECTED));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(steps[i].component ? steps[i].component->name : steps[i].gate->name,
                            EXPECTED[i]);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(all_missing_references_at_once), WITH_WORLD(components_that_cannot_be_deployed),
        WITH_WORLD(gates_that_cannot_be_asked),     WITH_WORLD(circles),
        WITH_WORLD(addresses_taken_twice),          WITH_WORLD(environments_that_share),
        WITH_WORLD(hosts_stores_and_trust),         WITH_WORLD(order_follows_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
