/* The packets inside the encryption, which a fuzzer could never get to through it. Compressed data
 * is "decompressed" to every byte a thousand times, so that bombs are found. */
#include "pgp/packet.h"
#include "pgp/plaintext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool repeat(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got, struct error *err)
{
    const struct pgp_source *compressed = ctx;
    unsigned char byte;
    size_t got;
    TRY(compressed->read(compressed->ctx, &byte, 1, &got, err));
    *ret_got = got == 0 ? 0 : len < 1000 ? len : 1000;
    memset(bytes, byte, *ret_got);
    return true;
}

static bool repeat_open(void *ctx, enum pgp_compression kind unused_arg,
                        const struct pgp_source *compressed, struct pgp_source *ret_plain,
                        struct error *err unused_arg)
{
    struct pgp_source *copy = ctx;
    *copy = *compressed;
    *ret_plain = (struct pgp_source){.read = repeat, .ctx = copy};
    return true;
}

static void repeat_close(void *ctx unused_arg, const struct pgp_source *plain unused_arg)
{
}

static bool count_bytes(void *ctx, struct str bytes, struct error *err unused_arg)
{
    *(size_t *)ctx += bytes.len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_n(data, size);
    struct error err;
    struct pgp_source inner = {0};
    size_t count = 0;
    const struct pgp_inflate inflate = {.open = repeat_open, .close = repeat_close, .ctx = &inner};
    const struct pgp_decrypt_options options = {.max = 100000, .inflate = &inflate};
    const struct pgp_source source = source_of_bytes(&rest);
    const struct pgp_sink sink = {.write = count_bytes, .ctx = &count};
    if (!plaintext_deliver(&options, &source, &sink, &err) && err.kind != ERR_VERIFY)
        abort();
    if (count > options.max)
        abort();
    return 0;
}
