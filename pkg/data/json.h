/* Reading JSON: RFC 8259 strictly, UTF-8 only, bounded in depth and size.
 *
 * Two layers. The pull scanner walks a text and allocates nothing. Above it, json_parse builds a
 * compact index of all nodes, each with its exact byte range, through which `struct json` values
 * move like cursors. Numbers stay text until somebody asks for a type. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "source.h"

enum json_kind {
    JSON_ABSENT, /* there is no such value */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

enum { JSON_DEPTH_MAX = 128 };
#define JSON_SIZE_MAX ((size_t)1 << 30)

/* --- The pull scanner ------------------------------------------------------------------- */

enum json_event_kind {
    JSON_EV_END, /* the document is complete and nothing but white space followed */
    JSON_EV_KEY,
    JSON_EV_SCALAR,
    JSON_EV_BEGIN, /* of an array or object */
    JSON_EV_CLOSE
};

struct json_event {
    enum json_event_kind event;
    enum json_kind kind; /* of the scalar or container; JSON_STRING for a key */
    bool escaped;        /* the string holds at least one escape */
    bool lone_surrogate; /* one of them is half a surrogate pair */
    size_t begin, end; /* byte range; of a string with its quotes, of BEGIN and CLOSE the bracket */
};

/* All of the scanner's state; copy it to come back to a place. */
struct json_scan {
    struct source src;
    size_t at;
    unsigned depth;
    unsigned depth_max;
    unsigned char expects;                   /* what may come next; private */
    uint64_t is_object[JSON_DEPTH_MAX / 64]; /* one bit a level; private */
};

/* A scanner at the start of a text, after a byte order mark if there is one. `depth_max` 0 means
 * JSON_DEPTH_MAX, which it never passes. */
struct json_scan json_scan_make(struct source src, unsigned depth_max);
/* The next event. Fails (ERR_FAILED, "name:line:col: …") on anything RFC 8259 does not allow, on
 * invalid UTF-8 and on too much depth. Does not know of duplicate keys. */
bool json_scan_next(struct json_scan *scan, struct json_event *ret, struct error *err) must_use;

/* --- The index -------------------------------------------------------------------------- */

enum json_flag {
    JSON_KEEP_LAST = 1,         /* of duplicate keys the last one counts; else they are refused */
    JSON_REPLACE_SURROGATES = 2 /* half a pair becomes U+FFFD; else it is refused */
};

struct json_options {
    const char *name;   /* for messages; NULL: "json" */
    size_t size_max;    /* bytes; 0: JSON_SIZE_MAX */
    unsigned depth_max; /* 0: JSON_DEPTH_MAX */
    unsigned flags;     /* enum json_flag */
};

struct json_node;

struct json_doc {
    struct source src; /* borrowed: must outlive the document */
    struct json_node *nodes;
    size_t count;
    struct arena *strings; /* decoded strings */
    bool bom;              /* the text begins with a byte order mark */
    size_t duplicates;     /* keys shadowed under JSON_KEEP_LAST */
    size_t duplicate_at;   /* byte offset of the first shadowing key */
};

/* Indexes a whole text. `options` may be NULL. Fails (ERR_FAILED, "name:line:col: …"): see
 * json_scan_next; also duplicate keys, half surrogate pairs, and a text over the size. */
bool json_parse(struct str text, const struct json_options *options, struct json_doc *ret,
                struct error *err) must_use;
void json_doc_release(struct json_doc *doc);
#define cleanup_json_doc cleanup(json_doc_release)

/* --- Values ----------------------------------------------------------------------------- */

/* A value inside a document, by value. Asking an absent one, or one of another kind, is never an
 * error: the answer is absent, empty or false. So lookups chain. */
struct json {
    const struct json_doc *doc; /* NULL: absent */
    uint32_t index;
};

struct json json_root(const struct json_doc *doc);
enum json_kind json_kind(struct json value);
static inline bool json_exists(struct json value)
{
    return value.doc != NULL;
}
/* "object", "array", "string", "number", "true or false", "null", "nothing": for messages. */
const char *json_kind_name(enum json_kind kind);

/* A member by its decoded name; the last one under JSON_KEEP_LAST. */
struct json json_get(struct json object, const char *key);
struct json json_get_str(struct json object, struct str key);
/* An item by its index, from 0. */
struct json json_at(struct json array, size_t index);
/* A path: "/a/b~1c/0" is a JSON pointer (RFC 6901); "a.b[0].c" is the short form for keys without
 * dots, brackets and a leading slash. "" is the value itself. A malformed path finds nothing. */
struct json json_find(struct json value, const char *path);

/* Number of members or items; 0 for scalars. */
size_t json_count(struct json container);
/* The first child of a container of that kind, and the one after: use the macros. */
struct json json_first(struct json container, enum json_kind kind);
struct json json_next(struct json child);
/* The name is declared: NOLINTBEGIN(bugprone-macro-parentheses) */
#define json_each_member(member, object)                                              \
    for (struct json member = json_first((object), JSON_OBJECT); json_exists(member); \
         member = json_next(member))
#define json_each_item(item, array)                                             \
    for (struct json item = json_first((array), JSON_ARRAY); json_exists(item); \
         item = json_next(item))
/* NOLINTEND(bugprone-macro-parentheses) */

/* The decoded key of a member; empty for items and the root. Lives as long as the document. */
struct str json_key(struct json member);
/* The decoded string; empty when it is not one. Lives as long as the document. May hold NUL. */
struct str json_str(struct json value);
/* As json_str, NUL-terminated, in `arena`; NULL when it is no string or holds a NUL. */
char *json_cstr(struct json value, struct arena *arena);
bool json_is(struct json value, const char *text);
/* The exact bytes of the value as they stand in the text. */
struct str json_raw(struct json value);
/* Byte range of the value, and of the member's key with its quotes (both 0 for items). */
void json_range(struct json value, size_t *ret_begin, size_t *ret_end);
void json_key_range(struct json value, size_t *ret_begin, size_t *ret_end);
struct text_pos json_pos(struct json value);

/* Checked conversions: false when it is not a number of that range. An integer is written as one:
 * 1.0 and 1e3 are not. */
bool json_to_i64(struct json value, int64_t *ret) must_use;
bool json_to_u64(struct json value, uint64_t *ret) must_use;
bool json_to_double(struct json value, double *ret) must_use;
bool json_to_bool(struct json value, bool *ret) must_use;
/* With a fallback for absent or different. */
int64_t json_i64_or(struct json value, int64_t fallback);
bool json_bool_or(struct json value, bool fallback);

/* A member that must be there and of that kind; ERR_FAILED with its place, key and what it is. */
bool json_need(struct json object, const char *key, enum json_kind kind, struct json *ret,
               struct error *err) must_use;
bool json_need_str(struct json object, const char *key, struct str *ret,
                   struct error *err) must_use;
bool json_need_i64(struct json object, const char *key, int64_t *ret, struct error *err) must_use;
bool json_need_u64(struct json object, const char *key, uint64_t *ret, struct error *err) must_use;
bool json_need_bool(struct json object, const char *key, bool *ret, struct error *err) must_use;
/* An error about this value: "name:line:col: …" (ERR_FAILED). */
bool json_fail(struct json value, struct error *err, const char *fmt, ...) printf_like(3, 4);
