/* Any bytes as a document, and as the payload of one: nobody but AWS makes one that holds, and
 * what is read of one can be judged. */
#include "attest/attest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct str bytes)
{
    struct error err;
    cleanup_nitro_result struct nitro_result result = {0};
    const struct nitro_policy policy = {.now_ms = INT64_C(1767225600000), .allow_debug = true};
    if (!nitro_verify(bytes, &policy, &result, &err))
        abort();
    if (report_holds(&result.report) || report_reason(&result.report)[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char SIGNATURE[96];
    cleanup_buf struct buf message = buf_make(BUF_DOCUMENT);
    cbor_add_array(&message, 4);
    cbor_add_bytes(&message, STR("\xa1\x01\x38\x22"));
    cbor_add_map(&message, 0);
    cbor_add_bytes(&message, str_n(data, size));
    cbor_add_bytes(&message, str_n(SIGNATURE, sizeof(SIGNATURE)));
    judge(str_n(data, size));
    judge(buf_str(&message));
    return 0;
}
