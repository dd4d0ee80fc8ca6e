/* The certificates of a Nitro document, from the leaf up to the root that was pinned. Knows
 * nothing of measurements. */
#include "nitro_internal.h"

#include <openssl/x509v3.h>

#include "cose_key.h"

enum { NAME_MAX_LEN = 128, MS = 1000 };

void nitro_chain_release(struct nitro_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        X509_free(chain->certs[i]);
    chain->count = 0;
}

/* The common name, for messages. */
static const char *name_of(const X509 *cert, char text[NAME_MAX_LEN])
{
    int len =
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, text, NAME_MAX_LEN);
    return len >= 0 ? text : "a certificate without a name";
}

/* One certificate, and not a byte behind it. */
static X509 *read_der(struct str der)
{
    const unsigned char *at = (const unsigned char *)der.ptr, *end = at + der.len;
    X509 *cert = d2i_X509(NULL, &at, (long)der.len);
    if (cert != NULL && at == end)
        return cert;
    X509_free(cert);
    return NULL;
}

static bool read_chain(const struct nitro_document *doc, struct nitro_chain *ret,
                       struct report *report)
{
    if (doc->cabundle_count + 1 > NITRO_CHAIN_MAX) {
        report_add(report, "chain", "chain_length", "%zu certificates, at most %d",
                   doc->cabundle_count + 1, NITRO_CHAIN_MAX);
        return false;
    }
    for (size_t i = 0; i <= doc->cabundle_count; i++) {
        X509 *cert = read_der(i < doc->cabundle_count ? doc->cabundle[i] : doc->certificate);
        if (cert == NULL) {
            report_add(report, "chain", "certificate_malformed", "certificate %zu is not DER", i);
            return false;
        }
        ret->certs[ret->count++] = cert;
    }
    return true;
}

/* --- The path -------------------------------------------------------------------------------- */

static const struct {
    int error;
    const char *reason;
} PATH_REASONS[] = {
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "chain_signature"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "chain_issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "chain_issuer"},
    {X509_V_ERR_INVALID_CA, "basic_constraints"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "path_length"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "critical_extension"},
};

static const char *path_reason(int error)
{
    for (size_t i = 0; i < ARRAY_LEN(PATH_REASONS); i++)
        if (PATH_REASONS[i].error == error)
            return PATH_REASONS[i].reason;
    return "chain_invalid";
}

/* The path that was found must be the one that was sent, each certificate in its place. */
static bool same_path(X509_STORE_CTX *ctx, const struct nitro_chain *chain)
{
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
    if (path == NULL || (size_t)sk_X509_num(path) != chain->count)
        return false;
    for (size_t i = 0; i < chain->count; i++)
        if (X509_cmp(sk_X509_value(path, (int)i), chain->certs[chain->count - 1 - i]) != 0)
            return false;
    return true;
}

/* AWS's leaf and root have no authority key identifier, so X509_V_FLAG_X509_STRICT would refuse
 * every real document. Time is judged apart, to tell which certificate is out of it. */
static void judge_path(X509_STORE_CTX *ctx, const struct nitro_chain *chain, struct report *report)
{
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
    bool ok = X509_verify_cert(ctx) == 1;
    int error = X509_STORE_CTX_get_error(ctx);
    if (!ok)
        report_add(report, "chain", path_reason(error), "at certificate %d from the leaf: %s",
                   X509_STORE_CTX_get_error_depth(ctx), X509_verify_cert_error_string(error));
    else if (!same_path(ctx, chain))
        report_add(report, "chain", "chain_order", "the bundle is not the path from root to leaf");
    else
        report_add(report, "chain", NULL, "%zu certificates up to the root", chain->count);
}

static void judge_with_store(const struct nitro_chain *chain, struct report *report)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    bool ok = store != NULL && ctx != NULL && between != NULL &&
              X509_STORE_add_cert(store, chain->certs[0]) == 1;
    for (size_t i = 1; ok && i + 1 < chain->count; i++)
        ok = sk_X509_push(between, chain->certs[i]) > 0;
    ok = ok && X509_STORE_CTX_init(ctx, store, chain->certs[chain->count - 1], between) == 1;
    if (ok)
        judge_path(ctx, chain, report);
    else
        report_add(report, "chain", "chain_invalid", "the chain cannot be loaded");
    sk_X509_free(between);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
}

