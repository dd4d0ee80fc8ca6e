/* The story in GitHub Actions: commands, escapes, limits, foreign text, outputs, the summary. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "story.h"

/* Delimiters and tokens: the counting randomness repeats one byte. */
#define TOKEN(digits)                                                                          \
    digits digits digits digits digits digits digits digits digits digits digits digits digits \
        digits digits digits

struct files {
    char output[64];
    char summary[64];
};

static void files_open(struct files *f)
{
    *f = (struct files){"/tmp/teerex-output-XXXXXX", "/tmp/teerex-summary-XXXXXX"};
    close(mkstemp(f->output));
    close(mkstemp(f->summary));
}

static void files_close(struct files *f)
{
    unlink(f->output);
    unlink(f->summary);
}

static void listen(struct story_test *t, const struct files *f, enum story story)
{
    events_add_sink(t->events, sink_github(&(struct github_options){
                                   .fd = t->fd,
                                   .output_path = f ? f->output : NULL,
                                   .summary_path = f ? f->summary : NULL,
                                   .rng = &t->rng,
                                   .story = story,
                                   .program = "teerexctl",
                               }));
}

static char *read_file(const char *path)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    char *text = xcalloc((size_t)st.st_size + 1, 1);
    assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
    return text;
}

static void test_groups_and_annotations(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, NULL, STORY_NORMAL);
    events_group(t.events, "50%% of it");
    events_group(t.events, "next");
    events_message(t.events, &(struct event_message){.level = EVENT_ERROR,
                                                     .title = "a: b, c",
                                                     .file = "envs/x,y.yaml",
                                                     .line = 3,
                                                     .col = 7,
                                                     .text = "100%\nsecond"});
    events_warn(t.events, "careful");
    events_note(t.events, "::error::no command");
    events_note(t.events, "nor this: ##[error]x");
    events_finish(t.events, &(struct event_finish){.exit_status = 0});
    story_expect(&t, "::group::50%25 of it\n"
                     "::endgroup::\n"
                     "::group::next\n"
                     "::error file=envs/x%2Cy.yaml,line=3,col=7,title=a%3A b%2C "
                     "c::100%25%0Asecond\n"
                     "::warning::careful\n"
                     "> ::error::no command\n"
                     "nor this: # #[error]x\n"
                     "::endgroup::\n");
}

static void test_ten_of_a_kind(void **state)
{
    struct story_test t;
    struct files f;
    (void)state;
    story_open(&t);
    files_open(&f);
    listen(&t, &f, STORY_NORMAL);
    for (int i = 1; i <= 12; i++)
        events_warn(t.events, "number %d", i);
    events_finish(t.events, &(struct event_finish){.exit_status = 0});
    cleanup_free char *text = story_text(&t);
    cleanup_free char *summary = read_file(f.summary);
    assert_non_null(strstr(text, "::warning::number 10\nwarning: number 11\nwarning: number 12\n"));
    assert_string_equal(summary, "\n### More messages\n\n"
                                 "    warning: number 11\n    warning: number 12\n");
    files_close(&f);
    story_close(&t);
}

static void test_foreign_text_gives_no_orders(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    listen(&t, NULL, STORY_NORMAL);
    step_id step = events_step_begin(t.events, NULL, "run");
    events_step_output(t.events, step, STR("::set-env name=PATH::/evil"));
    events_step_output(t.events, step, STR("x ##[add-path]/evil"));
    events_step_end(t.events, step, STEP_FAILED, "%s", "");
    events_step_output(t.events, 0, STR("late"));
    story_expect(
        &t, "  begin   run\n"
            "::stop-commands::" TOKEN(
                "00") "\n"
                      "    | ::set-env name=PATH::/evil\n"
                      "    | x # #[add-path]/evil\n"
                      "::" TOKEN("00") "::\n"
                                       "  FAILED  run                       0 ms\n"
                                       "::stop-commands::" TOKEN("01") "\n"
                                                                       "    | late\n"
                                                                       "::" TOKEN("01") "::\n");
}

static void test_masks(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    events_add_secret(t.events, STR("before%one"));
    listen(&t, NULL, STORY_NORMAL);
    events_add_secret(t.events, STR("line one\nline two"));
    events_add_secret(t.events, STR("short"));
    cleanup_free char *text = story_text(&t);
    assert_non_null(strstr(text, "::add-mask::before%25one\n"));
    assert_non_null(strstr(text, "::add-mask::YmVmb3JlJW9uZ"));
    assert_non_null(strstr(text, "::add-mask::before%2525one\n"));
    assert_non_null(strstr(text, "::add-mask::line one\n::add-mask::line two\n"));
    assert_non_null(strstr(text, "::add-mask::line one\\nline two\n"));
    assert_null(strstr(text, "short"));
    story_close(&t);
}

