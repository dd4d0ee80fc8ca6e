/* ASCII armor (RFC 9580, 6). Private to the module. */
#pragma once

#include "core/core.h"

/* Appends `bytes` as an armored public key block. */
void armor_public_key(struct buf *out, struct str bytes);
