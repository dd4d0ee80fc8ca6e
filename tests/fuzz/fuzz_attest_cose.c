/* Any bytes as a COSE_Sign1 message: what is inside of one lies inside of its bytes. */
#include "attest/attest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct str whole, struct str part)
{
    if (part.ptr < whole.ptr || part.len > whole.len || part.ptr + part.len > whole.ptr + whole.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct cose_sign1 message;
    struct str bytes = str_n(data, size);
    if (!cose_sign1_read(bytes, COSE_TAG_OPTIONAL, &message, &err))
        return 0;
    assert_inside(bytes, message.protected_bytes);
    assert_inside(bytes, message.payload);
    assert_inside(bytes, message.signature);
    if (!message.tagged && cose_sign1_read(bytes, COSE_TAG_REQUIRED, &message, &err))
        abort();
    return 0;
}
