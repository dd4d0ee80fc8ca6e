/* The shared vectors: real Nitro documents, known COSE answers, images; each with the reason that
 * it must be refused for, and what becomes of them when bytes are changed or missing. */
#include "attest_kit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- Nitro ----------------------------------------------------------------------------------- */

static struct nitro_result judge_at(struct str bytes, int64_t now_ms, bool allow_debug)
{
    struct error err;
    struct nitro_result result;
    const struct nitro_policy policy = {.now_ms = now_ms, .allow_debug = allow_debug};
    assert_ok(nitro_verify(bytes, &policy, &result, &err), &err);
    return result;
}

static void assert_reason(const struct nitro_result *result, const char *reason)
{
    assert_string_equal(report_reason(&result->report), reason);
    assert_true(report_holds(&result->report) == (reason[0] == '\0'));
}

static void assert_bytes(struct json said, struct str bytes)
{
    if (json_kind(said) == JSON_NULL) {
        assert_null(bytes.ptr);
        return;
    }
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    buf_addf(&text, "%zu bytes ", bytes.len);
    buf_add_hex(&text, bytes);
    assert_str(json_str(said), buf_cstr(&text));
}

static void assert_document(struct json expected, const struct nitro_document *doc)
{
    char index[8];
    assert_true(str_eq(json_str(json_get(expected, "module_id")), doc->module_id));
    assert_int_equal(json_i64_or(json_get(expected, "timestamp_ms"), 0), doc->timestamp_ms);
    assert_int_equal(json_i64_or(json_get(expected, "npcrs"), 0), doc->pcr_count);
    assert_true(json_bool_or(json_get(expected, "cose_tagged"), true) == doc->sign1.tagged);
    assert_bytes(json_get(expected, "public_key"), doc->public_key);
    assert_bytes(json_get(expected, "user_data"), doc->user_data);
    assert_bytes(json_get(expected, "nonce"), doc->nonce);
    for (unsigned i = 0; i < NITRO_PCRS; i++) {
        (void)snprintf(index, sizeof(index), "%u", i);
        struct json pcr = json_get(json_get(expected, "pcrs"), index);
        if (json_exists(pcr))
            kit_assert_hex(pcr, doc->pcrs[i]);
    }
}

static const char *expected_reason(struct json expected)
{
    if (!json_exists(json_get(expected, "sig_ok")))
        return "malformed";
    if (!json_bool_or(json_get(expected, "sig_ok"), false))
        return "signature_invalid";
    return json_bool_or(json_get(expected, "debug"), false) ? "debug_enclave" : "";
}

static void assert_other_times(struct str bytes, const struct nitro_document *doc, bool debug)
{
    enum { DAY = 86400 * 1000 };
    struct nitro_result late = judge_at(bytes, doc->timestamp_ms + DAY, debug);
    assert_reason(&late, "certificate_expired");
    nitro_result_release(&late);
    struct nitro_result early = judge_at(bytes, doc->timestamp_ms - DAY, debug);
    assert_reason(&early, "certificate_not_yet_valid");
    nitro_result_release(&early);
    if (debug) {
        struct nitro_result allowed = judge_at(bytes, doc->timestamp_ms, true);
        assert_reason(&allowed, "");
        assert_true(allowed.debug);
        nitro_result_release(&allowed);
    }
}

static void test_nitro(void **state unused_arg)
{
    cleanup_buf struct buf text = {0};
    cleanup_json_doc struct json_doc doc = {0};
    struct json all = kit_expected("nitro", &text, &doc);
    size_t count = 0;
    json_each_member (member, all) {
        cleanup_free char *name = xstrndup(json_key(member).ptr, json_key(member).len);
        cleanup_buf struct buf bytes = kit_read("nitro", name);
        int64_t now_ms = json_i64_or(json_get(member, "timestamp_ms"), 0);
        cleanup_nitro_result struct nitro_result result = judge_at(buf_str(&bytes), now_ms, false);
        print_message("%-48s %s\n", name, report_reason(&result.report));
        assert_reason(&result, expected_reason(member));
        assert_false(result.simulated);
        if (result.readable)
            assert_document(member, &result.document);
        if (strcmp(report_reason(&result.report), "signature_invalid") != 0 && result.readable)
            assert_other_times(buf_str(&bytes), &result.document, result.debug);
        count++;
    }
    assert_int_equal(count, 12);
}

static const char VALID[] = "base_nitro_validator_repaired.cbor";
static const int64_t VALID_MS = 1767472867402;

/* Every byte is signed, or part of the chain, or of the form. A P-384 verification costs much, so
 * the places are a sample with the ends in it; the step is prime to every length inside. */
