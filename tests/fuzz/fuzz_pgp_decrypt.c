/* Decrypting any bytes with a fixed key (the one that the corpus was written to). */
#include "../seeded.h"
#include "pgp/pgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_some(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                      struct error *err unused_arg)
{
    struct str *rest = ctx;
    *ret_got = len < rest->len ? len : rest->len;
    memcpy(bytes, rest->ptr, *ret_got);
    *rest = str_sub(*rest, *ret_got, rest->len);
    return true;
}

static bool count_bytes(void *ctx, struct str bytes, struct error *err unused_arg)
{
    *(size_t *)ctx += bytes.len;
    return true;
}

static struct pgp_key *fixed_key(void)
{
    uint64_t seed = 7;
    int64_t now_ms = INT64_C(1767225600000);
    const struct rng rng = seeded_rng(&seed);
    const struct clock clock = standing_clock(&now_ms);
    struct pgp_key *key = NULL;
    struct error err;
    if (!pgp_key_new(&clock, &rng, STR("TEE-Rex"), &key, &err))
        abort();
    return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pgp_key *key;
    struct str rest = str_n(data, size);
    struct error err;
    size_t count = 0;
    const struct pgp_source source = {.read = read_some, .ctx = &rest};
    const struct pgp_sink sink = {.write = count_bytes, .ctx = &count};
    const struct pgp_decrypt_options options = {.max = 1000};
    if (key == NULL)
        key = fixed_key();
    if (!pgp_decrypt(key, &source, &options, &sink, &err) && err.kind != ERR_VERIFY &&
        err.kind != ERR_NOT_FOUND)
        abort();
    if (count > options.max)
        abort();
    return 0;
}
