/* What a COSE key is made of, for the files that take keys out of certificates. */
#pragma once

#include <openssl/evp.h>

#include "cose.h"

struct cose_key {
    EVP_PKEY *pkey; /* owned */
    enum cose_alg alg;
};

/* A key of its own reference to `pkey`. ERR_FAILED: not on one of the three curves. */
bool cose_key_of(EVP_PKEY *pkey, struct cose_key **ret, struct error *err) must_use;
/* The order's length in bytes: half a signature. */
size_t cose_alg_len(enum cose_alg alg);
