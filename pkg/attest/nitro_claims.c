/* What a Nitro document claims, beside what the policy wants: nonce, instance, measurements, user
 * data. Knows nothing of signatures. */
#include "crypto/crypto.h"
#include "data/data.h"
#include "nitro_internal.h"

enum { INSTANCE_PCR = 4, HEX_MAX = 2 * NITRO_PCR_LEN + 1 };

static void judge_nonce(struct str nonce, struct str wanted, struct report *report)
{
    if (wanted.ptr == NULL)
        report_skip(report, "nonce", "none was asked for");
    else if (nonce.ptr == NULL)
        report_add(report, "nonce", "nonce_missing", "the document has none");
    else
        report_add(report, "nonce", str_eq(nonce, wanted) ? NULL : "nonce_mismatch",
                   "%zu bytes in the document", nonce.len);
}

/* PCR4 = SHA-384(48 zero bytes, instance id): binds the name in module_id to the machine. */
static void judge_instance(const struct nitro_document *doc, struct report *report)
{
    unsigned char digest[SHA384_LEN];
    static const char ZERO[NITRO_PCR_LEN];
    size_t end = str_find(doc->module_id, STR("-enc"));
    struct str id = str_sub(doc->module_id, 0, end);
    struct hash *hash = hash_new(HASH_SHA384);
    hash_add(hash, str_n(ZERO, sizeof(ZERO)));
    hash_add(hash, id);
    hash_finish(hash, digest);
    hash_free(hash);
    if (end == SIZE_MAX)
        report_add(report, "instance", "instance_malformed", "module_id names no instance");
    else if (doc->pcrs[INSTANCE_PCR].ptr == NULL)
        report_add(report, "instance", "instance_missing", "there is no PCR4");
    else
        report_add(report, "instance",
                   str_eq(doc->pcrs[INSTANCE_PCR], str_n(digest, sizeof(digest)))
                       ? NULL
                       : "instance_mismatch",
                   "%" PRIstr, STR_ARG(id));
}

static void judge_pcr(unsigned index, struct str pcr, struct str wanted, struct report *report)
{
    char hex[HEX_MAX] = "absent";
    const char *name = arena_printf(&report->arena, "pcr%u", index);
    const char *reason = arena_printf(&report->arena, "pcr%u_mismatch", index);
    if (pcr.len == NITRO_PCR_LEN)
        hex_encode(pcr.ptr, pcr.len, hex);
    report_add(report, name, str_eq(pcr, wanted) && pcr.len > 0 ? NULL : reason, "%s", hex);
}

void nitro_judge_claims(const struct nitro_document *doc, const struct nitro_policy *policy,
                        struct report *report)
{
    judge_nonce(doc->nonce, policy->nonce, report);
    judge_instance(doc, report);
    for (unsigned i = 0; i < NITRO_PCRS; i++)
        if (policy->pcrs[i].ptr != NULL)
            judge_pcr(i, doc->pcrs[i], policy->pcrs[i], report);
    if (policy->user_data.ptr != NULL)
        report_add(report, "user_data",
                   doc->user_data.ptr != NULL && str_eq(doc->user_data, policy->user_data)
                       ? NULL
                       : "user_data_mismatch",
                   "%zu bytes in the document", doc->user_data.len);
}

/* --- The versions of bb ---------------------------------------------------------------------- */

static void judge_digest(struct str digest, struct str canonical, struct report *report)
{
    char wanted[SHA256_HEX_MAX];
    sha256_hex(canonical, wanted);
    report_add(report, "versions", str_is(digest, wanted) ? NULL : "versions_mismatch",
               "by their digest");
}

static void judge_named(struct json said, struct str canonical, struct report *report)
{
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT);
    struct json versions = json_get(said, "versions"), digest = json_get(said, "versionsSha256");
    if (json_exists(versions))
        json_canonical(versions, &text);
    if (json_count(said) != 1 || (!json_exists(versions) && !json_exists(digest)))
        report_add(report, "versions", "versions_missing", "user_data does not name them");
    else if (json_exists(versions))
        report_add(report, "versions",
                   str_eq(buf_str(&text), canonical) ? NULL : "versions_mismatch", "%zu in full",
                   json_count(versions));
    else
        judge_digest(json_str(digest), canonical, report);
}

bool nitro_judge_versions(struct str user_data, struct str versions, struct report *report,
                          struct error *err)
{
    struct error wrong;
    cleanup_json_doc struct json_doc served = {0}, said = {0};
    cleanup_buf struct buf canonical = buf_make(BUF_DOCUMENT);
    if (!json_parse(versions, &(struct json_options){.name = "bbVersions"}, &served, err)) {
        err->kind = ERR_CONFIG;
        return false;
    }
    json_canonical(json_root(&served), &canonical);
    TRY(buf_check(&canonical, "bbVersions", err));
    if (user_data.ptr == NULL)
        report_add(report, "versions", "versions_missing", "there is no user_data");
    else if (!json_parse(user_data, &(struct json_options){.name = "user_data"}, &said, &wrong))
        report_add(report, "versions", "versions_missing", "%s", wrong.msg);
    else
        judge_named(json_root(&said), buf_str(&canonical), report);
    return true;
}
