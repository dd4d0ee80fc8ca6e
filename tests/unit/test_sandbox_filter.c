/* System calls from inside the sandbox: what a role needs works, everything else kills. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "testing.h"
#include "under_valgrind.h"

typedef bool act_fn(int fd);

static struct sandbox_profile profile_of(enum sandbox_role role)
{
    return (struct sandbox_profile){.name = "test", .role = role, .limits = SANDBOX_LIMITS_KEEP};
}

/* Runs `act` in a child inside the sandbox; `fd` is one end of a socketpair, or a listener. The
 * child exits 0 when act was true, 1 when false, 2 when the sandbox could not be entered. */
static int run_inside(enum sandbox_role role, act_fn *act, int fd)
{
    struct sandbox_profile p = profile_of(role);
    struct error err;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(sandbox_enter(&p, &err) ? !act(fd) : 2);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool open_to_write(int fd unused_arg)
{
    return open("/tmp/sandbox-test-must-not-exist", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool open_to_read(int fd unused_arg)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool run_program(int fd unused_arg)
{
    char *const argv[] = {NULL};
    return execv("/bin/true", argv) == 0;
}

static bool fork_process(int fd unused_arg)
{
    return fork() >= 0;
}

static bool make_socket(int fd unused_arg)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool connect_socket(int fd)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

static bool trace_parent(int fd unused_arg)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool read_parent_memory(int fd unused_arg)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_writev(getppid(), &here, 1, &there, 1, 0) == 1;
}

static bool kill_parent(int fd unused_arg)
{
    return kill(getppid(), SIGCONT) == 0;
}

static bool signal_parent_thread(int fd unused_arg)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}

static bool map_code(int fd unused_arg)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool make_code(int fd unused_arg)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool become_root(int fd unused_arg)
{
    return setuid(0) == 0;
}

static bool raise_limit(int fd unused_arg)
{
    struct rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool use_io_uring(int fd unused_arg)
{
    struct io_uring_params params = {0};
    return syscall(SYS_io_uring_setup, 1, &params) >= 0;
}

static bool type_into_terminal(int fd)
{
    return ioctl(fd, 0x5412 /* TIOCSTI */, "x") == 0;
}

static bool unshare_namespace(int fd unused_arg)
{
    return unshare(0) == 0;
}

enum { BY_FRONT = 1, BY_VAULT = 2, BY_WORKER = 4, BY_ALL = 7, WIDENED = 8 };

/* Who is killed for what; WIDENED: an instrumented build has to allow it. */
static const struct {
    const char *what;
    act_fn *act;
    int killed;
} forbidden[] = {
    {"open to write", open_to_write, BY_FRONT | BY_VAULT | WIDENED},
    {"open to read", open_to_read, BY_FRONT | BY_VAULT | WIDENED},
    {"execve", run_program, BY_FRONT | BY_VAULT},
    {"fork", fork_process, BY_FRONT | BY_VAULT | WIDENED},
    {"socket", make_socket, BY_ALL},
    {"connect", connect_socket, BY_ALL},
    {"ptrace", trace_parent, BY_ALL | WIDENED},
    {"process_vm_writev", read_parent_memory, BY_ALL},
    {"kill", kill_parent, BY_FRONT | BY_VAULT},
    {"tgkill", signal_parent_thread, BY_FRONT | BY_VAULT},
    {"mmap code", map_code, BY_FRONT | BY_VAULT},
    {"mprotect code", make_code, BY_FRONT | BY_VAULT},
    {"setuid", become_root, BY_ALL},
    {"setrlimit", raise_limit, BY_FRONT | BY_VAULT | WIDENED},
    {"io_uring_setup", use_io_uring, BY_ALL},
    {"TIOCSTI", type_into_terminal, BY_ALL},
    {"unshare", unshare_namespace, BY_ALL},
};

static void check_killed(enum sandbox_role role, int by)
{
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        if (!(forbidden[i].killed & by))
            continue;
        if ((forbidden[i].killed & WIDENED) && sandbox_is_widened()) {
            print_message("not refused in an instrumented build: %s\n", forbidden[i].what);
            continue;
        }
        int status = run_inside(role, forbidden[i].act, 0);
        if (!sandbox_is_violation(status))
            fail_msg("%s was not refused: wait status %#x", forbidden[i].what, (unsigned)status);
    }
}

static void test_front_refuses(void **state unused_arg)
{
    check_killed(SANDBOX_FRONT, BY_FRONT);
}

static void test_vault_refuses(void **state unused_arg)
{
    check_killed(SANDBOX_VAULT, BY_VAULT);
}

static void test_worker_refuses(void **state unused_arg)
{
    check_killed(SANDBOX_WORKER, BY_WORKER);
}

static bool accept_somebody(int fd)
{
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC) >= 0;
}

