/* Descriptors over a unix stream (SCM_RIGHTS). */
#include <errno.h>
#include <unistd.h>

#include "internal.h"

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * TRANSPORT_PASSED_MAX)];
};

static void attach(struct msghdr *message, union control *control, const int *fds, size_t count)
{
    size_t size = count * sizeof(int);
    if (count == 0)
        return;
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(head), fds, size);
}

bool transport_send_fds(int fd, struct str bytes, const int *fds, size_t count,
                        struct deadline until, struct error *err)
{
    char copy[sizeof(((struct transport_received *)NULL)->bytes)];
    union control control = {0};
    struct iovec part = {.iov_base = copy, .iov_len = bytes.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (bytes.len == 0 || bytes.len > sizeof(copy) || count > TRANSPORT_PASSED_MAX)
        return err_set(err, ERR_BUG, "%zu bytes with %zu descriptors in one message", bytes.len,
                       count);
    memcpy(copy, bytes.ptr, bytes.len);
    attach(&message, &control, fds, count);
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        TRY(wait_ready(fd, POLLOUT, until, "send descriptors", err));
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    }
    if (sent < 0)
        return err_sys(err, ERR_TRANSIENT, errno, "send descriptors");
    /* The descriptors went with the first byte; the rest is plain bytes. */
    return transport_write(fd, str_sub(bytes, (size_t)sent, bytes.len), until, err);
}

static void collect(const struct cmsghdr *head, struct transport_received *out)
{
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
        return;
    size_t size = head->cmsg_len - CMSG_LEN(0);
    memcpy(out->fds, CMSG_DATA(head), size);
    out->count = size / sizeof(int);
}

static void close_all(const struct transport_received *got)
{
    for (size_t i = 0; i < got->count; i++)
        close(got->fds[i]);
}

bool transport_recv_fds(int fd, struct deadline until, struct transport_received *ret,
                        struct error *err)
{
    struct transport_received out = {0};
    union control control = {0};
    struct iovec part = {.iov_base = out.bytes, .iov_len = sizeof(out.bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control)};
    ssize_t len = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        TRY(wait_ready(fd, POLLIN, until, "receive descriptors", err));
        message.msg_controllen = sizeof(control);
        len = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    }
    if (len < 0)
        return err_sys(err, ERR_TRANSIENT, errno, "receive descriptors");
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
        collect(at, &out);
    out.len = (size_t)len;
    if (message.msg_flags & MSG_CTRUNC) {
        close_all(&out);
        return err_set(err, ERR_FAILED, "more than %d descriptors in one message",
                       TRANSPORT_PASSED_MAX);
    }
    *ret = out;
    return true;
}
