/* What the service is told at its start: the command line, then the environment, then defaults. */
#pragma once

#include "core/core.h"
#include "httpd/httpd.h"

enum { TRUSTED_MAX = 256 };

struct prover_options {
    const char *listen;       /* "127.0.0.1:4000"; ignored when a listener is passed in */
    const char *check_socket; /* path, or NULL */
    bool hold;                /* do not accept on the public listener before SIGUSR2 */
    int64_t drain_idle_ms, drain_max_ms;
    const char *user; /* to become when started as root; user name or number */
    uint64_t workers;
    const char *environment, *instance_id, *compose_hash, *release_digest, *release_version;
    struct httpd_cidr trusted[TRUSTED_MAX];
    size_t trusted_count;
    /* From the environment; NULL when not set. */
    const char *tee_mode, *bb_binary_path, *bb_versions_dir, *crs_path, *node_env;
    uint64_t hardware_concurrency; /* 0: not set */
    uint64_t port;
    const char *notify_socket;
    /* Made at the start. */
    char boot_id[UUID_TEXT_MAX];
    char executable_sha256[65]; /* of the file that runs */
    int64_t started_ms;
    uint64_t cpus, usable_cpus; /* of the machine; of this process */
};

enum options_outcome { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* Strings are borrowed from argv and the environment. ERR_USAGE for the command line, ERR_CONFIG
 * for the environment. */
bool options_read(int argc, char **argv, struct prover_options *ret, enum options_outcome *outcome,
                  struct error *err) must_use;
void options_help(struct buf *out);
