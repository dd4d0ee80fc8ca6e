/* From an instance's pipe into the log: whole lines, bounded, rotated; the last ones remembered. */
#include "testing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/fs.h"
#include "supervise/log.h"

struct bench {
    struct cap cap;
    struct fs_temp dir;
    struct log log;
    struct log_source source;
    int writer;
};

static void set_up(struct bench *b, uint64_t size_max, int64_t files)
{
    struct error err;
    *b = (struct bench){.cap = cap_apply(NULL, NULL), .source = log_source_make()};
    assert_ok(fs_temp_dir(&b->cap, NULL, "log", &b->dir, &err), &err);
    assert_int_equal(chdir(b->dir.path), 0);
    assert_ok(fs_make_dirs(&b->cap, "log", 0700, &err), &err);
    b->log = (struct log){
        .cap = &b->cap, .clock = clock_system(), .fd = -1, .size_max = size_max, .files = files};
    log_open(&b->log, "x");
    assert_true(b->log.fd >= 0);
    assert_ok(log_source_open(&b->cap, &b->source, "pipe", &err), &err);
    assert_ok(log_source_writer("pipe", &b->writer, &err), &err);
}

static void tear_down(struct bench *b)
{
    assert_int_equal(chdir("/"), 0);
    mem_close_at(&b->writer);
    log_source_release(&b->source);
    log_close(&b->log);
    fs_temp_release(&b->dir);
}

static void say(struct bench *b, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t done = write(b->writer, at, len);
        assert_true(done > 0);
        at += done;
        len -= (size_t)done;
    }
    assert_true(log_source_pump(&b->source, &b->log));
}

static void expect_file(const char *path, struct str text)
{
    struct error err;
    cleanup_buf struct buf has = buf_make(BUF_DOCUMENT);
    assert_ok(fs_read(path, &has, &err), &err);
    assert_int_equal(has.len, text.len);
    assert_memory_equal(buf_cstr(&has), text.ptr, text.len);
}

static void lines_come_whole(void **state)
{
    struct bench b;
    (void)state;
    set_up(&b, 1 << 20, 2);
    say(&b, "one\ntw", 6);
    expect_file("log/x.log", STR("one\n"));
    say(&b, "o\n\nthr", 6);
    expect_file("log/x.log", STR("one\ntwo\n\n"));
    assert_string_equal(b.source.tail, "one\ntwo\n\n");
    log_source_finish(&b.source, &b.log);
    expect_file("log/x.log", STR("one\ntwo\n\nthr\n"));
    mem_close_at(&b.writer);
    b.writer = -1;
    assert_false(log_source_pump(&b.source, &b.log));
    tear_down(&b);
}

static void long_lines_are_cut(void **state)
{
    struct bench b;
    cleanup_buf struct buf expected = buf_make(BUF_TEXT);
    cleanup_free char *line = xmalloc(LOG_LINE_MAX * 3);
    (void)state;
    set_up(&b, 1 << 20, 2);
    memset(line, 'x', LOG_LINE_MAX * 3);
    say(&b, line, LOG_LINE_MAX);
    say(&b, "\n", 1);
    buf_add(&expected, str_n(line, LOG_LINE_MAX));
    buf_addc(&expected, '\n');
    say(&b, line, LOG_LINE_MAX * 3);
    say(&b, "more\nnext\n", 10);
    buf_add(&expected, str_n(line, LOG_LINE_MAX));
    buf_adds(&expected, "…\nnext\n");
    line[LOG_LINE_MAX + 1] = '\n';
    say(&b, line, LOG_LINE_MAX + 2);
    buf_add(&expected, str_n(line, LOG_LINE_MAX));
    buf_adds(&expected, "…\n");
    expect_file("log/x.log", buf_str(&expected));
    tear_down(&b);
}

static void files_are_rotated(void **state)
{
    struct bench b;
    (void)state;
    set_up(&b, 10, 2);
    say(&b, "11111\n", 6);
    say(&b, "22222\n", 6);
    say(&b, "333\n", 4);
    say(&b, "44444\n", 6);
    expect_file("log/x.log", STR("44444\n"));
    expect_file("log/x.log.1", STR("22222\n333\n"));
    expect_file("log/x.log.2", STR("11111\n"));
    say(&b, "longer than a file\n", 19);
    expect_file("log/x.log", STR("longer than a file\n"));
    expect_file("log/x.log.2", STR("22222\n333\n"));
    assert_int_equal(access("log/x.log.3", F_OK), -1);
    tear_down(&b);
}

static void the_tail_is_the_end(void **state)
{
    struct bench b;
    char line[400];
    (void)state;
    set_up(&b, 1 << 20, 2);
    for (int i = 0; i < 200; i++) {
        int len = snprintf(line, sizeof(line), "%d %0*d\n", i, i, 0);
        say(&b, line, (size_t)len);
    }
    assert_int_equal(strlen(b.source.tail), SUPERVISE_LOG_TAIL - 1);
    assert_true(str_ends(str_of(b.source.tail), str_of(line)));
    tear_down(&b);
}

static void a_full_pipe_does_not_block_the_writer(void **state)
{
    struct bench b;
    char block[4096];
    size_t written = 0;
    (void)state;
    set_up(&b, 16 << 20, 2);
    memset(block, 'y', sizeof(block) - 1);
    block[sizeof(block) - 1] = '\n';
    ssize_t len = write(b.writer, block, sizeof(block));
    while (len > 0) {
        written += (size_t)len;
        len = write(b.writer, block, sizeof(block));
    }
    assert_true(written >= 65536);
    assert_true(log_source_pump(&b.source, &b.log));
    assert_int_equal(b.log.size, written);
    tear_down(&b);
}

static void an_event_is_one_line_of_json(void **state)
{
    struct bench b;
    struct error err;
    cleanup_buf struct buf has = buf_make(BUF_TEXT);
    (void)state;
    set_up(&b, 1 << 20, 2);
    log_event(&b.log, "a", "it said \"%s\"", "no\n");
    assert_ok(fs_read("log/x.log", &has, &err), &err);
    assert_true(
        str_has(buf_str(&has), STR("\"instance\":\"a\",\"message\":\"it said \\\"no\\n\\\"\"}\n")));
    tear_down(&b);
}

static void observing_opens_no_log(void **state)
{
    struct log log = {.cap = cap_observe(), .clock = clock_system(), .fd = -1};
    (void)state;
    log_open(&log, "never");
    assert_int_equal(log.fd, -1);
    log_write(&log, STR("lost\n"));
    assert_int_equal(log.lost, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(files_are_rotated),
        cmocka_unit_test(the_tail_is_the_end),
        cmocka_unit_test(a_full_pipe_does_not_block_the_writer),
        cmocka_unit_test(an_event_is_one_line_of_json),
        cmocka_unit_test(observing_opens_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
