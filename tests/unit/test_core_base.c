/* Errors, buffers, arenas, encodings, times, identity, capabilities. */
#include <unistd.h>

#include "testing.h"

static void test_error_wrap_and_cut(void **state unused_arg)
{
    struct error err;
    char long_text[ERR_MSG_MAX * 2];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_false(err_sys(&err, ERR_NOT_FOUND, 2, "open '%s'", "a"));
    assert_false(err_wrap(&err, "read config"));
    assert_string_equal(err.msg, "read config: open 'a': No such file or directory");
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(err.sys, 2);
    err_set(&err, ERR_FAILED, "%s", long_text);
    assert_true(str_ends(str_of(err.msg), STR("…")));
}

static void test_exit_statuses(void **state unused_arg)
{
    struct error err;
    err_set(&err, ERR_STALE, "moved");
    assert_int_equal(err_exit_status(&err), 12);
    err_set(&err, ERR_INTERRUPTED, "stopped");
    err.sys = 15;
    assert_int_equal(err_exit_status(&err), 143);
    assert_string_equal(err_kind_info((enum err_kind)99)->name, "bug");
}

static void test_buffer_maximum(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf b = buf_make(8);
    buf_adds(&b, "1234");
    buf_addf(&b, "%d", 5678);
    assert_ok(buf_check(&b, "number", &err), &err);
    buf_addc(&b, '9');
    assert_str(buf_str(&b), "12345678");
    assert_fails(buf_check(&b, "number", &err), &err, ERR_FAILED, "larger than 8 bytes");
    buf_drop(&b, 6);
    assert_str(buf_str(&b), "78");
}

static void test_arena(void **state unused_arg)
{
    cleanup_arena struct arena a = {0};
    char *first = arena_printf(&a, "%s-%d", "n", 1);
    char *big = arena_alloc(&a, 100000);
    memset(big, 1, 100000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal((uintptr_t)arena_alloc(&a, 3) % _Alignof(max_align_t), 0);
    assert_string_equal(first, "n-1");
}

static void check_base64(const char *plain, const char *text)
{
    cleanup_buf struct buf b = buf_make(100), back = buf_make(100);
    buf_add_base64(&b, str_of(plain));
    assert_str(buf_str(&b), text);
    assert_true(buf_add_base64_decoded(&back, buf_str(&b), false));
    assert_str(buf_str(&back), plain);
}

static void test_base64(void **state unused_arg)
{
    cleanup_buf struct buf b = buf_make(100);
    check_base64("", "");
    check_base64("f", "Zg==");
    check_base64("fo", "Zm8=");
    check_base64("foobar", "Zm9vYmFy");
    static const char *const bad[] = {"Zg", "Zg=", "Zh==", "Zm8", "Z===", "Zm 8", "Zm9v\n", "===="};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(buf_add_base64_decoded(&b, str_of(bad[i]), false));
    assert_true(buf_add_base64_decoded(&b, STR("_-8"), true));
    assert_int_equal(b.len, 2);
}

static void test_hex(void **state unused_arg)
{
    unsigned char out[3];
    char text[7];
    assert_true(hex_decode(STR("00fFa5"), out, 3));
    hex_encode(out, 3, text);
    assert_string_equal(text, "00ffa5");
    assert_false(hex_decode(STR("00fg"), out, 2));
    assert_false(hex_decode(STR("00f"), out, 2));
}

static void test_times(void **state unused_arg)
{
    char text[TIME_TEXT_MAX], span[DURATION_TEXT_MAX];
    int64_t ms = 0;
    assert_true(time_parse_utc(STR("2026-02-03T04:05:06.789Z"), &ms));
    assert_int_equal(ms % 1000, 789);
    time_format_utc(ms, text);
    assert_string_equal(text, "2026-02-03T04:05:06Z");
    assert_true(time_parse_utc(STR("1970-01-01T01:30:00+01:30"), &ms));
    assert_int_equal(ms, 0);
    static const char *const bad[] = {"2026-02-03",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:00:00",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00Zx",
                                      "",
                                      "-"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(time_parse_utc(str_of(bad[i]), &ms));
    duration_format(200500, span);
    assert_string_equal(span, "3 min 20 s");
}

static void test_identity(void **state unused_arg)
{
    struct ident self;
    struct error err;
    assert_ok(ident_self(&self, &err), &err);
    assert_int_equal(self.pid, getpid());
    assert_int_equal(ident_check(&self), IDENT_ALIVE);
    self.start_ticks++;
    assert_int_equal(ident_check(&self), IDENT_DEAD);
    self.start_ticks--;
    self.boot_id[0] = self.boot_id[0] == 'a' ? 'b' : 'a';
    assert_int_equal(ident_check(&self), IDENT_DEAD);
}

static bool guard_refuses(void *ctx unused_arg, struct error *err)
{
    return err_set(err, ERR_LOCKED, "lease lost");
}

static void test_capabilities(void **state unused_arg)
{
    struct error err;
    struct cap free_hand = cap_apply(NULL, NULL), guarded = cap_apply(guard_refuses, NULL);
    assert_ok(cap_allow(cap_observe(), EFFECT_READ, "read", "x", &err), &err);
    assert_fails(cap_allow(cap_observe(), EFFECT_ONCE, "write", "x", &err), &err, ERR_BUG,
                 "write 'x' was asked of code that may only observe");
    assert_ok(cap_allow(&free_hand, EFFECT_ONCE, "write", "x", &err), &err);
    assert_fails(cap_allow(&guarded, EFFECT_IDEMPOTENT, "write", "x", &err), &err, ERR_LOCKED,
                 "lease lost");
    assert_ok(cap_allow(&guarded, EFFECT_READ, "read", "x", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_wrap_and_cut),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_buffer_maximum),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_capabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
