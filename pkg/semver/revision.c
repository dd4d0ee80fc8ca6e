/* The next version of ours that can be published for a version of upstream's. */
#include "internal.h"

/* What revisions of a base look like: this, and a number. */
struct stem {
    struct str text;
    char room[SEMVER_TEXT_MAX + 1];
};

static bool make_stem(const struct semver *base, struct stem *ret, struct error *err)
{
    int n = base->prerelease.len > 0
                ? snprintf(ret->room, sizeof(ret->room), "%" PRIstr ".", STR_ARG(base->text))
                : snprintf(ret->room, sizeof(ret->room), "%llu.%llu.%llu-sdk.",
                           (unsigned long long)base->major, (unsigned long long)base->minor,
                           (unsigned long long)base->patch + 1);
    if (n < 0 || (size_t)n >= sizeof(ret->room) ||
        (base->prerelease.len == 0 && base->patch >= SEMVER_NUMBER_MAX))
        return err_set(err, ERR_FAILED, "\"%" PRIstr "\" has no room for a revision",
                       STR_ARG(base->text));
    ret->text = str_n(ret->room, (size_t)n);
    return true;
}

/* The number of a published version of this stem; false for any other version. */
static bool revision_of(const struct stem *stem, struct str version, uint64_t *ret)
{
    return str_starts(version, stem->text) &&
           read_number(str_sub(version, stem->text.len, version.len), ret) && *ret > 0;
}

static bool write_next(const struct stem *stem, uint64_t number, struct semver_revision *ret,
                       struct error *err)
{
    int n = snprintf(ret->next, sizeof(ret->next), "%" PRIstr "%llu", STR_ARG(stem->text),
                     (unsigned long long)number);
    if (n < 0 || (size_t)n >= sizeof(ret->next) || number > SEMVER_NUMBER_MAX)
        return err_set(err, ERR_FAILED, "no revision after \"%" PRIstr "%llu\"",
                       STR_ARG(stem->text), (unsigned long long)number - 1);
    return true;
}

bool semver_revise(struct str base, const struct str *published, size_t count,
                   struct semver_revision *ret, struct error *err)
{
    struct semver v;
    struct stem stem;
    struct semver_revision r = {.last = SIZE_MAX};
    uint64_t highest = 0, number;
    if (!semver_parse(base, &v) || v.build.len > 0)
        return err_set(err, ERR_USAGE, "\"%" PRIstr "\" is not a version that can be published",
                       STR_ARG(base));
    for (size_t i = 0; i < count && r.last == SIZE_MAX; i++)
        if (str_eq(published[i], base))
            r.last = i;
    if (r.last == SIZE_MAX) {
        memcpy(r.next, base.ptr, base.len);
        *ret = r;
        return true;
    }
    TRY(make_stem(&v, &stem, err));
    for (size_t i = 0; i < count; i++) {
        if (!revision_of(&stem, published[i], &number) || number <= highest)
            continue;
        highest = number;
        r.last = i;
    }
    TRY(write_next(&stem, highest + 1, &r, err));
    *ret = r;
    return true;
}
