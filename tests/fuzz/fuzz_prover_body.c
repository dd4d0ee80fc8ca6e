/* The body of POST /prove: any bytes; what is taken for a message has the length its text says. */
#include "prove_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_buf struct buf message = buf_make(size + 1);
    struct error why = {0};
    struct str text = str_n(data, size);
    if (prove_body_read(text, &message, &why) == PROVE_FINE && message.len > size / 4 * 3)
        abort();
    if (prove_version_valid(text) && (size < 5 || size > 64))
        abort();
    return 0;
}