static void test_nitro_flips(void **state unused_arg)
{
    cleanup_buf struct buf bytes = kit_read("nitro", VALID);
    for (size_t i = 0; i < bytes.len; i += i < 64 || i + 100 > bytes.len ? 1 : 13) {
        bytes.ptr[i] ^= 1;
        cleanup_nitro_result struct nitro_result result =
            judge_at(buf_str(&bytes), VALID_MS, false);
        if (report_holds(&result.report))
            fail_msg("byte %zu can be changed", i);
        bytes.ptr[i] ^= 1;
    }
}

static void test_nitro_cuts(void **state unused_arg)
{
    cleanup_buf struct buf bytes = kit_read("nitro", VALID);
    for (size_t len = 0; len < bytes.len; len++) {
        cleanup_free char *cut = xmalloc(len + 1); /* of its own, so that sanitizers see the end */
        memcpy(cut, bytes.ptr, len);
        cleanup_nitro_result struct nitro_result result =
            judge_at(str_n(cut, len), VALID_MS, false);
        assert_reason(&result, "malformed");
    }
    buf_addc(&bytes, '\0');
    cleanup_nitro_result struct nitro_result longer = judge_at(buf_str(&bytes), VALID_MS, false);
    assert_reason(&longer, "malformed");
}

/* --- COSE ------------------------------------------------------------------------------------ */

/* The public halves of the known answers' keys. */
static const struct {
    enum cose_alg alg;
    const char *x, *y;
} KEYS[] = {
    [COSE_ES256] = {COSE_ES256, "9ff7423a1aace5f3e33dfaeda2c7744e3d15c2a4f6382386c93fa60c1bdb260c",
                    "3489e6b132f36e5ece948e73bd44231a1c3d0dacf566712a44fe8a9835d5b6fe"},
    [COSE_ES384] = {COSE_ES384,
                    "5a829f62f2f4f095c0e922719285b4b981c677912870a413137a5d7319916fa8"
                    "584a6036951d06ffeae99ca73ab1a2dc",
                    "e1b76e08cb20d6afcea7423f8b49ec841dde6f210a6174750bf8136a31549422"
                    "4df153184557a6c29a1d7994804f604c"},
    [COSE_ES512] = {COSE_ES512,
                    "004365ee31a93b6e69b2c895890aaae14194cd84601bbb59587ad08ab5960522"
                    "7dc7b34288e6471b0f06050763b88b4fb017f279c86030b0069100401e4016a3be8a",
                    "00792d772bf93cd965027df2df02d3f99ea1c4ecd18c20738ebae66854fd3afc"
                    "d2ea4e902bcd37a4d2a5c639caee71513acaf7d8f7ffa11042257c5d8c6974095713"},
};

static const struct {
    const char *name;
    enum cose_alg key;
    enum cose_tag_rule rule;
    const char *wrong; /* NULL: valid */
} MESSAGES[] = {
    {"cose_sign1_ec256_validate.cbor", COSE_ES256, COSE_TAG_REQUIRED, NULL},
    {"cose_sign1_ec384_validate.cbor", COSE_ES384, COSE_TAG_OPTIONAL, NULL},
    {"cose_sign1_ec512_validate.cbor", COSE_ES512, COSE_TAG_OPTIONAL, NULL},
    {"cose_sign1_ec384_validate.cbor", COSE_ES384, COSE_TAG_REQUIRED, "tag 18 is missing"},
    {"cose_sign1_ec384_validate.cbor", COSE_ES256, COSE_TAG_OPTIONAL, "a key for ES256"},
    {"cose_sign1_ec256_invalid_tag.cbor", COSE_ES256, COSE_TAG_OPTIONAL, "tag 19, not 18"},
    {"cose_sign1_ec256_missing_tag.cbor", COSE_ES256, COSE_TAG_REQUIRED, "tag 18 is missing"},
    {"cose_sign1_ec256_missing_tag.cbor", COSE_ES256, COSE_TAG_OPTIONAL, NULL},
    {"cose_sign1_ec256_tampered_content.cbor", COSE_ES256, COSE_TAG_OPTIONAL, "does not hold"},
    {"cose_sign1_ec256_tampered_signature.cbor", COSE_ES256, COSE_TAG_OPTIONAL, "does not hold"},
};

