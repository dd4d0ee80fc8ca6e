/* What a working copy says about itself, and the two writes that a deployment makes there: a commit
 * of named paths, and a tag. Over the system's git, because only it reads every repository as its
 * owner's git does (shallow and sparse clones, worktrees, includes, hooks, signing).
 *
 * Git runs with our allow-listed environment (GIT_DIR and friends of a surrounding hook are not
 * passed on, the owner's configuration is), never asks anything, and speaks English to us.
 *
 * Failures common to all: git is not installed (ERR_NOT_FOUND, saying so); `dir` is in no
 * repository (ERR_NOT_FOUND); git distrusts a repository of another user (ERR_AUTH, with the
 * command that settles it); another git holds the index (ERR_TRANSIENT). */
#pragma once

#include "core/core.h"

enum {
    GIT_SHA_MAX = 65, /* a SHA-256 name in hex, with its NUL; today's have 40 digits */
    GIT_SHORT_LEN = 12,
    GIT_BRANCH_MAX = 256
};

struct git_state {
    char *root;            /* of the working tree, absolute */
    char sha[GIT_SHA_MAX]; /* HEAD; empty before the first commit */
    /* Its first GIT_SHORT_LEN digits: git's own abbreviation depends on how much was cloned. */
    char short_sha[GIT_SHORT_LEN + 1];
    char branch[GIT_BRANCH_MAX]; /* empty when detached */
    bool dirty;                  /* tracked files differ from HEAD (as `git describe --dirty`) */
    bool untracked;              /* files that are neither tracked nor ignored */
    bool shallow;
};

/* Looks at the repository that holds `dir`. */
bool git_look(const char *dir, struct git_state *ret, struct error *err) must_use;
void git_state_release(struct git_state *s);
#define cleanup_git_state cleanup(git_state_release)

/* The URL of a remote without user name and password; the caller frees it. ERR_NOT_FOUND when
 * there is no such remote. */
bool git_remote_url(const char *dir, const char *remote, char **ret, struct error *err) must_use;
/* Without credentials: "https://u:p@h/x" gives "https://h/x", "ssh://git:p@h/x" "ssh://git@h/x";
 * what is no URL with an authority ("git@h:x", "/path") stays. */
void git_strip_url(struct str url, struct buf *into);
/* The commit a name stands for ("HEAD~1", a tag, a branch). ERR_NOT_FOUND when it stands for
 * none. */
bool git_resolve(const char *dir, const char *name, char ret_sha[GIT_SHA_MAX],
                 struct error *err) must_use;

struct git_commit {
    const char *const *paths; /* relative to dir, NULL-terminated, taken literally; a path that is
                                 gone is committed as removed */
    const char *message;
    const char *author; /* "Name <mail>"; NULL: the configured one */
};
/* Commits these paths as they are in the working tree and nothing else, whatever else is staged.
 * Idempotent: when they are as in HEAD, nothing is made, and *ret_sha is HEAD. Hooks and signing
 * are the owner's. ERR_CONFIG when git knows no author, ERR_CONFLICT in the middle of a merge. */
bool git_commit_paths(const struct cap *cap, const char *dir, const struct git_commit *what,
                      char ret_sha[GIT_SHA_MAX], struct error *err) must_use;
/* An annotated tag on a commit. The same tag on the same commit is success, on another one
 * ERR_CONFLICT. ERR_USAGE for a name that git refuses. */
bool git_tag(const struct cap *cap, const char *dir, const char *name, const char *commit,
             const char *message, struct error *err) must_use;

/* ---- what happened between two commits ---- */

enum git_change_kind {
    GIT_ADDED,
    GIT_MODIFIED, /* content, mode or type */
    GIT_DELETED,
    GIT_RENAMED, /* perhaps also modified */
    GIT_CHANGE_KINDS
};

/* Paths are relative to the root of the repository, any bytes but NUL, with "/" between. */
struct git_change {
    enum git_change_kind kind;
    struct str path;
    struct str old_path; /* of GIT_RENAMED; else empty */
};

struct git_changes {
    struct git_change *items; /* in the order of git: by path */
    size_t count, cap;
    struct buf text; /* where the paths are */
};

/* Frees what was read. */
void git_changes_release(struct git_changes *changes);
#define cleanup_git_changes cleanup(git_changes_release)

/* What differs between the trees of two commits (full names, from git_resolve), which need no
 * common history. ERR_FAILED beyond 64 MiB of names. */
bool git_diff(const char *dir, const char *base, const char *head, struct git_changes *ret,
              struct error *err) must_use;
/* All files of a commit, each as GIT_ADDED. */
bool git_files(const char *dir, const char *commit, struct git_changes *ret,
               struct error *err) must_use;

/* ERR_NOT_FOUND when the two have no common ancestor here: unrelated, or the clone is shallow. */
bool git_merge_base(const char *dir, const char *a, const char *b, char ret_sha[GIT_SHA_MAX],
                    struct error *err) must_use;
/* The newest tag among the ancestors of a commit (itself included); the caller frees it.
 * ERR_NOT_FOUND when there is none. */
bool git_last_tag(const char *dir, const char *commit, char **ret, struct error *err) must_use;
/* The history of this clone was cut off somewhere. */
bool git_is_shallow(const char *dir, bool *ret, struct error *err) must_use;

/* One commit. Any bytes but NUL; messages are in UTF-8 when they say what they are in. */
struct git_log_entry {
    struct str sha;
    struct str tags; /* "tag: refs/tags/v1.0.0, …" and other names that point here */
    int64_t time_ms; /* of the commit */
    struct str message;
};

struct git_log {
    struct git_log_entry *items; /* newest first */
    size_t count, cap;
    struct buf text;
};

/* Frees what was read. */
void git_log_release(struct git_log *log);
#define cleanup_git_log cleanup(git_log_release)

/* Full names; NULL `from`: since the beginning. NULL `path`: everywhere. */
struct git_log_query {
    const char *from; /* exclusive */
    const char *to;
    const char *path; /* only commits that touch it; taken literally, relative to the root */
};
/* Commits without merges. */
bool git_log(const char *dir, const struct git_log_query *query, struct git_log *ret,
             struct error *err) must_use;
