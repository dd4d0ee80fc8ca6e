/* Versions: SemVer 2.0 as npm bounds it, npm's ranges, channels of upstream's versions as data,
 * and the next revision that can be published. Pure: knows no registry, no files, no clock.
 *
 * Formats: semver.org 2.0.0; for ranges the behaviour of npm's package `semver` 7.8, which is the
 * only definition there is (its documented grammar accepts less than it does). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

/* npm's limits: what is longer or larger is no version. */
enum { SEMVER_TEXT_MAX = 256 };
#define SEMVER_NUMBER_MAX UINT64_C(9007199254740991) /* Number.MAX_SAFE_INTEGER */

/* --- Versions ----------------------------------------------------------------------------- */

/* A version, borrowed from the text it was read from; nothing is allocated. */
struct semver {
    struct str text; /* all of it, without what semver_parse_npm forgives */
    uint64_t major, minor, patch;
    struct str prerelease; /* "rc.1"; empty when there is none */
    struct str build;      /* "sha.5114f85"; empty when there is none */
};

/* Exactly SemVer 2.0: no "v", no white space. False when `text` is something else. */
bool semver_parse(struct str text, struct semver *ret) must_use;
/* As npm reads a version: one "v" before it and white space around it are forgiven. */
bool semver_parse_npm(struct str text, struct semver *ret) must_use;

/* Precedence (SemVer 2.0, item 11): <0, 0, >0. Build metadata does not count. Numeric identifiers
 * of any length are compared exactly (npm rounds those above SEMVER_NUMBER_MAX). */
int semver_compare(const struct semver *a, const struct semver *b);

/* Sorts ascending: by precedence, then by build metadata as npm's sort does, then as given. */
void semver_sort(struct semver *versions, size_t count);

/* --- npm ranges --------------------------------------------------------------------------- */

/* Which prereleases a range admits that lie within its bounds. */
enum semver_prereleases {
    SEMVER_NAMED_PRERELEASES, /* those of a X.Y.Z of which the range names a prerelease (npm's way)
                               */
    SEMVER_ALL_PRERELEASES    /* all: npm's includePrerelease */
};

enum { SEMVER_RANGE_MAX = 2048, SEMVER_COMPARATORS_MAX = 128 };

enum semver_operator { SEMVER_LT, SEMVER_LE, SEMVER_EQ, SEMVER_GE, SEMVER_GT };

struct semver_comparator {
    enum semver_operator op;
    bool ends_set; /* the last of those that must hold together; the next is after a "||" */
    struct semver bound;
};

/* A range made ready for many versions. Borrows nothing, and must not be copied: its comparators
 * point into its own text. */
struct semver_range {
    enum semver_prereleases prereleases;
    bool any; /* one alternative is "*": the others do not count, not even for prereleases */
    size_t count;
    struct semver_comparator comparators[SEMVER_COMPARATORS_MAX];
    char text[SEMVER_RANGE_MAX];
};

/* Reads "^1.2.3", "~1.2", "1.x || >=2.0.0-rc.1 <3", "1.2 - 2.0", "" as npm does in strict mode.
 * False for what npm refuses, and for what exceeds the two limits above (npm has none). */
bool semver_range_parse(struct str text, enum semver_prereleases prereleases,
                        struct semver_range *ret) must_use;
/* The version lies in the range. */
bool semver_range_has(const struct semver_range *range, const struct semver *version);
/* As npm's satisfies(): false also when either text is not what it should be. */
bool semver_satisfies(struct str version, struct str range, enum semver_prereleases prereleases);
/* The index of the highest version in the range (the first of equal ones), or SIZE_MAX; texts that
 * are no versions are passed over. */
size_t semver_max_satisfying(const struct semver_range *range, const struct str *versions,
                             size_t count);

/* --- Channels ----------------------------------------------------------------------------- */

/* A channel's pattern describes a whole version:
 *
 *     {core}      X.Y.Z: three numbers of the order
 *     {number}    a count of up to six digits (so that a date is never taken for one)
 *     {date}      YYYYMMDD, a day of the calendar
 *     {hash}      7 to 40 hexadecimal digits: no order
 *     {any}       what remains, at least one character: no order; only at the end
 *     [ ]         a part that may be absent, not nested; absent is before present
 *
 * Everything else stands for itself: "{core}-devnet.{number}[-patch.{number}]". The placeholders
 * from left to right are the order; there is no order between two patterns. */
