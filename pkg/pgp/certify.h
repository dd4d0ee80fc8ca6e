/* The key's signatures over itself. Private to the module. */
#pragma once

#include "key.h"

enum signature_type { SIGNATURE_CERTIFICATION = 0x13, SIGNATURE_SUBKEY_BINDING = 0x18 };

/* Appends the packet of a version 4 signature by `key` over `subject` (the hashed form of what is
 * certified, RFC 9580, 5.2.4) with the subpackets that belong to the type. */
bool certify(const struct pgp_key *key, enum signature_type type, struct str subject,
             struct buf *out, struct error *err) must_use;
