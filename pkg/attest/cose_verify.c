/* The signature of a COSE_Sign1 message, over the bytes as they came. Knows no format inside. */
#include "cose_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include "cbor.h"

static const struct {
    const char *group;
    int nid;
    const EVP_MD *(*digest)(void);
} CURVES[] = {
    [COSE_ES256] = {"prime256v1", NID_X9_62_prime256v1, EVP_sha256},
    [COSE_ES384] = {"secp384r1", NID_secp384r1, EVP_sha384},
    [COSE_ES512] = {"secp521r1", NID_secp521r1, EVP_sha512},
};
_Static_assert(ARRAY_LEN(CURVES) == COSE_ALG_COUNT, "a curve for each algorithm");

enum { POINT_MAX = 1 + 2 * 66, SIGNATURE_DER_MAX = 160, GROUP_MAX = 64 };

void cose_key_free_at(struct cose_key **key)
{
    if (*key != NULL)
        EVP_PKEY_free((*key)->pkey);
    free(*key);
    *key = NULL;
}

bool cose_key_of(EVP_PKEY *pkey, struct cose_key **ret, struct error *err)
{
    char group[GROUP_MAX] = "";
    size_t len;
    bool named = EVP_PKEY_is_a(pkey, "EC") == 1 &&
                 EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1;
    int nid = named ? OBJ_sn2nid(group) : NID_undef;
    for (size_t i = 0; named && i < COSE_ALG_COUNT; i++) {
        if (nid != CURVES[i].nid)
            continue;
        struct cose_key *key = xcalloc(1, sizeof(*key));
        EVP_PKEY_up_ref(pkey);
        *key = (struct cose_key){.pkey = pkey, .alg = (enum cose_alg)i};
        *ret = key;
        return true;
    }
    return err_set(err, ERR_FAILED, "a key that is not on P-256, P-384 or P-521");
}

static EVP_PKEY *pkey_of_point(const char *group, struct str point)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char name[GROUP_MAX];
    (void)snprintf(name, sizeof(name), "%s", group);
    unsigned char bytes[POINT_MAX];
    memcpy(bytes, point.ptr, point.len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, point.len),
        OSSL_PARAM_construct_end(),
    };
    if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

bool cose_key_new(enum cose_alg alg, struct str x, struct str y, struct cose_key **ret,
                  struct error *err)
{
    unsigned char point[POINT_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    size_t len = cose_alg_len(alg);
    if (x.len != len || y.len != len)
        return err_set(err, ERR_FAILED, "the coordinates of an %s key have %zu bytes",
                       cose_alg_name(alg), len);
    memcpy(point + 1, x.ptr, len);
    memcpy(point + 1 + len, y.ptr, len);
    EVP_PKEY *pkey = pkey_of_point(CURVES[alg].group, str_n(point, 1 + 2 * len));
    if (pkey == NULL)
        return err_set(err, ERR_FAILED, "the coordinates are not a point of the curve");
    struct cose_key *key = xcalloc(1, sizeof(*key));
    *key = (struct cose_key){.pkey = pkey, .alg = alg};
    *ret = key;
    return true;
}

/* From r and s side by side to what OpenSSL takes; 0 when that cannot be. */
static size_t der_of(struct str signature, unsigned char ret[SIGNATURE_DER_MAX])
{
    int half = (int)(signature.len / 2);
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
    unsigned char *end = ret;
    int len = 0;
    if (pair != NULL && ECDSA_SIG_set0(pair, r, s) == 1)
        len = i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
    return len > 0 ? (size_t)len : 0;
}

/* Sig_structure (RFC 9052, 4.4): ["Signature1", protected, no further data, payload]. */
static bool add_sig_structure(EVP_MD_CTX *ctx, const struct cose_sign1 *message)
{
    static const unsigned char BEGIN[] = "\x84\x6aSignature1", NO_AAD = 0x40;
    unsigned char protected_head[CBOR_HEAD_MAX], payload_head[CBOR_HEAD_MAX];
    size_t protected_len = cbor_bytes_head(message->protected_bytes.len, protected_head);
    size_t payload_len = cbor_bytes_head(message->payload.len, payload_head);
    const struct str parts[] = {
        str_n(BEGIN, sizeof(BEGIN) - 1),  str_n(protected_head, protected_len),
        message->protected_bytes,         str_n(&NO_AAD, 1),
        str_n(payload_head, payload_len), message->payload,
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (EVP_DigestVerifyUpdate(ctx, parts[i].ptr, parts[i].len) != 1)
            return false;
    return true;
}

bool cose_sign1_verify(const struct cose_sign1 *message, const struct cose_key *key,
                       struct error *err)
{
    unsigned char der[SIGNATURE_DER_MAX];
    if (key->alg != message->alg)
        return err_set(err, ERR_VERIFY, "an %s signature, and a key for %s",
                       cose_alg_name(message->alg), cose_alg_name(key->alg));
    size_t len = der_of(message->signature, der);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = len > 0 && ctx != NULL &&
              EVP_DigestVerifyInit(ctx, NULL, CURVES[key->alg].digest(), NULL, key->pkey) == 1 &&
              add_sig_structure(ctx, message) && EVP_DigestVerifyFinal(ctx, der, len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok || err_set(err, ERR_VERIFY, "the signature does not hold");
}
