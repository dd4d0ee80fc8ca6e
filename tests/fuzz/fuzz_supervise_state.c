/* Any bytes as a state file. */
#include "supervise/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct error err;
    cleanup_roster struct roster roster = {0};
    if (!roster_parse(str_n(bytes, len), &roster, &err))
        return 0;
    return 0;
}
