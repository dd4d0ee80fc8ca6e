/* Taking a Nitro document apart (attestation_process.md of the NSM API). Judges its form alone. */
#include "cbor.h"
#include "nitro.h"

enum { CERTIFICATE_MAX = 1024, PUBLIC_KEY_MAX = 1024, DATA_MAX = 512 };

typedef bool read_fn(struct cbor_reader *reader, struct nitro_document *doc, struct error *err);

static bool take_text(struct cbor_reader *reader, const char *what, struct str *ret,
                      struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_TEXT, what, &item, err));
    *ret = item.bytes;
    return item.bytes.len > 0 || err_set(err, ERR_FAILED, "%s is empty", what);
}

static bool take_certificate(struct cbor_reader *reader, struct str *ret, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_BYTES, "a certificate", &item, err));
    *ret = item.bytes;
    if (item.bytes.len > 0 && item.bytes.len <= CERTIFICATE_MAX)
        return true;
    return err_set(err, ERR_FAILED, "a certificate of %zu bytes", item.bytes.len);
}

/* Bytes, or null for absent. */
static bool take_optional(struct cbor_reader *reader, const char *what, size_t max, struct str *ret,
                          struct error *err)
{
    struct cbor_item item;
    TRY(cbor_next(reader, &item, err));
    *ret = (struct str){0};
    if (cbor_is_null(&item))
        return true;
    if (item.kind != CBOR_BYTES || item.indefinite)
        return err_set(err, ERR_FAILED, "%s is of kind %s", what, cbor_kind_name(item.kind));
    *ret = item.bytes;
    return item.bytes.len <= max ||
           err_set(err, ERR_FAILED, "%s has %zu bytes, at most %zu", what, item.bytes.len, max);
}

static bool read_module_id(struct cbor_reader *reader, struct nitro_document *doc,
                           struct error *err)
{
    return take_text(reader, "module_id", &doc->module_id, err);
}

static bool read_digest(struct cbor_reader *reader, struct nitro_document *doc unused_arg,
                        struct error *err)
{
    struct str digest;
    TRY(take_text(reader, "digest", &digest, err));
    return str_is(digest, "SHA384") ||
           err_set(err, ERR_FAILED, "digest is \"%" PRIstr "\", not SHA384", STR_ARG(digest));
}

static bool read_timestamp(struct cbor_reader *reader, struct nitro_document *doc,
                           struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_UINT, "timestamp", &item, err));
    if (item.value == 0 || item.value > INT64_MAX / 2)
        return err_set(err, ERR_FAILED, "timestamp is no time");
    doc->timestamp_ms = (int64_t)item.value;
    return true;
}

static bool read_pcr(struct cbor_reader *reader, const struct cbor_item *key,
                     struct nitro_document *doc, struct error *err)
{
    struct cbor_item value;
    if (key->kind != CBOR_UINT || key->value >= NITRO_PCRS)
        return err_set(err, ERR_FAILED, "a PCR that is not 0 to %d", NITRO_PCRS - 1);
    TRY(cbor_take(reader, CBOR_BYTES, "a PCR", &value, err));
    size_t len = value.bytes.len;
    doc->pcrs[key->value] = value.bytes;
    doc->pcr_count++;
    /* 32 and 64 are in the grammar, but the digest is SHA-384. */
    return len == NITRO_PCR_LEN || err_set(err, ERR_FAILED, "PCR%u has %zu bytes, not %d",
                                           (unsigned)key->value, len, NITRO_PCR_LEN);
}

static bool read_pcrs(struct cbor_reader *reader, struct nitro_document *doc, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_MAP, "pcrs", &item, err));
    for (;;) {
        TRY(cbor_next(reader, &item, err));
        if (item.kind == CBOR_END)
            break;
        TRY(read_pcr(reader, &item, doc, err));
    }
    return doc->pcr_count > 0 || err_set(err, ERR_FAILED, "pcrs is empty");
}

static bool read_certificate(struct cbor_reader *reader, struct nitro_document *doc,
                             struct error *err)
{
    return take_certificate(reader, &doc->certificate, err);
}

