/* Version 4 self-signatures (RFC 9580, 5.2.3) with Ed25519 over SHA-512, and what they promise
 * about the key: its preferences are what makes clients send what we can read. */
#include "certify.h"

#include <openssl/evp.h>

#include "crypto/crypto.h"

/* Section 5.2.3.7. The high bit of a subpacket's type says that a reader must understand it. */
enum {
    SUB_CREATED = 2 | 0x80,
    SUB_PREFERRED_CIPHERS = 11,
    SUB_ISSUER_KEY_ID = 16,
    SUB_PREFERRED_HASHES = 21,
    SUB_PREFERRED_COMPRESSION = 22,
    SUB_KEY_FLAGS = 27 | 0x80,
    SUB_FEATURES = 30,
    SUB_ISSUER_FINGERPRINT = 33,
    SUB_PREFERRED_AEAD = 39
};

enum {
    MAY_CERTIFY_AND_SIGN = 0x03,
    MAY_ENCRYPT = 0x0C, /* communications and storage */
    READS_SEIPD_V1_AND_V2 = 0x09,
    KEY_VERSION = 4,
    SUBPACKETS_MAX = 256
};

static void add_subpacket(struct buf *out, int type, struct str body)
{
    buf_addc(out, (char)(body.len + 1));
    buf_addc(out, (char)type);
    buf_add(out, body);
}

static void add_octets(struct buf *out, int type, const unsigned char *octets, size_t count)
{
    add_subpacket(out, type, str_n(octets, count));
}
#define ADD_OCTETS(out, type, ...)                                  \
    add_octets((out), (type), (const unsigned char[]){__VA_ARGS__}, \
               sizeof((const unsigned char[]){__VA_ARGS__}))

static void add_created(struct buf *out, uint32_t created)
{
    ADD_OCTETS(out, SUB_CREATED, (unsigned char)(created >> 24), (unsigned char)(created >> 16),
               (unsigned char)(created >> 8), (unsigned char)created);
}

static void add_issuer(struct buf *out, const struct pgp_fingerprint *issuer)
{
    unsigned char body[1 + PGP_FINGERPRINT_LEN] = {KEY_VERSION};
    memcpy(body + 1, issuer->bytes, PGP_FINGERPRINT_LEN);
    add_octets(out, SUB_ISSUER_FINGERPRINT, body, sizeof(body));
}

static void add_preferences(struct buf *out)
{
    ADD_OCTETS(out, SUB_PREFERRED_CIPHERS, CIPHER_AES256);
    ADD_OCTETS(out, SUB_PREFERRED_AEAD, CIPHER_AES256, AEAD_GCM, CIPHER_AES256, AEAD_OCB);
    ADD_OCTETS(out, SUB_PREFERRED_HASHES, DIGEST_SHA512, DIGEST_SHA256);
    ADD_OCTETS(out, SUB_PREFERRED_COMPRESSION, COMPRESSION_NONE);
    ADD_OCTETS(out, SUB_FEATURES, READS_SEIPD_V1_AND_V2);
}

/* The signature packet's body up to and with its hashed subpackets. */
static void add_hashed_part(const struct pgp_key *key, enum signature_type type, struct buf *out)
{
    cleanup_buf struct buf subpackets = buf_make(SUBPACKETS_MAX);
    bool of_primary = type == SIGNATURE_CERTIFICATION;
    add_created(&subpackets, key->created);
    add_issuer(&subpackets, &key->primary);
    ADD_OCTETS(&subpackets, SUB_KEY_FLAGS, of_primary ? MAY_CERTIFY_AND_SIGN : MAY_ENCRYPT);
    if (of_primary)
        add_preferences(&subpackets);
    buf_addc(out, KEY_VERSION);
    buf_addc(out, (char)type);
    buf_addc(out, ALGO_ED25519);
    buf_addc(out, DIGEST_SHA512);
    wire_u16(out, subpackets.len);
    buf_add(out, buf_str(&subpackets));
}

static void digest_of(struct str subject, struct str hashed_part, unsigned char ret[SHA512_LEN])
{
    enum { TRAILER_MAX = 6 };
    cleanup_hash struct hash *h = hash_new(HASH_SHA512);
    cleanup_buf struct buf trailer = buf_make(TRAILER_MAX);
    buf_addc(&trailer, KEY_VERSION);
    buf_addc(&trailer, (char)0xff);
    wire_u32(&trailer, (uint32_t)hashed_part.len);
    hash_add(h, subject);
    hash_add(h, hashed_part);
    hash_add(h, buf_str(&trailer));
    hash_finish(h, ret);
}

static bool sign_digest(const struct pgp_key *key, const unsigned char *digest,
                        unsigned char ret[ED25519_SIGNATURE_LEN], struct error *err)
{
    size_t len = ED25519_SIGNATURE_LEN;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
                                                  key_secrets_of(key)->ed25519, ED25519_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = pkey != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestSign(ctx, ret, &len, digest, SHA512_LEN) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok || err_set(err, ERR_FAILED, "sign with Ed25519");
}

bool certify(const struct pgp_key *key, enum signature_type type, struct str subject,
             struct buf *out, struct error *err)
{
    unsigned char digest[SHA512_LEN], signature[ED25519_SIGNATURE_LEN];
    cleanup_buf struct buf body = buf_make(PGP_PUBLIC_MAX), unhashed = buf_make(SUBPACKETS_MAX);
    add_hashed_part(key, type, &body);
    digest_of(subject, buf_str(&body), digest);
    TRY(sign_digest(key, digest, signature, err));
    /* Older readers look for the key id. */
    add_octets(&unhashed, SUB_ISSUER_KEY_ID,
               key->primary.bytes + PGP_FINGERPRINT_LEN - PGP_KEY_ID_LEN, PGP_KEY_ID_LEN);
    wire_u16(&body, unhashed.len);
    buf_add(&body, buf_str(&unhashed));
    buf_add(&body, str_n(digest, 2));
    buf_add(&body, str_n(signature, sizeof(signature)));
    wire_packet(out, TAG_SIGNATURE, buf_str(&body));
    return true;
}
