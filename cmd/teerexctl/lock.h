/* What the verbs of `lock` share. */
#pragma once

#include "site.h"

struct lock_options {
    const char *environment;
    const char *reason;
    int64_t wait_ms;
    bool force;
};

/* The leases of the environment: its own, then its hosts'. */
bool lock_names(struct site *site, config_strings *ret, struct error *err) must_use;
/* These leases as they are, in the app's arena. */
bool lock_read(struct app *app, struct store *store, const config_strings *names,
               struct lease_list *ret, struct error *err) must_use;
/* The result of all three verbs: a table, and {"locks":[…]}. */
bool lock_show(struct app *app, const struct lease_list *leases, struct error *err) must_use;