static void test_vault_does_not_accept(void **state unused_arg)
{
    assert_true(sandbox_is_violation(run_inside(SANDBOX_VAULT, accept_somebody, 0)));
}

static bool use_memory_and_time(void)
{
    enum { MANY = 16 * 1024 * 1024 };
    unsigned char seed[16];
    cleanup_free char *big = xmalloc(MANY);
    memset(big, 1, MANY);
    big = xrealloc(big, MANY * 2UL);
    rng_fill(rng_system(), seed, sizeof(seed));
    clock_sleep_ms(clock_system(), 1);
    return clock_now_ms(clock_system()) > 0;
}

static bool serve_pair(int fd)
{
    char text[8] = {0};
    struct iovec io = {text, sizeof(text)};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
    return use_memory_and_time() && recvmsg(fd, &message, 0) == 4 &&
           sendmsg(fd, &message, MSG_NOSIGNAL) == sizeof(text) && shutdown(fd, SHUT_WR) == 0;
}

static void test_vault_serves_its_pair(void **state unused_arg)
{
    int pair[2];
    char reply[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[0], "ping", 4), 4);
    assert_int_equal(run_inside(SANDBOX_VAULT, serve_pair, pair[1]), 0);
    assert_int_equal(read(pair[0], reply, sizeof(reply)), sizeof(reply));
    assert_string_equal(reply, "ping");
    close(pair[0]);
    close(pair[1]);
}

static void *thread_main(void *arg)
{
    pthread_setname_np(pthread_self(), "worker");
    return arg;
}

static bool run_thread(void)
{
    char mark = 0;
    pthread_t thread;
    void *result = NULL;
    return pthread_create(&thread, NULL, thread_main, &mark) == 0 &&
           pthread_join(thread, &result) == 0 && result == &mark;
}

static bool serve_listener(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    char text[4];
    int loop = epoll_create1(EPOLL_CLOEXEC);
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0 ||
        epoll_wait(loop, &event, 1, 5000) != 1)
        return false;
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    return peer >= 0 && read(peer, text, sizeof(text)) == 4 && write(peer, text, 4) == 4 &&
           use_memory_and_time() && run_thread();
}

static void test_front_serves_a_listener(void **state unused_arg)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    char reply[4] = {0};
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(write(client, "ping", 4), 4);
    assert_int_equal(run_inside(SANDBOX_FRONT, serve_listener, listener), 0);
    assert_int_equal(read(client, reply, sizeof(reply)), 4);
    assert_memory_equal(reply, "ping", 4);
    close(client);
    close(listener);
}

static bool run_child(int fd unused_arg)
{
    char shell[] = "sh", option[] = "-c", script[] = "cat /etc/passwd >/dev/null && exit 7";
    char *const argv[] = {shell, option, script, NULL};
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(execv("/bin/sh", argv) == 0);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void test_worker_runs_children(void **state unused_arg)
{
    assert_int_equal(run_inside(SANDBOX_WORKER, run_child, 0), 0);
}

static bool run_child_that_connects(int fd unused_arg)
{
    char shell[] = "bash", option[] = "-c", script[] = "exec 3<>/dev/tcp/127.0.0.1/9";
    char *const argv[] = {shell, option, script, NULL};
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(execv("/bin/bash", argv) == 0);
    return waitpid(child, &status, 0) == child && sandbox_is_violation(status);
}

static void test_children_inherit_the_filter(void **state unused_arg)
{
    assert_int_equal(run_inside(SANDBOX_WORKER, run_child_that_connects, 0), 0);
}

static bool abort_now(int fd unused_arg)
{
    abort();
}

static void test_abort_is_told_from_a_violation(void **state unused_arg)
{
    int status = run_inside(SANDBOX_VAULT, abort_now, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(sandbox_is_violation(status));
}

static bool do_nothing(int fd unused_arg)
{
    return true;
}

static void test_unfiltered_still_gives_up_privileges(void **state unused_arg)
{
    assert_int_equal(run_inside(SANDBOX_UNFILTERED, do_nothing, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_refuses),
        cmocka_unit_test(test_vault_refuses),
        cmocka_unit_test(test_worker_refuses),
        cmocka_unit_test(test_vault_does_not_accept),
        cmocka_unit_test(test_vault_serves_its_pair),
        cmocka_unit_test(test_front_serves_a_listener),
        cmocka_unit_test(test_worker_runs_children),
        cmocka_unit_test(test_children_inherit_the_filter),
        cmocka_unit_test(test_abort_is_told_from_a_violation),
        cmocka_unit_test(test_unfiltered_still_gives_up_privileges),
    };
    skip_under_valgrind();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
