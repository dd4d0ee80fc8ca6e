/* Any bytes as a request, and as a reply, of the control protocol. */
#include "supervise/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct wire_request request;
    struct supervise_status status;
    struct error err;
    cleanup_arena struct arena arena = {0};
    cleanup_buf struct buf out = buf_make(WIRE_REQUEST_MAX);
    struct str line = str_n(bytes, len);
    bool ok = wire_read_request(line, &arena, &request, &err);
    if (ok && request.op == WIRE_START && !wire_write_request(&request, &out, &err))
        return 0;
    if (!wire_read_reply(line, &status, &err))
        return 0;
    return 0;
}
