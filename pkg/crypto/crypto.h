/* Hashes, MACs and key derivation over OpenSSL. Besides attest and pgp the only user of OpenSSL. */
#pragma once

#include "core/core.h"

enum { SHA256_LEN = 32, SHA256_HEX_MAX = 65, SHA384_LEN = 48, SHA512_LEN = 64 };

enum hash_kind { HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_KIND_COUNT };

/* Digest length in bytes of a kind. */
size_t hash_len(enum hash_kind kind);
/* One-shot: ret holds hash_len(kind) bytes. Aborts only when OpenSSL lacks the algorithm. */
void hash_bytes(enum hash_kind kind, struct str bytes, unsigned char *ret);

/* Streaming. Create, add any number of times, finish once; release is safe at any time. */
struct hash;
struct hash *hash_new(enum hash_kind kind) must_use;
void hash_add(struct hash *h, struct str bytes);
void hash_finish(struct hash *h, unsigned char *ret);
void hash_free(struct hash *h);
void hash_free_at(struct hash **h);
#define cleanup_hash cleanup(hash_free_at)

/* SHA-256 of some bytes, as bytes. */
void sha256(struct str bytes, unsigned char ret[SHA256_LEN]);
/* Lower-case hex, NUL-terminated. */
void sha256_hex(struct str bytes, char ret[SHA256_HEX_MAX]);
/* Reads fd from its position to the end. Fails (ERR_FAILED) on a read error; `what` names the
 * file in the message. */
bool sha256_fd_hex(int fd, const char *what, char ret[SHA256_HEX_MAX], struct error *err) must_use;

/* HMAC of hash_len(kind) bytes. */
void hmac_bytes(enum hash_kind kind, struct str key, struct str bytes, unsigned char *ret);
