/* Making our own key and its public packets (RFC 9580, 5.5.2 and 10.1). */
#include "key.h"

#include <openssl/evp.h>

#include "armor.h"
#include "certify.h"

enum { KEY_BODY_MAX = 64 };

static void add_key_body(struct buf *out, uint32_t created, int algorithm, struct str material)
{
    enum { KEY_VERSION = 4 };
    buf_addc(out, KEY_VERSION);
    wire_u32(out, created);
    buf_addc(out, (char)algorithm);
    buf_add(out, material);
}

void key_add_hashed(struct buf *out, struct str body)
{
    buf_addc(out, (char)0x99);
    wire_u16(out, body.len);
    buf_add(out, body);
}

static bool fingerprint_of(struct str body, struct pgp_fingerprint *ret, struct error *err)
{
    cleanup_buf struct buf hashed = buf_make(KEY_BODY_MAX);
    key_add_hashed(&hashed, body);
    if (EVP_Digest(hashed.ptr, hashed.len, ret->bytes, NULL, EVP_sha1(), NULL) == 1)
        return true;
    return err_set(err, ERR_FAILED, "hash the key with SHA-1");
}

static bool public_half(int type, const unsigned char secret[32], unsigned char ret[32],
                        struct error *err)
{
    size_t len = 32;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(type, NULL, secret, 32);
    bool ok = pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, ret, &len) == 1;
    EVP_PKEY_free(pkey);
    return ok || err_set(err, ERR_FAILED, "derive the public half of a key");
}

static bool make_halves(struct pgp_key *key, const struct rng *rng, struct error *err)
{
    TRY(secret_new(sizeof(struct key_secrets), &key->secret, &key->locked, err));
    rng_fill(rng, key->secret.ptr, key->secret.len);
    TRY(public_half(EVP_PKEY_ED25519, key_secrets_of(key)->ed25519, key->ed25519, err));
    return public_half(EVP_PKEY_X25519, key_secrets_of(key)->x25519, key->x25519, err);
}

static bool add_user_id(struct pgp_key *key, struct str primary, struct str user_id,
                        struct error *err)
{
    cleanup_buf struct buf subject = buf_make(PGP_PUBLIC_MAX);
    wire_packet(&key->packets, TAG_USER_ID, user_id);
    key_add_hashed(&subject, primary);
    buf_addc(&subject, (char)0xb4);
    wire_u32(&subject, (uint32_t)user_id.len);
    buf_add(&subject, user_id);
    return certify(key, SIGNATURE_CERTIFICATION, buf_str(&subject), &key->packets, err);
}

static bool add_subkey(struct pgp_key *key, struct str primary, struct error *err)
{
    cleanup_buf struct buf body = buf_make(KEY_BODY_MAX), subject = buf_make(PGP_PUBLIC_MAX);
    add_key_body(&body, key->created, ALGO_X25519, str_n(key->x25519, X25519_LEN));
    TRY(fingerprint_of(buf_str(&body), &key->subkey, err));
    wire_packet(&key->packets, TAG_PUBLIC_SUBKEY, buf_str(&body));
    key_add_hashed(&subject, primary);
    key_add_hashed(&subject, buf_str(&body));
    return certify(key, SIGNATURE_SUBKEY_BINDING, buf_str(&subject), &key->packets, err);
}

static bool make_public(struct pgp_key *key, struct str user_id, struct error *err)
{
    cleanup_buf struct buf primary = buf_make(KEY_BODY_MAX);
    add_key_body(&primary, key->created, ALGO_ED25519, str_n(key->ed25519, ED25519_LEN));
    TRY(fingerprint_of(buf_str(&primary), &key->primary, err));
    wire_packet(&key->packets, TAG_PUBLIC_KEY, buf_str(&primary));
    TRY(add_user_id(key, buf_str(&primary), user_id, err));
    TRY(add_subkey(key, buf_str(&primary), err));
    TRY(buf_check(&key->packets, "public key", err));
    armor_public_key(&key->armored, buf_str(&key->packets));
    return buf_check(&key->armored, "armored public key", err);
}

static bool check_user_id(struct str user_id, struct error *err)
{
    if (user_id.len > 0 && user_id.len <= PGP_USER_ID_MAX && str_is_utf8(user_id))
        return true;
    return err_set(err, ERR_USAGE, "a user id is 1 to %d bytes of UTF-8", PGP_USER_ID_MAX);
}

bool pgp_key_new(const struct clock *clock, const struct rng *rng, struct str user_id,
                 struct pgp_key **ret_key, struct error *err)
{
    int64_t now_s = clock_now_ms(clock) / 1000;
    TRY(check_user_id(user_id, err));
    if (now_s < 0 || now_s > UINT32_MAX)
        return err_set(err, ERR_FAILED, "the clock is outside of what a key can say");
    cleanup_pgp_key struct pgp_key *key = xcalloc(1, sizeof(*key));
    key->created = (uint32_t)now_s;
    key->packets = buf_make(PGP_PUBLIC_MAX);
    key->armored = buf_make(PGP_PUBLIC_MAX);
    TRY(make_halves(key, rng, err));
    TRY(make_public(key, user_id, err));
    *ret_key = steal_ptr(&key);
    return true;
}

void pgp_key_free(struct pgp_key *key)
{
    if (key == NULL)
        return;
    secret_release(&key->secret);
    buf_release(&key->packets);
    buf_release(&key->armored);
    free(key);
}

void pgp_key_free_at(struct pgp_key **key)
{
    pgp_key_free(*key);
    *key = NULL;
}

bool pgp_key_is_locked(const struct pgp_key *key)
{
    return key->locked;
}

struct str pgp_key_public(const struct pgp_key *key)
{
    return buf_str(&key->packets);
}

struct str pgp_key_armored(const struct pgp_key *key)
{
    return buf_str(&key->armored);
}

const struct pgp_fingerprint *pgp_key_fingerprint(const struct pgp_key *key)
{
    return &key->primary;
}

const struct pgp_fingerprint *pgp_key_recipient(const struct pgp_key *key)
{
    return &key->subkey;
}
