/* Writing JSON: a streaming writer over struct buf, and the canonical form for digests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/core.h"
#include "json.h"

enum json_layout {
    JSON_COMPACT, /* no white space: {"a":1} */
    JSON_PRETTY   /* two spaces, "key": value, empty containers on one line */
};

/* One document in the making. Nothing fails on the way: ask jw_finish. */
struct json_writer {
    struct buf *out;
    enum json_layout layout;
    unsigned depth;
    bool misused;                            /* a value without key, an unbalanced end, … */
    bool has_key;                            /* a key waits for its value */
    uint64_t is_object[JSON_DEPTH_MAX / 64]; /* one bit a level */
    uint64_t has_items[JSON_DEPTH_MAX / 64];
    bool done; /* the root value is complete */
};

struct json_writer jw_make(struct buf *out, enum json_layout layout);
void jw_object_begin(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array_begin(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
void jw_key_str(struct json_writer *w, struct str key);
/* Escapes only what RFC 8259 demands; bytes that are not UTF-8 become U+FFFD. */
void jw_str(struct json_writer *w, struct str text);
/* NULL is written as null. */
void jw_cstr(struct json_writer *w, const char *text);
void jw_int(struct json_writer *w, int64_t value);
void jw_uint(struct json_writer *w, uint64_t value);
/* Shortest text that reads back the same; infinities and NaN are written as null. */
void jw_double(struct json_writer *w, double value);
void jw_bool(struct json_writer *w, bool value);
void jw_null(struct json_writer *w);
/* A text that is one JSON value already, as it stands. */
void jw_raw(struct json_writer *w, struct str json);

/* A key and its value in one call. */
void jw_member(struct json_writer *w, const char *key, const char *text);
void jw_member_str(struct json_writer *w, const char *key, struct str text);
void jw_member_int(struct json_writer *w, const char *key, int64_t value);
void jw_member_uint(struct json_writer *w, const char *key, uint64_t value);
void jw_member_bool(struct json_writer *w, const char *key, bool value);
/* A key and the begin of a container. */
void jw_member_object(struct json_writer *w, const char *key);
void jw_member_array(struct json_writer *w, const char *key);

/* True when exactly one whole value was written and it fitted; ERR_BUG for an unbalanced or
 * misused writer, ERR_FAILED when `out` is full. `what` names the document. */
bool jw_finish(struct json_writer *w, const char *what, struct error *err) must_use;

/* Appends `text` as a JSON string with its quotes. */
void json_quote(struct buf *out, struct str text);

/* The canonical form of a value: no white space, members sorted by the bytes of their names,
 * strings with the least escapes; numbers keep their text. Equal values written by us have equal
 * canonical bytes: what digests are made of. */
void json_canonical(struct json value, struct buf *out);
