/* Following upstream: is there a version to go to, and going there. Decides from what `npm` and
 * `manifest` have read; writes files only in upgrade_bump and upgrade_own_version, all or none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "core/core.h"
#include "manifest/manifest.h"
#include "npm/npm.h"
#include "semver/semver.h"

struct events;

/* --- What is followed --------------------------------------------------------------------- */

struct upgrade_channel {
    struct semver_channel line; /* name, pattern, from */
    const char *dist_tag;       /* NULL: by pattern alone */
    int64_t cooldown_ms;
};

struct upgrade_setup {
    const char *scope;
    const char *anchors[3]; /* the first one in use counts; ends with NULL */
    struct upgrade_channel *channels;
    size_t channel_count;
    struct manifest_rule *rules;
    size_t rule_count;
};

/* From the configuration, or the defaults where it is silent (NULL: everywhere): scope "@aztec/",
 * anchors "@aztec/stdlib" and "@aztec/aztec.js", channels stable, rc, nightly, devnet. Lives in
 * `arena` and borrows from the configuration. ERR_CONFIG for a pattern that is none, naming it. */
bool upgrade_setup(const struct config_upstream *upstream, struct arena *arena,
                   struct upgrade_setup *ret, struct error *err) must_use;
/* By name; ERR_USAGE with the nearest one. */
bool upgrade_find_channel(const struct upgrade_setup *setup, const char *name, size_t *ret_index,
                          struct error *err) must_use;
/* The channel whose shape the version has; NULL: none. */
const struct upgrade_channel *upgrade_channel_of(const struct upgrade_setup *setup,
                                                 struct str version);
/* The first use of the first anchor that is in use; ERR_NOT_FOUND names the anchors. */
bool upgrade_current(const struct upgrade_setup *setup, const struct manifest_uses *uses,
                     struct manifest_use *ret, struct error *err) must_use;

/* --- Checking ----------------------------------------------------------------------------- */

enum upgrade_state {
    UPGRADE_CURRENT,    /* nothing newer */
    UPGRADE_AVAILABLE,  /* go there */
    UPGRADE_NONE,       /* upstream has no version of this channel */
    UPGRADE_ELSEWHERE,  /* what is in use is of another line; moving has to be asked for */
    UPGRADE_ASTRAY,     /* the dist-tag names a version that is not of this channel */
    UPGRADE_OLDER,      /* the dist-tag names an older version */
    UPGRADE_COOLING,    /* too young, or nobody can say how old */
    UPGRADE_INCOHERENT, /* not every package in use exists at that version */
    UPGRADE_STATE_COUNT
};
/* "available", "cooling", …: for programs. */
const char *upgrade_state_name(enum upgrade_state state);

enum { UPGRADE_STEPS_MAX = 8 };

/* What is to be said of one channel. Texts live in the request's arena. */
struct upgrade_verdict {
    const char *channel;
    const char *current;
    const char *latest; /* NULL: none */
    enum upgrade_state state;
    const char *reason; /* one sentence, lower case */
    bool has_published;
    int64_t published_ms;
    config_strings missing;               /* packages that do not exist at `latest` */
    const char *steps[UPGRADE_STEPS_MAX]; /* how it came to this, for --explain */
    size_t step_count;
};

struct upgrade_question {
    const struct upgrade_setup *setup;
    const struct npm_client *npm;
    const struct manifest_uses *uses;
    const size_t *channels; /* indexes into the setup's */
    size_t channel_count;
    bool moving; /* the channel was named: what is in use may be of another line */
    int64_t now_ms;
    struct arena *arena;
};

/* A verdict for each channel asked for. One that could not be had is the call's failure. */
bool upgrade_check(const struct upgrade_question *question, struct upgrade_verdict **ret_verdicts,
                   struct error *err) must_use;
/* What one channel is judged by. */
struct upgrade_evidence {
    const struct npm_packument *packument; /* of the anchor */
    struct str current;
    bool moving; /* as in struct upgrade_question */
    int64_t now_ms;
};
/* What the anchor's packument says of one channel, before coherence; pure. */
void upgrade_judge(const struct upgrade_channel *channel, const struct upgrade_evidence *evidence,
                   struct arena *arena, struct upgrade_verdict *ret);
/* The packages in use that do not exist at `version`, in `arena`. */
bool upgrade_missing(const struct npm_client *npm, const struct manifest_uses *uses,
                     struct str version, struct arena *arena, config_strings *ret,
                     struct error *err) must_use;

/* --- Bumping ------------------------------------------------------------------------------ */

struct upgrade_bump {
    const struct upgrade_setup *setup;
    const struct workspace *workspace;
    const struct manifest_uses *uses;
    const char *version;
    bool no_lockfile;
    bool offline;               /* the package manager is told so */
    const char *const *npm_env; /* variables for the package manager, as proc takes them */
    const struct cap *cap;
    struct events *events;
    struct arena *arena;
};

struct upgrade_bumped {
    const char *from;     /* of the anchor; NULL when it is not in use */
    config_strings files; /* that changed, in order, below the workspace's directory */
    config_strings kept;  /* uses that the channel does not take: "FILE: PACKAGE@VERSION" */
};

/* Puts the version into every use that its channel takes and into the files of the rules, then lets
 * the package manager bring the lockfile up to date. All contents are made before the first is
 * written; whatever fails, the old ones are back. ERR_USAGE for what is no version; ERR_CONFIG for
 * a rule that finds nothing. */
bool upgrade_bump(const struct upgrade_bump *bump, struct upgrade_bumped *ret,
                  struct error *err) must_use;

/* --- The version of our own package ------------------------------------------------------- */

struct upgrade_own {
    const struct workspace *workspace;
    size_t manifest;  /* of the package, in the workspace */
    const char *base; /* upstream's version */
    const struct npm_client *npm;
    const char *const *npm_env;
    const struct cap *cap;
    struct arena *arena;
};

struct upgrade_owned {
    const char *from; /* in package.json before; NULL: none */
    const char *to;
    bool published; /* `to` is published already, with this very content: nothing is to be done */
    bool changed;   /* package.json was written */
};

/* Puts the version to publish into the package's package.json: the base while it is free, else the
 * published one of this base whose content is what would be published now (`npm pack`, the version
 * itself aside), else the next free one (semver_revise). */
bool upgrade_own_version(const struct upgrade_own *own, struct upgrade_owned *ret,
                         struct error *err) must_use;
