/* Any bytes as an address; what is accepted is written and read back as the same. */
#include "transport/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct transport_addr addr, again;
    struct error err;
    char text[TRANSPORT_TEXT_MAX];
    if (!transport_parse(str_n(bytes, len), &addr, &err))
        return 0;
    transport_format(&addr, text);
    if (!transport_parse(str_of(text), &again, &err) || addr.port != again.port ||
        addr.kind != again.kind || strcmp(addr.name, again.name) != 0)
        abort();
    return 0;
}
