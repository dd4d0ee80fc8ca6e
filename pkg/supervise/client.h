/* What all backends share on the client's side. */
#pragma once

#include "supervise/supervise.h"

struct supervise {
    const struct supervise_ops *ops;
    const struct clock *clock;
    char dir[SUPERVISE_PATH_MAX];
    char unit[SUPERVISE_ID_MAX + 16]; /* systemd: "teerex-local-prover" */
};

struct supervise *client_new(const struct supervise_ops *ops, const char *dir,
                             const struct clock *clock) must_use;
/* The backend of our own: the control socket in the service's directory. */
const struct supervise_ops *own_ops(void);
