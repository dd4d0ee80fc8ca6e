/* The entry of teerex-prover. */
#include "buildinfo.h"
#include "parts.h"

static int print_help(void)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    options_help(&text);
    fputs(buf_cstr(&text), stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int print_version(void)
{
    printf("teerex-prover %s (%s)\n", BUILDINFO.version, BUILDINFO.git_sha);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct prover_options options;
    enum options_outcome outcome;
    struct error err = {0};
    if (!options_read(argc, argv, &options, &outcome, &err)) {
        fprintf(stderr, "teerex-prover: %s\n", err.msg);
        return err_exit_status(&err);
    }
    switch (outcome) {
    case OPTIONS_HELP:
        return print_help();
    case OPTIONS_VERSION:
        return print_version();
    case OPTIONS_RUN:
        return monitor_main(&options);
    }
    return 1;
}
