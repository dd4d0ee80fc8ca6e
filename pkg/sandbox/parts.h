/* The steps of entering the sandbox, each in a file of its own. Private to the module. */
#pragma once

#include "sandbox.h"

/* Becomes the profile's user and group for good; root's supplementary groups go, and so does every
 * capability. */
bool identity_drop(const struct sandbox_profile *p, struct error *err) must_use;
/* Sets the limits, lowering what an unprivileged process may not raise. */
bool limits_apply(const struct sandbox_limits *limits, struct error *err) must_use;
/* ", open files <= 64" for each limit that is not kept. */
void limits_describe(const struct sandbox_limits *limits, struct buf *out);
/* Closes every descriptor above 2 that the profile does not keep. */
bool descriptors_close(const struct sandbox_profile *p, struct error *err) must_use;
/* Loads the role's list of system calls into the kernel, for all threads. */
bool filter_load(enum sandbox_role role, struct error *err) must_use;
