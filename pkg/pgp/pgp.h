/* The subset of OpenPGP (RFC 9580) that the prover's clients speak: one key of its own making, its
 * public half as they read it, and the encrypted messages they send to it. What they send is
 * written down in the wire contract: PKESK v6 for X25519, SEIPD v2 with AES-256 in GCM or OCB
 * mode, one literal data packet. Nothing else is accepted.
 *
 * Knows nothing of files, sockets and processes: bytes come from a struct pgp_source and go to a
 * struct pgp_sink. */
#pragma once

#include "core/core.h"

enum {
    PGP_FINGERPRINT_LEN = 20, /* of a version 4 key */
    PGP_KEY_ID_LEN = 8,       /* the last bytes of it */
    PGP_USER_ID_MAX = 256,
    PGP_PUBLIC_MAX = 2048, /* bytes of a public key, binary or armored, at most */
    PGP_RECIPIENTS_MAX = 8
};

struct pgp_fingerprint {
    unsigned char bytes[PGP_FINGERPRINT_LEN];
};

/* ---- Our own key ---- */

/* A version 4 key: Ed25519 to certify and sign, an X25519 subkey to decrypt. The secret halves lie
 * in memory of their own (struct secret): locked, not dumped, zero in forked children. */
struct pgp_key;

/* Makes a key with the creation time of `clock` from 64 bytes of `rng`; the same clock and rng give
 * the same key. Fails (ERR_USAGE) when user_id is empty, not UTF-8 or longer than PGP_USER_ID_MAX,
 * (ERR_FAILED) when memory or OpenSSL fail. *ret_key is owned by the caller. */
bool pgp_key_new(const struct clock *clock, const struct rng *rng, struct str user_id,
                 struct pgp_key **ret_key, struct error *err) must_use;
void pgp_key_free(struct pgp_key *key);
void pgp_key_free_at(struct pgp_key **key);
#define cleanup_pgp_key cleanup(pgp_key_free_at)

/* False when the secret halves could not be locked into memory (RLIMIT_MEMLOCK). */
bool pgp_key_is_locked(const struct pgp_key *key);

/* The transferable public key (RFC 9580, 10.1): at most PGP_PUBLIC_MAX bytes; borrowed. */
struct str pgp_key_public(const struct pgp_key *key);
/* The same as text ("-----BEGIN PGP PUBLIC KEY BLOCK-----", no checksum line), as clients fetch
 * it; borrowed, NUL-terminated. */
struct str pgp_key_armored(const struct pgp_key *key);
/* Of the primary key: the identity shown to people. */
const struct pgp_fingerprint *pgp_key_fingerprint(const struct pgp_key *key);
/* Of the encryption subkey: what messages name as their recipient. */
const struct pgp_fingerprint *pgp_key_recipient(const struct pgp_key *key);

/* ---- Who a message is for, without any key ---- */

struct pgp_recipient {
    bool anonymous; /* the sender left the name out: any key may be meant */
    bool whole;     /* fingerprint is known, not only its last 8 bytes (version 3 packets) */
    unsigned char key_version;          /* of the recipient's key; 0 when not whole */
    struct pgp_fingerprint fingerprint; /* zero but for the key id when not whole */
};

struct pgp_recipients {
    size_t count; /* 1 … PGP_RECIPIENTS_MAX */
    struct pgp_recipient at[PGP_RECIPIENTS_MAX];
};

/* Reads the packets before the encrypted data. `bytes` is a binary message or its beginning (the
 * first 1024 bytes do for a client's message). Fails (ERR_VERIFY) when this is not the beginning of
 * a message encrypted to public keys, or names too many of them. */
bool pgp_message_recipients(struct str bytes, struct pgp_recipients *ret,
                            struct error *err) must_use;
/* Is one of them, or an anonymous one, the subkey with this fingerprint? */
bool pgp_recipients_include(const struct pgp_recipients *list, const struct pgp_fingerprint *key);

/* ---- Decryption ---- */

/* Where bytes come from: fills up to `len` bytes (len > 0) and sets *ret_got, 0 at the end. */
struct pgp_source {
    bool (*read)(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got, struct error *err);
    void *ctx;
};

/* Where plaintext goes. */
struct pgp_sink {
    bool (*write)(void *ctx, struct str bytes, struct error *err);
    void *ctx;
};

enum pgp_compression {
    PGP_ZIP, /* raw DEFLATE (RFC 1951) */
    PGP_ZLIB /* RFC 1950 */
};

/* Decompression, by somebody who has a library for it. */
struct pgp_inflate {
    /* Makes a source of plain bytes from one of compressed bytes, which outlives it. */
    bool (*open)(void *ctx, enum pgp_compression kind, const struct pgp_source *compressed,
                 struct pgp_source *ret_plain, struct error *err);
    void (*close)(void *ctx, const struct pgp_source *plain);
    void *ctx;
};

struct pgp_decrypt_options {
    uint64_t max;                      /* bytes of plaintext at most, also after decompression */
    const struct pgp_inflate *inflate; /* NULL: compressed messages are refused */
};

/* Decrypts one message, chunk by chunk, in constant memory (one chunk: 256 KiB for what clients
 * send, 4 MiB at most).
 *
 * Only authenticated bytes reach the sink, but that nothing is missing is known at the end only:
 * on failure the caller throws away what the sink got. Fails with ERR_NOT_FOUND when the message is
 * not for this key (that is public anyway), with the source's or the sink's own error, with
 * ERR_FAILED when memory is refused, and with one and the same ERR_VERIFY message for everything
 * else, so that nobody learns from it where decryption stopped. */
bool pgp_decrypt(const struct pgp_key *key, const struct pgp_source *source,
                 const struct pgp_decrypt_options *options, const struct pgp_sink *sink,
                 struct error *err) must_use;
