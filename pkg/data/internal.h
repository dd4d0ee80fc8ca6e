/* What the files of this module share and nobody else sees. */
#pragma once

#include "json.h"

/* Length of the UTF-8 sequence at the start of `text`, 0 when it is not valid (overlong,
 * surrogate, above U+10FFFF, truncated). */
size_t utf8_len(struct str text);
/* Writes the code point (a valid one) as UTF-8; returns its length, 1 to 4. */
size_t utf8_put(uint32_t code, char out[4]);
