/* Asking a repository about itself. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

enum { URL_MAX = 8192 };

void git_state_release(struct git_state *s)
{
    free(s->root);
    *s = (struct git_state){0};
}

/* "false\n/the/root\n": the path comes last because it may hold anything. */
static bool look_root(const char *dir, struct git_state *into, struct error *err)
{
    static const char *const args[] = {"rev-parse", "--is-shallow-repository", "--show-toplevel",
                                       NULL};
    cleanup_buf struct buf out = buf_make(1);
    struct str root;
    TRY(git_run(&(struct git_call){.dir = dir, .args = args, .doing = "rev-parse"}, &out, NULL,
                err));
    into->shallow = str_is(str_cut(buf_str(&out), '\n', &root, NULL), "true");
    if (root.len < 2)
        return err_set(err, ERR_FAILED, "git names no working tree for '%s'", dir);
    into->root = xstrndup(root.ptr, root.len - 1);
    return true;
}

static bool look_status(const char *dir, struct git_state *into, struct error *err)
{
    static const char *const args[] = {"status", "--porcelain=v2", "--branch", "-z", NULL};
    cleanup_buf struct buf out = buf_make(1);
    TRY(git_run(&(struct git_call){.dir = dir, .args = args, .doing = "status"}, &out, NULL, err));
    return git_parse_status(buf_str(&out), into, err);
}

bool git_look(const char *dir, struct git_state *ret, struct error *err)
{
    cleanup_git_state struct git_state state = {0};
    TRY(look_root(dir, &state, err));
    TRY(look_status(dir, &state, err));
    *ret = state;
    state = (struct git_state){0};
    return true;
}

bool git_remote_url(const char *dir, const char *remote, char **ret, struct error *err)
{
    const char *const args[] = {"remote", "get-url", "--", remote, NULL};
    cleanup_buf struct buf out = buf_make(1), plain = buf_make(URL_MAX);
    TRY(git_run(&(struct git_call){.dir = dir, .args = args, .doing = "remote get-url"}, &out, NULL,
                err));
    git_strip_url(str_trim(buf_str(&out)), &plain);
    TRY(buf_check(&plain, "the URL of a remote", err));
    *ret = buf_detach(&plain);
    return true;
}

bool git_resolve(const char *dir, const char *name, char ret_sha[GIT_SHA_MAX], struct error *err)
{
    cleanup_free char *commit = xasprintf("%s^{commit}", name);
    const char *const args[] = {"rev-parse",        "--verify", "--quiet",
                                "--end-of-options", commit,     NULL};
    cleanup_buf struct buf out = buf_make(1);
    bool yes = false;
    TRY(git_run(
        &(struct git_call){.dir = dir, .args = args, .doing = "rev-parse", .may_say_no = true},
        &out, &yes, err));
    struct str sha = str_trim(buf_str(&out));
    if (!yes || sha.len == 0 || sha.len >= GIT_SHA_MAX)
        return err_set(err, ERR_NOT_FOUND, "'%s' names no commit in '%s'", name, dir);
    snprintf(ret_sha, GIT_SHA_MAX, "%" PRIstr, STR_ARG(sha));
    return true;
}
