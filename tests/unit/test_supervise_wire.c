/* The control protocol: what is read is what was written, and nothing else is read. */
#include "testing.h"

#include "supervise/wire.h"

static const char *const ARGV[] = {"/opt/r1/prover", "--hold", "\"quoted\" \n line", NULL};
static const char *const ENV[] = {"A=1", "B=", NULL};

static void start_survives_the_way(void **state)
{
    struct wire_request out = {
        .op = WIRE_START,
        .fence = UINT64_MAX,
        .start = {.id = "r1-a", .release_dir = "/opt/r1", .argv = ARGV, .env = ENV}};
    struct wire_request in;
    struct error err;
    cleanup_arena struct arena arena = {0};
    cleanup_buf struct buf line = buf_make(WIRE_REQUEST_MAX);
    (void)state;
    assert_ok(wire_write_request(&out, &line, &err), &err);
    assert_true(str_ends(buf_str(&line), STR("\n")));
    assert_int_equal(str_find(buf_str(&line), STR("\n")), line.len - 1);
    assert_ok(wire_read_request(buf_str(&line), &arena, &in, &err), &err);
    assert_int_equal(in.op, WIRE_START);
    assert_true(in.fence == UINT64_MAX && in.start.fence == UINT64_MAX);
    assert_string_equal(in.start.id, "r1-a");
    assert_string_equal(in.start.release_dir, "/opt/r1");
    for (size_t i = 0; i < ARRAY_LEN(ARGV) - 1; i++)
        assert_string_equal(in.start.argv[i], ARGV[i]);
    assert_null(in.start.argv[3]);
    assert_string_equal(in.start.env[1], "B=");
    assert_null(in.start.env[2]);
}

static void refuses(const char *text, const char *why)
{
    struct wire_request in;
    struct error err;
    cleanup_arena struct arena arena = {0};
    assert_fails(wire_read_request(str_of(text), &arena, &in, &err), &err, ERR_USAGE, why);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refuses("", "request");
    refuses("{", "request");
    refuses("{\"v\":1,\"v\":1,\"op\":\"status\"}", "request");
    refuses("[[[[[[1]]]]]]", "request");
    refuses("null", "version 1");
    refuses("{\"v\":2,\"op\":\"status\"}", "version 1");
    refuses("{\"v\":\"1\",\"op\":\"status\"}", "version 1");
    refuses("{\"v\":1}", "'' is no operation");
    refuses("{\"v\":1,\"op\":\"explode\"}", "'explode' is no operation");
    refuses("{\"v\":1,\"op\":\"stop\",\"fence\":1}", "name");
    refuses("{\"v\":1,\"op\":\"stop\",\"fence\":1,\"id\":\"a\\u0000b\"}", "name");
    refuses("{\"v\":1,\"op\":\"stop\",\"fence\":1,\"id\":\"../a\"}", "name");
    refuses("{\"v\":1,\"op\":\"stop\",\"fence\":1,\"id\":\"\"}", "name");
    refuses("{\"v\":1,\"op\":\"stop\",\"id\":\"a\"}", "fence");
    refuses("{\"v\":1,\"op\":\"stop\",\"fence\":-1,\"id\":\"a\"}", "fence");
    refuses("{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"x\"}",
            "absolute");
    refuses("{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"/\","
            "\"argv\":{},\"env\":[]}",
            "argv");
    refuses("{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"/\","
            "\"argv\":[],\"env\":[]}",
            "argv");
    refuses("{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"/\","
            "\"argv\":[\"sh\"],\"env\":[]}",
            "absolute");
    refuses("{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"/\","
            "\"argv\":[\"/a\",1],\"env\":[]}",
            "strings");
}

