/* What changed: named filters over the files that differ between two commits, and which commit to
 * compare with. Changes nothing and reads nothing but git and the store.
 *
 * Patterns are gitignore's, in the order in which they stand; the last one that matches decides:
 *
 *     name        a file or directory of that name, at any depth, and all that is in it
 *     a/b  /a     with a slash at the start or in the middle: counted from the root
 *     a/          directories only: all that is in them
 *     *  ?        any bytes, one byte, but no slash
 *     [a-z] [!x]  one byte of a class; [[:digit:]] and the other classes of POSIX
 *     **          between slashes, or at an end: any number of directories
 *     \x          x itself
 *     !pattern    what matches is left out after all
 *
 * Unlike gitignore a file can be taken in again below a directory that was left out: directories
 * decide nothing here. Braces are refused: they mean nothing to git and something else elsewhere.
 * Bytes are compared as they are, by case, in no encoding. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/core.h"
#include "git/git.h"
#include "store/store.h"

/* --- Filters ------------------------------------------------------------------------------ */

enum { CHANGES_SEGMENTS_MAX = 63 }; /* between the slashes of a pattern, "**" included */

/* A filter as configuration says it. Borrowed until the filters are freed. */
struct changes_filter {
    const char *name;
    const char *const *patterns;
    size_t count;
    size_t shipped; /* so many of them, at the front, are not from the configuration */
    unsigned kinds; /* which kinds of change count: bits 1 << enum git_change_kind; 0: all */
};

struct changes_filters;

/* Compiles all of them together. ERR_CONFIG names the filter and the pattern: malformed, one that
 * can match nothing, or a list of negations only (it would select nothing, or, read the other way,
 * everything). */
bool changes_compile(const struct changes_filter *filters, size_t count,
                     struct changes_filters **ret, struct error *err) must_use;
void changes_filters_free(struct changes_filters *filters);
void changes_filters_free_at(struct changes_filters **filters);
#define cleanup_changes_filters cleanup(changes_filters_free_at)

/* --- Matching ----------------------------------------------------------------------------- */

#define CHANGES_NO_RULE SIZE_MAX

/* Walks along paths. Paths of one directory in a row are what it is fast at. */
struct changes_matcher;
struct changes_matcher *changes_matcher_new(const struct changes_filters *filters) must_use;
void changes_matcher_free(struct changes_matcher *m);
void changes_matcher_free_at(struct changes_matcher **m);
#define cleanup_changes_matcher cleanup(changes_matcher_free_at)

/* Per filter the index of the pattern that decides about this file, or CHANGES_NO_RULE. */
void changes_match(struct changes_matcher *m, struct str path, size_t *ret_rules);
/* Does a rule take a file in? False for CHANGES_NO_RULE and for a negation. */
bool changes_takes(const struct changes_filters *filters, size_t filter, size_t rule);

/* What one filter has to do with one change. A renamed file counts when its old or its new name
 * does; the rule is that of the name that decided. */
struct changes_verdict {
    size_t rule;
    bool selected;
    bool other_kind; /* the rule takes it, but the kind of change does not count */
};
/* `ret` has one for each filter. */
void changes_judge(struct changes_matcher *m, const struct git_change *change,
                   struct changes_verdict *ret);

/* --- The commit to compare with ----------------------------------------------------------- */

/* What GitHub said about the event that started this run; what it did not say is empty. */
struct changes_event {
    const char *name; /* "push", "pull_request", "merge_group", …; NULL: not in GitHub Actions */
    const char *before;
    const char *base_sha; /* of the pull request or the merge group */
    const char *ref;      /* "refs/heads/main" */
    const char *default_branch;
    bool deleted; /* the ref is gone */
};
/* Reads the file GITHUB_EVENT_PATH names. ERR_FAILED when it is no JSON object. */
bool changes_event_parse(const char *name, struct str text, struct arena *arena,
                         struct changes_event *ret, struct error *err) must_use;

struct changes_question {
    const char *dir;
    const char *head;        /* full name */
    const char *base;        /* asked for; NULL: find one */
    const char *environment; /* whose deployed commit is meant; NULL: none */
    struct store *store;     /* of that environment */
    const char *target;      /* branch that HEAD will be merged into; NULL: the usual ones */
    struct changes_event event;
};

struct changes_base {
    char sha[GIT_SHA_MAX];
    const char *why; /* "the commit deployed to prod", "the merge base with origin/main" */
};

/* More than one when hosts of the environment run different commits: then what differs from any of
 * them has changed. */
struct changes_bases {
    struct changes_base *items;
    size_t count;
    const char *warning; /* why it is not what one may expect; NULL: nothing to say */
};

/* The order: --base; the deployed commit of the environment; what the event says; the merge base
 * with the target branch; the newest tag. Strings live in `arena`. There is always an answer or an
 * error that says what to do (ERR_NOT_FOUND, ERR_CONFLICT): never "everything", never "nothing". */
bool changes_find_base(const struct changes_question *question, struct arena *arena,
                       struct changes_bases *ret, struct error *err) must_use;
