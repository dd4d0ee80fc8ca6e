/* What the files of proc share. */
#pragma once

#include "proc/proc.h"

/* The environment of a child: NULL-terminated, in one block that the caller frees with free. */
char **proc_environment(const struct proc_spec *spec) must_use;
