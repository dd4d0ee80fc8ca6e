/* Numbers of RFC 9580 and the writing of packets into a buffer. Private to the module. */
#pragma once

#include "pgp.h"

/* Section 5. */
enum packet_tag {
    TAG_PKESK = 1,
    TAG_SIGNATURE = 2,
    TAG_PUBLIC_KEY = 6,
    TAG_COMPRESSED = 8,
    TAG_MARKER = 10,
    TAG_LITERAL = 11,
    TAG_USER_ID = 13,
    TAG_PUBLIC_SUBKEY = 14,
    TAG_SEIPD = 18,
    TAG_PADDING = 21
};

/* Sections 9.1 (public key), 9.3 (symmetric), 9.5 (hash), 9.6 (AEAD), 9.4 (compression). */
enum {
    ALGO_X25519 = 25,
    ALGO_ED25519 = 27,
    CIPHER_AES256 = 9,
    DIGEST_SHA256 = 8,
    DIGEST_SHA512 = 10,
    AEAD_OCB = 2,
    AEAD_GCM = 3,
    COMPRESSION_NONE = 0
};

enum { X25519_LEN = 32, ED25519_LEN = 32, ED25519_SIGNATURE_LEN = 64, AES256_LEN = 32 };

/* Big-endian numbers. */
void wire_u16(struct buf *out, size_t value);
/* The same in four octets. */
void wire_u32(struct buf *out, uint32_t value);
/* A packet in the current format (section 4.2.1). */
void wire_packet(struct buf *out, enum packet_tag tag, struct str body);
