/* The entry of teerexctl. */
#include "buildinfo.h"
#include "core/core.h"

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("teerexctl %s (%s)\n", BUILDINFO.version, BUILDINFO.git_sha);
    return 0;
}
