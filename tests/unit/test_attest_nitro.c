/* Nitro documents of our own PKI: every rule that no real document breaks, broken alone, with the
 * reason asserted. */
#include "attest_nitro_kit.h"

static struct nitro_result judge_by(struct str bytes, const struct nitro_policy *policy)
{
    struct error err;
    struct nitro_result result;
    assert_ok(nitro_verify(bytes, policy, &result, &err), &err);
    return result;
}

static void expect(const char *name, const struct kit_spec *spec, struct nitro_policy policy,
                   const char *check, const char *reason)
{
    cleanup_buf struct buf root = buf_make(BUF_LINE), bytes = kit_document(spec, &root);
    policy.now_ms = policy.now_ms ? policy.now_ms : KIT_NOW_MS;
    policy.root = buf_str(&root);
    cleanup_nitro_result struct nitro_result result = judge_by(buf_str(&bytes), &policy);
    const struct check *found = report_find(&result.report, check);
    if (strcmp(report_reason(&result.report), reason) != 0 || found == NULL ||
        strcmp(found->reason, reason) != 0)
        fail_msg("%s: %s, not %s of %s", name, report_reason(&result.report), reason, check);
    assert_true(report_holds(&result.report) == (reason[0] == '\0'));
    assert_true(result.simulated);
}

static const struct {
    const char *name;
    struct kit_spec spec;
    const char *check, *reason;
} RULES[] = {
    {"as AWS writes it", {0}, "signature", ""},
    {"definite lengths", {.definite = true}, "signature", ""},
    {"an unknown key", {.unknown = true}, "document", ""},
    {"a short chain", {.between = 1}, "chain", ""},
    {"the longest chain", {.between = 8}, "chain", ""},
    {"too long", {.between = 9}, "chain", "chain_length"},
    {"expired", {.leaf_until_s = -60}, "validity", "certificate_expired"},
    {"not yet valid", {.leaf_from_s = 60}, "validity", "certificate_not_yet_valid"},
    {"P-256", {.leaf_curve = NID_X9_62_prime256v1}, "certificates", "curve"},
    {"SHA-256", {.weak_digest = true}, "certificates", "signature_algorithm"},
    {"a leaf that is a CA", {.leaf_constraints = "CA:TRUE"}, "certificates", "basic_constraints"},
    {"a leaf for signing certificates", {.leaf_usage = "keyCertSign"}, "certificates", "key_usage"},
    {"an issuer that is none",
     {.between_constraints = "critical,CA:FALSE"},
     "chain",
     "basic_constraints"},
    {"an unknown critical extension",
     {.leaf_critical = "critical,text"},
     "chain",
     "critical_extension"},
    {"a forged leaf", {.forged = true}, "chain", "chain_signature"},
    {"certificates out of order", {.swapped = true}, "chain", "chain_order"},
    {"a debug enclave", {.debug = true}, "debug", "debug_enclave"},
    {"another machine", {.other_instance = true}, "instance", "instance_mismatch"},
    {"no machine", {.no_instance = true}, "instance", "instance_malformed"},
    {"a key twice", {.duplicate = true}, "document", "malformed"},
    {"bytes in the payload", {.trailing = true}, "document", "malformed"},
    {"no module_id", {.missing = "module_id"}, "document", "malformed"},
    {"no digest", {.missing = "digest"}, "document", "malformed"},
    {"no timestamp", {.missing = "timestamp"}, "document", "malformed"},
    {"no pcrs", {.missing = "pcrs"}, "document", "malformed"},
    {"no certificate", {.missing = "certificate"}, "document", "malformed"},
    {"no cabundle", {.missing = "cabundle"}, "document", "malformed"},
    {"from the future", {.timestamp_ms = 301000}, "timestamp", "timestamp_in_future"},
    {"nearly from the future", {.timestamp_ms = 299000}, "timestamp", ""},
    {"older than its leaf",
     {.timestamp_ms = -3601000},
     "timestamp",
     "timestamp_outside_certificates"},
};

static void test_rules(void **state unused_arg)
{
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
        expect(RULES[i].name, &RULES[i].spec, (struct nitro_policy){0}, RULES[i].check,
               RULES[i].reason);
}

static void test_path_length(void **state unused_arg)
{
    /* The last but one may have none below it but the leaf: the one before is given no room. */
    const struct kit_spec spec = {.between = 2,
                                  .between_constraints = "critical,CA:TRUE,pathlen:0"};
    expect("enough room", &spec, (struct nitro_policy){0}, "chain", "");
    const struct kit_spec usage = {.between_usage = "critical,digitalSignature"};
    cleanup_buf struct buf root = buf_make(BUF_LINE), bytes = kit_document(&usage, &root);
    const struct nitro_policy policy = {.now_ms = KIT_NOW_MS, .root = buf_str(&root)};
    cleanup_nitro_result struct nitro_result result = judge_by(buf_str(&bytes), &policy);
    assert_false(report_holds(&result.report));
    assert_string_equal(report_find(&result.report, "certificates")->reason, "key_usage");
}

