/* Any bytes as a ledger: refused, or read without a fault; never verified against no events
 * unless they are exactly the empty ledger. */
#include "ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct ledger ledger;
    struct chain none = {0};
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf empty = buf_make(LEDGER_SIZE_MAX);
    bool parsed = ledger_parse(str_n(data, size), "fuzz", &a, &ledger, &err);
    bool verified = ledger_verify(&none, str_n(data, size), "fuzz", &err);
    if (!ledger_render(&none, &empty, &err))
        abort();
    if (verified && (!parsed || !str_eq(buf_str(&empty), str_n(data, size))))
        abort();
    return 0;
}
