/* Connecting, listening, reading and writing against the kernel itself. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/transport.h"

enum { SOON_MS = 5000, NOW_MS = 30 };

static struct deadline soon(void)
{
    return deadline_in(clock_system(), SOON_MS);
}

static int listen_at(const char *text, struct transport_addr *ret_bound)
{
    struct cap cap = cap_apply(NULL, NULL);
    struct error err;
    struct transport_addr at;
    int fd = -1;
    assert_ok(transport_parse(str_of(text), &at, &err), &err);
    struct transport_listen how = {.at = &at};
    assert_ok(transport_listen(&cap, &how, &fd, &err), &err);
    assert_ok(transport_local(fd, ret_bound, &err), &err);
    return fd;
}

static void exchange(const struct transport_addr *at, int listener)
{
    struct error err;
    cleanup_close int client = -1;
    cleanup_close int server = -1;
    struct transport_addr peer;
    struct transport_lines lines = {.in = buf_make(16)};
    struct str line;
    assert_ok(transport_connect(at, soon(), &client, &err), &err);
    assert_ok(transport_accept(listener, soon(), &server, &peer, &err), &err);
    assert_int_equal(peer.kind, at->kind);
    assert_ok(transport_write(client, STR("one\r\ntwo\nsixteen-and-more\n"), soon(), &err), &err);
    lines.fd = server;
    assert_ok(transport_read_line(&lines, soon(), &line, &err), &err);
    assert_str(line, "one");
    assert_ok(transport_read_line(&lines, soon(), &line, &err), &err);
    assert_str(line, "two");
    assert_fails(transport_read_line(&lines, soon(), &line, &err), &err, ERR_FAILED,
                 "longer than 16");
    buf_release(&lines.in);
}

static void tcp_both_families(void **state)
{
    struct transport_addr bound;
    (void)state;
    cleanup_close int v4 = listen_at("127.0.0.1:0", &bound);
    assert_true(bound.port != 0);
    exchange(&bound, v4);
    cleanup_close int named = listen_at("localhost:0", &bound);
    exchange(&bound, named);
}

static void taken_port_names_holder(void **state)
{
    struct cap cap = cap_apply(NULL, NULL);
    struct transport_addr bound;
    struct error err;
    int second = -1;
    char pid[32];
    (void)state;
    cleanup_close int first = listen_at("127.0.0.1:0", &bound);
    struct transport_listen how = {.at = &bound};
    assert_true(first >= 0);
    snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
    assert_fails(transport_listen(&cap, &how, &second, &err), &err, ERR_CONFLICT, pid);
    assert_non_null(strstr(err.msg, "127.0.0.1:"));
    assert_int_equal(second, -1);
}

static void observing_may_not_listen(void **state)
{
    struct transport_addr at;
    struct error err;
    int fd = -1;
    (void)state;
    assert_ok(transport_parse(STR("127.0.0.1:0"), &at, &err), &err);
    struct transport_listen how = {.at = &at};
    assert_fails(transport_listen(cap_observe(), &how, &fd, &err), &err, ERR_BUG, "listen on");
}

static void refused_connection(void **state)
{
    struct transport_addr bound;
    struct error err;
    int fd = -1;
    (void)state;
    int listener = listen_at("127.0.0.1:0", &bound);
    close(listener);
    assert_fails(transport_connect(&bound, soon(), &fd, &err), &err, ERR_TRANSIENT, "127.0.0.1:");
    assert_int_equal(err.sys, ECONNREFUSED);
    assert_ok(transport_unix_addr("/nonexistent/x", &bound, &err), &err);
    assert_fails(transport_connect(&bound, soon(), &fd, &err), &err, ERR_NOT_FOUND, "unix:");
}

static void deadlines_hold(void **state)
{
    struct transport_addr bound;
    struct error err;
    cleanup_close int client = -1;
    cleanup_close int server = -1;
    size_t len = 0;
    char byte;
    (void)state;
    struct deadline now = deadline_in(clock_system(), NOW_MS);
    cleanup_close int listener = listen_at("127.0.0.1:0", &bound);
    assert_fails(transport_accept(listener, now, &server, NULL, &err), &err, ERR_TRANSIENT,
                 "connection");
    assert_int_equal(err.sys, ETIMEDOUT);
    assert_ok(transport_connect(&bound, soon(), &client, &err), &err);
    assert_fails(transport_read(client, &byte, 1, now, &len, &err), &err, ERR_TRANSIENT, "read");
    /* Nobody reads: the write fills the buffers and then meets its deadline. */
    cleanup_free char *much = xcalloc(1, 32 << 20);
    now = deadline_in(clock_system(), NOW_MS);
    assert_fails(transport_write(client, str_n(much, 32 << 20), now, &err), &err, ERR_TRANSIENT,
                 "write");
}

