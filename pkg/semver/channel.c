/* Channels: which one a version belongs to, which version of one is the newest, and what a step
 * between two versions would be. */
#include "internal.h"

int semver_place_compare(const struct semver_place *a, const struct semver_place *b)
{
    size_t shared = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < shared; i++)
        if (a->numbers[i] != b->numbers[i])
            return a->numbers[i] < b->numbers[i] ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count);
}

size_t semver_channel_of(const struct semver_channel *channels, size_t count, struct str version)
{
    struct semver_place ignored;
    for (size_t i = 0; i < count; i++)
        if (semver_pattern_match(&channels[i].pattern, version, &ignored))
            return i;
    return SIZE_MAX;
}

bool semver_channel_takes(const struct semver_channel *channel, struct str version)
{
    struct semver_place ignored;
    struct semver any;
    if (channel->from_count == 0)
        return semver_parse(version, &any);
    for (size_t i = 0; i < channel->from_count; i++)
        if (semver_pattern_match(&channel->from[i], version, &ignored))
            return true;
    return semver_pattern_match(&channel->pattern, version, &ignored);
}

size_t semver_pattern_newest(const struct semver_pattern *pattern, const struct str *versions,
                             size_t count)
{
    struct semver_place best, place;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < count && pattern->ordered; i++) {
        if (!semver_pattern_match(pattern, versions[i], &place) ||
            (found != SIZE_MAX && semver_place_compare(&place, &best) <= 0))
            continue;
        best = place;
        found = i;
    }
    return found;
}

enum semver_step semver_step_of(const struct semver_pattern *pattern, struct str from,
                                struct str to)
{
    struct semver_place here, there;
    if (!semver_pattern_match(pattern, to, &there))
        return SEMVER_STEP_ASTRAY;
    if (str_eq(from, to))
        return SEMVER_STEP_SAME;
    if (!pattern->ordered || !semver_pattern_match(pattern, from, &here))
        return SEMVER_STEP_ENTER;
    return semver_place_compare(&there, &here) > 0 ? SEMVER_STEP_UP : SEMVER_STEP_DOWN;
}
