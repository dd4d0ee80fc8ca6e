/* What the files of this module share: the types of commits. Private to the module. */
#pragma once

#include "changelog/changelog.h"

/* The headings of keepachangelog.com, in the order in which they stand. */
enum heading {
    HEADING_BREAKING,
    HEADING_ADDED,
    HEADING_CHANGED,
    HEADING_DEPRECATED,
    HEADING_REMOVED,
    HEADING_FIXED,
    HEADING_SECURITY,
    HEADING_COUNT,
    HEADING_NONE = HEADING_COUNT /* of no interest to those who use it */
};

struct commit_type {
    const char *name;
    enum heading heading;
};

/* By name, in any case; NULL when it is not one of the usual ones. */
const struct commit_type *type_find(struct str name);
/* Whether it is that type; `name` in lower case. */
bool is_type(struct str type, const char *name);
const char *heading_title(enum heading heading);
/* All of them, to be named in a message. */
void type_list(struct buf *out);
