/* A public key infrastructure like AWS's, from a seed, and documents signed by its leaf: for what
 * no real document shows. Uses OpenSSL alone, so that it shares no code with what it tests but the
 * writer of CBOR. */
#pragma once

#include "attest_kit.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

static const int64_t KIT_NOW_MS = 1790000000000;
enum { KIT_HOUR_S = 3600, KIT_CHAIN_MAX = 16 };

/* What to make; zero is a document that holds. Constraints and usages in OpenSSL's words. */
struct kit_spec {
    size_t between;                  /* certificates between root and leaf; 0: three */
    const char *between_constraints; /* of the one before the leaf */
    const char *between_usage;       /* likewise */
    const char *leaf_constraints, *leaf_usage, *leaf_critical;
    int leaf_curve;
    int64_t leaf_from_s, leaf_until_s; /* relative to now */
    bool weak_digest;                  /* the leaf's signature is with SHA-256 */
    bool forged;                       /* the leaf is signed by the wrong key */
    bool swapped;                      /* two certificates of the bundle change places */
    bool definite;                     /* lengths in the payload */
    bool debug;
    bool other_instance; /* PCR4 is of another machine */
    bool no_instance;    /* module_id names none */
    bool duplicate, unknown, trailing;
    const char *missing;  /* a key that is left out */
    int64_t timestamp_ms; /* relative to now */
    const char *nonce, *user_data, *public_key;
    const char *seed;
};

static inline void kit_scalar(const char *seed, const char *name, BIGNUM *order, BIGNUM *ret)
{
    unsigned char digest[64];
    BN_CTX *ctx = BN_CTX_new();
    cleanup_free char *text = xasprintf("%s/%s", seed, name);
    assert_int_equal(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha512(), NULL), 1);
    BN_bin2bn(digest, sizeof(digest), ret);
    assert_int_equal(BN_mod(ret, ret, order, ctx), 1);
    BN_CTX_free(ctx);
}

static inline EVP_PKEY *kit_pkey(int nid, BIGNUM *secret, struct str point)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, "group", OBJ_nid2sn(nid), 0);
    OSSL_PARAM_BLD_push_BN(build, "priv", secret);
    OSSL_PARAM_BLD_push_octet_string(build, "pub", point.ptr, point.len);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

static inline EVP_PKEY *kit_key(const char *seed, const char *name, int nid)
{
    unsigned char bytes[1 + 2 * 66];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *order = BN_new(), *secret = BN_new();
    EC_GROUP_get_order(group, order, NULL);
    kit_scalar(seed, name, order, secret);
    EC_POINT_mul(group, point, secret, NULL, NULL, NULL);
    size_t len =
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof(bytes), NULL);
    EVP_PKEY *pkey = kit_pkey(nid, secret, str_n(bytes, len));
    BN_free(secret);
    BN_free(order);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return pkey;
}

struct kit_cert {
    const char *name, *issuer;
    EVP_PKEY *key, *issuer_key;
    const char *constraints, *usage, *critical;
    int64_t from_s, until_s;
    const EVP_MD *digest;
};

static inline void kit_name(X509_NAME *name, const char *text)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0);
}

static inline void kit_extension(X509 *cert, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

static inline struct buf kit_certificate(const struct kit_cert *spec)
{
    struct buf der = buf_make(BUF_LINE);
    unsigned char *bytes = NULL;
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(KIT_NOW_MS / 1000 + spec->from_s));
    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(KIT_NOW_MS / 1000 + spec->until_s));
    kit_name(X509_get_subject_name(cert), spec->name);
    kit_name(X509_get_issuer_name(cert), spec->issuer);
    X509_set_pubkey(cert, spec->key);
    kit_extension(cert, NID_basic_constraints, spec->constraints);
    kit_extension(cert, NID_key_usage, spec->usage);
    kit_extension(cert, NID_netscape_comment, spec->critical);
    assert_true(X509_sign(cert, spec->issuer_key, spec->digest) > 0);
    int len = i2d_X509(cert, &bytes);
    assert_true(len > 0);
    buf_add(&der, str_n(bytes, (size_t)len));
    OPENSSL_free(bytes);
    X509_free(cert);
    return der;
}

struct kit_pki {
    struct buf certs[KIT_CHAIN_MAX]; /* the root first, the leaf last */
    size_t count;
    EVP_PKEY *leaf_key;
};

