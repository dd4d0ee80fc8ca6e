/* What the files of this module share and nobody else sees. */
#pragma once

#include "json.h"

/* The byte at an index, '\0' behind the end. */
static inline char byte_at(struct str text, size_t at)
{
    if (at < text.len)
        return text.ptr[at];
    return '\0';
}

/* Length of the UTF-8 sequence at the start of `text`, 0 when it is not valid (overlong,
 * surrogate, above U+10FFFF, truncated). */
size_t utf8_len(struct str text);
/* Writes the code point (a valid one) as UTF-8; returns its length, 1 to 4. */
size_t utf8_put(uint32_t code, char out[4]);

struct json_node {
    uint32_t begin, end;         /* of the value */
    uint32_t key_begin, key_end; /* with its quotes; both 0 for an item and the root */
    uint32_t parent;             /* the root is its own */
    uint32_t next;               /* 0: the last child */
    unsigned char kind;          /* enum json_kind */
    unsigned char flags;
};

enum {
    NODE_VALUE_ESCAPED = 1,
    NODE_KEY_ESCAPED = 2,
    NODE_SHADOWED = 4 /* a later member has the same key */
};

/* Is there a duplicate? Sorts `keys` when there are many. */
struct keyed {
    struct str key;
    uint32_t hash;  /* of the key; any function of its bytes */
    uint32_t order; /* position in the text: rises */
};
uint32_t key_hash(struct str key);
/* Calls fn for every key that has an equal one after it, with the nearest such one. */
typedef void duplicate_fn(void *ctx, const struct keyed *earlier, const struct keyed *later);
void each_duplicate(struct keyed *keys, size_t count, duplicate_fn *fn, void *ctx);

/* The characters of a JSON string between its quotes, escapes resolved, one at a time: advances
 * *at and writes up to 4 bytes; 0 at the end. The text was accepted by the scanner. */
size_t json_string_next(struct str inner, size_t *at, char out[4]);
bool json_string_equal(struct str inner, struct str text);
struct str json_string_decode(struct str inner, struct arena *arena);

enum { PATH_KEY_MAX = 512 };

/* A path taken apart step by step. */
struct json_path {
    struct str rest;
    bool pointer; /* RFC 6901, else the short form */
    bool malformed;
};

struct json_step {
    struct str key;  /* in `bytes` or the path */
    bool index_only; /* written [n] */
    char bytes[PATH_KEY_MAX];
};

struct json_path json_path_make(const char *path);
/* False at the end, and when the path is malformed. */
bool json_path_next(struct json_path *path, struct json_step *ret);
/* The child a step leads to. */
struct json json_child(struct json value, const struct json_step *step);
/* An index as RFC 6901 writes it: no sign, no leading zero. */
bool json_step_index(const struct json_step *step, size_t *ret);
