/* Writing out, whole. */
#pragma once

#include "core/core.h"

/* Writes all bytes, waiting when the descriptor is not ready; false with errno set. */
bool out_write(int fd, struct str bytes) must_use;
