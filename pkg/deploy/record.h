/* The record "deployed:ENV:COMPONENT@HOST": what is deployed on a target, what was good before it,
 * and what was rolled back from. One record, so that one write changes all three. Private to the
 * module; strings live in the arena of whoever asked, and are never NULL.
 *
 *     {"v": 2, DEPLOYMENT, "past": [{DEPLOYMENT} …], "bad": [{…} …]}
 *
 * DEPLOYMENT: version, digest, git_sha, instance, boot_id, run, time_ms, and "spec": all that is
 * needed to start that release again. Secrets stand there by reference only.
 *
 * Migration: format 1 had neither spec, time_ms, past nor bad. It is read as it stands; what it
 * tells of cannot be started again before it was deployed once more, and the next write is
 * format 2. */
#pragma once

#include "config/config.h"
#include "core/core.h"
#include "data/data.h"

enum {
    RECORD_FORMAT = 2,
    SPEC_LEN = 12, /* hex digits of a spec's digest in an instance's name */
    PAST_MAX = 24, /* deployments remembered; more than retention can ask for is of no use */
    BAD_MAX = 24
};

/* One deployment of a target. */
struct deployment {
    const char *version, *digest, *git_sha;
    const char *instance; /* SPEC-N; empty: there was none */
    const char *boot_id, *run;
    int64_t time_ms;                     /* 0: not known */
    const struct config_component *spec; /* command, listen, health, drain, settings, secrets; NULL:
                                            written by a version that did not keep it */
};

/* What was rolled back from: whatever runs this release, or this release with these settings. */
struct bad {
    const char *version, *digest;
    const char *spec; /* SPEC_LEN digits; empty: with any settings */
    const char *run;
    int64_t time_ms;
};

struct deployed {
    uint64_t record_version; /* 0: there is no record */
    struct deployment now;
    struct deployment *past; /* newest first; those that passed their gates, one a spec */
    size_t past_count;
    struct bad *bad; /* newest first */
    size_t bad_count;
};

/* Reads the record's text ("" or "{}": never deployed). ERR_FAILED for a newer format. */
bool deployed_parse(struct str text, struct arena *arena, struct deployed *ret,
                    struct error *err) must_use;
/* Writes it. What does not fit into `out` is dropped from the far end of `past`. */
bool deployed_render(const struct deployed *deployed, struct buf *out, struct error *err) must_use;

/* The record after `now` was deployed: what was there is past. Pure. `left` is what was rolled back
 * from, NULL when nothing was; what is deployed again is no longer bad. */
struct deployed deployed_after(const struct deployed *before, const struct deployment *now,
                               const struct deployment *left, struct arena *arena);
/* Do both run the same release with the same settings? Instances are compared. */
bool same_spec(const char *instance, const char *other);
/* The entry that forbids a deployment of this release with this spec (12 digits or more), or NULL.
 */
const struct bad *deployed_bad(const struct deployed *deployed, const char *digest,
                               const char *spec);

/* The members of a spec, in the object that `w` is in: the same for the record and for the digest
 * that names an instance. */
void spec_write(struct json_writer *w, const struct config_component *component);
