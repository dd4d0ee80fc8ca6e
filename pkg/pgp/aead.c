/* Decrypting chunk by chunk. A chunk is kept until its tag was checked; the last 16 bytes of the
 * body are the final tag, so one tag's length is read ahead of each chunk. */
#include "aead.h"

#include <openssl/evp.h>

#include "derive.h"

enum { HEAD_LEN = 4, SALT_LEN = 32, CHUNK_OCTET_MAX = 16, INDEX_LEN = 8 };

/* Beside a chunk the room holds its tag and as much as may be the final tag. */
static const size_t two_tags = (size_t)2 * AEAD_TAG_LEN;

struct aead_mode {
    unsigned char number;
    size_t nonce_len;
    const EVP_CIPHER *(*cipher)(void);
};

static const struct aead_mode modes[] = {
    {AEAD_GCM, 12, EVP_aes_256_gcm},
    {AEAD_OCB, 15, EVP_aes_256_ocb},
};

static bool broken(struct error *err)
{
    return err_set(err, ERR_VERIFY, "the encrypted data does not hold");
}

static void put_u64(unsigned char at[INDEX_LEN], uint64_t value)
{
    for (int i = INDEX_LEN - 1; i >= 0; i--) {
        at[i] = (unsigned char)value;
        value >>= 8;
    }
}

static const struct aead_mode *mode_of(unsigned char number)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (modes[i].number == number)
            return &modes[i];
    return NULL;
}

/* Version, cipher, mode, chunk size: all but AES-256 in a known mode is refused. */
static bool read_head(struct aead_stream *a, struct error *err)
{
    unsigned char head[HEAD_LEN];
    TRY(packet_read_all(a->packet, head, sizeof(head), err));
    const struct aead_mode *mode = mode_of(head[2]);
    if (head[0] != 2 || head[1] != CIPHER_AES256 || mode == NULL || head[3] > CHUNK_OCTET_MAX)
        return err_set(err, ERR_VERIFY, "encrypted in a way that is not accepted");
    a->chunk_len = (size_t)1 << (head[3] + 6);
    a->mode = mode;
    a->info[0] = 0xC0 | TAG_SEIPD;
    memcpy(a->info + 1, head, sizeof(head));
    return true;
}

static bool set_key(struct aead_stream *a, const unsigned char *key, struct error *err)
{
    a->cipher = EVP_CIPHER_CTX_new();
    if (a->cipher != NULL &&
        EVP_DecryptInit_ex(a->cipher, a->mode->cipher(), NULL, NULL, NULL) == 1 &&
        EVP_CIPHER_CTX_ctrl(a->cipher, EVP_CTRL_AEAD_SET_IVLEN, (int)a->mode->nonce_len, NULL) ==
            1 &&
        EVP_DecryptInit_ex(a->cipher, NULL, NULL, key, NULL) == 1)
        return true;
    return err_set(err, ERR_FAILED, "set up AES-256");
}

/* One derivation gives the message key and the nonce's beginning; its end counts the chunks. */
static bool derive_keys(struct aead_stream *a, const unsigned char *session_key, struct error *err)
{
    unsigned char salt[SALT_LEN], keys[AES256_LEN + AEAD_NONCE_MAX];
    size_t prefix = a->mode->nonce_len - INDEX_LEN;
    TRY(packet_read_all(a->packet, salt, sizeof(salt), err));
    bool ok = derive(str_n(session_key, AES256_LEN), str_n(salt, sizeof(salt)),
                     str_n(a->info, sizeof(a->info)), keys, AES256_LEN + prefix, err) &&
              set_key(a, keys, err);
    memcpy(a->nonce, keys + AES256_LEN, prefix);
    secret_wipe(keys, sizeof(keys));
    return ok;
}

bool aead_open(struct aead_stream *a, struct packet_reader *packet,
               const unsigned char *session_key, struct error *err)
{
    *a = (struct aead_stream){.packet = packet};
    TRY(read_head(a, err));
    TRY(derive_keys(a, session_key, err));
    return secret_new(a->chunk_len + two_tags, &a->room, NULL, err);
}

void aead_release(struct aead_stream *a)
{
    EVP_CIPHER_CTX_free(a->cipher);
    secret_release(&a->room);
    *a = (struct aead_stream){0};
}

/* Decrypts `len` bytes in place and checks the tag that follows them. */
static bool open_bytes(struct aead_stream *a, struct str associated, size_t len, struct error *err)
{
    unsigned char *bytes = a->room.ptr;
    int done = 0, rest = 0;
    put_u64(a->nonce + a->mode->nonce_len - INDEX_LEN, a->chunks);
    bool ok =
        EVP_DecryptInit_ex(a->cipher, NULL, NULL, NULL, a->nonce) == 1 &&
        EVP_CIPHER_CTX_ctrl(a->cipher, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, bytes + len) == 1 &&
        EVP_DecryptUpdate(a->cipher, NULL, &done, (const unsigned char *)associated.ptr,
                          (int)associated.len) == 1 &&
        (len == 0 || EVP_DecryptUpdate(a->cipher, bytes, &done, bytes, (int)len) == 1) &&
        EVP_DecryptFinal_ex(a->cipher, bytes + (len == 0 ? 0 : done), &rest) == 1;
    return ok || broken(err);
}

static bool open_chunk(struct aead_stream *a, size_t len, struct error *err)
{
    TRY(open_bytes(a, str_n(a->info, sizeof(a->info)), len, err));
    a->chunks++;
    a->plain += len;
    a->at = 0;
    a->len = len;
    return true;
}

/* The final tag authenticates how much there was. */
static bool check_end(struct aead_stream *a, struct error *err)
{
    unsigned char associated[AEAD_INFO_LEN + INDEX_LEN];
    memcpy(associated, a->info, AEAD_INFO_LEN);
    put_u64(associated + AEAD_INFO_LEN, a->plain);
    TRY(open_bytes(a, str_n(associated, sizeof(associated)), 0, err));
    a->finished = true;
    return true;
}

static bool fill_room(struct aead_stream *a, size_t *ret_have, struct error *err)
{
    size_t have = a->kept, got = 1;
    while (have < a->chunk_len + two_tags && got > 0) {
        TRY(packet_read(a->packet, a->room.ptr + have, a->chunk_len + two_tags - have, &got, err));
        have += got;
    }
    *ret_have = have;
    return true;
}

/* What was read ahead lies behind the plain bytes of the chunk before. */
static void keep_ahead(struct aead_stream *a)
{
    if (a->kept > 0)
        memmove(a->room.ptr, a->room.ptr + a->len + AEAD_TAG_LEN, a->kept);
}

static bool next_chunk(struct aead_stream *a, struct error *err)
{
    size_t have;
    keep_ahead(a);
    TRY(fill_room(a, &have, err));
    if (have == AEAD_TAG_LEN) {
        a->kept = a->at = a->len = 0;
        return check_end(a, err);
    }
    if (have <= two_tags)
        return broken(err); /* neither a chunk nor the end: cut short, or a chunk of nothing */
    a->kept = AEAD_TAG_LEN;
    return open_chunk(a, have - two_tags, err);
}

static bool read_plain(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                       struct error *err)
{
    struct aead_stream *a = ctx;
    if (a->at == a->len && !a->finished)
        TRY(next_chunk(a, err));
    size_t have = a->len - a->at;
    size_t got = len < have ? len : have;
    memcpy(bytes, a->room.ptr + a->at, got);
    a->at += got;
    *ret_got = got;
    return true;
}

struct pgp_source aead_plain(struct aead_stream *a)
{
    return (struct pgp_source){.read = read_plain, .ctx = a};
}
