/* Whom a message is for, and the packet formats it may come in. */
#include "pgp/pgp.h"
#include "pgp_messages.h"
#include "testing.h"

static const char recipient_hex[] = "cf002c961d362f74d719980d83835eb7c31bb33a";

static struct pgp_fingerprint our_fingerprint(void)
{
    struct pgp_fingerprint fingerprint;
    assert_true(hex_decode(STR("cf002c961d362f74d719980d83835eb7c31bb33a"), fingerprint.bytes,
                           PGP_FINGERPRINT_LEN));
    return fingerprint;
}

static struct buf decoded(const char *base64)
{
    struct buf b = buf_make(BUF_LINE);
    assert_true(buf_add_base64_decoded(&b, str_of(base64), false));
    return b;
}

/* Bytes written as hex, white space between them. */
static struct buf bytes_of(const char *hex)
{
    struct buf b = buf_make(BUF_LINE);
    for (; *hex != '\0'; hex += 2) {
        unsigned char byte;
        while (*hex == ' ')
            hex++;
        assert_true(hex_decode(str_n(hex, 2), &byte, 1));
        buf_addc(&b, (char)byte);
    }
    return b;
}

static struct pgp_recipients recipients_of(struct str message)
{
    struct pgp_recipients list = {0};
    struct error err;
    assert_ok(pgp_message_recipients(message, &list, &err), &err);
    return list;
}

static bool is_for_us(const char *base64)
{
    struct pgp_fingerprint us = our_fingerprint();
    cleanup_buf struct buf message = decoded(base64);
    struct pgp_recipients list = recipients_of(buf_str(&message));
    return pgp_recipients_include(&list, &us);
}

static void test_messages_of_a_client(void **state unused_arg)
{
    assert_true(is_for_us(message_gcm));
    assert_true(is_for_us(message_default));
    assert_true(is_for_us(message_anonymous));
    assert_true(is_for_us(message_two));
    assert_true(is_for_us(message_v3));
    assert_false(is_for_us(message_foreign));
}

static void test_what_is_told(void **state unused_arg)
{
    cleanup_buf struct buf message = decoded(message_gcm), old = decoded(message_v3);
    struct pgp_recipients list = recipients_of(buf_str(&message));
    char hex[2 * PGP_FINGERPRINT_LEN + 1];
    assert_int_equal(list.count, 1);
    assert_true(list.at[0].whole);
    assert_false(list.at[0].anonymous);
    assert_int_equal(list.at[0].key_version, 4);
    hex_encode(list.at[0].fingerprint.bytes, PGP_FINGERPRINT_LEN, hex);
    assert_string_equal(hex, recipient_hex);
    list = recipients_of(buf_str(&old));
    assert_false(list.at[0].whole);
    hex_encode(list.at[0].fingerprint.bytes, PGP_FINGERPRINT_LEN, hex);
    assert_string_equal(hex, "00000000000000000000000083835eb7c31bb33a");
}

/* The head of a message is enough, and it must be whole. */
static void test_beginning_is_enough(void **state unused_arg)
{
    enum { SEIPD_HEADER = 99, HEADER_LEN = 2 };
    cleanup_buf struct buf message = decoded(message_gcm);
    struct pgp_recipients list;
    struct error err;
    for (size_t len = 0; len < message.len; len++) {
        bool told = pgp_message_recipients(str_n(message.ptr, len), &list, &err);
        assert_true(told == (len >= SEIPD_HEADER + HEADER_LEN));
    }
}

static void check_told(const char *hex, bool told)
{
    cleanup_buf struct buf message = bytes_of(hex);
    struct pgp_recipients list = {0};
    struct error err = {0};
    bool ok = pgp_message_recipients(buf_str(&message), &list, &err);
    if (ok != told)
        fail_msg("%s: %s", hex, ok ? "accepted" : err.msg);
    if (!ok)
        assert_int_equal(err.kind, ERR_VERIFY);
}