static inline void kit_pki_release(struct kit_pki *pki)
{
    for (size_t i = 0; i < pki->count; i++)
        buf_release(&pki->certs[i]);
    EVP_PKEY_free(pki->leaf_key);
}

static inline struct kit_cert kit_default(size_t index, size_t count)
{
    bool leaf = index + 1 == count;
    return (struct kit_cert){
        .constraints = leaf ? "critical,CA:FALSE" : "critical,CA:TRUE",
        .usage = leaf ? "digitalSignature,nonRepudiation" : "critical,keyCertSign",
        .from_s = -KIT_HOUR_S * (leaf ? 1 : 24),
        .until_s = KIT_HOUR_S * (leaf ? 2 : 48),
        .digest = EVP_sha384(),
    };
}

static inline void kit_change(struct kit_cert *cert, const struct kit_spec *spec, size_t from_leaf)
{
    if (from_leaf == 1) {
        cert->constraints =
            spec->between_constraints ? spec->between_constraints : "critical,CA:TRUE,pathlen:0";
        cert->usage = spec->between_usage ? spec->between_usage : cert->usage;
    }
    if (from_leaf != 0)
        return;
    cert->constraints = spec->leaf_constraints ? spec->leaf_constraints : cert->constraints;
    cert->usage = spec->leaf_usage ? spec->leaf_usage : cert->usage;
    cert->critical = spec->leaf_critical;
    cert->from_s = spec->leaf_from_s ? spec->leaf_from_s : cert->from_s;
    cert->until_s = spec->leaf_until_s ? spec->leaf_until_s : cert->until_s;
    cert->digest = spec->weak_digest ? EVP_sha256() : cert->digest;
}

static inline void kit_pki_make(struct kit_pki *pki, const struct kit_spec *spec)
{
    const char *seed = spec->seed ? spec->seed : "attest";
    char name[32], before[32] = "0.nitro.test";
    EVP_PKEY *issuer = NULL;
    pki->count = (spec->between ? spec->between : 3) + 2;
    for (size_t i = 0; i < pki->count; i++) {
        bool leaf = i + 1 == pki->count;
        (void)snprintf(name, sizeof(name), "%zu.nitro.test", i);
        EVP_PKEY *key =
            kit_key(seed, name, leaf && spec->leaf_curve ? spec->leaf_curve : NID_secp384r1);
        struct kit_cert cert = kit_default(i, pki->count);
        kit_change(&cert, spec, pki->count - 1 - i);
        cert.name = name;
        cert.issuer = before;
        cert.key = key;
        EVP_PKEY *forger = kit_key(seed, "forger", NID_secp384r1);
        cert.issuer_key = i == 0 ? key : leaf && spec->forged ? forger : issuer;
        pki->certs[i] = kit_certificate(&cert);
        EVP_PKEY_free(forger);
        EVP_PKEY_free(issuer);
        issuer = key;
        memcpy(before, name, sizeof(name));
    }
    pki->leaf_key = issuer;
}

/* --- Documents ------------------------------------------------------------------------------- */

static inline void kit_open(struct buf *out, const struct kit_spec *spec, enum cbor_kind kind,
                            size_t count)
{
    if (!spec->definite)
        cbor_add_indefinite(out, kind);
    else if (kind == CBOR_MAP)
        cbor_add_map(out, count);
    else
        cbor_add_array(out, count);
}

static inline void kit_close(struct buf *out, const struct kit_spec *spec)
{
    if (!spec->definite)
        cbor_add_break(out);
}

static inline void kit_add_pcrs(struct buf *out, const struct kit_spec *spec)
{
    enum { COUNT = 16 };
    unsigned char pcr[2 * NITRO_PCR_LEN];
    kit_open(out, spec, CBOR_MAP, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        memset(pcr, spec->debug ? 0 : (int)i + 1, sizeof(pcr));
        if (i == 4) {
            const char *id = spec->other_instance ? "i-0002" : "i-0001";
            memset(pcr, 0, NITRO_PCR_LEN);
            memcpy(pcr + NITRO_PCR_LEN, id, strlen(id));
            EVP_Digest(pcr, NITRO_PCR_LEN + strlen(id), pcr, NULL, EVP_sha384(), NULL);
        }
        cbor_add_uint(out, i);
        cbor_add_bytes(out, str_n(pcr, NITRO_PCR_LEN));
    }
    kit_close(out, spec);
}

