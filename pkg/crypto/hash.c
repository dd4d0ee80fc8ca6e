/* Hashes and HMAC over OpenSSL's EVP interface. */
#include "crypto.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <unistd.h>

struct hash {
    EVP_MD_CTX *ctx;
};

static const EVP_MD *md_of(enum hash_kind kind)
{
    switch (kind) {
    case HASH_SHA256:
        return EVP_sha256();
    case HASH_SHA384:
        return EVP_sha384();
    case HASH_SHA512:
        return EVP_sha512();
    case HASH_KIND_COUNT:
        break;
    }
    abort();
}

size_t hash_len(enum hash_kind kind)
{
    return (size_t)EVP_MD_get_size(md_of(kind));
}

void hash_bytes(enum hash_kind kind, struct str bytes, unsigned char *ret)
{
    if (EVP_Digest(bytes.ptr, bytes.len, ret, NULL, md_of(kind), NULL) != 1)
        abort();
}

struct hash *hash_new(enum hash_kind kind)
{
    struct hash *h = xcalloc(1, sizeof(*h));
    h->ctx = EVP_MD_CTX_new();
    if (h->ctx == NULL || EVP_DigestInit_ex(h->ctx, md_of(kind), NULL) != 1)
        abort();
    return h;
}

void hash_add(struct hash *h, struct str bytes)
{
    if (EVP_DigestUpdate(h->ctx, bytes.ptr, bytes.len) != 1)
        abort();
}

void hash_finish(struct hash *h, unsigned char *ret)
{
    if (EVP_DigestFinal_ex(h->ctx, ret, NULL) != 1)
        abort();
}

void hash_free(struct hash *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

void hash_free_at(struct hash **h)
{
    hash_free(*h);
    *h = NULL;
}

void sha256(struct str bytes, unsigned char ret[SHA256_LEN])
{
    hash_bytes(HASH_SHA256, bytes, ret);
}

void sha256_hex(struct str bytes, char ret[SHA256_HEX_MAX])
{
    unsigned char digest[SHA256_LEN];
    sha256(bytes, digest);
    hex_encode(digest, sizeof(digest), ret);
}

bool sha256_fd_hex(int fd, const char *what, char ret[SHA256_HEX_MAX], struct error *err)
{
    enum { CHUNK = 64 * 1024 };
    cleanup_hash struct hash *h = hash_new(HASH_SHA256);
    cleanup_free char *chunk = xmalloc(CHUNK);
    unsigned char digest[SHA256_LEN];
    for (;;) {
        ssize_t got = read(fd, chunk, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_sys(err, ERR_FAILED, errno, "read '%s'", what);
        if (got == 0)
            break;
        hash_add(h, str_n(chunk, (size_t)got));
    }
    hash_finish(h, digest);
    hex_encode(digest, sizeof(digest), ret);
    return true;
}

void hmac_bytes(enum hash_kind kind, struct str key, struct str bytes, unsigned char *ret)
{
    unsigned int len = 0;
    if (HMAC(md_of(kind), key.ptr, (int)key.len, (const unsigned char *)bytes.ptr, bytes.len, ret,
             &len) == NULL)
        abort();
}
