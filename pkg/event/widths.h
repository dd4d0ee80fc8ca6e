/* Columns of one code point. */
#pragma once

#include "core/core.h"

/* 0 for a combining mark, 2 for a wide character, else 1. */
size_t width_of(uint32_t code);
