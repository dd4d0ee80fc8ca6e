/* Bytes as text: hexadecimal and base64. Strict: what is not canonical is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

/* Lower-case hex of len bytes; out holds 2 * len + 1. */
void hex_encode(const void *bytes, size_t len, char *out);
/* Appends the same. */
void buf_add_hex(struct buf *b, struct str bytes);
/* Exactly 2 * len digits of either case; false otherwise. */
bool hex_decode(struct str text, void *out, size_t len) must_use;

/* Appends base64 with padding (RFC 4648 section 4). */
void buf_add_base64(struct buf *b, struct str bytes);
/* Appends the decoded bytes; false when text is not canonical padded base64 (white space, missing
 * padding, stray bits) or when they do not fit into b. `url` selects the - and _ alphabet with
 * padding optional (section 5). */
bool buf_add_base64_decoded(struct buf *b, struct str text, bool url) must_use;
/* Appends base64 in the - and _ alphabet, without padding (section 5). */
void buf_add_base64url(struct buf *b, struct str bytes);
