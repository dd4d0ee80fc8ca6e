/* Holds versions against the comparators of a range. Knows nothing of the range's text. */
#include "internal.h"

static bool holds(const struct semver_comparator *c, const struct semver *v)
{
    int order = semver_compare(v, &c->bound);
    switch (c->op) {
    case SEMVER_LT:
        return order < 0;
    case SEMVER_LE:
        return order <= 0;
    case SEMVER_EQ:
        return order == 0;
    case SEMVER_GE:
        return order >= 0;
    case SEMVER_GT:
        return order > 0;
    }
    return false;
}

/* The comparator names a prerelease of the same X.Y.Z. */
static bool names(const struct semver_comparator *c, const struct semver *v)
{
    const struct semver *b = &c->bound;
    return b->prerelease.len > 0 && b->major == v->major && b->minor == v->minor &&
           b->patch == v->patch;
}

bool semver_range_has(const struct semver_range *range, const struct semver *version)
{
    bool open = version->prerelease.len == 0 || range->prereleases == SEMVER_ALL_PRERELEASES;
    bool all = true, named = open;
    if (range->any)
        return open;
    for (size_t i = 0; i < range->count; i++) {
        const struct semver_comparator *c = &range->comparators[i];
        all = all && holds(c, version);
        named = named || names(c, version);
        if (!c->ends_set)
            continue;
        if (all && named)
            return true;
        all = true;
        named = open;
    }
    return false;
}

bool semver_satisfies(struct str version, struct str range, enum semver_prereleases prereleases)
{
    struct semver v;
    struct semver_range r;
    return semver_parse_npm(version, &v) && semver_range_parse(range, prereleases, &r) &&
           semver_range_has(&r, &v);
}

size_t semver_max_satisfying(const struct semver_range *range, const struct str *versions,
                             size_t count)
{
    struct semver best = {0}, v;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!semver_parse_npm(versions[i], &v) || !semver_range_has(range, &v) ||
            (found != SIZE_MAX && semver_compare(&v, &best) <= 0))
            continue;
        best = v;
        found = i;
    }
    return found;
}
