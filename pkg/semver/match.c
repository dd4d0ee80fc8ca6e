/* Holds a version against a compiled pattern: whether it has the shape, and its place in the order
 * of that shape. */
#include "internal.h"

enum { COUNT_DIGITS_MAX = 6, DATE_DIGITS = 8, HASH_MIN = 7, HASH_MAX = 40 };

_Static_assert(SEMVER_PLACE_MAX >= 3 * SEMVER_PIECES_MAX, "a piece has up to three numbers");

struct matcher {
    struct str rest;
    struct semver_place place;
};

static void rank(struct matcher *m, uint64_t number)
{
    m->place.numbers[m->place.count++] = number;
}

static bool skip(struct matcher *m, size_t n)
{
    m->rest = str_sub(m->rest, n, m->rest.len);
    return true;
}

/* A number of so many digits, after which no other character of an identifier stands. */
static bool take_number(struct matcher *m, size_t digits_max)
{
    uint64_t number;
    size_t n = count_digits(m->rest);
    if (n > digits_max || !read_number(str_n(m->rest.ptr, n), &number))
        return false;
    rank(m, number);
    return skip(m, n);
}

static bool take_core(struct matcher *m)
{
    enum { DIGITS_MAX = 16 };
    for (size_t i = 0; i < 3; i++)
        if ((i > 0 && !(str_starts(m->rest, STR(".")) && skip(m, 1))) ||
            !take_number(m, DIGITS_MAX))
            return false;
    return true;
}

static bool is_date(uint64_t yyyymmdd)
{
    static const uint64_t DAYS[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year = yyyymmdd / 10000, month = yyyymmdd / 100 % 100, day = yyyymmdd % 100;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month >= 1 && month <= ARRAY_LEN(DAYS) && day >= 1 && day <= DAYS[month - 1] &&
           (leap || month != 2 || day < 29);
}

static bool take_date(struct matcher *m)
{
    return count_digits(m->rest) == DATE_DIGITS && take_number(m, DATE_DIGITS) &&
           is_date(m->place.numbers[m->place.count - 1]);
}

static bool take_hash(struct matcher *m)
{
    size_t n = 0;
    while (n < m->rest.len &&
           (is_digit(m->rest.ptr[n]) || (m->rest.ptr[n] >= 'a' && m->rest.ptr[n] <= 'f')))
        n++;
    return n >= HASH_MIN && n <= HASH_MAX && skip(m, n);
}

static bool take_piece(struct matcher *m, const struct semver_piece *p)
{
    switch (p->kind) {
    case SEMVER_LITERAL:
        return str_starts(m->rest, p->literal) && skip(m, p->literal.len);
    case SEMVER_CORE:
        return take_core(m);
    case SEMVER_COUNT:
        return take_number(m, COUNT_DIGITS_MAX);
    case SEMVER_DATE:
        return take_date(m);
    case SEMVER_HASH:
        return take_hash(m);
    case SEMVER_ANY:
        return m->rest.len > 0 && skip(m, m->rest.len);
    case SEMVER_OPEN:
    case SEMVER_CLOSE:
    case SEMVER_PIECE_KINDS:
        break;
    }
    return false;
}

/* From the "[" at *at to its "]", where *at is then. A flag goes before its numbers: absent is
 * before present, and what follows is compared only between equal shapes. */
static void pass_optional(struct matcher *m, const struct semver_pattern *pattern, size_t *at)
{
    struct matcher inside = *m;
    bool fits = true;
    rank(&inside, 1);
    for (++*at; pattern->pieces[*at].kind != SEMVER_CLOSE; ++*at)
        fits = fits && take_piece(&inside, &pattern->pieces[*at]);
    rank(m, 0);
    if (fits)
        *m = inside;
}

bool semver_pattern_match(const struct semver_pattern *pattern, struct str version,
                          struct semver_place *ret_place)
{
    struct semver v;
    struct matcher m = {.rest = version};
    if (!semver_parse(version, &v) || v.build.len > 0)
        return false;
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->pieces[i].kind == SEMVER_OPEN)
            pass_optional(&m, pattern, &i);
        else if (!take_piece(&m, &pattern->pieces[i]))
            return false;
    if (m.rest.len > 0)
        return false;
    *ret_place = m.place;
    return true;
}
