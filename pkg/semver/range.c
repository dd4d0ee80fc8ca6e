/* npm's ranges: their text, rewritten, becomes comparators. */
#include "range_text.h"

/* Adds a comparator; false when the range is full or a number is too large. */
static bool add(struct semver_range *r, enum semver_operator op, struct semver bound)
{
    if (r->count == SEMVER_COMPARATORS_MAX || bound.major > SEMVER_NUMBER_MAX ||
        bound.minor > SEMVER_NUMBER_MAX || bound.patch > SEMVER_NUMBER_MAX)
        return false;
    r->comparators[r->count++] = (struct semver_comparator){.op = op, .bound = bound};
    return true;
}

/* The lowest version from which prereleases of X.Y.Z count as within the range. */
static struct str lowest(const struct semver_range *r)
{
    return r->prereleases == SEMVER_ALL_PRERELEASES ? STR("0") : STR_EMPTY;
}

/* ">=0.0.0" (">=0.0.0-0" if all prereleases count) is no condition. */
static bool add_from(struct semver_range *r, struct semver bound)
{
    if (bound.major == 0 && bound.minor == 0 && bound.patch == 0 &&
        str_eq(bound.prerelease, lowest(r)))
        return true;
    return add(r, SEMVER_GE, bound);
}

static struct semver bound_of(const struct partial *p)
{
    return (struct semver){.major = p->number[0],
                           .minor = p->wild[1] ? 0 : p->number[1],
                           .patch = p->wild[1] || p->wild[2] ? 0 : p->number[2]};
}

/* X.Y.Z-0 after which `part` (0 major, 1 minor, 2 patch) has gone up: what "<" excludes. */
static struct semver next_of(const struct partial *p, size_t part)
{
    struct semver v = {.major = p->number[0], .prerelease = STR("0")};
    v.minor = part > 0 ? p->number[1] : 0;
    v.patch = part > 1 ? p->number[2] : 0;
    *(part == 0 ? &v.major : part == 1 ? &v.minor : &v.patch) += 1;
    return v;
}

static bool is_wild(const struct partial *p)
{
    return p->wild[0] || p->wild[1] || p->wild[2];
}

/* The lower bound as written, of a partial version that is complete; as open if it is not. */
static bool lower_bound(const struct semver_range *r, const struct partial *p, struct semver *ret)
{
    struct semver bound = bound_of(p);
    bound.prerelease = is_wild(p) ? lowest(r) : p->prerelease;
    *ret = bound;
    return is_wild(p) || p->text.len <= SEMVER_TEXT_MAX;
}

static bool add_span(struct semver_range *r, const struct partial *p, size_t part)
{
    struct semver bound;
    return lower_bound(r, p, &bound) && add_from(r, bound) && add(r, SEMVER_LT, next_of(p, part));
}

static bool add_tilde(struct semver_range *r, const struct partial *p)
{
    return p->wild[0] || add_span(r, p, p->wild[1] ? 0 : 1);
}

/* The part left of which nothing may change: the first that is not zero, or the last given. */
static bool add_caret(struct semver_range *r, const struct partial *p)
{
    if (p->wild[0])
        return true;
    if (p->wild[1] || p->number[0] > 0)
        return add_span(r, p, 0);
    return add_span(r, p, p->wild[2] || p->number[1] > 0 ? 1 : 2);
}

/* What "<", "<=", "=", ">=", ">" stand before, the absent one being "=". */
static size_t take_operator(struct str s, enum semver_operator *ret)
{
    static const struct {
        const char *text;
        enum semver_operator op;
    } OPERATORS[] = {{"<=", SEMVER_LE}, {">=", SEMVER_GE}, {"<", SEMVER_LT},
                     {">", SEMVER_GT},  {"=", SEMVER_EQ},  {"", SEMVER_EQ}};
    size_t i = 0;
    while (!str_starts(s, str_of(OPERATORS[i].text)))
        i++;
    *ret = OPERATORS[i].op;
    return strlen(OPERATORS[i].text);
}

static bool add_wild(struct semver_range *r, enum semver_operator op, const struct partial *p)
{
    size_t part = p->wild[1] ? 0 : 1;
    struct semver bound = bound_of(p);
    if (p->wild[0])
        return (op != SEMVER_LT && op != SEMVER_GT) ||
               add(r, SEMVER_LT, (struct semver){.prerelease = STR("0")});
    switch (op) {
    case SEMVER_EQ:
        return add_span(r, p, part);
    case SEMVER_LE:
        return add(r, SEMVER_LT, next_of(p, part));
    case SEMVER_LT:
        bound.prerelease = STR("0");
        return add(r, SEMVER_LT, bound);
    case SEMVER_GT:
        bound = next_of(p, part);
        bound.prerelease = lowest(r);
        return add_from(r, bound);
    case SEMVER_GE:
        bound.prerelease = lowest(r);
        return add_from(r, bound);
    }
    return false;
}

static bool add_full(struct semver_range *r, struct range_text token)
{
    enum semver_operator op;
    struct semver v;
    range_drop_star(&token);
    if (token.len == 0)
        return true;
    struct str rest = range_str(token);
    rest = str_sub(rest, take_operator(rest, &op), rest.len);
    if (!semver_parse_npm(rest, &v))
        return false;
    return op == SEMVER_GE && rest.ptr[0] != 'v' ? add_from(r, v) : add(r, op, v);
}

