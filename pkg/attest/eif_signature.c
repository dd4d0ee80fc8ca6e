/* The signature section of an image: [{signing_certificate: PEM, signature: COSE_Sign1}], both as
 * arrays of small integers, which is how serde writes bytes. */
#include "eif_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "cbor.h"
#include "cose_key.h"

enum { BYTES_MAX = 32 * 1024, NAME_MAX_LEN = 256 };

/* An array of numbers from 0 to 255, as bytes; a byte string is taken as well. */
static bool take_numbers(struct cbor_reader *reader, struct buf *ret, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_next(reader, &item, err));
    if (item.kind == CBOR_BYTES && !item.indefinite) {
        buf_add(ret, item.bytes);
        return buf_check(ret, "the signature", err);
    }
    if (item.kind != CBOR_ARRAY)
        return cbor_fail(reader, err, "not an array of bytes");
    while (!cbor_at_end(reader)) {
        TRY(cbor_take(reader, CBOR_UINT, "a byte", &item, err));
        if (item.value > UINT8_MAX)
            return cbor_fail(reader, err, "a byte of more than 255");
        buf_addc(ret, (char)item.value);
    }
    TRY(cbor_take(reader, CBOR_END, "the end of an array", &item, err));
    return buf_check(ret, "the signature", err);
}

static bool take_key(struct cbor_reader *reader, const char *key, struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, CBOR_TEXT, key, &item, err));
    return str_is(item.bytes, key) || cbor_fail(reader, err, "not the key %s", key);
}

static bool take_end(struct cbor_reader *reader, struct error *err)
{
    struct cbor_item item;
    return cbor_take(reader, CBOR_END, "what follows", &item, err);
}

static bool take_open(struct cbor_reader *reader, enum cbor_kind kind, uint64_t count,
                      struct error *err)
{
    struct cbor_item item;
    TRY(cbor_take(reader, kind, "the section", &item, err));
    return item.indefinite || item.value == count ||
           cbor_fail(reader, err, "%llu items, not %llu", (unsigned long long)item.value,
                     (unsigned long long)count);
}

static bool read_section(struct str section, struct buf *ret_pem, struct buf *ret_cose,
                         struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item;
    cbor_reader_init(&reader, section, 0);
    TRY(take_open(&reader, CBOR_ARRAY, 1, err));
    TRY(take_open(&reader, CBOR_MAP, 2, err));
    TRY(take_key(&reader, "signing_certificate", err));
    TRY(take_numbers(&reader, ret_pem, err));
    TRY(take_key(&reader, "signature", err));
    TRY(take_numbers(&reader, ret_cose, err));
    TRY(take_end(&reader, err));
    TRY(take_end(&reader, err));
    return cbor_take(&reader, CBOR_DONE, "what follows the section", &item, err);
}

/* {"register_index": 0, "register_value": PCR0} */
static bool read_payload(struct str payload, struct buf *ret_value, struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item;
    cbor_reader_init(&reader, payload, 0);
    TRY(take_open(&reader, CBOR_MAP, 2, err));
    TRY(take_key(&reader, "register_index", err));
    TRY(cbor_take(&reader, CBOR_UINT, "register_index", &item, err));
    if (item.value != 0)
        return cbor_fail(&reader, err, "signed is not PCR0");
    TRY(take_key(&reader, "register_value", err));
    TRY(take_numbers(&reader, ret_value, err));
    TRY(take_end(&reader, err));
    return cbor_take(&reader, CBOR_DONE, "what follows the payload", &item, err);
}

static bool measure_certificate(struct eif *eif, X509 *cert, struct error *err)
{
    unsigned char extended[2 * EIF_PCR_LEN] = {0};
    if (X509_digest(cert, EVP_sha384(), extended + EIF_PCR_LEN, NULL) != 1 ||
        EVP_Digest(extended, sizeof(extended), eif->pcrs[8], NULL, EVP_sha384(), NULL) != 1)
        return err_set(err, ERR_FAILED, "hash the certificate");
    eif->has_pcr[8] = true;
    return true;
}

static bool judge_message(struct eif *eif, EVP_PKEY *pkey, struct str message, struct error *err)
{
    struct cose_sign1 sign1;
    cleanup_cose_key struct cose_key *key = NULL;
    cleanup_buf struct buf value = buf_make(BYTES_MAX);
    TRY(cose_sign1_read(message, COSE_TAG_OPTIONAL, &sign1, err));
    TRY(cose_key_of(pkey, &key, err));
    TRY(cose_sign1_verify(&sign1, key, err));
    eif->signature.holds = true;
    TRY(read_payload(sign1.payload, &value, err));
    eif->signature.is_of_pcr0 = str_eq(buf_str(&value), str_n(eif->pcrs[0], EIF_PCR_LEN));
    return eif->signature.is_of_pcr0 || err_set(err, ERR_VERIFY, "it is of another PCR0");
}

static bool judge_with(struct eif *eif, X509 *cert, struct str message, struct error *err)
{
    char name[NAME_MAX_LEN] = "";
    EVP_PKEY *pkey = X509_get0_pubkey(cert);
    (void)X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
    eif->signature.subject = arena_strdup(&eif->arena, str_of(name));
    TRY(measure_certificate(eif, cert, err));
    if (pkey == NULL)
        return err_set(err, ERR_VERIFY, "the certificate has no key that is understood");
    return judge_message(eif, pkey, message, err);
}

static bool judge(struct eif *eif, struct str section, struct error *err)
{
    cleanup_buf struct buf pem = buf_make(BYTES_MAX), cose = buf_make(BYTES_MAX);
    TRY(read_section(section, &pem, &cose, err));
    BIO *bio = BIO_new_mem_buf(buf_cstr(&pem), (int)pem.len);
    X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool ok = cert != NULL ? judge_with(eif, cert, buf_str(&cose), err)
                           : err_set(err, ERR_VERIFY, "its certificate is not PEM");
    X509_free(cert);
    BIO_free(bio);
    return ok;
}

void eif_judge_signature(struct eif *eif, struct str section)
{
    struct error err;
    eif->signature.present = true;
    if (!judge(eif, section, &err))
        eif->signature.detail = arena_strdup(&eif->arena, str_of(err.msg));
    ERR_clear_error();
}
