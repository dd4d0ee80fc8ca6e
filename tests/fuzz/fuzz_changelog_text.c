/* Any bytes as a message, as a log of git, and as a changelog: reading is total, what is rendered
 * is UTF-8, and prepending twice is prepending once. */
#include <stdint.h>
#include <stdlib.h>

#include "changelog/changelog.h"
#include "git/internal.h"

enum { OUT_MAX = 1024 * 1024 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void count(void *ctx, unsigned line, const char *text)
{
    size_t *complaints = ctx;
    must(line > 0 && text[0] != '\0');
    ++*complaints;
}

static void check_message(struct str text)
{
    struct changelog_message m;
    size_t complaints = 0;
    changelog_read_message(text, &m);
    must(m.body.len <= text.len && m.header.subject.len <= text.len);
    changelog_lint(text, NULL, 0, count, &complaints);
}

static void check_render(const struct git_log_entry *commits, size_t commit_count)
{
    cleanup_buf struct buf out = buf_make(OUT_MAX);
    struct error err;
    const struct changelog_release release = {.commits = commits, .count = commit_count};
    if (changelog_render(&release, &out, &err))
        must(str_is_utf8(buf_str(&out)));
}

/* A replaced section may take half of a fence with it; then the rest reads differently. */
static void check_prepend(struct str text)
{
    bool fences = str_has(text, STR("```")) || str_has(text, STR("~~~"));
    cleanup_buf struct buf once = buf_make(OUT_MAX), twice = buf_make(OUT_MAX);
    const struct str section = STR("## [1.0.0]\n\n- a\n");
    changelog_prepend(text, section, "1.0.0", &once);
    changelog_prepend(buf_str(&once), section, "1.0.0", &twice);
    must(fences || once.overflow || twice.overflow || str_eq(buf_str(&once), buf_str(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n(data, size);
    struct error err;
    cleanup_git_log struct git_log log = {0};
    cleanup_git_changes struct git_changes changes = {0};
    const struct git_log_entry one = {
        .sha = STR("0123456789012345678901234567890123456789"), .tags = text, .message = text};
    check_message(text);
    check_render(&one, 1);
    if (git_parse_log(text, &log, &err))
        check_render(log.items, log.count);
    (void)!git_parse_changes(text, &changes, &err);
    check_prepend(text);
    return 0;
}
