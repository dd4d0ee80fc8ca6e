/* The head of a public-key encrypted session key packet: whom it is for. Private to the module. */
#pragma once

#include "packet.h"

struct pkesk_head {
    unsigned char version;
    unsigned char algorithm;
    struct pgp_recipient recipient;
};

/* Reads the version, the recipient and the algorithm; the rest of the body stays unread. */
bool pkesk_read_head(struct packet_reader *r, struct pkesk_head *ret, struct error *err) must_use;
/* Is the recipient, as far as it is known, this key? */
bool recipient_may_be(const struct pgp_recipient *recipient, const struct pgp_fingerprint *key);
