/* Session keys: from a public-key encrypted session key packet. Private to the module. */
#pragma once

#include "key.h"
#include "packet.h"

/* Reads what follows the head of a version 6 packet for X25519 (RFC 9580, 5.1.6) and unwraps the
 * session key, which holds AES256_LEN bytes. ERR_VERIFY when it is not for this key. */
bool session_unwrap(const struct pgp_key *key, struct packet_reader *r, unsigned char *ret,
                    struct error *err) must_use;
