/* Messages between the parts: length, op, tag, payload, at most one descriptor. One message is one
 * packet (SOCK_SEQPACKET), so none is ever half there; the length is written all the same and must
 * agree. Knows no operations. */
#pragma once

#include "core/core.h"

enum { MSG_HEAD = 12, MSG_PAYLOAD_MAX = 16 * 1024 };

struct msg {
    uint32_t op;
    uint32_t tag; /* answers carry their question's */
    struct str payload;
    int fd; /* -1: none. Sent: stays the sender's. Received: the receiver's, close-on-exec */
};

/* Room for one incoming message. */
struct msg_room {
    unsigned char bytes[MSG_HEAD + MSG_PAYLOAD_MAX];
};

enum msg_got {
    MSG_GOT,
    MSG_NOTHING, /* non-blocking, and nothing is there */
    MSG_CLOSED,  /* the other part is gone */
    MSG_BAD      /* not a message of ours */
};

/* Two connected ends, close-on-exec. */
bool msg_pair(int ret_ends[2], struct error *err) must_use;
/* ERR_TRANSIENT when the other part does not keep up (non-blocking), ERR_FAILED when it is gone,
 * ERR_BUG when the payload is too large. */
bool msg_send(int end, const struct msg *m, struct error *err) must_use;
bool msg_send_plain(int end, uint32_t op, uint32_t tag, struct str payload,
                    struct error *err) must_use;
/* `wait` false: returns MSG_NOTHING instead of blocking. *ret is set on MSG_GOT only; its payload
 * lies in room. */
enum msg_got msg_recv(int end, bool wait, struct msg_room *room, struct msg *ret);

/* The wire form: pure. head: three 32-bit little-endian numbers. */
void msg_encode_head(const struct msg *m, unsigned char head[MSG_HEAD]);
bool msg_decode(struct str packet, struct msg *ret) must_use;
