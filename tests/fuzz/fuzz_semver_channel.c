/* A pattern, then versions, a line each: places are an order, the newest is the last of it, and the
 * next revision of the first version is one that is not there. */
#include <stdint.h>
#include <stdlib.h>

#include "semver/semver.h"

enum { LINES_MAX = 16 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_newest(const struct semver_pattern *pattern, const struct str *lines,
                         size_t count)
{
    struct semver_place best, place;
    size_t newest = semver_pattern_newest(pattern, lines, count);
    must(newest == SIZE_MAX || semver_pattern_match(pattern, lines[newest], &best));
    for (size_t i = 0; i < count; i++) {
        if (!semver_pattern_match(pattern, lines[i], &place) || !pattern->ordered)
            continue;
        must(newest != SIZE_MAX && semver_place_compare(&place, &best) <= 0 &&
             semver_place_compare(&best, &place) >= 0);
        must(semver_step_of(pattern, lines[newest], lines[i]) != SEMVER_STEP_UP);
    }
}

static void check_revision(const struct str *lines, size_t count)
{
    struct semver_revision r;
    struct semver v;
    struct error err;
    if (count == 0 || !semver_revise(lines[0], lines + 1, count - 1, &r, &err))
        return;
    must(semver_parse(str_of(r.next), &v));
    for (size_t i = 1; i < count; i++)
        must(!str_is(lines[i], r.next));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct semver_pattern pattern;
    struct error err;
    struct str lines[LINES_MAX], rest = str_n(data, size), text;
    size_t count = 0;
    if (!str_next_line(&rest, &text))
        return 0;
    while (count < LINES_MAX && str_next_line(&rest, &lines[count]))
        count++;
    if (semver_pattern_compile(text, &pattern, &err))
        check_newest(&pattern, lines, count);
    check_revision(lines, count);
    return 0;
}
