/* A version, a line end, any bytes as a range: nothing but a verdict, and npm's wider mode admits
 * all that the narrower one does (but for 0.0.0-x, since ">=0.0.0" is no bound in that one). */
#include <stdint.h>
#include <stdlib.h>

#include "semver/semver.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct semver_range named, all;
    struct semver v;
    struct str range;
    struct str version = str_cut(str_n(data, size), '\n', &range, NULL);
    bool is_named = semver_range_parse(range, SEMVER_NAMED_PRERELEASES, &named);
    bool is_all = semver_range_parse(range, SEMVER_ALL_PRERELEASES, &all);
    if (!semver_parse_npm(version, &v))
        return 0;
    must(semver_compare(&v, &v) == 0);
    bool has_named = is_named && semver_range_has(&named, &v);
    bool has_all = is_all && semver_range_has(&all, &v);
    bool above_zero = v.major > 0 || v.minor > 0 || v.patch > 0;
    must(!has_named || !is_all || has_all || !above_zero);
    must(has_named == semver_satisfies(version, range, SEMVER_NAMED_PRERELEASES));
    must((semver_max_satisfying(&all, &version, is_all ? 1 : 0) == 0) == has_all);
    return 0;
}