static void end_of_stream(void **state)
{
    int pair[2];
    struct error err;
    struct str line;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_ok(transport_write(pair[0], STR("whole\nhal"), soon(), &err), &err);
    close(pair[0]);
    struct transport_lines lines = {.fd = pair[1], .in = buf_make(64)};
    assert_ok(transport_read_line(&lines, soon(), &line, &err), &err);
    assert_fails(transport_read_line(&lines, soon(), &line, &err), &err, ERR_FAILED, "middle");
    lines.consumed = lines.in.len;
    assert_fails(transport_read_line(&lines, soon(), &line, &err), &err, ERR_NOT_FOUND, "closed");
    buf_release(&lines.in);
    close(pair[1]);
}

/* ---- unix sockets --------------------------------------------------------------------------- */

struct place {
    char dir[64];
    char path[TRANSPORT_NAME_MAX];
};

static void make_place(struct place *place, size_t name_len)
{
    snprintf(place->dir, sizeof(place->dir), "/tmp/transport-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->path, sizeof(place->path), "%s/", place->dir);
    size_t at = strlen(place->path);
    memset(place->path + at, 'n', name_len);
    place->path[at + name_len] = '\0';
}

static void remove_place(const struct place *place)
{
    unlink(place->path);
    rmdir(place->dir);
}

static int listen_unix(const char *path, mode_t mode, struct error *err)
{
    struct cap cap = cap_apply(NULL, NULL);
    struct transport_addr at;
    int fd = -1;
    assert_ok(transport_unix_addr(path, &at, err), err);
    struct transport_listen how = {.at = &at, .unix_mode = mode};
    return transport_listen(&cap, &how, &fd, err) ? fd : -1;
}

static void unix_paths(size_t name_len)
{
    struct place place;
    struct transport_addr at;
    struct error err;
    struct stat info;
    make_place(&place, name_len);
    cleanup_close int listener = listen_unix(place.path, 0660, &err);
    assert_true(listener >= 0);
    assert_int_equal(stat(place.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0660);
    assert_ok(transport_unix_addr(place.path, &at, &err), &err);
    exchange(&at, listener);
    remove_place(&place);
}

static void unix_short_and_long(void **state)
{
    (void)state;
    unix_paths(4);
    unix_paths(80); /* 107 bytes are too few for directory and name together */
}

static void stale_file_is_replaced_a_live_one_is_not(void **state)
{
    struct place place;
    struct error err;
    (void)state;
    make_place(&place, 90);
    int first = listen_unix(place.path, 0, &err);
    assert_true(first >= 0);
    assert_int_equal(listen_unix(place.path, 0, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    close(first);
    int second = listen_unix(place.path, 0, &err);
    assert_true(second >= 0);
    close(second);
    remove_place(&place);
}

static void a_file_that_is_no_socket_stays(void **state)
{
    struct place place;
    struct error err;
    (void)state;
    make_place(&place, 4);
    close(open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(listen_unix(place.path, 0, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "not a socket"));
    assert_int_equal(access(place.path, F_OK), 0);
    remove_place(&place);
}

static void peer_is_known(void **state)
{
    int pair[2];
    struct transport_peer peer;
    struct error err;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(transport_peer(pair[0], &peer, &err), &err);
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, getuid());
    close(pair[0]);
    close(pair[1]);
    assert_fails(transport_peer(-1, &peer, &err), &err, ERR_FAILED, "peer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_both_families),
        cmocka_unit_test(taken_port_names_holder),
        cmocka_unit_test(observing_may_not_listen),
        cmocka_unit_test(refused_connection),
        cmocka_unit_test(deadlines_hold),
        cmocka_unit_test(end_of_stream),
        cmocka_unit_test(unix_short_and_long),
        cmocka_unit_test(stale_file_is_replaced_a_live_one_is_not),
        cmocka_unit_test(a_file_that_is_no_socket_stays),
        cmocka_unit_test(peer_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
