/* ASCII armor: base64 in lines of 64 between two marks. Without the checksum line, which RFC 9580
 * (6.1) has readers ignore. */
#include "armor.h"

void armor_public_key(struct buf *out, struct str bytes)
{
    enum { BYTES_PER_LINE = 48 };
    buf_adds(out, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n");
    for (size_t at = 0; at < bytes.len; at += BYTES_PER_LINE) {
        buf_add_base64(out, str_sub(bytes, at, BYTES_PER_LINE));
        buf_addc(out, '\n');
    }
    buf_adds(out, "-----END PGP PUBLIC KEY BLOCK-----\n");
}
