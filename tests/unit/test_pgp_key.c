/* Our own key: what a seed makes, what is written, what is refused. */
#include "pgp_kit.h"
#include "pgp_messages.h"

static void assert_fingerprint(const struct pgp_fingerprint *fingerprint, const char *hex)
{
    char text[2 * PGP_FINGERPRINT_LEN + 1];
    hex_encode(fingerprint->bytes, PGP_FINGERPRINT_LEN, text);
    assert_string_equal(text, hex);
}

/* The fingerprints are those that openpgp.js told of this key. */
static void test_seed_decides(void **state unused_arg)
{
    cleanup_pgp_key struct pgp_key *key = key_of(7, PGP_TEST_NOW_MS);
    cleanup_pgp_key struct pgp_key *same = key_of(7, PGP_TEST_NOW_MS + 999);
    cleanup_pgp_key struct pgp_key *later = key_of(7, PGP_TEST_NOW_MS + 1000);
    cleanup_pgp_key struct pgp_key *other = key_of(8, PGP_TEST_NOW_MS);
    assert_fingerprint(pgp_key_fingerprint(key), "ecce8c00a7e35bd8de62bb18ecf958e7c4ce3fb6");
    assert_fingerprint(pgp_key_recipient(key), "cf002c961d362f74d719980d83835eb7c31bb33a");
    assert_true(str_eq(pgp_key_public(key), pgp_key_public(same)));
    assert_false(str_eq(pgp_key_public(key), pgp_key_public(later)));
    assert_false(str_eq(pgp_key_public(key), pgp_key_public(other)));
}

static void test_armor(void **state unused_arg)
{
    cleanup_pgp_key struct pgp_key *key = key_of(7, PGP_TEST_NOW_MS);
    cleanup_buf struct buf text = buf_make(PGP_PUBLIC_MAX), back = buf_make(PGP_PUBLIC_MAX);
    struct str rest = pgp_key_armored(key), line;
    assert_int_equal(strlen(rest.ptr), rest.len);
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "-----BEGIN PGP PUBLIC KEY BLOCK-----");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "");
    while (str_next_line(&rest, &line) && !str_starts(line, STR("-"))) {
        assert_true(line.len <= 64);
        buf_add(&text, line);
    }
    assert_str(line, "-----END PGP PUBLIC KEY BLOCK-----");
    assert_int_equal(rest.len, 0);
    assert_true(buf_add_base64_decoded(&back, buf_str(&text), false));
    assert_true(str_eq(buf_str(&back), pgp_key_public(key)));
}

static void test_secrets_are_not_in_the_public_key(void **state unused_arg)
{
    unsigned char secrets[64];
    uint64_t seed = 7;
    const struct rng rng = seeded_rng(&seed);
    cleanup_pgp_key struct pgp_key *key = key_of(7, PGP_TEST_NOW_MS);
    rng_fill(&rng, secrets, sizeof(secrets));
    for (size_t at = 0; at < sizeof(secrets); at += 16)
        assert_false(str_has(pgp_key_public(key), str_n(secrets + at, 16)));
}

static void check_user_id(struct str user_id, bool accepted)
{
    uint64_t seed = 1;
    int64_t now_ms = PGP_TEST_NOW_MS;
    const struct rng rng = seeded_rng(&seed);
    const struct clock clock = standing_clock(&now_ms);
    cleanup_pgp_key struct pgp_key *key = NULL;
    struct error err;
    if (accepted)
        assert_ok(pgp_key_new(&clock, &rng, user_id, &key, &err), &err);
    else
        assert_fails(pgp_key_new(&clock, &rng, user_id, &key, &err), &err, ERR_USAGE, "user id");
    assert_true((key != NULL) == accepted);
}

static void test_user_ids(void **state unused_arg)
{
    char longest[PGP_USER_ID_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    check_user_id(STR("J\xc3\xbcrgen <j@example.org>"), true);
    check_user_id(str_n(longest, PGP_USER_ID_MAX), true);
    check_user_id(str_n(longest, PGP_USER_ID_MAX + 1), false);
    check_user_id(STR_EMPTY, false);
    check_user_id(STR("\xff"), false);
}

static void check_clock(int64_t now_ms, bool accepted)
{
    uint64_t seed = 1;
    const struct rng rng = seeded_rng(&seed);
    const struct clock clock = standing_clock(&now_ms);
    cleanup_pgp_key struct pgp_key *key = NULL;
    struct error err;
    assert_true(pgp_key_new(&clock, &rng, STR("x"), &key, &err) == accepted);
}

static void test_times_a_key_can_say(void **state unused_arg)
{
    check_clock(0, true);
    check_clock(UINT32_MAX * INT64_C(1000), true);
    check_clock((UINT32_MAX + INT64_C(1)) * 1000, false);
    check_clock(-1000, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_decides),
        cmocka_unit_test(test_armor),
        cmocka_unit_test(test_secrets_are_not_in_the_public_key),
        cmocka_unit_test(test_user_ids),
        cmocka_unit_test(test_times_a_key_can_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
