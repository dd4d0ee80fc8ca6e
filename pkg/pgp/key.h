/* What the files of this module share about our own key. Private to the module. */
#pragma once

#include "wire.h"

/* The two secret halves, as they lie in locked memory. */
struct key_secrets {
    unsigned char ed25519[ED25519_LEN];
    unsigned char x25519[X25519_LEN];
};

struct pgp_key {
    struct secret secret; /* struct key_secrets */
    bool locked;
    uint32_t created; /* seconds since 1970 */
    unsigned char ed25519[ED25519_LEN];
    unsigned char x25519[X25519_LEN];
    struct pgp_fingerprint primary;
    struct pgp_fingerprint subkey;
    struct buf packets;
    struct buf armored;
};

static inline const struct key_secrets *key_secrets_of(const struct pgp_key *key)
{
    return (const struct key_secrets *)(const void *)key->secret.ptr;
}

/* Appends the bytes that stand for a key in hashes (RFC 9580, 5.2.4): 0x99, length, body. */
void key_add_hashed(struct buf *out, struct str body);
