/* Taking a COSE_Sign1 message apart. Knows nothing of keys. */
#include "cbor.h"
#include "cose_key.h"

enum { TAG_SIGN1 = 18, SIGN1_PARTS = 4, LABEL_ALG = 1, LABEL_CRIT = 2 };

/* Algorithm identifiers -7, -35 and -36, as CBOR keeps negative numbers: -1 - n. */
static const struct {
    const char *name;
    uint64_t id;
    size_t len;
} ALGS[] = {
    [COSE_ES256] = {"ES256", 6, 32},
    [COSE_ES384] = {"ES384", 34, 48},
    [COSE_ES512] = {"ES512", 35, 66},
};
_Static_assert(ARRAY_LEN(ALGS) == COSE_ALG_COUNT, "a row for each algorithm");

const char *cose_alg_name(enum cose_alg alg)
{
    return ALGS[alg].name;
}

size_t cose_alg_len(enum cose_alg alg)
{
    return ALGS[alg].len;
}

static bool find_alg(const struct cbor_item *item, enum cose_alg *ret, struct error *err)
{
    for (size_t i = 0; i < COSE_ALG_COUNT; i++) {
        if (item->kind != CBOR_NINT || item->value != ALGS[i].id)
            continue;
        *ret = (enum cose_alg)i;
        return true;
    }
    return err_set(err, ERR_FAILED, "cose: the algorithm is none of ES256, ES384 and ES512");
}

static bool is_label(const struct cbor_item *key, uint64_t label)
{
    return key->kind == CBOR_UINT && key->value == label;
}

static bool read_protected_entry(struct cbor_reader *reader, const struct cbor_item *key,
                                 struct cose_sign1 *message, bool *has_alg, struct error *err)
{
    struct cbor_item value;
    if (is_label(key, LABEL_CRIT))
        return err_set(err, ERR_FAILED, "cose: a critical header that is not understood");
    TRY(cbor_next(reader, &value, err));
    if (!is_label(key, LABEL_ALG))
        return cbor_skip(reader, &value, err);
    *has_alg = true;
    return find_alg(&value, &message->alg, err);
}

static bool read_protected(struct cose_sign1 *message, struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item;
    bool has_alg = false;
    cbor_reader_init(&reader, message->protected_bytes, 0);
    TRY(cbor_take(&reader, CBOR_MAP, "the protected header", &item, err));
    for (;;) {
        TRY(cbor_next(&reader, &item, err));
        if (item.kind == CBOR_END)
            break;
        TRY(read_protected_entry(&reader, &item, message, &has_alg, err));
    }
    TRY(cbor_take(&reader, CBOR_DONE, "what follows the protected header", &item, err));
    return has_alg || err_set(err, ERR_FAILED, "cose: the protected header names no algorithm");
}

/* The other header says nothing that counts; the algorithm must not be in it a second time. */
static bool read_unprotected(struct cbor_reader *reader, bool *ret_empty, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_MAP, "the unprotected header", &item, err));
    *ret_empty = true;
    for (;;) {
        TRY(cbor_next(reader, &item, err));
        if (item.kind == CBOR_END)
            return true;
        *ret_empty = false;
        if (is_label(&item, LABEL_ALG) || is_label(&item, LABEL_CRIT))
            return err_set(err, ERR_FAILED, "cose: a header outside of the signature that counts");
        TRY(cbor_next(reader, &item, err));
        TRY(cbor_skip(reader, &item, err));
    }
}

static bool read_tag(struct cbor_reader *reader, enum cose_tag_rule rule, bool *ret_tagged,
                     struct error *err)
{
    struct cbor_item item;
    TRY(cbor_next(reader, &item, err));
    *ret_tagged = item.kind == CBOR_TAG;
    if (*ret_tagged && item.value != TAG_SIGN1)
        return err_set(err, ERR_FAILED, "cose: tag %llu, not %d", (unsigned long long)item.value,
                       TAG_SIGN1);
    if (!*ret_tagged && rule == COSE_TAG_REQUIRED)
        return err_set(err, ERR_FAILED, "cose: tag %d is missing", TAG_SIGN1);
    if (*ret_tagged)
        TRY(cbor_next(reader, &item, err));
    if (item.kind == CBOR_ARRAY && (item.indefinite || item.value == SIGN1_PARTS))
        return true;
    return err_set(err, ERR_FAILED, "cose: not an array of %d parts", SIGN1_PARTS);
}

static bool read_parts(struct cbor_reader *reader, struct cose_sign1 *message, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_BYTES, "the protected header", &item, err));
    message->protected_bytes = item.bytes;
    TRY(read_unprotected(reader, &message->unprotected_empty, err));
    TRY(cbor_take(reader, CBOR_BYTES, "the payload", &item, err));
    message->payload = item.bytes;
    TRY(cbor_take(reader, CBOR_BYTES, "the signature", &item, err));
    message->signature = item.bytes;
    TRY(cbor_take(reader, CBOR_END, "what follows the signature", &item, err));
    return cbor_take(reader, CBOR_DONE, "what follows the message", &item, err);
}

bool cose_sign1_read(struct str bytes, enum cose_tag_rule rule, struct cose_sign1 *ret,
                     struct error *err)
{
    struct cbor_reader reader;
    struct cose_sign1 message = {0};
    cbor_reader_init(&reader, bytes, 0);
    TRY(read_tag(&reader, rule, &message.tagged, err));
    TRY(read_parts(&reader, &message, err));
    TRY(read_protected(&message, err));
    if (message.signature.len != 2 * ALGS[message.alg].len)
        return err_set(err, ERR_FAILED, "cose: a signature of %zu bytes, not %zu",
                       message.signature.len, 2 * ALGS[message.alg].len);
    *ret = message;
    return true;
}
