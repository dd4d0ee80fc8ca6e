/* Judging an image that was read: checksum, signature, expected measurements. Reads nothing. */
#include "eif.h"

enum { HEX_MAX = 2 * EIF_PCR_LEN + 1 };

static void judge_crc(const struct eif *eif, struct report *report)
{
    bool same = eif->crc_stored == eif->crc_computed;
    report_add(report, "crc", same ? NULL : "crc_mismatch", "%08x in the header, %08x of the bytes",
               eif->crc_stored, eif->crc_computed);
}

static const char *signature_reason(const struct eif_signature *signature)
{
    if (!signature->holds)
        return "signature_invalid";
    return signature->is_of_pcr0 ? NULL : "signature_pcr0_mismatch";
}

static void judge_signature(const struct eif_signature *signature, bool needed,
                            struct report *report)
{
    if (signature->present)
        report_add(report, "signature", signature_reason(signature), "%s%s%s", signature->subject,
                   signature->detail[0] != '\0' ? ": " : "", signature->detail);
    else if (needed)
        report_add(report, "signature", "signature_missing", "the image is not signed");
    else
        report_skip(report, "signature", "the image is not signed");
}

static void judge_pcr(const struct eif *eif, unsigned index, struct str wanted,
                      struct report *report)
{
    char hex[HEX_MAX] = "absent";
    const char *name = arena_printf(&report->arena, "pcr%u", index);
    const char *reason = arena_printf(&report->arena, "pcr%u_mismatch", index);
    struct str pcr = str_n(eif->pcrs[index], EIF_PCR_LEN);
    if (eif->has_pcr[index])
        hex_encode(pcr.ptr, pcr.len, hex);
    report_add(report, name, eif->has_pcr[index] && str_eq(pcr, wanted) ? NULL : reason, "%s", hex);
}

void eif_judge(const struct eif *eif, const struct eif_expected *expected, struct report *ret)
{
    *ret = (struct report){0};
    judge_crc(eif, ret);
    judge_signature(&eif->signature, expected->need_signature, ret);
    for (unsigned i = 0; i < EIF_PCRS; i++)
        if (expected->pcrs[i].ptr != NULL)
            judge_pcr(eif, i, expected->pcrs[i], ret);
}
