/* What to say about what changed: messages of commits read as conventional commits, and the
 * sections of a changelog made from them. Pure: knows no repository and no files.
 *
 * Formats: conventionalcommits.org 1.0.0; keepachangelog.com 1.1.0; what GitHub makes of a merge
 * (subject with "(#12)", commits of the branch as a list in the body). Reading never fails: what is
 * no conventional commit is text with a subject. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "git/git.h"

/* --- Reading ------------------------------------------------------------------------------ */

/* The header of a message: "type(scope)!: subject (#12)". Borrowed from the text. */
struct changelog_header {
    bool conventional;
    bool breaking;    /* "!" */
    struct str type;  /* as written; empty when not conventional */
    struct str scope; /* empty when there is none */
    struct str subject;
    uint64_t pull_request; /* 0: none */
    bool reverts;          /* "revert: …" or 'Revert "…"' */
};
void changelog_read_header(struct str line, struct changelog_header *ret);

enum { CHANGELOG_REVERTS_MAX = 8 };

/* A whole message. */
struct changelog_message {
    struct changelog_header header;
    struct str body;     /* without the header and the blank line, footers included */
    struct str breaking; /* of the first BREAKING CHANGE footer; empty when there is none */
    bool is_breaking;    /* by "!" or by footer */
    struct str reverts[CHANGELOG_REVERTS_MAX]; /* commits named by "This reverts commit …" */
    size_t revert_count;
};
void changelog_read_message(struct str text, struct changelog_message *ret);
/* A line of a squashed commit's body, "* feat: x", as the header of a commit of its own; false when
 * it is none. */
bool changelog_read_squashed(struct str line, struct changelog_header *ret);

/* --- Lint --------------------------------------------------------------------------------- */

enum { CHANGELOG_HEADER_MAX = 100 };

typedef void changelog_complaint_fn(void *ctx, unsigned line, const char *text);
/* Tells everything that is wrong with a message, each with its line from 1. `types` (count of them)
 * are the types allowed beside the usual ones. Merges and git's own reverts are in order. */
void changelog_lint(struct str message, const char *const *types, size_t count,
                    changelog_complaint_fn *complain, void *ctx);

/* --- Writing ------------------------------------------------------------------------------ */

/* The sections of one release. */
struct changelog_release {
    const char *version; /* "1.2.0"; NULL: Unreleased */
    const char *date;    /* "2026-02-03"; NULL: none */
    const char *url;     /* "https://github.com/owner/name", for links; NULL: no links */
    const struct git_log_entry *commits; /* newest first */
    size_t count;
};
/* Appends it, by templates/changelog/. Commits that others in it revert are left out, and so are
 * those others; what only concerns the makers (docs, tests, chores) too, unless it breaks
 * something. A release without anything to say says so. */
bool changelog_render(const struct changelog_release *release, struct buf *out,
                      struct error *err) must_use;

/* A commit that begins a release: the newest one and those with a tag that is a version. The
 * version without "v"; empty when there is none. */
struct str changelog_version_of(struct str tags);

/* `text` is a changelog, perhaps empty. Appends it with `section`, which is about `version` (NULL:
 * Unreleased), put before the newest release; every other byte stays, and the new lines end as the
 * others do. A section about the same version is replaced, so that doing it again changes
 * nothing. */
void changelog_prepend(struct str text, struct str section, const char *version, struct buf *out);
