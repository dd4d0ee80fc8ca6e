/* Precedence of two versions (SemVer 2.0, item 11). */
#include "internal.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Numbers come before names. They have no leading zeros, so that the longer is the larger and
 * equally long ones compare as text: no number is too large. */
static int compare_identifiers(struct str a, struct str b)
{
    bool a_number = is_number(a), b_number = is_number(b);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return str_cmp(a, b);
}

static int compare_prereleases(struct str a, struct str b)
{
    int order = 0;
    if (a.len == 0 || b.len == 0)
        return (a.len == 0) - (b.len == 0);
    while (order == 0 && a.len > 0 && b.len > 0) {
        struct str one = str_cut(a, '.', &a, NULL), other = str_cut(b, '.', &b, NULL);
        order = compare_identifiers(one, other);
    }
    return order != 0 ? order : (a.len > 0) - (b.len > 0);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int order = compare_numbers(a->major, b->major);
    if (order == 0)
        order = compare_numbers(a->minor, b->minor);
    if (order == 0)
        order = compare_numbers(a->patch, b->patch);
    return order != 0 ? order : compare_prereleases(a->prerelease, b->prerelease);
}
