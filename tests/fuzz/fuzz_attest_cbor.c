/* Any bytes as CBOR. What is canonical is taken without that demand too, and written again it is
 * the same bytes. */
#include "../cbor_again.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct str bytes = str_n(data, size);
    cleanup_buf struct buf loose = buf_make(BUF_DOCUMENT), strict = buf_make(BUF_DOCUMENT),
                           twice = buf_make(BUF_DOCUMENT);
    bool taken = cbor_again(bytes, 0, &loose, &err);
    if (cbor_again(bytes, CBOR_CANONICAL, &strict, &err) &&
        !(taken && str_eq(buf_str(&strict), bytes)))
        abort();
    if (taken && !cbor_again(buf_str(&loose), 0, &twice, &err))
        abort();
    return 0;
}
