/* The CBOR reader and writer: what is taken, and each thing that is refused, with its reason. */
#include "attest_kit.h"

static bool read_all(struct str bytes, unsigned flags, struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item = {.kind = CBOR_END};
    cbor_reader_init(&reader, bytes, flags);
    while (item.kind != CBOR_DONE)
        TRY(cbor_next(&reader, &item, err));
    return true;
}

static const struct {
    const char *hex;
    unsigned flags;
    const char *wrong; /* NULL: taken */
} CASES[] = {
    /* RFC 8949, appendix A */
    {"00", CBOR_CANONICAL, NULL},
    {"1bffffffffffffffff", CBOR_CANONICAL, NULL},
    {"3bffffffffffffffff", CBOR_CANONICAL, NULL},
    {"f97e00", 0, NULL},
    {"fb3ff199999999999a", 0, NULL},
    {"f4", CBOR_CANONICAL, NULL},
    {"f7", CBOR_CANONICAL, NULL},
    {"f8ff", CBOR_CANONICAL, NULL},
    {"c11a514b67b0", CBOR_CANONICAL, NULL},
    {"64f0908591", CBOR_CANONICAL, NULL},
    {"80", CBOR_CANONICAL, NULL},
    {"8301820203820405", CBOR_CANONICAL, NULL},
    {"a26161016162820203", CBOR_CANONICAL, NULL},
    {"5f42010243030405ff", 0, NULL},
    {"7f657374726561646d696e67ff", 0, NULL},
    {"9f018202039f0405ffff", 0, NULL},
    {"bf61610161629f0203ffff", 0, NULL},
    {"bfff", 0, NULL},
    /* refused */
    {"", 0, "end inside of an item"},
    {"18", 0, "end inside of a number"},
    {"1b00000000000000", 0, "end inside of a number"},
    {"1c", 0, "reserved"},
    {"3d", 0, "reserved"},
    {"fe", 0, "reserved"},
    {"1f", 0, "indefinite unsigned integer"},
    {"df00", 0, "indefinite tag"},
    {"ff", 0, "a break where"},
    {"8201", 0, "passes the end"},
    {"81ff", 0, "a break where"},
    {"9f01", 0, "end inside of an item"},
    {"bf01ff", 0, "a key without a value"},
    {"9fc1ff", 0, "a break where"},
    {"c1", 0, "end inside of an item"},
    {"0000", 0, "bytes behind the end"},
    {"f810", 0, "needs one"},
    {"4401", 0, "passes the end"},
    {"5bffffffffffffffff", 0, "passes the end"},
    {"9bffffffffffffffff", 0, "passes the end"},
    {"bb8000000000000000", 0, "passes the end"},
    {"61ff", 0, "not UTF-8"},
    {"63eda080", 0, "not UTF-8"},
    {"5f6161ff", 0, "a chunk of another kind"},
    {"5f5fffff", 0, "a chunk of another kind"},
    {"5fc14100ff", 0, "a chunk of another kind"},
    {"a201000102", 0, "has already"},
    {"a20100180102", 0, "has already"}, /* 1 in two encodings */
    {"bf616100616101ff", 0, "has already"},
    {"a18000", 0, "not a plain value"},
    {"a1c10100", 0, "not a plain value"},
    {"a1f9000000", 0, "not a plain value"},
    {"a17f6161ff00", 0, "not a plain value"},
    /* refused in canonical form only */
    {"1817", CBOR_CANONICAL, "canonical form of a number"},
    {"190018", CBOR_CANONICAL, "canonical form of a number"},
    {"1a0000ffff", CBOR_CANONICAL, "canonical form of a number"},
    {"1b00000000ffffffff", CBOR_CANONICAL, "canonical form of a number"},
    {"580161", CBOR_CANONICAL, "canonical form of a number"},
    {"f97e00", CBOR_CANONICAL, "canonical form of a number"},
    {"9fff", CBOR_CANONICAL, "indefinite length is not canonical"},
    {"a202000100", CBOR_CANONICAL, "not in canonical order"},
    {"a202000100", 0, NULL},
    {"1817", 0, NULL},
};

