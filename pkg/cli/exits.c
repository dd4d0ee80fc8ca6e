/* The meaning of each exit status, in words for help and manual. */
#include "cli/cli.h"

static const struct {
    int status;
    const char *meaning;
} MEANINGS[] = {
    {0, "done, or nothing to do"},
    {1, "failed"},
    {2, "changes are pending (only with --detailed-exitcode)"},
    {3, "the command line or a configuration file is wrong"},
    {4, "not authenticated, or not permitted"},
    {5, "somebody else holds the lock"},
    {6, "a gate said no"},
    {7, "inconclusive: hold, nothing more was touched"},
    {8, "pending: the outcome is decided elsewhere, later"},
    {9, "a signature, digest or measurement does not hold"},
    {10, "failed, and the previous state was restored"},
    {11, "failed, and restoring the previous state failed too"},
    {12, "the plan is stale: the world moved since it was made"},
    {75, "try again later"},
    {130, "interrupted, after cleaning up (143: by SIGTERM)"},
    {141, "whoever read the output went away"},
};

const char *cli_exit_meaning(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(MEANINGS); i++) {
        if (MEANINGS[i].status == status)
            return MEANINGS[i].meaning;
    }
    return NULL;
}