/* A version 3 packet for key id 1122334455667788 in every length format. */
#define BODY "03 1122334455667788 19 00"
static void test_length_formats(void **state unused_arg)
{
    check_told("c1 0b" BODY "d2 00", true);
    check_told("c1 ff 0000000b" BODY "d2 00", true);
    check_told("84 0b" BODY "d2 00", true);
    check_told("85 000b" BODY "d2 00", true);
    check_told("86 0000000b" BODY "d2 00", true);
    check_told("c1 0b" BODY "d2 e9", true);
    check_told("c1 0b" BODY "d2 ff 00000000", true);
    check_told("ca 03 504750 c1 0b" BODY "d2 00", true);
    check_told("d5 02 0000 c1 0b" BODY "d5 00 d2 00", true);
    check_told("c1 0d" BODY "0000 d2 00", true);
}

static void test_what_is_no_message(void **state unused_arg)
{
    check_told("", false);
    check_told("00", false);
    check_told("7f", false);
    check_told("c1", false);
    check_told("c1 0b" BODY, false);
    check_told("c1 0b" BODY "d2", false);
    check_told("c1 0b" BODY "cb 00", false);
    check_told("d2 00", false);
    check_told("c1 0a" BODY "d2 00", false);
    check_told("c1 00 d2 00", false);
    check_told("c1 0b 04 1122334455667788 19 00 d2 00", false);
    check_told("c1 e3" BODY "d2 00", false);
    check_told("c1 0b" BODY "d2 e8", false);
    check_told("87" BODY "d2 00", false);
    check_told("c3 0b" BODY "c1 0b" BODY "d2 00", false);
    check_told("c1 ff ffffffff" BODY, false);
    check_told("c1 c0", false);
    check_told("c1 05 06 15 04 0000 d2 00", false);
}

static void test_too_many_recipients(void **state unused_arg)
{
    cleanup_buf struct buf one = bytes_of("c1 0b" BODY), end = bytes_of("d2 00");
    cleanup_buf struct buf most = buf_make(BUF_LINE), more = buf_make(BUF_LINE);
    struct pgp_recipients list;
    struct error err;
    for (int i = 0; i < PGP_RECIPIENTS_MAX; i++)
        buf_add(&most, buf_str(&one));
    buf_add(&more, buf_str(&most));
    buf_add(&more, buf_str(&one));
    buf_add(&more, buf_str(&end));
    buf_add(&most, buf_str(&end));
    assert_ok(pgp_message_recipients(buf_str(&most), &list, &err), &err);
    assert_int_equal(list.count, PGP_RECIPIENTS_MAX);
    assert_fails(pgp_message_recipients(buf_str(&more), &list, &err), &err, ERR_VERIFY,
                 "more than 8 keys");
}

static void test_near_matches_are_none(void **state unused_arg)
{
    struct pgp_fingerprint us = our_fingerprint();
    cleanup_buf struct buf message = decoded(message_gcm), old = decoded(message_v3);
    struct pgp_recipients whole = recipients_of(buf_str(&message));
    struct pgp_recipients by_id = recipients_of(buf_str(&old));
    us.bytes[0] ^= 1;
    assert_false(pgp_recipients_include(&whole, &us));
    assert_true(pgp_recipients_include(&by_id, &us));
    us.bytes[PGP_FINGERPRINT_LEN - 1] ^= 1;
    assert_false(pgp_recipients_include(&by_id, &us));
}

/* A key of version 6 whose fingerprint happens to be all zeros is not a key id of zeros. */
static void test_key_of_another_version(void **state unused_arg)
{
    static const struct pgp_fingerprint zeros;
    cleanup_buf struct buf message =
        bytes_of("c1 24 06 21 06 0000000000000000000000000000000000000000000000000000000000000000"
                 "19 d2 00");
    struct pgp_recipients list = recipients_of(buf_str(&message));
    assert_false(list.at[0].anonymous);
    assert_int_equal(list.at[0].key_version, 6);
    assert_false(pgp_recipients_include(&list, &zeros));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_a_client),  cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_beginning_is_enough),   cmocka_unit_test(test_length_formats),
        cmocka_unit_test(test_what_is_no_message),    cmocka_unit_test(test_too_many_recipients),
        cmocka_unit_test(test_near_matches_are_none), cmocka_unit_test(test_key_of_another_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
