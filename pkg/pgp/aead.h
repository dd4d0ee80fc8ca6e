/* Encrypted data, version 2 (RFC 9580, 5.13.2), as a source of plain bytes. Private to the
 * module. */
#pragma once

#include "packet.h"

enum { AEAD_TAG_LEN = 16, AEAD_NONCE_MAX = 15, AEAD_INFO_LEN = 5 };

struct aead_mode;

struct aead_stream {
    struct packet_reader *packet; /* the body: chunks and the final tag */
    struct evp_cipher_ctx_st *cipher;
    struct secret room; /* one chunk, its tag, and as many bytes as another tag */
    size_t chunk_len;
    const struct aead_mode *mode;
    size_t kept;     /* bytes at the start of room that were read and not decrypted */
    size_t at, len;  /* plain bytes in room that were not asked for yet */
    uint64_t chunks; /* decrypted so far */
    uint64_t plain;  /* bytes in them */
    bool finished;   /* the final tag was right */
    unsigned char nonce[AEAD_NONCE_MAX];
    unsigned char info[AEAD_INFO_LEN];
};

/* Reads the packet's head and derives its keys from the session key. `a` is released by
 * aead_release in any case. */
bool aead_open(struct aead_stream *a, struct packet_reader *packet,
               const unsigned char *session_key, struct error *err) must_use;
void aead_release(struct aead_stream *a);
#define cleanup_aead cleanup(aead_release)

/* Plain bytes, each authenticated; the end is told only after the final tag was right. */
struct pgp_source aead_plain(struct aead_stream *a);
