/* Decrypting what openpgp.js wrote, in small pieces, with failing ends, and what is refused. */
#include "pgp_kit.h"
#include "pgp_messages.h"

/* A source that gives `step` bytes at most and may fail at its end. */
struct feed {
    struct str rest;
    size_t step;
    bool breaks;
};

static bool feed_read(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                      struct error *err)
{
    struct feed *f = ctx;
    size_t got = len < f->step ? len : f->step;
    got = got < f->rest.len ? got : f->rest.len;
    if (got == 0 && f->breaks)
        return err_set(err, ERR_TRANSIENT, "the line broke");
    memcpy(bytes, f->rest.ptr, got);
    f->rest = str_sub(f->rest, got, f->rest.len);
    *ret_got = got;
    return true;
}

static bool collect(void *ctx, struct str bytes, struct error *err)
{
    buf_add(ctx, bytes);
    return buf_check(ctx, "plaintext", err);
}

static struct buf decoded(const char *base64)
{
    struct buf b = buf_make(BUF_LINE);
    assert_true(buf_add_base64_decoded(&b, str_of(base64), false));
    return b;
}

/* The key of the messages, its source, and what came out. */
struct bench {
    struct pgp_key *key;
    struct feed feed;
    struct buf plain;
    uint64_t max;
};

static void bench_release(struct bench *b)
{
    pgp_key_free(b->key);
    buf_release(&b->plain);
}
#define cleanup_bench cleanup(bench_release)

static struct bench bench_make(struct str message)
{
    return (struct bench){.key = key_of(7, PGP_TEST_NOW_MS),
                          .feed = {.rest = message, .step = SIZE_MAX},
                          .plain = buf_make(BUF_LINE),
                          .max = BUF_LINE};
}

static bool decrypt(struct bench *b, struct error *err)
{
    const struct pgp_source source = {.read = feed_read, .ctx = &b->feed};
    const struct pgp_sink sink = {.write = collect, .ctx = &b->plain};
    const struct pgp_decrypt_options options = {.max = b->max};
    return pgp_decrypt(b->key, &source, &options, &sink, err);
}

static void check_reads(const char *base64, size_t step)
{
    struct error err;
    cleanup_buf struct buf message = decoded(base64);
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    b.feed.step = step;
    assert_ok(decrypt(&b, &err), &err);
    assert_str(buf_str(&b.plain), PGP_TEST_PLAIN);
}

static void test_messages_of_a_client(void **state unused_arg)
{
    static const char *const messages[] = {message_gcm, message_ocb, message_default,
                                           message_anonymous, message_two};
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        check_reads(messages[i], SIZE_MAX);
        check_reads(messages[i], 1);
        check_reads(messages[i], 17);
    }
}

static const char refused[] = "the message cannot be decrypted";

static void test_messages_for_others(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf foreign = decoded(message_foreign), ours = decoded(message_gcm);
    cleanup_bench struct bench b = bench_make(buf_str(&foreign));
    assert_fails(decrypt(&b, &err), &err, ERR_NOT_FOUND, "another key");
    pgp_key_free(b.key);
    b.key = key_of(8, PGP_TEST_NOW_MS);
    b.feed.rest = buf_str(&ours);
    assert_fails(decrypt(&b, &err), &err, ERR_NOT_FOUND, "another key");
    assert_int_equal(b.plain.len, 0);
}

/* Anonymous messages name nobody, so another key tries and fails. */
static void test_anonymous_for_others(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_anonymous);
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    pgp_key_free(b.key);
    b.key = key_of(8, PGP_TEST_NOW_MS);
    assert_fails(decrypt(&b, &err), &err, ERR_VERIFY, refused);
}

static void test_old_encryption_is_refused(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_v3);
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    assert_fails(decrypt(&b, &err), &err, ERR_VERIFY, refused);
}

static void test_cut_anywhere(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_gcm);
    for (size_t len = 0; len < message.len; len++) {
        cleanup_bench struct bench b = bench_make(str_n(message.ptr, len));
        assert_fails(decrypt(&b, &err), &err, ERR_VERIFY, refused);
    }
}

static void test_changed_anywhere(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_ocb);
    for (size_t at = 0; at < message.len * 8; at++) {
        cleanup_bench struct bench b = bench_make(buf_str(&message));
        message.ptr[at / 8] ^= (char)(1 << at % 8);
        assert_false(decrypt(&b, &err));
        assert_true(err.kind == ERR_VERIFY ? strcmp(err.msg, refused) == 0
                                           : err.kind == ERR_NOT_FOUND);
        message.ptr[at / 8] ^= (char)(1 << at % 8);
    }
}

static void test_something_after_it(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_gcm);
    buf_add(&message, STR("\xd5\x01x"));
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    assert_ok(decrypt(&b, &err), &err);
    buf_add(&message, STR("\xcb\x00"));
    b.feed.rest = buf_str(&message);
    assert_fails(decrypt(&b, &err), &err, ERR_VERIFY, refused);
}

static void test_size_limit(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_default);
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    b.max = sizeof(PGP_TEST_PLAIN) - 1;
    assert_ok(decrypt(&b, &err), &err);
    b.feed.rest = buf_str(&message);
    b.max--;
    assert_fails(decrypt(&b, &err), &err, ERR_VERIFY, refused);
}

static void test_errors_of_the_source_pass(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_gcm);
    for (size_t len = 0; len <= message.len; len++) {
        cleanup_bench struct bench b = bench_make(str_n(message.ptr, len));
        b.feed.breaks = true;
        assert_fails(decrypt(&b, &err), &err, ERR_TRANSIENT, "the line broke");
    }
}

static void test_errors_of_the_sink_pass(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf message = decoded(message_gcm);
    cleanup_bench struct bench b = bench_make(buf_str(&message));
    b.plain.max = 70;
    assert_fails(decrypt(&b, &err), &err, ERR_FAILED, "plaintext");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_a_client),
        cmocka_unit_test(test_messages_for_others),
        cmocka_unit_test(test_anonymous_for_others),
        cmocka_unit_test(test_old_encryption_is_refused),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_changed_anywhere),
        cmocka_unit_test(test_something_after_it),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_errors_of_the_source_pass),
        cmocka_unit_test(test_errors_of_the_sink_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