static void test_no_masks_in_a_file(void **state)
{
    struct story_test t;
    (void)state;
    story_open(&t);
    events_add_sink(
        t.events,
        sink_github(&(struct github_options){
            .fd = t.fd, .rng = &t.rng, .story = STORY_NORMAL, .program = "t", .no_masks = true}));
    events_add_secret(t.events, STR("swordfish"));
    events_note(t.events, "the swordfish");
    story_expect(&t, "the ***\n");
}

/* The runner's own parser, ported to Python, reads the file back. */
static void parse_outputs(const char *path, struct buf *ret_json)
{
    const char *source = getenv("TEEREX_SOURCE");
    int ends[2], status = 0;
    pid_t pid = 0;
    posix_spawn_file_actions_t actions;
    assert_non_null(source);
    cleanup_free char *script = xasprintf("%s/tests/scenario/runner.py", source);
    char outputs[] = "outputs", python[] = "python3";
    cleanup_free char *file = xstrdup(path);
    char *const argv[] = {python, script, outputs, file, NULL};
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    assert_int_equal(posix_spawnp(&pid, python, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char *room = buf_reserve(ret_json, 65536);
    ssize_t got = 0, len = 0;
    while ((got = read(ends[0], room + len, 65536 - (size_t)len)) > 0)
        len += got;
    buf_commit(ret_json, (size_t)len);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_outputs_round_trip(void **state)
{
    struct story_test t;
    struct files f;
    struct error err;
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    (void)state;
    story_open(&t);
    files_open(&f);
    listen(&t, &f, STORY_NORMAL);
    assert_ok(events_output(t.events, "digest", STR("sha256:12"), &err), &err);
    assert_ok(events_output(t.events, "text", STR("a=b\nc<<d\n\n00000000\n"), &err), &err);
    assert_ok(events_output(t.events, "empty", STR_EMPTY, &err), &err);
    assert_ok(events_output(t.events, "last_one", STR("ä"), &err), &err);
    parse_outputs(f.output, &json);
    assert_string_equal(
        buf_cstr(&json),
        "[[\"digest\", \"sha256:12\"], [\"text\", \"a=b\\nc<<d\\n\\n00000000\\n\"], "
        "[\"empty\", \"\"], [\"last_one\", \"\\u00e4\"]]\n");
    files_close(&f);
    story_close(&t);
}

static void test_output_that_cannot_be_written(void **state)
{
    struct story_test t;
    struct error err;
    const struct files f = {.output = "/nonexistent/output"};
    (void)state;
    story_open(&t);
    listen(&t, &f, STORY_NORMAL);
    assert_fails(events_output(t.events, "a", STR("b"), &err), &err, ERR_FAILED, "GITHUB_OUTPUT");
    story_close(&t);
}

static void test_summary_is_capped(void **state)
{
    struct story_test t;
    struct files f;
    struct stat st;
    cleanup_buf struct buf markdown = buf_make(BUF_TEXT);
    (void)state;
    story_open(&t);
    files_open(&f);
    listen(&t, &f, STORY_NORMAL);
    for (int i = 0; i < 200 * 1024; i++)
        buf_adds(&markdown, "äö");
    events_summary(t.events, STR("# Title\n"));
    events_summary(t.events, buf_str(&markdown));
    events_summary(t.events, buf_str(&markdown));
    assert_int_equal(stat(f.summary, &st), 0);
    assert_in_range(st.st_size, 899 * 1024, 900 * 1024);
    cleanup_free char *text = read_file(f.summary);
    assert_true(str_starts(str_of(text), STR("# Title\n")));
    assert_true(str_ends(str_of(text), STR("(cut here: a summary may have 1 MiB)*\n")));
    assert_true(str_is_utf8(str_of(text)));
    files_close(&f);
    story_close(&t);
}

static void test_failure(void **state)
{
    struct story_test t;
    struct files f;
    struct error err;
    (void)state;
    story_open(&t);
    files_open(&f);
    listen(&t, &f, STORY_NORMAL);
    events_left(t.events, "a1: stopped");
    events_next(t.events, "teerexctl resume 42");
    err_set(&err, ERR_GATE, "gate health: 503");
    events_finish(t.events, &(struct event_finish){.err = &err, .exit_status = 6});
    cleanup_free char *summary = read_file(f.summary);
    assert_string_equal(summary, "\n### teerexctl: Gate failed\n\n    gate health: 503\n"
                                 "    left: a1: stopped\n    next: teerexctl resume 42\n");
    files_close(&f);
    story_expect(&t, "::error title=Gate failed::gate health: 503%0Aleft: a1: stopped%0Anext: "
                     "teerexctl resume 42\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_and_annotations),
        cmocka_unit_test(test_ten_of_a_kind),
        cmocka_unit_test(test_foreign_text_gives_no_orders),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_no_masks_in_a_file),
        cmocka_unit_test(test_outputs_round_trip),
        cmocka_unit_test(test_output_that_cannot_be_written),
        cmocka_unit_test(test_summary_is_capped),
        cmocka_unit_test(test_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
