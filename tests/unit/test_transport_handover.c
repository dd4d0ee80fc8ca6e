/* Listeners that travel: LISTEN_FDS through a real exec, SCM_RIGHTS, readiness messages. */
#include "testing.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/transport.h"

static struct deadline soon(void)
{
    return deadline_in(clock_system(), 5000);
}

/* Run as a child with the argument "child": is the environment what was promised? */
static int child_main(void)
{
    struct transport_passed passed;
    struct error err;
    size_t len = 0;
    char text[8] = "";
    if (!transport_listen_fds(&passed, &err) || passed.count != 2)
        return 10;
    if (transport_passed_named(&passed, "public") != 3 || getenv("LISTEN_FDS") != NULL)
        return 11;
    int other = transport_passed_named(&passed, "other");
    if ((fcntl(other, F_GETFD) & FD_CLOEXEC) == 0)
        return 12;
    if (!transport_read(other, text, sizeof(text), soon(), &len, &err) || len != 5)
        return 13;
    return transport_passed_named(&passed, "absent") == -1 ? 0 : 14;
}

static void become_child(const struct transport_passed *what)
{
    struct error err;
    char self[PATH_MAX] = "", arg[] = "child";
    char *const argv[] = {self, arg, NULL};
    /* By its name: a tool that runs this program for us may not allow the link itself. */
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0 &&
        transport_pass_to_exec(what, &err))
        execv(self, argv);
    _exit(99);
}

static void passes_through_exec(void **state)
{
    int pair[2], status = 0;
    struct error err;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_ok(transport_write(pair[1], STR("hello"), soon(), &err), &err);
    /* The order is such that moving one would overwrite the other. */
    struct transport_passed what = {
        .count = 2, .fds = {pair[1], pair[0]}, .names = {"public", "other"}};
    pid_t pid = fork();
    if (pid == 0)
        become_child(&what);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(pair[0]);
    close(pair[1]);
}

static void set_listen(const char *fds, pid_t pid)
{
    char text[24];
    snprintf(text, sizeof(text), "%d", (int)pid);
    setenv("LISTEN_FDS", fds, 1);
    setenv("LISTEN_PID", text, 1);
}

static void not_for_us_or_malformed(void **state)
{
    struct transport_passed passed = {.count = 7};
    struct error err;
    (void)state;
    assert_ok(transport_listen_fds(&passed, &err), &err);
    assert_int_equal(passed.count, 0);
    set_listen("1", getpid() + 1);
    assert_ok(transport_listen_fds(&passed, &err), &err);
    assert_int_equal(passed.count, 0);
    assert_null(getenv("LISTEN_FDS"));
    set_listen("17", getpid());
    assert_fails(transport_listen_fds(&passed, &err), &err, ERR_CONFIG, "count up to 16");
    set_listen("-1", getpid());
    assert_fails(transport_listen_fds(&passed, &err), &err, ERR_CONFIG, "count up to 16");
    close(18);
    set_listen("16", getpid());
    assert_fails(transport_listen_fds(&passed, &err), &err, ERR_CONFIG, "descriptor");
}

static void descriptors_over_a_stream(void **state)
{
    int pair[2], pipes[2];
    struct transport_received got;
    struct error err;
    char byte = 0;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_ok(transport_send_fds(pair[0], STR("pipe"), pipes, 2, soon(), &err), &err);
    assert_ok(transport_recv_fds(pair[1], soon(), &got, &err), &err);
    assert_str(str_n(got.bytes, got.len), "pipe");
    assert_int_equal(got.count, 2);
    assert_true((fcntl(got.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(read(got.fds[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    for (size_t i = 0; i < 2; i++) {
        close(got.fds[i]);
        close(pipes[i]);
    }
    assert_fails(transport_send_fds(pair[0], STR_EMPTY, NULL, 0, soon(), &err), &err, ERR_BUG,
                 "0 bytes");
    close(pair[0]);
    assert_ok(transport_recv_fds(pair[1], soon(), &got, &err), &err);
    assert_int_equal(got.len, 0);
    close(pair[1]);
}

static void readiness(void **state)
{
    struct cap cap = cap_apply(NULL, NULL);
    struct error err;
    char dir[64] = "/tmp/transport-XXXXXX", path[256];
    int fd = -1, again = -1;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/%080d", dir, 0);
    assert_ok(transport_notify(NULL, STR("READY=1"), &err), &err);
    assert_fails(transport_notify(path, STR("READY=1"), &err), &err, ERR_TRANSIENT, "manager");
    assert_ok(transport_notify_listen(&cap, path, &fd, &err), &err);
    assert_false(transport_notify_seen(fd, STR("READY=1")));
    assert_ok(transport_notify(path, STR("STATUS=READY=1 soon"), &err), &err);
    assert_false(transport_notify_seen(fd, STR("READY=1")));
    assert_ok(transport_notify(path, STR("MAINPID=1\nREADY=1\n"), &err), &err);
    assert_ok(transport_notify(path, STR("STATUS=up"), &err), &err);
    assert_true(transport_notify_seen(fd, STR("READY=1")));
    assert_false(transport_notify_seen(fd, STR("READY=1")));
    assert_ok(transport_notify_listen(&cap, path, &again, &err), &err);
    close(fd);
    close(again);
    unlink(path);
    rmdir(dir);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return child_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_through_exec),
        cmocka_unit_test(not_for_us_or_malformed),
        cmocka_unit_test(descriptors_over_a_stream),
        cmocka_unit_test(readiness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
