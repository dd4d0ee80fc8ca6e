/* Which releases a host can do without. Pure. Private to the module. */
#pragma once

#include "record.h"

enum { ORPHAN_MS = 60 * 60 * 1000 };

/* A release directory. */
struct staged_release {
    const char *digest;
    int64_t age_ms;
};

/* Everything that may need a release. Digests are bare hex. */
struct needs {
    const struct deployed *own; /* the records of this environment's targets */
    size_t own_count;
    config_strings others; /* named by any other record, run by an instance, or linked as current */
    int64_t keep;          /* good releases besides the live and the previous one */
};

/* Is it none of: live, previous good, one of `keep` more, named or used elsewhere? A release that
 * no record tells of must be older than ORPHAN_MS: another environment may be about to start it. */
bool is_surplus(const struct needs *needs, const struct staged_release *staged);
/* The record without those of its past that ran this release; false: there were none. */
bool deployed_forget(struct deployed *deployed, const char *digest);
