/* The two writes: a commit of named paths, and a tag. */
#include <stdlib.h>

#include "internal.h"

enum { PATHS_MAX = 32, FIXED_MAX = 16 };

/* fixed… -- paths… */
struct args {
    const char *list[FIXED_MAX + PATHS_MAX];
    size_t count;
};

static void add(struct args *args, const char *const *more)
{
    for (; *more != NULL; more++)
        args->list[args->count++] = *more;
    args->list[args->count] = NULL;
}

static bool check_paths(const char *const *paths, struct error *err)
{
    size_t count = 0;
    while (paths[count] != NULL)
        count++;
    if (count == 0 || count > PATHS_MAX)
        return err_set(err, ERR_BUG, "a commit of %zu paths", count);
    return true;
}

/* Stages them, which is how git learns of new and removed files. */
static bool stage(const struct cap *cap, const char *dir, const struct git_commit *what,
                  struct error *err)
{
    struct args args = {0};
    add(&args, (const char *const[]){"add", "--all", "--force", "--", NULL});
    add(&args, what->paths);
    return git_run(
        &(struct git_call){
            .dir = dir, .args = args.list, .effect = EFFECT_IDEMPOTENT, .cap = cap, .doing = "add"},
        NULL, NULL, err);
}

static bool is_as_committed(const char *dir, const struct git_commit *what, bool *ret_same,
                            struct error *err)
{
    struct args args = {0};
    add(&args, (const char *const[]){"diff", "--cached", "--quiet", "--", NULL});
    add(&args, what->paths);
    return git_run(
        &(struct git_call){.dir = dir, .args = args.list, .doing = "diff", .may_say_no = true},
        NULL, ret_same, err);
}

static bool commit(const struct cap *cap, const char *dir, const struct git_commit *what,
                   struct error *err)
{
    struct args args = {0};
    cleanup_free char *author = xasprintf("--author=%s", what->author ? what->author : "");
    add(&args, (const char *const[]){"commit", "--quiet", "--only", "--cleanup=whitespace",
                                     "--file=-", NULL});
    if (what->author != NULL)
        add(&args, (const char *const[]){author, NULL});
    add(&args, (const char *const[]){"--", NULL});
    add(&args, what->paths);
    return git_run(&(struct git_call){.dir = dir,
                                      .args = args.list,
                                      .input = str_of(what->message),
                                      .effect = EFFECT_ONCE,
                                      .cap = cap,
                                      .doing = "commit"},
                   NULL, NULL, err);
}

bool git_commit_paths(const struct cap *cap, const char *dir, const struct git_commit *what,
                      char ret_sha[GIT_SHA_MAX], struct error *err)
{
    bool same = false;
    TRY(check_paths(what->paths, err));
    TRY(stage(cap, dir, what, err));
    TRY(is_as_committed(dir, what, &same, err));
    if (!same)
        TRY(commit(cap, dir, what, err));
    return git_resolve(dir, "HEAD", ret_sha, err);
}

/* ---- tags ---- */

static bool check_tag_name(const char *dir, const char *ref, const char *name, struct error *err)
{
    const char *const args[] = {"check-ref-format", ref, NULL};
    bool fine = false;
    TRY(git_run(
        &(struct git_call){
            .dir = dir, .args = args, .doing = "check-ref-format", .may_say_no = true},
        NULL, &fine, err));
    if (!fine || name[0] == '-')
        return err_set(err, ERR_USAGE, "'%s' is no name for a tag", name);
    return true;
}

static bool make_tag(const struct cap *cap, const char *dir, const char *name, const char *sha,
                     const char *message, struct error *err)
{
    const char *const args[] = {"tag", "--annotate", "--file=-", "--", name, sha, NULL};
    return git_run(&(struct git_call){.dir = dir,
                                      .args = args,
                                      .input = str_of(message),
                                      .effect = EFFECT_ONCE,
                                      .cap = cap,
                                      .doing = "tag"},
                   NULL, NULL, err);
}

bool git_tag(const struct cap *cap, const char *dir, const char *name, const char *commit_name,
             const char *message, struct error *err)
{
    char sha[GIT_SHA_MAX], there[GIT_SHA_MAX];
    cleanup_free char *ref = xasprintf("refs/tags/%s", name);
    struct error absent;
    TRY(check_tag_name(dir, ref, name, err));
    TRY(git_resolve(dir, commit_name, sha, err));
    if (!git_resolve(dir, ref, there, &absent))
        return make_tag(cap, dir, name, sha, message, err);
    if (strcmp(there, sha) == 0)
        return true;
    return err_set(err, ERR_CONFLICT, "the tag '%s' is on commit %.*s, not on %.*s", name,
                   GIT_SHORT_LEN, there, GIT_SHORT_LEN, sha);
}
