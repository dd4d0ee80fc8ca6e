/* Headers, messages, complaints, sections, and a changelog that others wrote, too. */
#include "changelog/changelog.h"
#include "testing.h"

static void test_headers(void **state unused_arg)
{
    static const struct {
        const char *line, *type, *scope, *subject;
        bool breaking;
        uint64_t pull_request;
        bool reverts;
    } rows[] = {
        {"feat: a", "feat", "", "a", false, 0, false},
        {"feat(x): a (#12)", "feat", "x", "a", false, 12, false},
        {"feat(x)!: a", "feat", "x", "a", true, 0, false},
        {"Fix!: a", "Fix", "", "a", true, 0, false},
        {"fix( a, b ): c", "fix", "a, b", "c", false, 0, false},
        {"revert: feat: a", "revert", "", "feat: a", false, 0, true},
        {"Revert \"feat: a\"", "", "", "Revert \"feat: a\"", false, 0, true},
        {"Revert \"feat: a (#1)\" (#2)", "", "", "Revert \"feat: a (#1)\"", false, 2, true},
        {"something (#3)", "", "", "something", false, 3, false},
        {"something (#3) (#4)", "", "", "something (#3)", false, 4, false},
        {"x (#0)", "", "", "x (#0)", false, 0, false},
        {"x (#99999999999999999999)", "", "", "x (#99999999999999999999)", false, 0, false},
        {"feat:a", "", "", "feat:a", false, 0, false},
        {"https://x", "", "", "https://x", false, 0, false},
        {"feat(x: a", "", "", "feat(x: a", false, 0, false},
        {"feat(): a", "", "", "feat(): a", false, 0, false},
        {"feat: ", "", "", "feat:", false, 0, false},
        {"feat: (#7)", "", "", "feat:", false, 7, false},
        {": a", "", "", ": a", false, 0, false},
        {"4x: a", "", "", "4x: a", false, 0, false},
        {"", "", "", "", false, 0, false},
        {"(#", "", "", "(#", false, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct changelog_header h;
        changelog_read_header(str_of(rows[i].line), &h);
        assert_str(h.type, rows[i].type);
        assert_str(h.scope, rows[i].scope);
        assert_str(h.subject, rows[i].subject);
        assert_int_equal(h.conventional, rows[i].type[0] != '\0');
        assert_int_equal(h.breaking, rows[i].breaking);
        assert_int_equal(h.pull_request, rows[i].pull_request);
        assert_int_equal(h.reverts, rows[i].reverts);
    }
}

static void test_messages(void **state unused_arg)
{
    struct changelog_message m;
    changelog_read_message(STR("feat: a\n\nbody\n\nBREAKING CHANGE: first\n  goes on\nRefs: #1\n"
                               "BREAKING-CHANGE: second\n"),
                           &m);
    assert_true(m.is_breaking);
    assert_str(m.breaking, "first\n  goes on");
    changelog_read_message(STR("feat!: a\r\n\r\nbreaking change: in small letters\r\n"), &m);
    assert_true(m.is_breaking);
    assert_str(m.breaking, "");
    changelog_read_message(STR("\n\nRevert \"x\"\n\nThis reverts commit 0123456789abcdef.\n"), &m);
    assert_int_equal(m.revert_count, 1);
    assert_str(m.reverts[0], "0123456789abcdef");
    changelog_read_message(STR("x\n\nThis reverts commit 01234.\n"), &m);
    assert_int_equal(m.revert_count, 0);
    changelog_read_message(STR_EMPTY, &m);
    assert_str(m.header.subject, "");
}

static void note(void *ctx, unsigned line, const char *text)
{
    buf_addf(ctx, "%u %s\n", line, text);
}

static void test_complaints(void **state unused_arg)
{
    static const char *const types[] = {"store"};
    static const struct {
        const char *message, *says; /* "": nothing */
    } rows[] = {
        {"feat: a\n", ""},
        {"store: a\n", ""},
        {"feat(x)!: a\n\nbody\n\nBREAKING CHANGE: b\n", ""},
        {"Merge branch 'x'\n", ""},
        {"Revert \"feat: a\"\n\nThis reverts commit 0123456.\n", ""},
        {"", "1 the first line is empty"},
        {"\nfeat: a\n", "1 the first line is empty"},
        {"feature: a\n", "1 type 'feature' is not one of feat"},
        {"Feat: a\n", "1 type 'Feat' is not one of feat"},
        {"a\n", "1 the first line is not 'type"},
        {"feat: a.\n", "1 the subject ends"},
        {"feat: a\nb\n", "2 a blank line"},
        {"feat: a\n\nBreaking change: b\n", "3 the footer is"},
        {"feat: a\n\nBREAKING CHANGES: b\n", "3 the footer is"},
        {"feat: a\n\nBREAKING CHANGE:\n", "3 the footer does not say"},
        {"fixup! feat: a\n", "1 a commit to be squashed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_buf struct buf told = buf_make(BUF_LINE);
        changelog_lint(str_of(rows[i].message), types, 1, note, &told);
        if (rows[i].says[0] == '\0')
            assert_str(buf_str(&told), "");
        else if (!str_starts(buf_str(&told), str_of(rows[i].says)))
            fail_msg("'%s' gives '%s'", rows[i].message, buf_cstr(&told));
    }
}

static void check_section(const struct changelog_release *release, const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    struct error err;
    assert_ok(changelog_render(release, &out, &err), &err);
    assert_str(buf_str(&out), expected);
}

static struct git_log_entry commit(const char *digit, const char *message)
{
    static const char names[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "bbbbbbbbbbbbcccccccccccccccccccccccccccccccccccccccc";
    return (struct git_log_entry){
        .sha = str_n(strchr(names, digit[0]), 40), .tags = STR_EMPTY, .message = str_of(message)};
}

static void test_a_section(void **state unused_arg)
{
    const struct git_log_entry commits[] = {
        commit("c", "feat(sdk)!: c (#12)\n\nBREAKING CHANGE: say please\n"),
        commit("b", "fix: <b>\n"),
        commit("a", "docs: nobody cares\n"),
    };
    struct changelog_release r = {
        .version = "1.2.0", .date = "2026-02-03", .commits = commits, .count = 3};
    check_section(&r, "## [1.2.0] - 2026-02-03\n\n### Breaking\n\n- **sdk:** c (#12) (ccccccc)\n"
                      "- **sdk:** say please (#12) (ccccccc)\n\n### Fixed\n\n- &lt;b> (bbbbbbb)\n");
    r.count = 1;
    r.commits = &commits[2];
    r.version = r.date = NULL;
    check_section(&r, "## [Unreleased]\n\nNothing that concerns those who use it.\n");
    r.commits = &commits[1];
    r.url = "https://github.com/o/n";
    check_section(&r, "## [Unreleased]\n\n### Fixed\n\n- &lt;b> "
                      "([bbbbbbb](https://github.com/o/n/commit/"
                      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb))\n");
}

static void test_reverts_and_squashes(void **state unused_arg)
{
    const struct git_log_entry reverted[] = {
        commit("c", "feat: stays\n"),
        commit("b", "Revert \"feat: a\"\n\nThis reverts commit aaaaaaaaaa.\n"),
        commit("a", "feat: a\n"),
    };
    check_section(&(struct changelog_release){.commits = reverted, .count = 3},
                  "## [Unreleased]\n\n### Added\n\n- stays (ccccccc)\n");
    /* The revert was itself reverted. */
    const struct git_log_entry twice[] = {
        commit("c", "Revert \"Revert\"\n\nThis reverts commit bbbbbbbbbb.\n"),
        commit("b", "Revert \"feat: a\"\n\nThis reverts commit aaaaaaaaaa.\n"),
        commit("a", "feat: a\n"),
    };
    check_section(&(struct changelog_release){.commits = twice, .count = 3},
                  "## [Unreleased]\n\n### Added\n\n- a (aaaaaaa)\n");
    /* What it reverts is of another release: then it is news. */
    check_section(&(struct changelog_release){.commits = &reverted[1], .count = 1},
                  "## [Unreleased]\n\n### Removed\n\n- Revert \"feat: a\" (bbbbbbb)\n");
    const struct git_log_entry squash[] = {
        commit("a", "A branch (#5)\n\n* feat: one\n* wip\n* fix(x): two (#4)\n* note: three\n")};
    check_section(&(struct changelog_release){.commits = squash, .count = 1},
                  "## [Unreleased]\n\n### Added\n\n- one (#5) (aaaaaaa)\n\n### Fixed\n\n"
                  "- **x:** two (#4) (aaaaaaa)\n");
}

static void check_prepend(const char *text, const char *section, const char *version,
                          const char *expected)
{
    cleanup_buf struct buf out = buf_make(BUF_TEXT), again = buf_make(BUF_TEXT);
    changelog_prepend(str_of(text), str_of(section), version, &out);
    assert_str(buf_str(&out), expected);
    changelog_prepend(buf_str(&out), str_of(section), version, &again);
    assert_str(buf_str(&again), expected);
}

static void test_prepend(void **state unused_arg)
{
    check_prepend("# L\n\n## [1.0.0]\n\n- a\n", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# L\n\n## [1.1.0]\n\n- b\n\n## [1.0.0]\n\n- a\n");
    check_prepend("# L\r\n\r\n## 1.0.0\r\n", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# L\r\n\r\n## [1.1.0]\r\n\r\n- b\r\n\r\n## 1.0.0\r\n");
    /* What is not released yet stays above. */
    check_prepend("# L\n\n## [Unreleased]\n\n- c\n\n## [1.0.0]\n", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# L\n\n## [Unreleased]\n\n- c\n\n## [1.1.0]\n\n- b\n\n## [1.0.0]\n");
    check_prepend("# L\n\n## [Unreleased]\n\n- c\n\n## [1.0.0]\n", "## [Unreleased]\n\n- d\n", NULL,
                  "# L\n\n## [Unreleased]\n\n- d\n\n## [1.0.0]\n");
    /* A heading in a fence is no heading; links stay at the end. */
    check_prepend("# L\n\n```\n## [0.1.0]\n```\n\n[x]: http://y\n", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# L\n\n```\n## [0.1.0]\n```\n\n## [1.1.0]\n\n- b\n\n[x]: http://y\n");
    /* A fence that is never closed hides nothing. */
    check_prepend("# L\n\n```\n", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# L\n\n```\n\n## [1.1.0]\n\n- b\n");
    check_prepend("# L\r", "## [1.1.0]\n", "1.1.0", "# L\r\r\n\r\n## [1.1.0]\r\n");
    check_prepend("# L", "## [1.1.0]\n\n- b\n", "1.1.0", "# L\n\n## [1.1.0]\n\n- b\n");
    check_prepend("", "## [1.1.0]\n\n- b\n", "1.1.0",
                  "# Changelog\n\nAll notable changes are in this file, newest first.\n\n"
                  "## [1.1.0]\n\n- b\n");
}

static void test_versions_of_tags(void **state unused_arg)
{
    assert_str(changelog_version_of(STR("HEAD -> refs/heads/v1.0.0, tag: refs/tags/v1.2.3")),
               "1.2.3");
    assert_str(changelog_version_of(STR("tag: refs/tags/x, tag: refs/tags/2.0.0-rc.1")),
               "2.0.0-rc.1");
    assert_str(changelog_version_of(STR("tag: refs/tags/latest")), "");
    assert_str(changelog_version_of(STR_EMPTY), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_a_section),
        cmocka_unit_test(test_reverts_and_squashes),
        cmocka_unit_test(test_prepend),
        cmocka_unit_test(test_versions_of_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
