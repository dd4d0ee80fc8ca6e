/* What the files of this module share and nobody else sees. */
#pragma once

#include "manifest.h"

/* Is it a directory that patterns do not enter? */
bool glob_passes_over(const char *name);