/* --- Each certificate ------------------------------------------------------------------------ */

static bool is_p384(X509 *cert)
{
    struct error err;
    cleanup_cose_key struct cose_key *key = NULL;
    EVP_PKEY *pkey = X509_get0_pubkey(cert);
    return pkey != NULL && cose_key_of(pkey, &key, &err) && key->alg == COSE_ES384;
}

static bool has_usage(X509 *cert, uint32_t usage)
{
    return (X509_get_extension_flags(cert) & EXFLAG_KUSAGE) != 0 &&
           (X509_get_key_usage(cert) & usage) != 0;
}

/* NULL, or why this certificate is none of a Nitro chain. */
static const char *wrong_with(X509 *cert, bool leaf)
{
    uint32_t flags = X509_get_extension_flags(cert);
    bool is_ca = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
    if (!is_p384(cert))
        return "curve";
    if (X509_get_signature_nid(cert) != NID_ecdsa_with_SHA384)
        return "signature_algorithm";
    if (is_ca == leaf)
        return "basic_constraints";
    return has_usage(cert, leaf ? KU_DIGITAL_SIGNATURE : KU_KEY_CERT_SIGN) ? NULL : "key_usage";
}

static void judge_certificates(const struct nitro_chain *chain, struct report *report)
{
    char name[NAME_MAX_LEN];
    for (size_t i = 0; i < chain->count; i++) {
        const char *wrong = wrong_with(chain->certs[i], i + 1 == chain->count);
        if (wrong == NULL)
            continue;
        report_add(report, "certificates", wrong, "%s", name_of(chain->certs[i], name));
        return;
    }
    report_add(report, "certificates", NULL, "P-384 with SHA-384, each for its use");
}

/* --- Time ------------------------------------------------------------------------------------ */

static bool ms_of(const ASN1_TIME *time, int64_t *ret)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return false;
    *ret = (int64_t)timegm(&tm) * MS;
    return true;
}

/* Narrows the window; NULL, or why `now_ms` is not within this certificate's. */
static const char *narrow(X509 *cert, int64_t now_ms, struct nitro_chain *chain)
{
    int64_t from, until;
    if (!ms_of(X509_get0_notBefore(cert), &from) || !ms_of(X509_get0_notAfter(cert), &until))
        return "certificate_malformed";
    until += MS - 1; /* the last second is part of it */
    chain->from_ms = from > chain->from_ms ? from : chain->from_ms;
    chain->until_ms = until < chain->until_ms ? until : chain->until_ms;
    if (now_ms < from)
        return "certificate_not_yet_valid";
    return now_ms > until ? "certificate_expired" : NULL;
}

static void judge_validity(struct nitro_chain *chain, int64_t now_ms, struct report *report)
{
    char name[NAME_MAX_LEN], from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
    const char *first = NULL, *wrong;
    const X509 *cert = NULL;
    chain->from_ms = INT64_MIN;
    chain->until_ms = INT64_MAX;
    for (size_t i = 0; i < chain->count; i++) {
        wrong = narrow(chain->certs[i], now_ms, chain);
        if (wrong == NULL || first != NULL)
            continue;
        first = wrong;
        cert = chain->certs[i];
    }
    time_format_utc(chain->from_ms, from);
    time_format_utc(chain->until_ms, until);
    report_add(report, "validity", first, "%s%sall are valid from %s to %s",
               cert != NULL ? name_of(cert, name) : "", cert != NULL ? "; " : "", from, until);
}

void nitro_judge_chain(const struct nitro_document *doc, struct str root_der, int64_t now_ms,
                       struct nitro_chain *ret, struct report *report)
{
    if (!str_eq(doc->cabundle[0], root_der)) {
        report_add(report, "root", "root_mismatch", "the bundle begins with another root");
        report_skip(report, "chain", "the root is not the pinned one");
        return;
    }
    report_add(report, "root", NULL, "the pinned one");
    if (!read_chain(doc, ret, report)) {
        nitro_chain_release(ret);
        return;
    }
    judge_with_store(ret, report);
    judge_certificates(ret, report);
    judge_validity(ret, now_ms, report);
}