static void test_cases(void **state unused_arg)
{
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct error err;
        cleanup_buf struct buf bytes = buf_make(BUF_LINE);
        bool ok = read_all(kit_bytes(CASES[i].hex, &bytes), CASES[i].flags, &err);
        if (ok != (CASES[i].wrong == NULL) || (!ok && strstr(err.msg, CASES[i].wrong) == NULL))
            fail_msg("%s: %s", CASES[i].hex, ok ? "taken" : err.msg);
    }
}

static void test_depth(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf bytes = buf_make(BUF_LINE);
    for (int i = 0; i < CBOR_DEPTH_MAX - 1; i++)
        cbor_add_array(&bytes, 1);
    cbor_add_array(&bytes, 0);
    assert_ok(read_all(buf_str(&bytes), CBOR_CANONICAL, &err), &err);
    buf_clear(&bytes);
    for (int i = 0; i < CBOR_DEPTH_MAX; i++)
        cbor_add_array(&bytes, 1);
    cbor_add_array(&bytes, 0);
    assert_fails(read_all(buf_str(&bytes), 0, &err), &err, ERR_FAILED, "more than 16 levels");
}

static void test_sizes(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf bytes = buf_make(2 * CBOR_SIZE_MAX);
    cbor_add_map(&bytes, CBOR_KEYS_MAX + 1);
    for (unsigned i = 0; i <= CBOR_KEYS_MAX; i++) {
        cbor_add_uint(&bytes, i);
        cbor_add_simple(&bytes, CBOR_NULL);
    }
    assert_fails(read_all(buf_str(&bytes), 0, &err), &err, ERR_FAILED, "more than 64 keys");
    cleanup_free char *big = xcalloc(1, CBOR_SIZE_MAX);
    buf_clear(&bytes);
    cbor_add_bytes(&bytes, str_n(big, CBOR_SIZE_MAX));
    assert_fails(read_all(buf_str(&bytes), 0, &err), &err, ERR_FAILED, "more than 1048576 bytes");
}

static void test_items(void **state unused_arg)
{
    struct error err;
    struct cbor_reader reader;
    struct cbor_item item;
    cleanup_buf struct buf bytes = buf_make(BUF_LINE);
    cbor_add_map(&bytes, 3);
    cbor_add_int(&bytes, -35);
    cbor_add_tag(&bytes, 18);
    cbor_add_indefinite(&bytes, CBOR_ARRAY);
    cbor_add_text(&bytes, "x");
    cbor_add_break(&bytes);
    cbor_add_text(&bytes, "k");
    cbor_add_bytes(&bytes, STR("value"));
    cbor_add_int(&bytes, 300);
    cbor_add_simple(&bytes, CBOR_NULL);
    cbor_reader_init(&reader, buf_str(&bytes), 0);
    assert_ok(cbor_take(&reader, CBOR_MAP, "it", &item, &err), &err);
    assert_int_equal(item.value, 3);
    assert_ok(cbor_take(&reader, CBOR_NINT, "key", &item, &err), &err);
    assert_int_equal(item.value, 34);
    assert_ok(cbor_take(&reader, CBOR_TAG, "tag", &item, &err), &err);
    assert_ok(cbor_skip(&reader, &item, &err), &err);
    assert_ok(cbor_take(&reader, CBOR_TEXT, "key", &item, &err), &err);
    assert_str(item.bytes, "k");
    assert_fails(cbor_take(&reader, CBOR_TEXT, "the value", &item, &err), &err, ERR_FAILED,
                 "the value is of kind byte string, not text");
    assert_ok(cbor_take(&reader, CBOR_UINT, "key", &item, &err), &err);
    assert_int_equal(item.value, 300);
    assert_false(cbor_at_end(&reader));
    assert_ok(cbor_next(&reader, &item, &err), &err);
    assert_true(cbor_is_null(&item));
    assert_true(cbor_at_end(&reader));
    assert_ok(cbor_take(&reader, CBOR_END, "end", &item, &err), &err);
    assert_ok(cbor_take(&reader, CBOR_DONE, "end", &item, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
