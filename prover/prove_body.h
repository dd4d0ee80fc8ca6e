/* What a POST /prove says: its JSON, the base64 in it, the version it asks for. Pure, bounded,
 * without memory of its own but the message. */
#pragma once

#include "core/core.h"

enum prove_fault {
    PROVE_FINE,
    PROVE_BAD_JSON,   /* no JSON text, or no object */
    PROVE_NO_DATA,    /* no member "data", no string, or an empty one */
    PROVE_BAD_BASE64, /* not canonical, padded base64 */
    PROVE_FAULT_COUNT
};

/* Appends the decoded "data" member to message, whose maximum must be 3/4 of the largest body. Of
 * several such members the last counts, as with JSON.parse; others are passed over. Not fine:
 * *why says more, for the client. */
enum prove_fault prove_body_read(struct str body, struct buf *message, struct error *why) must_use;

/* Is it a strict SemVer 2.0 text of at most 64 characters? */
bool prove_version_valid(struct str version);