enum { SEMVER_PATTERN_MAX = 128, SEMVER_PIECES_MAX = 16, SEMVER_PLACE_MAX = 48 };

enum semver_piece_kind {
    SEMVER_LITERAL,
    SEMVER_CORE,
    SEMVER_COUNT,
    SEMVER_DATE,
    SEMVER_HASH,
    SEMVER_ANY,
    SEMVER_OPEN,
    SEMVER_CLOSE,
    SEMVER_PIECE_KINDS
};

struct semver_piece {
    enum semver_piece_kind kind;
    struct str literal; /* of SEMVER_LITERAL; borrowed from the pattern's text */
};

struct semver_pattern {
    bool ordered; /* false with {hash} or {any}: its versions have no newest */
    size_t count;
    struct semver_piece pieces[SEMVER_PIECES_MAX];
};

/* Where a version stands in its channel: comparable with places of the same pattern only. */
struct semver_place {
    size_t count;
    uint64_t numbers[SEMVER_PLACE_MAX];
};

/* Compiles a pattern, whose text is borrowed. ERR_CONFIG says what is wrong with it and, for an
 * unknown placeholder, which one may be meant. */
bool semver_pattern_compile(struct str text, struct semver_pattern *ret,
                            struct error *err) must_use;
/* The version, a valid one without build metadata, is of this pattern's shape; and where. */
bool semver_pattern_match(const struct semver_pattern *pattern, struct str version,
                          struct semver_place *ret_place) must_use;
int semver_place_compare(const struct semver_place *a, const struct semver_place *b);

/* A line of upstream's versions, as configuration says it. */
struct semver_channel {
    const char *name;
    struct semver_pattern pattern;     /* of what may be bumped to */
    const struct semver_pattern *from; /* of what else may be bumped from; borrowed */
    size_t from_count;                 /* 0: from any version */
};

/* The index of the first channel whose pattern has this shape; SIZE_MAX: it belongs to none. */
size_t semver_channel_of(const struct semver_channel *channels, size_t count, struct str version);
/* The index of the newest of the versions that are of this pattern (the first of equal ones), or
 * SIZE_MAX, also when the pattern has no order. */
size_t semver_pattern_newest(const struct semver_pattern *pattern, const struct str *versions,
                             size_t count);

/* A version in use may be replaced by one of this channel: it has the channel's shape, or one of
 * those in `from`. What is no version ("workspace:*", "latest", a range) may not. */
bool semver_channel_takes(const struct semver_channel *channel, struct str version);

/* What going from one version to another would be, seen from the channel that is followed. */
enum semver_step {
    SEMVER_STEP_SAME,
    SEMVER_STEP_UP,
    SEMVER_STEP_DOWN,
    SEMVER_STEP_ENTER, /* `from` is of another shape, or there is no order: only when asked for */
    SEMVER_STEP_ASTRAY /* `to` is not of this channel: never */
};

/* One may come from any version, and go only to one of the channel. */
enum semver_step semver_step_of(const struct semver_pattern *pattern, struct str from,
                                struct str to);

/* --- Revisions ---------------------------------------------------------------------------- */

/* What to publish for a base version of upstream, of which something may be published already. */
struct semver_revision {
    /* The newest published one of this base, in the list given; SIZE_MAX: none. When its content
     * is what would be published, that is the version, and nothing is to be done. */
    size_t last;
    char next[SEMVER_TEXT_MAX + 1]; /* the version that is free */
};

/* The base itself while it is free; then BASE.N for a prerelease and X.Y.(Z+1)-sdk.N for a release
 * ("X.Y.Z.N" is no version), N one above the highest published. npm's ^X.Y.Z does not select the
 * latter: a dist-tag must. ERR_USAGE when `base` is no version or has build metadata; ERR_FAILED
 * when the next one would pass npm's limits. */
bool semver_revise(struct str base, const struct str *published, size_t count,
                   struct semver_revision *ret, struct error *err) must_use;