static bool read_cabundle(struct cbor_reader *reader, struct nitro_document *doc, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_ARRAY, "cabundle", &item, err));
    while (!cbor_at_end(reader)) {
        if (doc->cabundle_count == NITRO_BUNDLE_MAX)
            return err_set(err, ERR_FAILED, "cabundle has more than %d certificates",
                           NITRO_BUNDLE_MAX);
        TRY(take_certificate(reader, &doc->cabundle[doc->cabundle_count++], err));
    }
    TRY(cbor_take(reader, CBOR_END, "cabundle", &item, err));
    return doc->cabundle_count > 0 || err_set(err, ERR_FAILED, "cabundle is empty");
}

static bool read_public_key(struct cbor_reader *reader, struct nitro_document *doc,
                            struct error *err)
{
    TRY(take_optional(reader, "public_key", PUBLIC_KEY_MAX, &doc->public_key, err));
    if (doc->public_key.len == 0)
        doc->public_key = (struct str){0};
    return true;
}

static bool read_user_data(struct cbor_reader *reader, struct nitro_document *doc,
                           struct error *err)
{
    return take_optional(reader, "user_data", DATA_MAX, &doc->user_data, err);
}

static bool read_nonce(struct cbor_reader *reader, struct nitro_document *doc, struct error *err)
{
    return take_optional(reader, "nonce", DATA_MAX, &doc->nonce, err);
}

static const struct {
    const char *key;
    read_fn *read;
    bool required;
} FIELDS[] = {
    {"module_id", read_module_id, true},
    {"digest", read_digest, true},
    {"timestamp", read_timestamp, true},
    {"pcrs", read_pcrs, true},
    {"certificate", read_certificate, true},
    {"cabundle", read_cabundle, true},
    {"public_key", read_public_key, false},
    {"user_data", read_user_data, false},
    {"nonce", read_nonce, false},
};

static bool read_field(struct cbor_reader *reader, const struct cbor_item *key, unsigned *seen,
                       struct nitro_document *doc, struct error *err)
{
    struct cbor_item value;
    for (unsigned i = 0; i < ARRAY_LEN(FIELDS); i++) {
        if (key->kind != CBOR_TEXT || !str_is(key->bytes, FIELDS[i].key))
            continue;
        *seen |= 1U << i;
        return FIELDS[i].read(reader, doc, err);
    }
    doc->unknown_keys++;
    TRY(cbor_next(reader, &value, err));
    return cbor_skip(reader, &value, err);
}

static bool check_required(unsigned seen, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_LEN(FIELDS); i++)
        if (FIELDS[i].required && (seen & 1U << i) == 0)
            return err_set(err, ERR_FAILED, "%s is missing", FIELDS[i].key);
    return true;
}

static bool read_payload(struct nitro_document *doc, struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item;
    unsigned seen = 0;
    cbor_reader_init(&reader, doc->sign1.payload, 0);
    TRY(cbor_take(&reader, CBOR_MAP, "the payload", &item, err));
    for (;;) {
        TRY(cbor_next(&reader, &item, err));
        if (item.kind == CBOR_END)
            break;
        if (item.indefinite)
            return err_set(err, ERR_FAILED, "a key in chunks");
        TRY(read_field(&reader, &item, &seen, doc, err));
    }
    TRY(cbor_take(&reader, CBOR_DONE, "what follows the payload's map", &item, err));
    return check_required(seen, err);
}

bool nitro_read(struct str bytes, struct nitro_document *ret, struct error *err)
{
    struct nitro_document doc = {0};
    if (bytes.len > NITRO_DOCUMENT_MAX)
        return err_set(err, ERR_FAILED, "a document of %zu bytes, at most %d", bytes.len,
                       NITRO_DOCUMENT_MAX);
    TRY(cose_sign1_read(bytes, COSE_TAG_OPTIONAL, &doc.sign1, err));
    if (doc.sign1.alg != COSE_ES384)
        return err_set(err, ERR_FAILED, "signed with %s, not ES384", cose_alg_name(doc.sign1.alg));
    if (!doc.sign1.unprotected_empty)
        return err_set(err, ERR_FAILED, "an unprotected header that is not empty");
    TRY(read_payload(&doc, err));
    *ret = doc;
    return true;
}
