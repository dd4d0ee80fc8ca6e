/* HKDF with SHA-256 (RFC 5869). Private to the module. */
#pragma once

#include "core/core.h"

/* Fills `ret` with `len` bytes; an empty salt is allowed. */
bool derive(struct str secret, struct str salt, struct str info, unsigned char *ret, size_t len,
            struct error *err) must_use;