static void test_cose(void **state unused_arg)
{
    for (size_t i = 0; i < ARRAY_LEN(MESSAGES); i++) {
        struct error err;
        struct cose_sign1 message;
        cleanup_cose_key struct cose_key *key = NULL;
        cleanup_buf struct buf bytes = kit_read("cose", MESSAGES[i].name), x = buf_make(BUF_LINE),
                               y = buf_make(BUF_LINE);
        struct str at_x = kit_bytes(KEYS[MESSAGES[i].key].x, &x);
        struct str at_y = kit_bytes(KEYS[MESSAGES[i].key].y, &y);
        assert_ok(cose_key_new(MESSAGES[i].key, at_x, at_y, &key, &err), &err);
        bool ok = cose_sign1_read(buf_str(&bytes), MESSAGES[i].rule, &message, &err) &&
                  cose_sign1_verify(&message, key, &err);
        if (ok != (MESSAGES[i].wrong == NULL) ||
            (!ok && strstr(err.msg, MESSAGES[i].wrong) == NULL))
            fail_msg("%s: %s", MESSAGES[i].name, ok ? "valid" : err.msg);
        y.ptr[0] ^= 1;
        cleanup_cose_key struct cose_key *none = NULL;
        assert_false(cose_key_new(MESSAGES[i].key, at_x, at_y, &none, &err));
    }
}

/* --- Images ---------------------------------------------------------------------------------- */

static bool read_image(struct str bytes, struct eif *ret, struct error *err)
{
    cleanup_close int fd = memfd_create("image", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return eif_read(fd, "image", ret, err);
}

static const char *eif_reason(struct json expected)
{
    if (!json_bool_or(json_get(expected, "crc_ok"), false))
        return "crc_mismatch";
    return json_bool_or(json_get(expected, "signature_matches_pcr0"), true)
               ? ""
               : "signature_pcr0_mismatch";
}

static void assert_image(struct json expected, const struct eif *eif)
{
    static const unsigned PCRS[] = {0, 1, 2, 8};
    char name[8];
    for (size_t i = 0; i < ARRAY_LEN(PCRS); i++) {
        (void)snprintf(name, sizeof(name), "PCR%u", PCRS[i]);
        struct json pcr = json_get(expected, name);
        assert_true(json_exists(pcr) == eif->has_pcr[PCRS[i]]);
        if (json_exists(pcr))
            kit_assert_hex(pcr, str_n(eif->pcrs[PCRS[i]], EIF_PCR_LEN));
    }
}

static void test_eif(void **state unused_arg)
{
    cleanup_buf struct buf text = {0};
    cleanup_json_doc struct json_doc doc = {0};
    struct json all = kit_expected("eif", &text, &doc);
    json_each_member (member, all) {
        struct error err;
        struct report report;
        cleanup_eif struct eif eif = {0};
        cleanup_free char *name = xstrndup(json_key(member).ptr, json_key(member).len);
        cleanup_buf struct buf bytes = kit_read("eif", name);
        assert_ok(read_image(buf_str(&bytes), &eif, &err), &err);
        eif_judge(&eif, &(struct eif_expected){0}, &report);
        assert_string_equal(report_reason(&report), eif_reason(member));
        assert_true(eif.arm64 == (strcmp(name, "arm64_flag.eif") == 0));
        assert_true(eif.metadata.len > 0);
        assert_image(member, &eif);
        report_release(&report);
    }
    assert_int_equal(json_count(all), 9);
}

static bool holds(struct str bytes)
{
    struct error err;
    struct report report;
    cleanup_eif struct eif eif = {0};
    if (!read_image(bytes, &eif, &err))
        return false;
    eif_judge(&eif, &(struct eif_expected){.need_signature = true}, &report);
    bool ok = report_holds(&report);
    report_release(&report);
    return ok;
}

static void test_eif_flips_and_cuts(void **state unused_arg)
{
    cleanup_buf struct buf bytes = kit_read("eif", "signed_v4.eif");
    assert_true(holds(buf_str(&bytes)));
    for (size_t i = 0; i < bytes.len; i += i < 600 ? 1 : 17) {
        bytes.ptr[i] ^= 4;
        if (holds(buf_str(&bytes)))
            fail_msg("byte %zu can be changed", i);
        bytes.ptr[i] ^= 4;
        if (holds(str_sub(buf_str(&bytes), 0, i)))
            fail_msg("%zu bytes are enough", i);
    }
    buf_addc(&bytes, '\0');
    assert_false(holds(buf_str(&bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nitro),      cmocka_unit_test(test_nitro_flips),
        cmocka_unit_test(test_nitro_cuts), cmocka_unit_test(test_cose),
        cmocka_unit_test(test_eif),        cmocka_unit_test(test_eif_flips_and_cuts),
    };
    if (!kit_has("nitro") || !kit_has("cose") || !kit_has("eif"))
        return KIT_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
