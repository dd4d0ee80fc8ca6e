/* CBOR (RFC 8949): a strict pull reader that allocates nothing, and a small writer.
 *
 * The reader takes one whole data item and nothing behind it, of definite and indefinite lengths.
 * Refused: reserved and unneeded encodings of simple values, text that is not UTF-8, duplicate keys
 * of a map (by value, however they are encoded), keys that are containers, tags or floats, and
 * whatever passes the bounds below. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

enum {
    CBOR_SIZE_MAX = 1024 * 1024, /* bytes of a whole item */
    CBOR_DEPTH_MAX = 16,
    CBOR_KEYS_MAX = 64 /* of one map */
};

enum cbor_kind {
    CBOR_UINT,   /* value */
    CBOR_NINT,   /* -1 - value */
    CBOR_BYTES,  /* bytes; when `indefinite`: chunks follow as items, then CBOR_END */
    CBOR_TEXT,   /* likewise */
    CBOR_ARRAY,  /* its items follow, then CBOR_END */
    CBOR_MAP,    /* its keys and values follow in turn, then CBOR_END */
    CBOR_TAG,    /* value; the tagged item follows */
    CBOR_SIMPLE, /* value: one of enum cbor_simple, or another number */
    CBOR_FLOAT,  /* value: its bits */
    CBOR_END,    /* of a container */
    CBOR_DONE,   /* the item is whole and nothing follows */
    CBOR_KIND_COUNT
};

enum cbor_simple { CBOR_FALSE = 20, CBOR_TRUE = 21, CBOR_NULL = 22, CBOR_UNDEFINED = 23 };

struct cbor_item {
    enum cbor_kind kind;
    bool indefinite;
    unsigned depth;   /* containers around it */
    uint64_t value;   /* of a definite array or map: how many items or pairs */
    struct str bytes; /* of a definite string; borrowed */
    size_t begin;     /* offset of its first byte */
};

enum cbor_flag {
    CBOR_CANONICAL = 1 /* core deterministic form (4.2.1): shortest heads, definite lengths, keys in
                        * the order of their bytes; and no floats */
};

struct cbor_level {
    enum cbor_kind kind;
    bool indefinite;
    uint64_t total, seen; /* items, of a map keys and values */
    unsigned key_count;
    uint32_t keys[CBOR_KEYS_MAX]; /* their offsets */
};

/* All of the reader's state. Treat as private but for `at`, the offset of what comes next. */
struct cbor_reader {
    struct str bytes;
    size_t at;
    unsigned flags;
    unsigned depth;
    bool begun;  /* the outermost item was met */
    bool tagged; /* a tag waits for its item */
    struct cbor_level levels[CBOR_DEPTH_MAX];
};

/* At the first byte of `bytes`, which are borrowed. */
void cbor_reader_init(struct cbor_reader *reader, struct str bytes, unsigned flags);
/* The next item. Fails (ERR_FAILED, with the offset) on anything refused above. */
bool cbor_next(struct cbor_reader *reader, struct cbor_item *ret, struct error *err) must_use;
/* Does the container around this place end here? */
bool cbor_at_end(const struct cbor_reader *reader);
/* As cbor_next; the item must be of that kind, and a string must be in one piece. `what` names it
 * in the message. */
bool cbor_take(struct cbor_reader *reader, enum cbor_kind kind, const char *what,
               struct cbor_item *ret, struct error *err) must_use;
/* Passes over all that belongs to `item`, which was the last one read. */
bool cbor_skip(struct cbor_reader *reader, const struct cbor_item *item,
               struct error *err) must_use;
/* ERR_FAILED "cbor: offset N: …" about the place the reader is at. */
bool cbor_fail(const struct cbor_reader *reader, struct error *err, const char *fmt, ...)
    printf_like(3, 4);
/* "array", "text", …: for messages. */
const char *cbor_kind_name(enum cbor_kind kind);
static inline bool cbor_is_null(const struct cbor_item *item)
{
    return item->kind == CBOR_SIMPLE && item->value == CBOR_NULL;
}

/* Writing: each appends one head, shortest form, and a string its bytes. Counts and order are the
 * caller's; nothing fails on the way, ask buf_check. */
void cbor_add_uint(struct buf *out, uint64_t value);
void cbor_add_int(struct buf *out, int64_t value);
void cbor_add_bytes(struct buf *out, struct str bytes);
void cbor_add_text(struct buf *out, const char *text);
void cbor_add_array(struct buf *out, uint64_t count);
void cbor_add_map(struct buf *out, uint64_t pairs);
void cbor_add_tag(struct buf *out, uint64_t tag);
void cbor_add_simple(struct buf *out, enum cbor_simple value);
/* Of indefinite length: CBOR_ARRAY, CBOR_MAP, CBOR_BYTES or CBOR_TEXT; cbor_add_break ends it. */
void cbor_add_indefinite(struct buf *out, enum cbor_kind kind);
void cbor_add_break(struct buf *out);
/* The head alone of a string of `len` bytes, for what is hashed rather than joined; returns its
 * length, at most CBOR_HEAD_MAX. */
enum { CBOR_HEAD_MAX = 9 };
size_t cbor_bytes_head(uint64_t len, unsigned char ret[CBOR_HEAD_MAX]);
