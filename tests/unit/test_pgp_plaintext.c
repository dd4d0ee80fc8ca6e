/* The packets inside the encryption: what is delivered, what is refused, and what a few bytes may
 * blow up to. */
#include "pgp/plaintext.h"
#include "testing.h"

enum { MAX = 2000 };

/* "Decompresses" by repeating each byte. */
struct repeater {
    const struct pgp_source *from;
    size_t times;
    size_t open;  /* opened and not closed */
    size_t given; /* bytes in all */
    bool fails;
};

static bool repeat(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got, struct error *err)
{
    struct repeater *r = ctx;
    unsigned char byte;
    size_t got;
    TRY(r->from->read(r->from->ctx, &byte, 1, &got, err));
    size_t times = len < r->times ? len : r->times;
    memset(bytes, byte, times);
    *ret_got = got == 0 ? 0 : times;
    r->given += *ret_got;
    return true;
}

static bool repeat_open(void *ctx, enum pgp_compression kind unused_arg,
                        const struct pgp_source *compressed, struct pgp_source *ret_plain,
                        struct error *err)
{
    struct repeater *r = ctx;
    if (r->fails)
        return err_set(err, ERR_FAILED, "no room");
    r->from = compressed;
    r->open++;
    *ret_plain = (struct pgp_source){.read = repeat, .ctx = r};
    return true;
}

static void repeat_close(void *ctx, const struct pgp_source *plain)
{
    struct repeater *r = ctx;
    assert_ptr_equal(plain->ctx, r);
    r->open--;
}

static bool collect(void *ctx, struct str bytes, struct error *err)
{
    buf_add(ctx, bytes);
    return buf_check(ctx, "plaintext", err);
}

static bool deliver(struct str bytes, struct repeater *r, struct buf *plain, struct error *err)
{
    const struct pgp_inflate inflate = {.open = repeat_open, .close = repeat_close, .ctx = r};
    const struct pgp_decrypt_options options = {.max = MAX, .inflate = r ? &inflate : NULL};
    const struct pgp_source source = source_of_bytes(&bytes);
    const struct pgp_sink sink = {.write = collect, .ctx = plain};
    return plaintext_deliver(&options, &source, &sink, err);
}

#define DATE "\0\0\0\0"
#define HELLO  \
    "\xcb\x0b" \
    "b\0" DATE "hello"

static void check_delivers(struct str bytes, struct repeater *r, const char *expected)
{
    struct error err;
    cleanup_buf struct buf plain = buf_make(BUF_LINE);
    assert_ok(deliver(bytes, r, &plain, &err), &err);
    assert_str(buf_str(&plain), expected);
}

static void check_refused(struct str bytes, struct repeater *r)
{
    struct error err;
    cleanup_buf struct buf plain = buf_make(BUF_LINE);
    assert_false(deliver(bytes, r, &plain, &err));
    assert_int_equal(err.kind, ERR_VERIFY);
}

static void test_literals(void **state unused_arg)
{
    check_delivers(STR(HELLO), NULL, "hello");
    check_delivers(STR("\xcb\x0e"
                       "u\3abc" DATE "hello"),
                   NULL, "hello");
    check_delivers(STR("\xcb\x06"
                       "t\0" DATE),
                   NULL, "");
    check_delivers(STR("\xd5\x02xx" HELLO "\xd5\x01x\xca\x03PGP"), NULL, "hello");
    check_delivers(STR("\xac\x09"
                       "b\0" DATE "old"),
                   NULL, "old");
    check_delivers(STR("\xaf"
                       "b\0" DATE "to the end"),
                   NULL, "to the end");
}

