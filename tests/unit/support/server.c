/* The scripted server: a process that accepts, and one process per connection. */
#include "server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLY_MAX = 32, READ_MAX = 4 * 1024 * 1024 };

struct shared {
    atomic_size_t requests, connections;
    atomic_int used[REPLY_MAX];
    struct record records[RECORD_MAX];
};

struct script {
    const struct reply *replies;
    size_t count;
    struct shared *shared;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool send_reply(int fd, const struct reply *r)
{
    size_t len = r->len > 0 || r->bytes == NULL ? r->len : strlen(r->bytes);
    size_t first = r->pause_ms > 0 && r->pause_at < len ? r->pause_at : len;
    usleep((useconds_t)r->delay_ms * 1000);
    bool ok = send_all(fd, r->bytes, first);
    usleep((useconds_t)r->pause_ms * 1000);
    ok = ok && send_all(fd, r->bytes + first, len - first);
    for (size_t i = 0; ok && i < r->repeat; i++)
        ok = send_all(fd, r->bytes, len);
    return ok;
}

static size_t content_length(struct str head)
{
    struct str line = STR_EMPTY;
    uint64_t length = 0;
    while (str_next_line(&head, &line)) {
        struct str value = STR_EMPTY;
        struct str name = str_cut(line, ':', &value, NULL);
        if (name.len == 14 && strncasecmp(name.ptr, "Content-Length", 14) == 0)
            (void)!str_to_u64(str_trim(value), &length);
    }
    return (size_t)length;
}

/* Bytes of the first whole request in `in`, 0 while it is not whole. */
static size_t request_length(struct str in)
{
    size_t end = str_find(in, STR("\r\n\r\n"));
    if (end == SIZE_MAX)
        return 0;
    size_t total = end + 4 + content_length(str_sub(in, 0, end + 2));
    return in.len >= total ? total : 0;
}

static const struct reply *choose(const struct script *script, struct str request)
{
    static const struct reply NONE = {.bytes =
                                          "HTTP/1.1 599 No Reply\r\nContent-Length: 0\r\n\r\n"};
    struct str target = STR_EMPTY;
    (void)str_cut(request, ' ', &target, NULL);
    for (size_t i = 0; i < script->count; i++) {
        const struct reply *r = &script->replies[i];
        if (r->path != NULL && !str_starts(target, str_of(r->path)))
            continue;
        if (!r->once || atomic_fetch_add(&script->shared->used[i], 1) == 0)
            return r;
    }
    return &NONE;
}

static const struct reply *take_request(const struct script *script, struct str request)
{
    size_t index = atomic_fetch_add(&script->shared->requests, 1);
    if (index < RECORD_MAX) {
        struct record *record = &script->shared->records[index];
        struct str kept = str_sub(request, 0, RECORD_TEXT_MAX - 1);
        memcpy(record->text, kept.ptr, kept.len);
        record->len = request.len;
    }
    return choose(script, request);
}

static void end_connection(int fd, bool reset)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

static void serve_connection(const struct script *script, int fd)
{
    struct buf in = buf_make(READ_MAX);
    for (;;) {
        size_t whole = 0;
        while ((whole = request_length(buf_str(&in))) == 0) {
            char *room = buf_reserve(&in, 16384);
            ssize_t got = room != NULL ? read(fd, room, 16384) : 0;
            if (got <= 0)
                _exit(0);
            buf_commit(&in, (size_t)got);
        }
        const struct reply *r = take_request(script, str_n(in.ptr, whole));
        buf_drop(&in, whole);
        if (!send_reply(fd, r) || r->close || r->reset) {
            end_connection(fd, r->reset);
            _exit(0);
        }
    }
}

static void serve(const struct script *script, int listener)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            _exit(0);
        atomic_fetch_add(&script->shared->connections, 1);
        if (fork() == 0) {
            close(listener);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve_connection(script, fd);
        }
        close(fd);
    }
}

static int listen_tcp(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 256) == 0, "listen");
    must(getsockname(fd, (struct sockaddr *)&at, &len) == 0, "getsockname");
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static int listen_unix(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 64) == 0, path);
    return fd;
}

struct server server_listen(const char *path)
{
    struct server s = {.listener = -1};
    s.shared =
        mmap(NULL, sizeof(*s.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(s.shared != MAP_FAILED, "mmap");
    s.listener = path != NULL ? listen_unix(path) : listen_tcp(&s.port);
    return s;
}

void server_serve(struct server *s, const struct reply *replies, size_t count)
{
    struct script script = {replies, count, s->shared};
    must(count <= REPLY_MAX, "too many replies");
    s->pid = fork();
    if (s->pid == 0)
        serve(&script, s->listener);
    close(s->listener);
}

struct server server_start(const struct reply *replies, size_t count, const char *path)
{
    struct server s = server_listen(path);
    server_serve(&s, replies, count);
    return s;
}

void server_stop(struct server *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
        munmap(s->shared, sizeof(*s->shared));
    }
    *s = (struct server){0};
}

size_t server_requests(const struct server *s)
{
    return atomic_load(&s->shared->requests);
}

size_t server_connections(const struct server *s)
{
    return atomic_load(&s->shared->connections);
}

const struct record *server_record(const struct server *s, size_t index)
{
    must(index < RECORD_MAX, "record");
    return &s->shared->records[index];
}

const char *server_url(const struct server *s, const char *path, char url[256])
{
    snprintf(url, 256, "http://127.0.0.1:%d%s", s->port, path);
    return url;
}

int free_port(void)
{
    int port = 0;
    close(listen_tcp(&port));
    return port;
}
