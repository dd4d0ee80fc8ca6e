/* Unwrapping a session key: X25519, HKDF, AES key wrap (RFC 9580, 5.1.6; RFC 3394). */
#include "session.h"

#include <openssl/evp.h>

#include "derive.h"

enum {
    WRAP_KEY_LEN = 16,
    WRAPPED_LEN = AES256_LEN + 8 /* the key wrap's check value */
};

/* What HKDF mixes, in this order. */
struct agreement {
    unsigned char ephemeral[X25519_LEN];
    unsigned char recipient[X25519_LEN];
    unsigned char shared[X25519_LEN];
};

static bool agree(const struct pgp_key *key, struct agreement *a, struct error *err)
{
    size_t len = X25519_LEN;
    EVP_PKEY *ours = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL,
                                                  key_secrets_of(key)->x25519, X25519_LEN);
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, a->ephemeral, X25519_LEN);
    EVP_PKEY_CTX *ctx = ours == NULL ? NULL : EVP_PKEY_CTX_new(ours, NULL);
    /* OpenSSL refuses the ephemeral keys that give an all-zero secret. */
    bool ok = ctx != NULL && theirs != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
              EVP_PKEY_derive_set_peer(ctx, theirs) == 1 &&
              EVP_PKEY_derive(ctx, a->shared, &len) == 1 && len == X25519_LEN;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(ours);
    return ok || err_set(err, ERR_VERIFY, "the key agreement failed");
}

static bool unwrap(const unsigned char key[WRAP_KEY_LEN], const unsigned char wrapped[WRAPPED_LEN],
                   unsigned char ret[AES256_LEN], struct error *err)
{
    unsigned char plain[WRAPPED_LEN];
    int len = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx != NULL;
    if (ok)
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    ok = ok && EVP_DecryptInit_ex(ctx, EVP_aes_128_wrap(), NULL, key, NULL) == 1 &&
         EVP_DecryptUpdate(ctx, plain, &len, wrapped, WRAPPED_LEN) == 1 && len == AES256_LEN;
    EVP_CIPHER_CTX_free(ctx);
    if (ok)
        memcpy(ret, plain, AES256_LEN);
    secret_wipe(plain, sizeof(plain));
    return ok || err_set(err, ERR_VERIFY, "the session key cannot be unwrapped");
}

static bool read_wrapped(struct packet_reader *r, struct agreement *a,
                         unsigned char wrapped[WRAPPED_LEN], struct error *err)
{
    unsigned char len, more;
    size_t got;
    TRY(packet_read_all(r, a->ephemeral, X25519_LEN, err));
    TRY(packet_read_all(r, &len, 1, err));
    if (len != WRAPPED_LEN)
        return err_set(err, ERR_VERIFY, "a session key of another length than AES-256's");
    TRY(packet_read_all(r, wrapped, WRAPPED_LEN, err));
    TRY(packet_read(r, &more, 1, &got, err));
    return got == 0 || err_set(err, ERR_VERIFY, "more than a session key");
}

bool session_unwrap(const struct pgp_key *key, struct packet_reader *r, unsigned char *ret,
                    struct error *err)
{
    unsigned char wrapped[WRAPPED_LEN], wrap_key[WRAP_KEY_LEN];
    struct agreement a;
    TRY(read_wrapped(r, &a, wrapped, err));
    memcpy(a.recipient, key->x25519, X25519_LEN);
    bool ok = agree(key, &a, err) &&
              derive(str_n(&a, sizeof(a)), STR_EMPTY, STR("OpenPGP X25519"), wrap_key,
                     sizeof(wrap_key), err) &&
              unwrap(wrap_key, wrapped, ret, err);
    secret_wipe(&a, sizeof(a));
    secret_wipe(wrap_key, sizeof(wrap_key));
    return ok;
}
