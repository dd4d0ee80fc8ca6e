/* A packument of any bytes: what is taken from it is sorted, each once, and can be found again. */
#include <stdint.h>
#include <stdlib.h>

#include "npm/npm.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct str value;
    int64_t at;
    cleanup_npm_packument struct npm_packument p = {0};
    if (!npm_packument_scan(str_n(data, size), "p", &p, &err))
        return 0;
    for (size_t i = 0; i < p.versions.count; i++) {
        must(npm_has_version(&p, p.versions.items[i]));
        must(i == 0 || str_cmp(p.versions.items[i - 1], p.versions.items[i]) < 0);
        (void)!npm_published(&p, p.versions.items[i], &at);
    }
    (void)!npm_tag(&p, "latest", &value);
    return 0;
}
