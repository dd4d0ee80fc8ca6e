/* Messages between the parts, on the wire. */
#include "msg.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void put32(unsigned char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get32(const char *in)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)(unsigned char)in[i] << (8 * i);
    return value;
}

void msg_encode_head(const struct msg *m, unsigned char head[MSG_HEAD])
{
    put32(head, (uint32_t)m->payload.len);
    put32(head + 4, m->op);
    put32(head + 8, m->tag);
}

bool msg_decode(struct str packet, struct msg *ret)
{
    if (packet.len < MSG_HEAD || packet.len > MSG_HEAD + MSG_PAYLOAD_MAX ||
        get32(packet.ptr) != packet.len - MSG_HEAD)
        return false;
    *ret = (struct msg){.op = get32(packet.ptr + 4),
                        .tag = get32(packet.ptr + 8),
                        .payload = str_sub(packet, MSG_HEAD, packet.len),
                        .fd = -1};
    return true;
}

bool msg_pair(int ret_ends[2], struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_sys(err, ERR_FAILED, errno, "socketpair");
    ret_ends[0] = ends[0];
    ret_ends[1] = ends[1];
    return true;
}

union fd_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach_fd(struct msghdr *hdr, union fd_room *room, int fd)
{
    memset(room, 0, sizeof *room);
    hdr->msg_control = room->bytes;
    hdr->msg_controllen = sizeof room->bytes;
    struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
}

static int detach_fd(struct msghdr *hdr)
{
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

bool msg_send(int end, const struct msg *m, struct error *err)
{
    unsigned char head[MSG_HEAD];
    union fd_room room;
    /* sendmsg takes mutable pointers, and reads only. */
    union {
        const char *in;
        void *out;
    } payload = {.in = m->payload.ptr};
    struct iovec parts[] = {{head, sizeof head}, {payload.out, m->payload.len}};
    struct msghdr hdr = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};
    if (m->payload.len > MSG_PAYLOAD_MAX)
        return err_set(err, ERR_BUG, "a message of %zu bytes", m->payload.len);
    msg_encode_head(m, head);
    if (m->fd >= 0)
        attach_fd(&hdr, &room, m->fd);
    if (sendmsg(end, &hdr, MSG_NOSIGNAL) >= 0)
        return true;
    bool full = errno == EAGAIN;
    return err_sys(err, full ? ERR_TRANSIENT : ERR_FAILED, errno, "send a message");
}

bool msg_send_plain(int end, uint32_t op, uint32_t tag, struct str payload, struct error *err)
{
    return msg_send(end, &(struct msg){.op = op, .tag = tag, .payload = payload, .fd = -1}, err);
}

static ssize_t receive(int end, bool wait, struct msghdr *hdr)
{
    ssize_t got;
    do
        got = recvmsg(end, hdr, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (got < 0 && errno == EINTR && wait);
    return got;
}

enum msg_got msg_recv(int end, bool wait, struct msg_room *room, struct msg *ret)
{
    union fd_room fd_room;
    struct iovec part = {room->bytes, sizeof room->bytes};
    struct msghdr hdr = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = fd_room.bytes,
                         .msg_controllen = sizeof fd_room.bytes};
    ssize_t got = receive(end, wait, &hdr);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? MSG_NOTHING : MSG_CLOSED;
    if (got == 0)
        return MSG_CLOSED;
    cleanup_close int fd = detach_fd(&hdr);
    struct msg m;
    if ((hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
        !msg_decode(str_n(room->bytes, (size_t)got), &m))
        return MSG_BAD;
    m.fd = steal_fd(&fd);
    *ret = m;
    return MSG_GOT;
}
