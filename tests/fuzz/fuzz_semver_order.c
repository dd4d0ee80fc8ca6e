/* Lines as versions: sorting and comparing come to the same order, and it is one. */
#include <stdint.h>
#include <stdlib.h>

#include "semver/semver.h"

enum { LINES_MAX = 24 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct semver versions[LINES_MAX];
    struct str rest = str_n(data, size), line;
    size_t count = 0;
    while (count < LINES_MAX && str_next_line(&rest, &line))
        count += semver_parse(line, &versions[count]);
    semver_sort(versions, count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++) {
            must(semver_compare(&versions[i], &versions[j]) <= 0);
            must(semver_compare(&versions[j], &versions[i]) >= 0);
        }
    return 0;
}
