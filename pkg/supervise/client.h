/* What the backends share on the client's side. */
#pragma once

#include "settings.h"
#include "supervise/supervise.h"

struct supervise {
    const struct supervise_ops *ops;
    const struct clock *clock;
    char dir[SUPERVISE_PATH_MAX];
    struct settings settings;
};

/* The backend of our own: the control socket in the service's directory. */
const struct supervise_ops *own_ops(void);
/* Has the running supervisor go on as the program, and with the settings, of service.json. */
bool own_reexec(struct supervise *s, struct error *err) must_use;
/* Starts a supervisor and waits until it answers; service.json is there. */
bool own_begin(const struct cap *cap, const char *dir, const struct settings *settings,
               const struct clock *clock, struct error *err) must_use;

/* Units of the machine's systemd. */
const struct supervise_ops *systemd_ops(void);
/* Writes the units and opens the socket. */
bool systemd_begin(const struct cap *cap, const char *dir, const struct settings *settings,
                   const struct clock *clock, struct error *err) must_use;
