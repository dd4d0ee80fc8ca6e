/* Plans as files and as text: golden forms, the way back, and everything that is refused. */
#include "data/data.h"
#include "plan/plan.h"
#include "testing.h"

static const char *const GATE_PARAMS[][2] = {{"url", "http://127.0.0.1:8080/healthz"},
                                             {"expect.status", "200"}};

/* One action of every kind, as a first deployment would have them. */
static struct plan sample(struct arena *a)
{
    struct plan plan = {.v = PLAN_FORMAT,
                        .environment = "local",
                        .release = {"0.2.0", "sha256:0123456789abcdef0123456789abcdef", "c0ffee"},
                        .created_ms = 1770091506000};
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        struct action_spec spec = {.kind = (enum action_kind)kind,
                                   .component = "prover",
                                   .host = "here",
                                   .reason = "0.1.0 runs, 0.2.0 is wanted"};
        if (kind == ACTION_GATE_RUN)
            spec = (struct action_spec){.kind = ACTION_GATE_RUN, .ids_name = "http"};
        plan_add(&plan, a, &spec);
    }
    struct action *gate = &plan.actions[ACTION_GATE_RUN];
    for (size_t i = 0; i < ARRAY_LEN(GATE_PARAMS); i++)
        pairs_set(&gate->params, a, GATE_PARAMS[i][0], GATE_PARAMS[i][1]);
    struct action *flip = &plan.actions[ACTION_RELEASE_SWITCH];
    pairs_set(&flip->expect, a, "current", "sha256:1111");
    pairs_set(&flip->ensure, a, "current", "sha256:2222");
    return plan;
}

static void ids_are_stable(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    struct plan plan = sample(&a);
    struct action_spec bare = {.kind = ACTION_RECORD_PUT};
    assert_string_equal(plan.actions[0].id, "release.stage:prover@here");
    assert_string_equal(plan.actions[ACTION_GATE_RUN].id, "gate.run:http");
    assert_string_equal(plan_add(&plan, &a, &bare)->id, "record.put");
    assert_int_equal(plan.count, ACTION_KIND_COUNT + 1);
}

static void pairs_keep_order_and_replace(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    struct pairs pairs = {0};
    for (int i = 0; i < 20; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%d", i);
        pairs_setf(&pairs, &a, key, "%d", i * i);
    }
    pairs_set(&pairs, &a, "k3", "new");
    assert_int_equal(pairs.count, 20);
    assert_string_equal(pairs.items[3].value, "new");
    assert_string_equal(pairs.items[19].key, "k19");
    assert_string_equal(pairs_get(&pairs, "k19"), "361");
    assert_null(pairs_get(&pairs, "k20"));
}

static void the_text_fits_a_terminal(void **state unused_arg)
{
    static const char GOLDEN[] = "Plan for local: release 0.2.0 (sha256:0123456789ab)\n"
                                 "\n"
                                 "  + release.stage     prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  + supervisor.start  prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  - service.stop      prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  + instance.start    prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  ? instance.check    prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  ~ instance.promote  prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  ~ release.switch    prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  - instance.drain    prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  ? gate.run          http\n"
                                 "  . record.put        prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  . ledger.append     prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "  - release.prune     prover@here\n"
                                 "      0.1.0 runs, 0.2.0 is wanted\n"
                                 "\n"
                                 "12 actions.\n";
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    struct plan plan = sample(&a);
    plan_render(&plan, &out);
    assert_str(buf_str(&out), GOLDEN);
    buf_clear(&out);
    plan.count = 0;
    plan_render(&plan, &out);
    assert_str(buf_str(&out), "Nothing to do: local runs release 0.2.0 as wanted.\n");
}