static void test_nonce(void **state unused_arg)
{
    const struct kit_spec none = {0}, some = {.nonce = "12345678"},
                          old = {.nonce = "12345678", .timestamp_ms = -301000};
    const struct nitro_policy policy = {.nonce = STR("12345678")},
                              other = {.nonce = STR("12345679")},
                              patient = {.nonce = STR("12345678"), .max_age_ms = 400000};
    expect("the nonce", &some, policy, "nonce", "");
    expect("no nonce", &none, policy, "nonce", "nonce_missing");
    expect("another", &some, other, "nonce", "nonce_mismatch");
    expect("old", &old, policy, "timestamp", "too_old");
    expect("old, and allowed", &old, patient, "timestamp", "");
}

static void test_measurements(void **state unused_arg)
{
    unsigned char three[NITRO_PCR_LEN];
    memset(three, 3, sizeof(three));
    struct nitro_policy policy = {0};
    policy.pcrs[2] = str_n(three, sizeof(three));
    expect("as expected", &(struct kit_spec){0}, policy, "pcr2", "");
    policy.pcrs[8] = policy.pcrs[2];
    expect("another signer", &(struct kit_spec){0}, policy, "pcr8", "pcr8_mismatch");
    policy.pcrs[8] = (struct str){0};
    policy.pcrs[20] = policy.pcrs[2];
    expect("one that is not there", &(struct kit_spec){0}, policy, "pcr20", "pcr20_mismatch");
}

static void test_user_data(void **state unused_arg)
{
    const struct kit_spec none = {0},
                          full = {.user_data = "{\"versions\":"
                                               "[{\"sha256\":\"00ff\",\"version\":\"5.0.0\"}]}"},
                          other = {.user_data = "{\"versions\":"
                                                "[{\"sha256\":\"01ff\",\"version\":\"5.0.0\"}]}"},
                          text = {.user_data = "hello"},
                          /* sha256 of [{"sha256":"00ff","version":"5.0.0"}] */
        digest = {.user_data =
                      "{\"versionsSha256\":"
                      "\"2f504a155739d68ed05ea213405ca6a3fa33c5f83dd193fb877a9c51a32730d6\"}"},
                          wrong = {.user_data = "{\"versionsSha256\":\"00\"}"};
    const struct nitro_policy policy = {.versions =
                                            STR("[{\"version\":\"5.0.0\", \"sha256\":\"00ff\"}]")};
    expect("in full", &full, policy, "versions", "");
    expect("other versions", &other, policy, "versions", "versions_mismatch");
    expect("by digest", &digest, policy, "versions", "");
    expect("another digest", &wrong, policy, "versions", "versions_mismatch");
    expect("no versions", &text, policy, "versions", "versions_missing");
    expect("no user data", &none, policy, "versions", "versions_missing");
    const struct nitro_policy hello = {.user_data = STR("hello")};
    expect("bytes", &text, hello, "user_data", "");
    expect("other bytes", &full, hello, "user_data", "user_data_mismatch");
}

/* A simulation never passes as AWS's, and AWS's root never vouches for one. */
static void test_roots(void **state unused_arg)
{
    struct error err;
    const struct kit_spec spec = {.public_key = "key"}, other = {.seed = "other"};
    cleanup_buf struct buf root = buf_make(BUF_LINE), bytes = kit_document(&spec, &root);
    cleanup_buf struct buf other_root = buf_make(BUF_LINE),
                           other_bytes = kit_document(&other, &other_root);
    struct nitro_policy policy = {.now_ms = KIT_NOW_MS};
    cleanup_nitro_result struct nitro_result pinned = judge_by(buf_str(&bytes), &policy);
    assert_string_equal(report_reason(&pinned.report), "root_mismatch");
    assert_false(pinned.simulated);
    policy.root = buf_str(&root);
    cleanup_nitro_result struct nitro_result crossed = judge_by(buf_str(&other_bytes), &policy);
    assert_string_equal(report_reason(&crossed.report), "root_mismatch");
    cleanup_nitro_result struct nitro_result given = judge_by(buf_str(&bytes), &policy);
    assert_true(report_holds(&given.report) && given.simulated);
    assert_str(given.document.public_key, "key");
    policy.root = STR("no certificate");
    assert_fails(nitro_verify(buf_str(&bytes), &policy, &given, &err), &err, ERR_CONFIG, "root");
}

static void test_empty_key_is_none(void **state unused_arg)
{
    const struct kit_spec spec = {.public_key = ""};
    struct error err;
    struct nitro_document doc;
    cleanup_buf struct buf root = buf_make(BUF_LINE), bytes = kit_document(&spec, &root);
    assert_ok(nitro_read(buf_str(&bytes), &doc, &err), &err);
    assert_null(doc.public_key.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_path_length),
        cmocka_unit_test(test_nonce),
        cmocka_unit_test(test_measurements),
        cmocka_unit_test(test_user_data),
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_empty_key_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
