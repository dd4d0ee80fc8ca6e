/* What is inside the encryption. Private to the module. */
#pragma once

#include "packet.h"

/* Hands the body of the one literal data packet in `plain` to the sink, through decompression where
 * it is compressed. ERR_VERIFY when there is anything else or too much. */
bool plaintext_deliver(const struct pgp_decrypt_options *options, const struct pgp_source *plain,
                       const struct pgp_sink *sink, struct error *err) must_use;

/* The one thing said of every message that is refused. */
static inline bool refuse(struct error *err)
{
    return err_set(err, ERR_VERIFY, "the message cannot be decrypted");
}
