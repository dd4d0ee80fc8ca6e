/* Which releases a host can do without: live, previous and some more are kept, and whatever
 * anything names. Looks at no disk. */
#include "surplus.h"

static bool is_among(const config_strings *digests, const char *digest)
{
    for (size_t i = 0; i < digests->count; i++)
        if (strcmp(digests->items[i], digest) == 0)
            return true;
    return false;
}

static bool is_bad(const struct deployed *deployed, const struct deployment *one)
{
    return deployed_bad(deployed, one->digest, one->instance) != NULL;
}

/* Is this the first entry of the past with its digest, and is that not the live one? */
static bool is_another(const struct deployed *deployed, size_t index)
{
    const char *digest = deployed->past[index].digest;
    if (strcmp(deployed->now.digest, digest) == 0)
        return false;
    for (size_t i = 0; i < index; i++)
        if (strcmp(deployed->past[i].digest, digest) == 0 && !is_bad(deployed, &deployed->past[i]))
            return false;
    return true;
}

/* The live one, the previous good one, and `keep` more good ones. */
static bool is_kept_by(const struct deployed *deployed, const char *digest, int64_t keep)
{
    int64_t room = keep + 1;
    if (strcmp(deployed->now.digest, digest) == 0)
        return true;
    for (size_t i = 0; i < deployed->past_count && room > 0; i++) {
        if (is_bad(deployed, &deployed->past[i]) || !is_another(deployed, i))
            continue;
        if (strcmp(deployed->past[i].digest, digest) == 0)
            return true;
        room--;
    }
    return false;
}

static bool is_known_to(const struct deployed *deployed, const char *digest)
{
    for (size_t i = 0; i < deployed->past_count; i++)
        if (strcmp(deployed->past[i].digest, digest) == 0)
            return true;
    for (size_t i = 0; i < deployed->bad_count; i++)
        if (strcmp(deployed->bad[i].digest, digest) == 0)
            return true;
    return false;
}

bool is_surplus(const struct needs *needs, const struct staged_release *staged)
{
    bool known = false;
    if (is_among(&needs->others, staged->digest))
        return false;
    for (size_t i = 0; i < needs->own_count; i++) {
        if (is_kept_by(&needs->own[i], staged->digest, needs->keep))
            return false;
        known = known || is_known_to(&needs->own[i], staged->digest);
    }
    return known || staged->age_ms > ORPHAN_MS;
}

bool deployed_forget(struct deployed *deployed, const char *digest)
{
    size_t kept = 0, before = deployed->past_count;
    for (size_t i = 0; i < before; i++)
        if (strcmp(deployed->past[i].digest, digest) != 0)
            deployed->past[kept++] = deployed->past[i];
    deployed->past_count = kept;
    return kept < before;
}