static void long_reasons_are_wrapped(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    struct plan plan = {.environment = "local", .release = {"1", "", ""}};
    char reason[400], host[200];
    for (size_t i = 0; i < sizeof(reason) - 1; i++)
        reason[i] = i % 7 == 6 ? ' ' : 'x';
    reason[sizeof(reason) - 1] = '\0';
    memset(host, 'h', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    struct action_spec spec = {.kind = ACTION_RELEASE_STAGE, .host = host, .reason = reason};
    plan_add(&plan, &a, &spec);
    plan_render(&plan, &out);
    struct str rest = buf_str(&out), line;
    size_t lines = 0;
    while (str_next_line(&rest, &line)) {
        assert_true(text_width(line) <= 80);
        lines++;
    }
    assert_in_range(lines, 9, 12);
}

/* ---- the file ----------------------------------------------------------------------------- */

static void write_plan(const struct plan *plan, struct buf *out)
{
    struct error err;
    assert_ok(plan_write(plan, out, &err), &err);
}

static void a_plan_reads_back_as_it_was(void **state unused_arg)
{
    struct error err;
    struct plan back;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf first = buf_make(BUF_TEXT), second = buf_make(BUF_TEXT);
    struct plan plan = sample(&a);
    plan.approver = "ann";
    write_plan(&plan, &first);
    assert_ok(plan_parse(buf_str(&first), "p.json", &a, &back, &err), &err);
    write_plan(&back, &second);
    assert_str(buf_str(&second), buf_cstr(&first));
    assert_string_equal(back.approver, "ann");
    assert_int_equal(back.created_ms, 1770091506000);
    assert_string_equal(pairs_get(&back.actions[ACTION_GATE_RUN].params, "expect.status"), "200");
}

static void the_file_is_as_golden(void **state unused_arg)
{
    static const char GOLDEN[] = //
        "{\n"
        "  \"v\": 1,\n"
        "  \"environment\": \"local\",\n"
        "  \"release\": {\n"
        "    \"version\": \"1\",\n"
        "    \"digest\": \"sha256:ab\",\n"
        "    \"git_sha\": \"\"\n"
        "  },\n"
        "  \"actions\": [\n"
        "    {\n"
        "      \"id\": \"record.put:prover@here\",\n"
        "      \"kind\": \"record.put\",\n"
        "      \"component\": \"prover\",\n"
        "      \"host\": \"here\",\n"
        "      \"params\": {\n"
        "        \"name\": \"release/\\\"1\\\"\"\n"
        "      },\n"
        "      \"reason\": \"because\",\n"
        "      \"expect\": {},\n"
        "      \"ensure\": {}\n"
        "    }\n"
        "  ],\n"
        "  \"created\": \"2026-02-03T04:05:06Z\",\n"
        "  \"approver\": \"\",\n"
        "  \"signer\": \"\",\n"
        "  \"digest\": \"DIGEST\"\n"
        "}\n";
    /* Members by name, no white space, no created, approver, signer, digest. */
    static const char CANONICAL[] =
        "{\"actions\":[{\"component\":\"prover\",\"ensure\":{},\"expect\":{},\"host\":\"here\","
        "\"id\":\"record.put:prover@here\",\"kind\":\"record.put\","
        "\"params\":{\"name\":\"release/\\\"1\\\"\"},\"reason\":\"because\"}],"
        "\"environment\":\"local\",\"release\":{\"digest\":\"sha256:ab\",\"git_sha\":\"\","
        "\"version\":\"1\"},\"v\":1}";
    char digest[SHA256_HEX_MAX];
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf out = buf_make(BUF_TEXT), expected = buf_make(BUF_TEXT);
    struct plan plan = {
        .environment = "local", .release = {"1", "sha256:ab", ""}, .created_ms = 1770091506000};
    struct action_spec spec = {
        .kind = ACTION_RECORD_PUT, .component = "prover", .host = "here", .reason = "because"};
    struct action *action = plan_add(&plan, &a, &spec);
    pairs_set(&action->params, &a, "name", "release/\"1\"");
    write_plan(&plan, &out);
    sha256_hex(str_of(CANONICAL), digest);
    size_t at = str_find(str_of(GOLDEN), STR("DIGEST"));
    buf_add(&expected, str_n(GOLDEN, at));
    buf_adds(&expected, digest);
    buf_adds(&expected, GOLDEN + at + strlen("DIGEST"));
    assert_str(buf_str(&out), buf_cstr(&expected));
}

static void the_digest_is_of_the_substance(void **state unused_arg)
{
    struct error err;
    char before[SHA256_HEX_MAX], after[SHA256_HEX_MAX];
    cleanup_arena struct arena a = {0};
    struct plan plan = sample(&a);
    assert_ok(plan_digest(&plan, before, &err), &err);
    plan.approver = "ann";
    plan.signer = "key";
    plan.created_ms++;
    assert_ok(plan_digest(&plan, after, &err), &err);
    assert_string_equal(before, after);
    plan.actions[3].reason = "another";
    assert_ok(plan_digest(&plan, after, &err), &err);
    assert_string_not_equal(before, after);
}

static void the_result_says_what_changes(void **state unused_arg)
{
    struct error err;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_json_doc struct json_doc doc = {0};
    struct plan plan = sample(&a);
    assert_ok(plan_write_result(&plan, &out, &err), &err);
    assert_ok(json_parse(buf_str(&out), NULL, &doc, &err), &err);
    struct json root = json_root(&doc);
    assert_true(json_is(json_get(root, "environment"), "local"));
    assert_true(json_is(json_find(root, "release.version"), "0.2.0"));
    assert_int_equal(json_kind(json_get(root, "empty")), JSON_FALSE);
    assert_int_equal(json_count(json_get(root, "changes")), 12);
    assert_true(json_is(json_find(root, "changes[6].action"), "release.switch"));
    assert_true(json_is(json_find(root, "changes[6].target"), "prover@here"));
    assert_true(json_is(json_find(root, "changes[6].expect.current"), "sha256:1111"));
}

/* ---- refused ------------------------------------------------------------------------------ */

/* The sample's file with the first `from` replaced by `to`. */
static void refused(const char *from, const char *to, enum err_kind kind, const char *part)
{
    struct error err;
    struct plan back;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf text = buf_make(BUF_TEXT), changed = buf_make(BUF_TEXT);
    struct plan plan = sample(&a);
    write_plan(&plan, &text);
    size_t at = str_find(buf_str(&text), str_of(from));
    assert_true(at != SIZE_MAX);
    buf_add(&changed, str_sub(buf_str(&text), 0, at));
    buf_adds(&changed, to);
    buf_add(&changed, str_sub(buf_str(&text), at + strlen(from), SIZE_MAX));
    assert_fails(plan_parse(buf_str(&changed), "p.json", &a, &back, &err), &err, kind, part);
}

static void what_is_wrong_is_refused_with_its_place(void **state unused_arg)
{
    refused("\"v\": 1", "\"v\": 2", ERR_CONFIG, "p.json:2:8: this teerexctl reads plans of format");
    refused("\"v\": 1,", "", ERR_CONFIG, "p.json:1:1");
    refused("\"v\": 1", "\"v\": 1, \"v\": 1", ERR_CONFIG, "p.json:2:11");
    refused("\"environment\"", "\"enviroment\"", ERR_CONFIG, "no key 'enviroment' here");
    refused("\"local\"", "7", ERR_CONFIG, "p.json:3:18");
    refused("\"release.stage\"", "\"release.burn\"", ERR_CONFIG, "knows no action 'release.burn'");
    refused("\"params\": {}", "\"params\": {\"a\": 1}", ERR_CONFIG, "expected a string");
    refused("\"params\": {}", "\"params\": []", ERR_CONFIG, "params");
    refused("\"ensure\": {}", "\"ensure\": {}, \"extra\": {}", ERR_CONFIG, "no key 'extra'");
    refused("\"2026-02-03T04:05:06Z\"", "\"yesterday\"", ERR_CONFIG, "expected a time");
    refused("supervisor.start:prover", "release.stage:prover", ERR_CONFIG, "two actions have the");
    refused("release.stage:prover@here", "", ERR_CONFIG, "an action needs an id");
    refused("\"prover\"", "\"pro\\u0000ver\"", ERR_CONFIG, "NUL");
    refused("{", "[", ERR_CONFIG, "p.json:2:");
    refused("\"prover\"", "\"other\"", ERR_VERIFY, "the plan was changed after it was made");
    refused("\"200\"", "\"500\"", ERR_VERIFY, "p.json: the plan was changed");
}

static void sizes_are_bounded(void **state unused_arg)
{
    struct error err;
    struct plan back;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT);
    struct plan plan = sample(&a);
    struct action *action = &plan.actions[0];
    for (int i = 0; i <= PLAN_PAIRS_MAX; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%d", i);
        pairs_set(&action->params, &a, key, "v");
    }
    write_plan(&plan, &text);
    assert_fails(plan_parse(buf_str(&text), "p", &a, &back, &err), &err, ERR_CONFIG,
                 "more than 64 entries");
    buf_clear(&text);
    for (int i = 0; i < PLAN_SIZE_MAX; i++)
        buf_addc(&text, ' ');
    buf_adds(&text, "{}");
    assert_false(plan_parse(buf_str(&text), "p", &a, &back, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_stable),
        cmocka_unit_test(pairs_keep_order_and_replace),
        cmocka_unit_test(the_text_fits_a_terminal),
        cmocka_unit_test(long_reasons_are_wrapped),
        cmocka_unit_test(a_plan_reads_back_as_it_was),
        cmocka_unit_test(the_file_is_as_golden),
        cmocka_unit_test(the_digest_is_of_the_substance),
        cmocka_unit_test(the_result_says_what_changes),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
