/* Edits that keep a JSON text byte for byte: key order, indentation, line ends, the byte order
 * mark and the last newline (or none) stay; only the values named change. */
#pragma once

#include "json.h"

enum json_edit_kind {
    JSON_EDIT_REPLACE, /* the value must exist */
    JSON_EDIT_SET,     /* replaced, or appended as the last member or item */
    JSON_EDIT_INSERT,  /* must not exist; before the first member with a greater key */
    JSON_EDIT_REMOVE   /* the value must exist */
};

struct json_edit {
    enum json_edit_kind kind;
    const char *path; /* as for json_find; "-" after an array is its end (RFC 6901) */
    struct str value; /* JSON text; line breaks in it get the document's indentation */
};

/* Applies the edits in order, all or none, and appends the new text to `out`. Fails: ERR_NOT_FOUND
 * or ERR_CONFLICT as the kind says, naming the path; ERR_FAILED when the text or a value is not
 * JSON, or when `out` is full. `name` is for messages. */
bool json_edit(struct str text, const char *name, const struct json_edit *edits, size_t count,
               struct buf *out, struct error *err) must_use;
