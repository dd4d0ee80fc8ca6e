/* Any text as the payload of an event: refused, or rendered into a file that verifies. */
#include "ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    cleanup_free char *payload = xstrndup((const char *)data, size);
    cleanup_buf struct buf text = buf_make(LEDGER_SIZE_MAX);
    struct chain_event event = {.seq = 1,
                                .kind = CHAIN_DEPLOYED,
                                .env = "local",
                                .run = "run",
                                .payload = payload,
                                .time_ms = 1};
    struct chain chain = {.items = &event, .count = 1};
    memcpy(event.prev, chain_head(&(struct chain){0}), sizeof(event.prev));
    chain_hash(&event, event.hash);
    if (!ledger_render(&chain, &text, &err))
        return 0;
    if (!ledger_verify(&chain, buf_str(&text), "fuzz", &err))
        abort();
    return 0;
}