static void too_many_arguments(void **state)
{
    struct error err;
    cleanup_buf struct buf line = buf_make(BUF_TEXT);
    (void)state;
    buf_adds(&line, "{\"v\":1,\"op\":\"start\",\"fence\":1,\"id\":\"a\",\"release_dir\":\"/\","
                    "\"env\":[],\"argv\":[\"/a\"");
    for (int i = 1; i < SUPERVISE_ARGS_MAX; i++)
        buf_adds(&line, ",\"x\"");
    size_t allowed = line.len;
    buf_adds(&line, "]}");
    struct wire_request in;
    cleanup_arena struct arena arena = {0};
    assert_ok(wire_read_request(buf_str(&line), &arena, &in, &err), &err);
    line.len = allowed;
    buf_adds(&line, ",\"x\"]}");
    refuses(buf_cstr(&line), "at most 64");
}

static void a_request_that_does_not_fit(void **state)
{
    struct error err;
    cleanup_buf struct buf line = buf_make(WIRE_REQUEST_MAX);
    cleanup_free char *huge = xmalloc(WIRE_REQUEST_MAX);
    const char *argv[] = {huge, NULL};
    (void)state;
    memset(huge, 'x', WIRE_REQUEST_MAX - 1);
    huge[WIRE_REQUEST_MAX - 1] = '\0';
    struct wire_request out = {.op = WIRE_START,
                               .start = {.id = "a", .release_dir = "/", .argv = argv, .env = ENV}};
    assert_false(wire_write_request(&out, &line, &err));
    assert_int_equal(err.kind, ERR_FAILED);
}

static struct supervise_status make_status(void)
{
    struct supervise_status s = {.backend = "own",
                                 .listen = "127.0.0.1:4000",
                                 .listening = true,
                                 .fence = 7,
                                 .pid = 42,
                                 .active = "b",
                                 .count = 2};
    s.instances[0] = (struct supervise_instance){.id = "b",
                                                 .state = SUPERVISE_ACTIVE,
                                                 .pid = 43,
                                                 .ready = true,
                                                 .fence = 7,
                                                 .release_dir = "/opt/b",
                                                 .started_ms = 1700000000000,
                                                 .restarts = 3,
                                                 .log_tail = "one\ntwo \"x\"\n"};
    s.instances[1] = (struct supervise_instance){.id = "a",
                                                 .state = SUPERVISE_EXITED,
                                                 .ended_ms = 5,
                                                 .exit_known = true,
                                                 .exit_code = -1,
                                                 .exit_signal = 11};
    return s;
}

static void status_survives_the_way(void **state)
{
    struct supervise_status out = make_status(), in;
    struct error err;
    cleanup_buf struct buf line = buf_make(WIRE_REPLY_MAX);
    (void)state;
    assert_ok(wire_write_status(&out, &line, &err), &err);
    assert_ok(wire_read_reply(buf_str(&line), &in, &err), &err);
    assert_memory_equal(&in, &out, sizeof(in));
    const struct supervise_instance *a = supervise_find(&in, "a");
    char how[64];
    assert_non_null(a);
    supervise_describe_exit(a, how, sizeof(how));
    assert_string_equal(how, "killed by SIGSEGV");
    assert_null(supervise_find(&in, "c"));
}

static void errors_survive_the_way(void **state)
{
    (void)state;
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        struct error out, in;
        struct supervise_status status;
        cleanup_buf struct buf line = buf_make(WIRE_REPLY_MAX);
        err_set(&out, (enum err_kind)kind, "what \"went\" wrong");
        wire_write_error(&out, &line);
        assert_fails(wire_read_reply(buf_str(&line), &status, &in), &in, (enum err_kind)kind,
                     "what \"went\" wrong");
    }
}

static void strange_answers(void **state)
{
    static const char *const CASES[] = {"{}", "{\"ok\":true}", "{\"ok\":true,\"status\":[]}",
                                        "[]", "\"ok\"",        "{\"ok\":false}"};
    struct supervise_status status;
    struct error err;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_fails(wire_read_reply(str_of(CASES[i]), &status, &err), &err, ERR_FAILED, "answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_survives_the_way),  cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(too_many_arguments),      cmocka_unit_test(a_request_that_does_not_fit),
        cmocka_unit_test(status_survives_the_way), cmocka_unit_test(errors_survive_the_way),
        cmocka_unit_test(strange_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