/* 512 bytes, then 2, then 0, then the last 4. */
static void test_literal_in_parts(void **state unused_arg)
{
    cleanup_buf struct buf bytes = buf_make(BUF_LINE), expected = buf_make(BUF_LINE);
    for (int i = 0; i < 512; i++)
        buf_addc(&expected, (char)('a' + i % 26));
    buf_add(&bytes, STR("\xcb\xe9"
                        "b\0" DATE));
    buf_add(&bytes, str_sub(buf_str(&expected), 0, 506));
    buf_add(&bytes, STR("\xe1"));
    buf_add(&bytes, str_sub(buf_str(&expected), 506, 2));
    buf_add(&bytes, STR("\xe2"));
    buf_add(&bytes, str_sub(buf_str(&expected), 508, 4));
    buf_add(&bytes, STR("\0"));
    check_delivers(buf_str(&bytes), NULL, buf_cstr(&expected));
    for (size_t len = 0; len < bytes.len; len++)
        check_refused(str_n(bytes.ptr, len), NULL);
}

static void test_what_is_refused(void **state unused_arg)
{
    check_refused(STR(""), NULL);
    check_refused(STR("\xd5\x02xx"), NULL);
    check_refused(STR(HELLO HELLO), NULL);
    check_refused(STR(HELLO "x"), NULL);
    check_refused(STR("\xcb\x0b"
                      "x\0" DATE "hello"),
                  NULL);
    check_refused(STR("\xcb\x05"
                      "b\0"
                      "\0\0\0"),
                  NULL);
    check_refused(STR("\xcb\x06"
                      "b\x05" DATE),
                  NULL);
    check_refused(STR("\xc4\x0d"
                      "one-pass-sign" HELLO),
                  NULL);
    check_refused(STR("\xd2\x00" HELLO), NULL);
}

static void test_size_limit(void **state unused_arg)
{
    cleanup_buf struct buf bytes = buf_make(BUF_LINE), expected = buf_make(BUF_LINE);
    for (int i = 0; i < MAX; i++)
        buf_addc(&expected, 'x');
    buf_add(&bytes, STR("\xaf"
                        "b\0" DATE));
    buf_add(&bytes, buf_str(&expected));
    check_delivers(buf_str(&bytes), NULL, buf_cstr(&expected));
    buf_addc(&bytes, 'x');
    check_refused(buf_str(&bytes), NULL);
}

static void test_compression(void **state unused_arg)
{
    struct repeater once = {.times = 1};
    check_delivers(STR("\xc8\x0e\0" HELLO), NULL, "hello");
    check_delivers(STR("\xc8\x0e\1" HELLO), &once, "hello");
    check_delivers(STR("\xc8\x0e\2" HELLO), &once, "hello");
    check_refused(STR("\xc8\x0e\1" HELLO), NULL);
    check_refused(STR("\xc8\x0e\3" HELLO), &once);
    check_refused(STR("\xc8\x0e\xff" HELLO), &once);
    check_refused(STR("\xc8\x00"), &once);
    check_refused(STR("\xc8\x10\0\xc8\x0e\0" HELLO), &once);
    assert_int_equal(once.open, 0);
}

/* Every byte a thousand times, as padding: refused long before the 100,000 bytes are read. */
static void test_bombs(void **state unused_arg)
{
    struct repeater bomb = {.times = 1000};
    cleanup_buf struct buf bytes = buf_make(BUF_LINE);
    buf_add(&bytes, STR("\xa3\1"));
    for (int i = 0; i < 100; i++)
        buf_add(&bytes, STR("\xd5"));
    check_refused(buf_str(&bytes), &bomb);
    assert_int_equal(bomb.open, 0);
    assert_true(bomb.given < 20000);
}

static void test_errors_of_decompression_pass(void **state unused_arg)
{
    struct repeater broken = {.fails = true};
    struct error err;
    cleanup_buf struct buf plain = buf_make(BUF_LINE);
    assert_fails(deliver(STR("\xc8\x0e\1" HELLO), &broken, &plain, &err), &err, ERR_FAILED,
                 "no room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_literal_in_parts),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_errors_of_decompression_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
