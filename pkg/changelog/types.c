/* The usual types of commits, and under which heading each is told. */
#include "internal.h"

static const struct commit_type TYPES[] = {
    {"feat", HEADING_ADDED},
    {"fix", HEADING_FIXED},
    {"perf", HEADING_CHANGED},
    {"refactor", HEADING_NONE},
    {"docs", HEADING_NONE},
    {"style", HEADING_NONE},
    {"test", HEADING_NONE},
    {"build", HEADING_NONE},
    {"ci", HEADING_NONE},
    {"chore", HEADING_NONE},
    {"revert", HEADING_REMOVED},
    {"change", HEADING_CHANGED},
    {"deprecate", HEADING_DEPRECATED},
    {"remove", HEADING_REMOVED},
    {"security", HEADING_SECURITY},
};

static const char *const TITLES[HEADING_COUNT] = {
    [HEADING_BREAKING] = "Breaking", [HEADING_ADDED] = "Added",
    [HEADING_CHANGED] = "Changed",   [HEADING_DEPRECATED] = "Deprecated",
    [HEADING_REMOVED] = "Removed",   [HEADING_FIXED] = "Fixed",
    [HEADING_SECURITY] = "Security",
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool is_type(struct str type, const char *name)
{
    struct str wanted = str_of(name);
    if (type.len != wanted.len)
        return false;
    for (size_t i = 0; i < type.len; i++) {
        if (lower(type.ptr[i]) != wanted.ptr[i])
            return false;
    }
    return true;
}

const struct commit_type *type_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        if (is_type(name, TYPES[i].name))
            return &TYPES[i];
    }
    return NULL;
}

const char *heading_title(enum heading heading)
{
    return TITLES[heading];
}

void type_list(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
        buf_addf(out, "%s%s", i > 0 ? ", " : "", TYPES[i].name);
}