/* A wild part after which a number stands is none of npm's x-ranges. */
static bool is_x_range(const struct partial *p)
{
    return is_wild(p) && !(p->wild[0] && !p->wild[1]) && !(p->wild[1] && !p->wild[2]);
}

static bool add_token(struct semver_range *r, struct range_text token)
{
    struct partial p;
    enum semver_operator op;
    struct str s = range_str(token);
    if (str_starts(s, STR("^")) && partial_parse(str_sub(s, 1, s.len), &p))
        return add_caret(r, &p);
    if (str_starts(s, STR("~")) &&
        partial_parse(str_sub(s, str_starts(s, STR("~>")) ? 2 : 1, s.len), &p))
        return add_tilde(r, &p);
    if (partial_parse(str_sub(s, take_operator(s, &op), s.len), &p) && is_x_range(&p))
        return add_wild(r, op, &p);
    return add_full(r, token);
}

/* "A - B", alone in its alternative. */
static bool split_hyphen(struct str s, struct partial *ret_from, struct partial *ret_to)
{
    if (str_starts(s, STR(" ")))
        s = str_sub(s, 1, s.len);
    size_t prefix = prefix_span(s);
    struct str rest, before = str_sub(s, prefix, s.len);
    before = str_cut(before, ' ', &rest, NULL);
    if (!str_starts(rest, STR("- ")))
        return false;
    rest = str_sub(rest, 2, rest.len);
    if (rest.len > 0 && str_ends(rest, STR(" ")))
        rest.len--;
    return partial_parse(str_n(s.ptr, prefix + before.len), ret_from) &&
           partial_parse(rest, ret_to);
}

/* A bound that is taken over as written may have the prefix that any comparator may have. */
static bool as_written(const struct partial *p)
{
    struct str prefix = p->prefix;
    if (str_starts(prefix, STR(" ")))
        prefix = str_sub(prefix, 1, prefix.len);
    return (prefix.len == 0 || str_is(prefix, "v")) && prefix.len + p->text.len <= SEMVER_TEXT_MAX;
}

static bool add_hyphen_from(struct semver_range *r, const struct partial *p)
{
    struct semver bound = bound_of(p);
    if (p->wild[0])
        return true;
    bound.prerelease = p->prerelease.len > 0 && !is_wild(p) ? p->prerelease : lowest(r);
    if (is_wild(p))
        return add_from(r, bound);
    return as_written(p) &&
           (str_ends(p->prefix, STR("v")) ? add(r, SEMVER_GE, bound) : add_from(r, bound));
}

static bool add_hyphen_to(struct semver_range *r, const struct partial *p)
{
    struct semver bound = bound_of(p);
    bound.prerelease = p->prerelease;
    if (p->wild[0])
        return true;
    if (p->wild[1] || p->wild[2])
        return add(r, SEMVER_LT, next_of(p, p->wild[1] ? 0 : 1));
    if (p->prerelease.len > 0)
        return p->text.len <= SEMVER_TEXT_MAX && add(r, SEMVER_LE, bound);
    if (r->prereleases == SEMVER_ALL_PRERELEASES)
        return add(r, SEMVER_LT, next_of(p, 2));
    return as_written(p) && add(r, SEMVER_LE, bound);
}

static bool add_tokens(struct semver_range *r, struct range_text set)
{
    range_join_operators(&set);
    for (size_t at = 0; at < set.len;) {
        const char *space = memchr(set.ptr + at, ' ', set.len - at);
        size_t end = space ? (size_t)(space - set.ptr) : set.len;
        if (end > at && !add_token(r, (struct range_text){.ptr = set.ptr + at, .len = end - at}))
            return false;
        at = end + 1;
    }
    return true;
}

/* One alternative: comparators that must hold together. */
static bool add_set(struct semver_range *r, struct range_text set)
{
    struct partial from, to;
    size_t before = r->count;
    range_drop_builds(&set);
    bool valid = split_hyphen(range_str(set), &from, &to)
                     ? add_hyphen_from(r, &from) && add_hyphen_to(r, &to)
                     : add_tokens(r, set);
    if (r->count > before)
        r->comparators[r->count - 1].ends_set = true;
    else
        r->any = true;
    return valid;
}

static struct range_text trim(struct range_text t)
{
    for (; t.len > 0 && t.ptr[0] == ' '; t.len--)
        t.ptr++;
    for (; t.len > 0 && t.ptr[t.len - 1] == ' ';)
        t.len--;
    return t;
}

bool semver_range_parse(struct str text, enum semver_prereleases prereleases,
                        struct semver_range *ret)
{
    struct range_text all = {0};
    ret->prereleases = prereleases;
    ret->any = false;
    ret->count = 0;
    all.ptr = ret->text;
    if (!range_copy(text, sizeof(ret->text), &all))
        return false;
    for (bool more = true; more;) {
        size_t bar = str_find(range_str(all), STR("||"));
        more = bar != SIZE_MAX;
        struct range_text set = {.ptr = all.ptr, .len = more ? bar : all.len};
        if (!add_set(ret, trim(set)))
            return false;
        all.ptr += set.len + (more ? 2 : 0);
        all.len -= set.len + (more ? 2 : 0);
    }
    return true;
}
