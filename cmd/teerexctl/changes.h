/* What the verb `changes` has found, and how it is told. */
#pragma once

#include "app.h"
#include "changes/changes.h"
#include "git/git.h"

struct change_report {
    struct app *app;
    const struct changes_filter *filters;
    size_t filter_count;
    struct changes_filters *compiled;
    char head[GIT_SHA_MAX];
    struct changes_bases bases;
    struct git_change *files; /* of all sets, by path, none twice */
    size_t file_count;
    struct changes_verdict *verdicts; /* file_count * filter_count */
    size_t *counts;                   /* files of each filter */
    bool all;                         /* every filter counts, whatever changed */
    bool explain;
};

/* Text, JSON, and the outputs of a workflow. */
bool change_report_show(struct change_report *report, struct error *err) must_use;
