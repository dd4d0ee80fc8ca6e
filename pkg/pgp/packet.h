/* Packets pulled from a source, without allocation: headers in both formats, bodies of known,
 * partial and indeterminate length (RFC 9580, 4.2). Private to the module. */
#pragma once

#include "wire.h"

enum packet_rest {
    REST_NONE,    /* the body ends with the bytes left */
    REST_PARTS,   /* another length follows them */
    REST_UNKNOWN, /* the body ends where the source does */
};

struct packet_reader {
    const struct pgp_source *source;
    unsigned tag;  /* of the packet being read; 0 before the first */
    uint64_t left; /* bytes of the body before its end or its next length */
    enum packet_rest rest;
    size_t ahead_at, ahead_len;
    unsigned char ahead[4096]; /* read from the source and not yet asked for */
};

static inline void packet_reader_init(struct packet_reader *r, const struct pgp_source *source)
{
    r->source = source;
    r->tag = 0;
    r->left = 0;
    r->rest = REST_NONE;
    r->ahead_at = r->ahead_len = 0;
}

/* Wipes what was read ahead, which may be plaintext. */
static inline void packet_reader_release(struct packet_reader *r)
{
    secret_wipe(r, sizeof(*r));
}
#define cleanup_packet_reader cleanup(packet_reader_release)

/* Every function fails with the source's error, or ERR_VERIFY when the bytes are no packets. */

/* The next packet's header, after what is unread of the body before it; padding and marker packets
 * are passed over. *ret_found is false where the source ends. */
bool packet_next(struct packet_reader *r, bool *ret_found, struct error *err) must_use;
/* Up to `len` bytes of the body; *ret_got is 0 at its end. */
bool packet_read(struct packet_reader *r, unsigned char *bytes, size_t len, size_t *ret_got,
                 struct error *err) must_use;
/* Exactly `len` bytes of the body. */
bool packet_read_all(struct packet_reader *r, unsigned char *bytes, size_t len,
                     struct error *err) must_use;
/* The body as a source; borrows r. */
struct pgp_source packet_body(struct packet_reader *r);

/* A source over bytes in memory; *rest is advanced. */
struct pgp_source source_of_bytes(struct str *rest);
