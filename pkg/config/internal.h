/* What the files of this module share and nobody else sees. */
#pragma once

#include "config.h"

/* The value of NAME in a NULL-terminated NAME=VALUE list; NULL when unset or empty. */
const char *environ_get(const char *const *environ, const char *name);
