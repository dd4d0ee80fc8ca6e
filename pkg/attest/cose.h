/* COSE_Sign1 (RFC 9052, section 4.2) with ECDSA (RFC 9053, section 2.1): one signer, one payload
 * that is inside. Signatures are judged over the exact bytes of the message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/core.h"

enum cose_alg { COSE_ES256, COSE_ES384, COSE_ES512, COSE_ALG_COUNT };

enum cose_tag_rule {
    COSE_TAG_OPTIONAL, /* tag 18 or none */
    COSE_TAG_REQUIRED
};

/* All borrowed from the message. */
struct cose_sign1 {
    bool tagged;
    enum cose_alg alg;
    bool unprotected_empty;
    struct str protected_bytes; /* the content of the byte string */
    struct str payload;
    struct str signature;
};

/* Takes a message apart. Fails (ERR_FAILED): what CBOR refuses, another shape or tag, an unknown or
 * missing algorithm, a `crit` header, a label in both headers, a signature of another length. */
bool cose_sign1_read(struct str message, enum cose_tag_rule rule, struct cose_sign1 *ret,
                     struct error *err) must_use;

/* A public key on the curve of an algorithm. */
struct cose_key;
/* From the affine coordinates, big-endian and of full length. ERR_FAILED: not a point. */
bool cose_key_new(enum cose_alg alg, struct str x, struct str y, struct cose_key **ret,
                  struct error *err) must_use;
void cose_key_free_at(struct cose_key **key);
#define cleanup_cose_key cleanup(cose_key_free_at)

/* Did `key` sign it? ERR_VERIFY when it did not, or when the key is of another algorithm. */
bool cose_sign1_verify(const struct cose_sign1 *message, const struct cose_key *key,
                       struct error *err) must_use;
/* "ES384" */
const char *cose_alg_name(enum cose_alg alg);
