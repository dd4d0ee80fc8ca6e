/* Facts compiled into each binary (DECISIONS: identity); written at build time. */
#pragma once

#include <stdint.h>

struct buildinfo {
    const char *version;  /* SemVer of the project, "0.1.0" */
    const char *git_sha;  /* 40 hex digits, "-dirty" appended when tracked files differ */
    int64_t build_time_s; /* the commit's time, seconds since 1970 (SOURCE_DATE_EPOCH when set) */
};

extern const struct buildinfo BUILDINFO;
