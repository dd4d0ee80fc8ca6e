/* HKDF with SHA-256 by OpenSSL. */
#include "derive.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

/* OpenSSL takes parameters as writable pointers and does not write. */
static OSSL_PARAM octets(const char *name, struct str value)
{
    union {
        const char *in;
        char *out;
    } ptr = {.in = value.ptr};
    return OSSL_PARAM_construct_octet_string(name, ptr.out, value.len);
}

bool derive(struct str secret, struct str salt, struct str info, unsigned char *ret, size_t len,
            struct error *err)
{
    char sha256[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256, 0),
        octets(OSSL_KDF_PARAM_KEY, secret),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    bool ok = ctx != NULL && EVP_KDF_derive(ctx, ret, len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok || err_set(err, ERR_FAILED, "derive a key with HKDF");
}
