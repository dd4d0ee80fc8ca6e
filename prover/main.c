/* The entry of teerex-prover. */
#include "buildinfo.h"
#include "core/core.h"

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("teerex-prover %s (%s)\n", BUILDINFO.version, BUILDINFO.git_sha);
    return 0;
}