static inline void kit_add_bundle(struct buf *out, const struct kit_spec *spec,
                                  const struct kit_pki *pki)
{
    kit_open(out, spec, CBOR_ARRAY, pki->count - 1);
    for (size_t i = 0; i + 1 < pki->count; i++) {
        size_t from = spec->swapped && (i == 1 || i == 2) ? 3 - i : i;
        cbor_add_bytes(out, buf_str(&pki->certs[from]));
    }
    kit_close(out, spec);
}

static inline bool kit_key_wanted(struct buf *out, const struct kit_spec *spec, const char *key)
{
    if (spec->missing != NULL && strcmp(spec->missing, key) == 0)
        return false;
    cbor_add_text(out, key);
    return true;
}

static inline void kit_add_optional(struct buf *out, const char *key, const char *value)
{
    cbor_add_text(out, key);
    if (value != NULL)
        cbor_add_bytes(out, str_of(value));
    else
        cbor_add_simple(out, CBOR_NULL);
}

static inline void kit_payload(struct buf *out, const struct kit_spec *spec,
                               const struct kit_pki *pki)
{
    kit_open(out, spec, CBOR_MAP,
             9U + spec->duplicate + spec->unknown - (spec->missing != NULL ? 1U : 0U));
    if (kit_key_wanted(out, spec, "module_id"))
        cbor_add_text(out, spec->no_instance ? "i-0001" : "i-0001-enc0002");
    if (kit_key_wanted(out, spec, "digest"))
        cbor_add_text(out, "SHA384");
    if (kit_key_wanted(out, spec, "timestamp"))
        cbor_add_uint(out, (uint64_t)(KIT_NOW_MS + spec->timestamp_ms));
    if (kit_key_wanted(out, spec, "pcrs"))
        kit_add_pcrs(out, spec);
    if (kit_key_wanted(out, spec, "certificate"))
        cbor_add_bytes(out, buf_str(&pki->certs[pki->count - 1]));
    if (kit_key_wanted(out, spec, "cabundle"))
        kit_add_bundle(out, spec, pki);
    kit_add_optional(out, "public_key", spec->public_key);
    kit_add_optional(out, "user_data", spec->user_data);
    kit_add_optional(out, "nonce", spec->nonce);
    if (spec->duplicate)
        kit_add_optional(out, "nonce", spec->nonce);
    if (spec->unknown)
        kit_add_optional(out, "later", NULL);
    kit_close(out, spec);
    if (spec->trailing)
        buf_addc(out, '\0');
}

/* r and s side by side, 48 bytes each whatever the key. */
static inline void kit_sign(EVP_PKEY *key, struct str bytes, unsigned char ret[96])
{
    unsigned char der[160];
    size_t len = sizeof(der);
    const unsigned char *at = der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &len, (const unsigned char *)bytes.ptr, bytes.len),
                     1);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, 48);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + 48, 48);
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(ctx);
}

/* A document of that kind; `ret_root` is the DER of its root. */
static inline struct buf kit_document(const struct kit_spec *spec, struct buf *ret_root)
{
    static const struct str PROTECTED = {"\xa1\x01\x38\x22", 4};
    unsigned char signature[96];
    struct kit_pki pki = {0};
    struct buf out = buf_make(BUF_LINE);
    cleanup_buf struct buf payload = buf_make(BUF_LINE), signed_bytes = buf_make(BUF_LINE);
    kit_pki_make(&pki, spec);
    kit_payload(&payload, spec, &pki);
    cbor_add_array(&signed_bytes, 4);
    cbor_add_text(&signed_bytes, "Signature1");
    cbor_add_bytes(&signed_bytes, PROTECTED);
    cbor_add_bytes(&signed_bytes, STR_EMPTY);
    cbor_add_bytes(&signed_bytes, buf_str(&payload));
    kit_sign(pki.leaf_key, buf_str(&signed_bytes), signature);
    cbor_add_array(&out, 4);
    cbor_add_bytes(&out, PROTECTED);
    cbor_add_map(&out, 0);
    cbor_add_bytes(&out, buf_str(&payload));
    cbor_add_bytes(&out, str_n(signature, sizeof(signature)));
    buf_add(ret_root, buf_str(&pki.certs[0]));
    kit_pki_release(&pki);
    return out;
}
