/* Judging a Nitro document: form, chain, signature, time, and then its claims. */
#include "nitro_internal.h"

#include <openssl/err.h>

#include "cose_key.h"

enum { CLOCK_SKEW_MS = 5 * 60 * 1000, FRESH_MS = 5 * 60 * 1000 };

void nitro_result_release(struct nitro_result *result)
{
    report_release(&result->report);
}

static void judge_signature(const struct nitro_document *doc, const struct nitro_chain *chain,
                            struct report *report)
{
    struct error err;
    cleanup_cose_key struct cose_key *key = NULL;
    EVP_PKEY *pkey = chain->count > 0 ? X509_get0_pubkey(chain->certs[chain->count - 1]) : NULL;
    if (chain->count == 0)
        report_skip(report, "signature", "there is no chain to take the key from");
    else if (pkey == NULL || !cose_key_of(pkey, &key, &err))
        report_add(report, "signature", "curve", "the leaf has no key that could sign");
    else if (!cose_sign1_verify(&doc->sign1, key, &err))
        report_add(report, "signature", "signature_invalid", "%s", err.msg);
    else
        report_add(report, "signature", NULL, "ES384 by the leaf");
}

static const char *time_reason(const struct nitro_document *doc, const struct nitro_chain *chain,
                               const struct nitro_policy *policy)
{
    int64_t max_age_ms = policy->max_age_ms != 0     ? policy->max_age_ms
                         : policy->nonce.ptr != NULL ? FRESH_MS
                                                     : INT64_MAX;
    if (doc->timestamp_ms < chain->from_ms || doc->timestamp_ms > chain->until_ms)
        return "timestamp_outside_certificates";
    if (doc->timestamp_ms - CLOCK_SKEW_MS > policy->now_ms)
        return "timestamp_in_future";
    return policy->now_ms - doc->timestamp_ms > max_age_ms ? "too_old" : NULL;
}

static void judge_time(const struct nitro_document *doc, const struct nitro_chain *chain,
                       const struct nitro_policy *policy, struct report *report)
{
    char text[TIME_TEXT_MAX];
    time_format_utc(doc->timestamp_ms, text);
    if (chain->count == 0)
        report_skip(report, "timestamp", "there is no chain to compare it with");
    else
        report_add(report, "timestamp", time_reason(doc, chain, policy), "%s", text);
}

static bool is_zero(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.ptr[i] != 0)
            return false;
    return bytes.len > 0;
}

/* The hypervisor leaves the image of a debug enclave unmeasured; everything else looks the same. */
static void judge_debug(struct nitro_result *result, bool allowed)
{
    const struct str *pcrs = result->document.pcrs;
    result->debug = is_zero(pcrs[0]) && is_zero(pcrs[1]) && is_zero(pcrs[2]);
    if (!result->debug)
        report_add(&result->report, "debug", NULL, "not a debug enclave");
    else
        report_add(&result->report, "debug", allowed ? NULL : "debug_enclave",
                   "a debug enclave%s: its console is readable and its image is not measured",
                   allowed ? ", which the policy allows" : "");
}

static bool judge(struct str root_der, const struct nitro_policy *policy,
                  struct nitro_result *result, struct error *err)
{
    cleanup_nitro_chain struct nitro_chain chain = {0};
    const struct nitro_document *doc = &result->document;
    struct report *report = &result->report;
    report_add(report, "document", NULL, "%zu PCRs, %zu certificates%s", doc->pcr_count,
               doc->cabundle_count + 1, doc->unknown_keys > 0 ? ", and keys that are unknown" : "");
    nitro_judge_chain(doc, root_der, policy->now_ms, &chain, report);
    judge_signature(doc, &chain, report);
    judge_time(doc, &chain, policy, report);
    judge_debug(result, policy->allow_debug);
    nitro_judge_claims(doc, policy, report);
    if (policy->versions.ptr != NULL)
        TRY(nitro_judge_versions(doc->user_data, policy->versions, report, err));
    return true;
}

bool nitro_verify(struct str bytes, const struct nitro_policy *policy, struct nitro_result *ret,
                  struct error *err)
{
    enum { ROOT_DER_MAX = 16 * 1024 };
    struct error wrong;
    cleanup_nitro_result struct nitro_result result = {.simulated = policy->root.len > 0};
    cleanup_buf struct buf root = buf_make(ROOT_DER_MAX);
    TRY(nitro_root(policy->root, &root, err));
    result.readable = nitro_read(bytes, &result.document, &wrong);
    if (!result.readable)
        report_add(&result.report, "document", "malformed", "%s", wrong.msg);
    else
        TRY(judge(buf_str(&root), policy, &result, err));
    ERR_clear_error();
    *ret = result;
    result = (struct nitro_result){0};
    return true;
}
