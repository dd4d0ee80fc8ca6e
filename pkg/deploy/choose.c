/* Choosing what to go back to. Pure: from the records and what runs, asks nobody. */
#include "back.h"

bool is_astray(const struct standing *at)
{
    return at->running != NULL && at->deployed->now.instance[0] != '\0' &&
           !same_spec(at->running->instance, at->deployed->now.instance);
}

/* What serves now, or did last. */
static const struct deployment *present(const struct standing *at)
{
    return at->running != NULL ? at->running : &at->deployed->now;
}

/* The candidates, newest first: the record's own entry comes first when something else runs. */
static const struct deployment *candidate(const struct standing *at, size_t index)
{
    size_t own = is_astray(at) ? 1 : 0;
    if (index < own)
        return &at->deployed->now;
    return index - own < at->deployed->past_count ? &at->deployed->past[index - own] : NULL;
}

/* Not what serves, and what the record's own entry stands for only once. */
static bool is_choice(const struct standing *at, const struct deployment *one)
{
    const struct deployment *own = &at->deployed->now;
    return !same_spec(one->instance, present(at)->instance) &&
           (one == own || !same_spec(one->instance, own->instance));
}

const struct deployment *choose_next(const struct standing *at, size_t *index)
{
    const struct deployment *one = NULL;
    while ((one = candidate(at, (*index)++)) != NULL)
        if (is_choice(at, one))
            return one;
    return NULL;
}

const struct deployment *choose_last_good(const struct standing *at)
{
    size_t index = 0;
    const struct deployment *one = NULL;
    while ((one = choose_next(at, &index)) != NULL)
        if (deployed_bad(at->deployed, one->digest, one->instance) == NULL)
            return one;
    return NULL;
}

enum { DIGEST_PREFIX_MIN = 4 };

/* "sha256:0123…" or the first digits of it, "1.2.3", or the tag "v1.2.3". */
static bool is_called(const struct deployment *one, struct str name)
{
    struct str digest = str_starts(name, STR("sha256:")) ? str_sub(name, 7, SIZE_MAX) : name;
    if (str_is(name, one->version))
        return true;
    if (str_starts(name, STR("v")) && str_is(str_sub(name, 1, SIZE_MAX), one->version))
        return true;
    return digest.len >= DIGEST_PREFIX_MIN && str_starts(str_of(one->digest), digest);
}

bool choose_named(const struct standing *at, const char *name, const struct deployment **ret,
                  struct error *err)
{
    size_t index = 0;
    const struct deployment *one = NULL, *found = NULL;
    while ((one = choose_next(at, &index)) != NULL) {
        if (!is_called(one, str_of(name)))
            continue;
        if (found != NULL && strcmp(found->digest, one->digest) != 0)
            return err_set(err, ERR_USAGE, "'%s' may be %.12s or %.12s: name the digest", name,
                           found->digest, one->digest);
        found = found != NULL ? found : one;
    }
    if (found == NULL && is_called(present(at), str_of(name)))
        found = present(at);
    if (found == NULL)
        return err_set(err, ERR_USAGE, "nothing that was deployed here is called '%s'", name);
    *ret = found;
    return true;
}

static const char *newest_run(const struct standing *all, size_t count)
{
    const struct deployment *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct deployment *now = &all[i].deployed->now;
        if (now->instance[0] != '\0' && (newest == NULL || now->time_ms > newest->time_ms))
            newest = now;
    }
    return newest != NULL ? newest->run : "";
}

void choose_targets(const struct standing *all, size_t count, bool *ret_chosen)
{
    bool any_astray = false;
    const char *run = newest_run(all, count);
    for (size_t i = 0; i < count; i++)
        any_astray = any_astray || is_astray(&all[i]);
    for (size_t i = 0; i < count; i++) {
        const struct deployment *now = &all[i].deployed->now;
        ret_chosen[i] = any_astray ? is_astray(&all[i])
                                   : now->instance[0] != '\0' && strcmp(now->run, run) == 0;
    }
}

bool choose_left(const struct standing *at, const struct deployment *to, struct deployment *ret)
{
    const struct deployment *left = present(at);
    if (same_spec(left->instance, to->instance))
        left = &at->deployed->now;
    if (left->instance[0] == '\0' || same_spec(left->instance, to->instance))
        return false;
    *ret = *left;
    return true;
}
