/* Real repositories: what they say about themselves, and the commits and tags made in them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/internal.h"
#include "proc/proc.h"
#include "testing.h"

static struct cap apply;
static char home[] = "/tmp/test-git-XXXXXX";

/* Runs a script in the temporary home; its output without the last newline is handed back. */
static char *sh(const char *script)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = {
        .argv = (const char *const[]){"sh", "-ec", script, NULL},
        .env = (const char *const[]){"GIT_CONFIG_NOSYSTEM=1", NULL},
        .cwd = home,
        .out.max = BUF_LINE,
        .errout.max = BUF_LINE,
    };
    assert_ok(proc_run_ok(&spec, &r, &err), &err);
    struct str text = str_trim(buf_str(&r.out));
    return xstrndup(text.ptr, text.len);
}

static void do_sh(const char *script)
{
    free(sh(script));
}

static char *at(const char *name)
{
    return xasprintf("%s/%s", home, name);
}

static int make_home(void **state unused_arg)
{
    apply = cap_apply(NULL, NULL);
    memcpy(home + sizeof(home) - 7, "XXXXXX", 6);
    if (mkdtemp(home) == NULL)
        return -1;
    setenv("HOME", home, 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    unsetenv("XDG_CONFIG_HOME");
    do_sh("git config --global user.name Ada; git config --global user.email ada@example.org;"
          "git config --global init.defaultBranch main");
    return 0;
}

static int drop_home(void **state unused_arg)
{
    do_sh("rm -rf \"$HOME\"");
    return 0;
}

static void make_repo(void)
{
    do_sh("git init -q repo; cd repo; mkdir sub; echo 1 > a; echo 1 > sub/b;"
          "git add .; git commit -qm first; echo 2 > a; git commit -qam second");
}

static void test_what_a_repository_says(void **state unused_arg)
{
    cleanup_git_state struct git_state s = {0}, changed = {0}, other = {0};
    struct error err;
    make_repo();
    cleanup_free char *sub = at("repo/sub"), *root = at("repo");
    cleanup_free char *sha = sh("git -C repo rev-parse HEAD");
    assert_ok(git_look(sub, &s, &err), &err);
    assert_string_equal(s.root, root);
    assert_string_equal(s.sha, sha);
    assert_int_equal(strlen(s.short_sha), GIT_SHORT_LEN);
    assert_true(str_starts(str_of(sha), str_of(s.short_sha)));
    assert_string_equal(s.branch, "main");
    assert_false(s.dirty || s.untracked || s.shallow);
    do_sh("cd repo; git checkout -q --detach; touch '# branch.oid x'");
    assert_ok(git_look(root, &other, &err), &err);
    assert_string_equal(other.branch, "");
    assert_true(other.untracked && !other.dirty);
    do_sh("cd repo; git mv a 'c d'");
    assert_ok(git_look(root, &changed, &err), &err);
    assert_true(changed.dirty);
}

static void test_before_the_first_commit(void **state unused_arg)
{
    cleanup_git_state struct git_state s = {0};
    char sha[GIT_SHA_MAX];
    struct error err;
    do_sh("git init -q -b trunk fresh; touch fresh/a");
    cleanup_free char *root = at("fresh");
    assert_ok(git_look(root, &s, &err), &err);
    assert_string_equal(s.sha, "");
    assert_string_equal(s.branch, "trunk");
    assert_true(s.untracked && !s.dirty);
    assert_fails(git_resolve(root, "HEAD", sha, &err), &err, ERR_NOT_FOUND, "'HEAD' names no");
    const struct git_commit what = {.paths = (const char *const[]){"a", NULL}, .message = "one"};
    assert_ok(git_commit_paths(&apply, root, &what, sha, &err), &err);
    assert_int_equal(strlen(sha), 40);
}

static void test_shallow_clones_and_worktrees(void **state unused_arg)
{
    cleanup_git_state struct git_state clone = {0}, tree = {0};
    char sha[GIT_SHA_MAX];
    struct error err;
    make_repo();
    do_sh("git clone -q --depth 1 file://$PWD/repo clone;"
          "git -C repo worktree add -q ../tree -b side; git -C clone remote set-url origin "
          "https://user:secret@example.org/a/b.git");
    cleanup_free char *clone_dir = at("clone"), *tree_dir = at("tree"), *url = NULL;
    assert_ok(git_look(clone_dir, &clone, &err), &err);
    assert_true(clone.shallow && !clone.dirty);
    assert_fails(git_resolve(clone_dir, "HEAD~1", sha, &err), &err, ERR_NOT_FOUND, "HEAD~1");
    assert_ok(git_remote_url(clone_dir, "origin", &url, &err), &err);
    assert_string_equal(url, "https://example.org/a/b.git");
    assert_fails(git_remote_url(clone_dir, "other", &url, &err), &err, ERR_NOT_FOUND, "no such");
    assert_ok(git_look(tree_dir, &tree, &err), &err);
    assert_string_equal(tree.root, tree_dir);
    assert_string_equal(tree.branch, "side");
    const struct git_commit what = {.paths = (const char *const[]){"a", NULL}, .message = "x"};
    do_sh("echo 3 > clone/a; echo 3 > tree/a");
    assert_ok(git_commit_paths(&apply, clone_dir, &what, sha, &err), &err);
    assert_ok(git_commit_paths(&apply, tree_dir, &what, sha, &err), &err);
}

static void test_places_that_are_none(void **state unused_arg)
{
    struct git_state s;
    struct error err;
    do_sh("mkdir empty; git init -q --bare bare");
    cleanup_free char *empty = at("empty"), *lost = at("lost"), *bare = at("bare");
    assert_fails(git_look(empty, &s, &err), &err, ERR_NOT_FOUND, "not inside a git repository");
    assert_fails(git_look(lost, &s, &err), &err, ERR_NOT_FOUND, "no such directory");
    assert_fails(git_look(bare, &s, &err), &err, ERR_NOT_FOUND, "bare repository");
}

static void test_a_repository_of_somebody_else(void **state unused_arg)
{
    struct git_state s;
    struct error err;
    if (geteuid() != 0) {
        print_message("skipped: only root can give a repository to somebody else\n");
        skip();
    }
    make_repo();
    do_sh("chown -R 65534 repo");
    cleanup_free char *root = at("repo");
    assert_fails(git_look(root, &s, &err), &err, ERR_AUTH, "safe.directory");
}

static void test_git_is_not_installed(void **state unused_arg)
{
    struct git_state s;
    struct error err;
    cleanup_free char *path = xstrdup(getenv("PATH"));
    setenv("PATH", home, 1);
    bool ok = git_look(home, &s, &err);
    setenv("PATH", path, 1);
    assert_fails(ok, &err, ERR_NOT_FOUND, "git is not installed");
}

/* A hook that runs us must not make us look at its repository. */
static void test_a_surrounding_hook_is_not_heard(void **state unused_arg)
{
    struct git_state s;
    struct error err;
    make_repo();
    do_sh("mkdir empty");
    cleanup_free char *git_dir = at("repo/.git"), *empty = at("empty");
    setenv("GIT_DIR", git_dir, 1);
    bool ok = git_look(empty, &s, &err);
    unsetenv("GIT_DIR");
    assert_fails(ok, &err, ERR_NOT_FOUND, "not inside a git repository");
}

static void test_commit_takes_its_paths_only(void **state unused_arg)
{
    char sha[GIT_SHA_MAX], again[GIT_SHA_MAX];
    struct error err;
    make_repo();
    do_sh("cd repo; echo staged > a; git add a; echo new > 'LEDGER *.md'; git rm -q sub/b;"
          "echo new > 'LEDGER x.md'");
    cleanup_free char *root = at("repo");
    const struct git_commit what = {
        .paths = (const char *const[]){"LEDGER *.md", "sub/b", NULL},
        .message = "ledger: deployed\n\n# not a comment\n",
        .author = "Bot <bot@example.org>",
    };
    do_sh("cd repo; git reset -q -- sub/b");
    assert_ok(git_commit_paths(&apply, root, &what, sha, &err), &err);
    cleanup_free char *names = sh("git -C repo show --name-status --format='%an %s' HEAD");
    assert_string_equal(names, "Bot ledger: deployed\n\nA\tLEDGER *.md\nD\tsub/b");
    cleanup_free char *status = sh("git -C repo status --porcelain");
    assert_string_equal(status, "M  a\n?? \"LEDGER x.md\"");
    cleanup_free char *body = sh("git -C repo log -1 --format=%b");
    assert_string_equal(body, "# not a comment");
    const struct git_commit same = {.paths = (const char *const[]){"LEDGER *.md", NULL},
                                    .message = "again"};
    assert_ok(git_commit_paths(&apply, root, &same, again, &err), &err);
    assert_string_equal(again, sha);
}

static void test_commits_that_fail(void **state unused_arg)
{
    char sha[GIT_SHA_MAX];
    struct error err;
    make_repo();
    do_sh("echo 9 > repo/a");
    cleanup_free char *root = at("repo");
    const struct git_commit what = {.paths = (const char *const[]){"a", NULL}, .message = "x"};
    const struct git_commit nothing = {.paths = (const char *const[]){NULL}, .message = "x"};
    assert_fails(git_commit_paths(cap_observe(), root, &what, sha, &err), &err, ERR_BUG, "'git'");
    assert_fails(git_commit_paths(&apply, root, &nothing, sha, &err), &err, ERR_BUG, "0 paths");
    do_sh("touch repo/.git/index.lock");
    assert_fails(git_commit_paths(&apply, root, &what, sha, &err), &err, ERR_TRANSIENT,
                 "another git is at work");
    do_sh("rm repo/.git/index.lock; git config --global --unset user.email;"
          "git config --global user.useConfigOnly true");
    assert_fails(git_commit_paths(&apply, root, &what, sha, &err), &err, ERR_CONFIG,
                 "git knows no author");
    do_sh("git config --global user.email ada@example.org;"
          "printf '#!/bin/sh\\necho the hook says no >&2\\nexit 1\\n' > repo/.git/hooks/pre-commit;"
          "chmod +x repo/.git/hooks/pre-commit");
    assert_fails(git_commit_paths(&apply, root, &what, sha, &err), &err, ERR_FAILED,
                 "the hook says no");
}

static void test_tags(void **state unused_arg)
{
    char sha[GIT_SHA_MAX];
    struct error err;
    make_repo();
    cleanup_free char *root = at("repo"), *head = sh("git -C repo rev-parse HEAD");
    assert_ok(git_tag(&apply, root, "v1.0.0", "HEAD", "one", &err), &err);
    assert_ok(git_tag(&apply, root, "v1.0.0", "HEAD", "one", &err), &err);
    assert_ok(git_resolve(root, "v1.0.0", sha, &err), &err);
    assert_string_equal(sha, head);
    assert_fails(git_tag(&apply, root, "v1.0.0", "HEAD~1", "one", &err), &err, ERR_CONFLICT,
                 "'v1.0.0' is on commit");
    assert_fails(git_tag(&apply, root, "v1..0", "HEAD", "", &err), &err, ERR_USAGE, "v1..0");
    assert_fails(git_tag(&apply, root, "-d", "HEAD", "", &err), &err, ERR_USAGE, "'-d'");
    assert_fails(git_tag(&apply, root, "v2", "none", "", &err), &err, ERR_NOT_FOUND, "'none'");
    assert_fails(git_tag(cap_observe(), root, "v3", "HEAD", "x", &err), &err, ERR_BUG, "'git'");
}

static void test_urls_lose_their_credentials(void **state unused_arg)
{
    static const char *const cases[][2] = {
        {"https://user:p@ss@host/a@b", "https://host/a@b"},
        {"https://token@host", "https://host"},
        {"https://host/a@b", "https://host/a@b"},
        {"https://host?x=a@b", "https://host?x=a@b"},
        {"ssh://git:pw@host/x", "ssh://git@host/x"},
        {"ssh://git@host/x", "ssh://git@host/x"},
        {"ssh://host:22/x", "ssh://host:22/x"},
        {"git@github.com:a/b.git", "git@github.com:a/b.git"},
        {"/path/to@here", "/path/to@here"},
        {"://", "://"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf got = buf_make(100);
        git_strip_url(str_of(cases[i][0]), &got);
        assert_str(buf_str(&got), cases[i][1]);
    }
}

#define OID "# branch.oid bf10e6b546de23efc3b100c6182c9f30b49bdf62"

/* A file's old name may look like anything that git itself says. */
static void test_status_of_a_rename(void **state unused_arg)
{
    static const char text[] =
        OID "\0# branch.head main\0"
            "2 R. N... 100644 100644 100644 a a R100 new\0? old\0"
            "2 R. N... 100644 100644 100644 a a R100 newer\0# branch.oid x\0";
    struct git_state s = {0};
    struct error err;
    assert_ok(git_parse_status(str_n(text, sizeof(text) - 1), &s, &err), &err);
    assert_true(s.dirty && !s.untracked);
    assert_string_equal(s.short_sha, "bf10e6b546de");
}

#define ZEROS_33 "000000000000000000000000000000000"

static void test_status_that_is_none(void **state unused_arg)
{
    static const char *const bad[] = {"", "1 .M N...", "# branch.oid 12",
                                      ("# branch.oid " ZEROS_33 ZEROS_33)};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct git_state s = {0};
        struct error err;
        assert_fails(git_parse_status(str_of(bad[i]), &s, &err), &err, ERR_FAILED, "git status");
    }
}

#define WITH_HOME(test) cmocka_unit_test_setup_teardown(test, make_home, drop_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(test_what_a_repository_says),
        WITH_HOME(test_before_the_first_commit),
        WITH_HOME(test_shallow_clones_and_worktrees),
        WITH_HOME(test_places_that_are_none),
        WITH_HOME(test_a_repository_of_somebody_else),
        WITH_HOME(test_git_is_not_installed),
        WITH_HOME(test_a_surrounding_hook_is_not_heard),
        WITH_HOME(test_commit_takes_its_paths_only),
        WITH_HOME(test_commits_that_fail),
        WITH_HOME(test_tags),
        cmocka_unit_test(test_urls_lose_their_credentials),
        cmocka_unit_test(test_status_of_a_rename),
        cmocka_unit_test(test_status_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
