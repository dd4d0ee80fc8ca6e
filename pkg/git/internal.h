/* What the files of git share: the one way git is run, and the readers of what it says. */
#pragma once

#include "git/git.h"

struct git_call {
    const char *dir;
    const char *const *args; /* after "git -C dir", NULL-terminated */
    struct str input;
    enum effect effect;
    const struct cap *cap; /* NULL: observing */
    const char *doing;     /* for the error: "commit" */
    bool may_say_no;       /* status 1 is an answer: *ret_yes */
    size_t max;            /* bytes it may say; 0: BUF_DOCUMENT */
};

/* Runs git. The caller releases *ret_out (may be NULL); *ret_yes (may be NULL) is whether it
 * exited with 0. Fails as the header says. */
bool git_run(const struct git_call *call, struct buf *ret_out, bool *ret_yes,
             struct error *err) must_use;

/* What `git status --porcelain=v2 --branch -z` says about HEAD and the files. ERR_FAILED when it
 * is not that. */
bool git_parse_status(struct str text, struct git_state *into, struct error *err) must_use;

/* What `git diff-tree --name-status -z` says. Paths point into the text, which must be NUL-ended.
 * ERR_FAILED when it is not that. */
bool git_parse_changes(struct str text, struct git_changes *into, struct error *err) must_use;
/* What `git log -z` says in the format of log.c; likewise. */
bool git_parse_log(struct str text, struct git_log *into, struct error *err) must_use;
