/* The listeners: passed in by whoever supervises us, or opened here. */
#include <sys/socket.h>
#include <unistd.h>

#include "monitor.h"
#include "transport/transport.h"

static void say_listening(struct monitor *m, int fd, const char *how)
{
    struct transport_addr addr;
    char text[TRANSPORT_TEXT_MAX];
    struct error err = {0};
    if (!transport_local(fd, &addr, &err))
        return;
    transport_format(&addr, text);
    log_say(&m->log, LOG_INFO, "listening on %s, %s", text, how);
}

static bool is_listening(int fd)
{
    int accepts = 0;
    socklen_t len = sizeof accepts;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) == 0 && accepts;
}

bool sockets_take_passed(struct monitor *m, struct error *err)
{
    struct transport_passed passed = {0};
    TRY(transport_listen_fds(&passed, err));
    int named = transport_passed_named(&passed, "public");
    if (passed.count == 0)
        return true;
    m->sockets.public_listener = named >= 0 ? named : passed.fds[0];
    if (!is_listening(m->sockets.public_listener))
        return err_set(err, ERR_CONFIG, "LISTEN_FDS: descriptor %d is no listening socket",
                       m->sockets.public_listener);
    m->sockets.owned = false;
    for (size_t i = 0; i < passed.count; i++)
        if (passed.fds[i] != m->sockets.public_listener)
            close(passed.fds[i]);
    say_listening(m, m->sockets.public_listener, "passed in");
    return true;
}

static bool listen_public(struct monitor *m, const struct cap *cap, struct error *err)
{
    struct transport_addr addr;
    char usual[32];
    snprintf(usual, sizeof usual, "127.0.0.1:%u", (unsigned)m->o->port);
    TRY(transport_parse(str_of(m->o->listen ? m->o->listen : usual), &addr, err) ||
        err_wrap(err, "--listen"));
    const struct transport_listen how = {.at = &addr};
    TRY(transport_listen(cap, &how, &m->sockets.public_listener, err));
    m->sockets.owned = true;
    say_listening(m, m->sockets.public_listener, m->o->hold ? "held" : "open");
    return true;
}

static bool listen_check(struct monitor *m, const struct cap *cap, struct error *err)
{
    struct transport_addr addr;
    if (!m->o->check_socket)
        return true;
    TRY(transport_unix_addr(m->o->check_socket, &addr, err));
    const struct transport_listen how = {.at = &addr, .unix_mode = 0600};
    return transport_listen(cap, &how, &m->sockets.check_listener, err);
}

bool sockets_open(struct monitor *m, struct error *err)
{
    const struct cap cap = cap_apply(NULL, NULL);
    if (m->sockets.public_listener < 0)
        TRY(listen_public(m, &cap, err));
    return listen_check(m, &cap, err) || err_wrap(err, "--check-socket");
}

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void sockets_close(struct monitor *m)
{
    close_at(&m->sockets.public_listener);
    close_at(&m->sockets.check_listener);
    close_at(&m->sockets.vault);
    for (size_t i = 0; i < m->o->workers; i++)
        close_at(&m->sockets.workers[i]);
}
