/* Users, limits, descriptors and the parent: what the sandbox takes away besides system calls. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "testing.h"
#include "under_valgrind.h"

static struct sandbox_profile profile_plain(void)
{
    return (struct sandbox_profile){
        .name = "test", .role = SANDBOX_UNFILTERED, .limits = SANDBOX_LIMITS_KEEP};
}

/* Enters in a child and exits with what `check` says (0 is well); 100 when entering failed. */
static int exit_inside(const struct sandbox_profile *p, int (*check)(void))
{
    struct error err;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!sandbox_enter(p, &err)) {
            print_error("%s\n", err.msg);
            _exit(100);
        }
        _exit(check());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void need_root(void)
{
    if (geteuid() == 0)
        return;
    print_message("skipped: changing the user needs root\n");
    skip();
}

static int nobody_for_good(void)
{
    gid_t groups[4];
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
        return 1;
    for (int i = 0; i < 3; i++)
        if (uid[i] != 65534 || gid[i] != 65534)
            return 2;
    if (getgroups(4, groups) != 1 || groups[0] != 65534)
        return 3;
    if (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
        return 4;
    return open("/etc/shadow", O_RDONLY) < 0 ? 0 : 5;
}

static void test_root_becomes_nobody(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    need_root();
    p.user = "nobody";
    assert_int_equal(exit_inside(&p, nobody_for_good), 0);
    p.user = "65534";
    assert_int_equal(exit_inside(&p, nobody_for_good), 0);
}

static int has_group_12345(void)
{
    return getgid() == 12345 && getegid() == 12345 ? 0 : 1;
}

static void test_group_can_be_named(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    need_root();
    p.user = "nobody";
    p.group = "12345";
    assert_int_equal(exit_inside(&p, has_group_12345), 0);
}

static void test_unknown_names_are_refused(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    struct error err;
    p.user = "no-such-user";
    assert_fails(sandbox_enter(&p, &err), &err, ERR_NOT_FOUND, "no user 'no-such-user'");
    p.user = "4294967295";
    assert_fails(sandbox_enter(&p, &err), &err, ERR_NOT_FOUND, "no user '4294967295'");
    p.user = "nobody";
    p.group = "no-such-group";
    assert_fails(sandbox_enter(&p, &err), &err, ERR_NOT_FOUND, "no group 'no-such-group'");
}

static int enter_as_root_again(void)
{
    struct sandbox_profile p = profile_plain();
    struct error err;
    p.user = "root";
    return !sandbox_enter(&p, &err) && err.kind == ERR_AUTH ? 0 : 1;
}

static void test_only_root_changes_user(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    need_root();
    p.user = "nobody";
    assert_int_equal(exit_inside(&p, enter_as_root_again), 0);
}

enum { FILE_SIZE = 1024 * 1024 };

static int has_limits(void)
{
    struct rlimit files, core, size;
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_FSIZE, &size);
    if (files.rlim_cur != 20 || files.rlim_max != 20)
        return 1;
    if (core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    return size.rlim_cur == FILE_SIZE ? 0 : 3;
}

static void test_limits(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    p.limits.open_files = 20;
    p.limits.file_size = FILE_SIZE;
    assert_int_equal(exit_inside(&p, has_limits), 0);
}

static int is_out_of_address_space(void)
{
    enum { MANY = 512 * 1024 * 1024 };
    void *at = mmap(NULL, MANY, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? 0 : 1;
}

static void test_address_space(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    if (sandbox_is_widened()) {
        print_message("skipped: sanitizers need their own address space\n");
        skip();
    }
    p.limits.address_space = 256UL * 1024 * 1024;
    assert_int_equal(exit_inside(&p, is_out_of_address_space), 0);
}

static int raise_to_what_there_is(void)
{
    struct sandbox_profile p = profile_plain();
    struct rlimit files;
    struct error err;
    p.limits.open_files = 40;
    if (!sandbox_enter(&p, &err))
        return 1;
    getrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur == 30 && files.rlim_max == 30 ? 0 : 2;
}

static void test_limits_are_never_raised_by_the_unprivileged(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    need_root();
    p.user = "nobody";
    p.limits.open_files = 30;
    assert_int_equal(exit_inside(&p, raise_to_what_there_is), 0);
}

enum { KEPT = 40, KEPT_TOO = 55 };

static int has_only_kept(void)
{
    for (int fd = 3; fd < 200; fd++) {
        bool is_open = fcntl(fd, F_GETFD) >= 0;
        if (is_open != (fd == KEPT || fd == KEPT_TOO))
            return fd;
    }
    return fcntl(0, F_GETFD) >= 0 ? 0 : 1;
}

static void test_descriptors(void **state unused_arg)
{
    const int keep[] = {KEPT_TOO, -1, 2, KEPT, KEPT};
    struct sandbox_profile p = profile_plain();
    for (int fd = 30; fd < 60; fd++)
        assert_int_equal(dup2(STDIN_FILENO, fd), fd);
    p.close_fds = true;
    p.keep_fds = keep;
    p.keep_fd_count = ARRAY_LEN(keep);
    assert_int_equal(exit_inside(&p, has_only_kept), 0);
    for (int fd = 30; fd < 60; fd++)
        close(fd);
}

static int has_no_privileges_to_gain(void)
{
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    return prctl(PR_GET_DUMPABLE) == 0 || sandbox_is_widened() ? 0 : 2;
}

static void test_flags(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    assert_int_equal(exit_inside(&p, has_no_privileges_to_gain), 0);
}

static int has_no_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &head, data) != 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(data); i++)
        if (data[i].effective != 0 || data[i].permitted != 0 || data[i].inheritable != 0)
            return 2;
    return setgroups(0, NULL) == 0 ? 3 : 0;
}

static void test_capabilities_go_even_without_a_user(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    assert_int_equal(exit_inside(&p, has_no_capabilities), 0);
}

/* A parent that forks a child that follows it, and ends; the pipe closes when the child does. */
static void parent_that_ends(int write_end)
{
    int ready[2];
    char byte;
    if (pipe(ready) < 0)
        _exit(1);
    pid_t parent = getpid();
    if (fork() == 0) {
        struct sandbox_profile p = profile_plain();
        struct error err;
        p.death_signal = SIGKILL;
        p.parent = parent;
        byte = sandbox_enter(&p, &err) ? 'y' : 'n';
        (void)!write(write_end, &byte, 1);
        (void)!write(ready[1], &byte, 1);
        for (;;)
            pause();
    }
    _exit(read(ready[0], &byte, 1) == 1 ? 0 : 1);
}

static void test_child_dies_with_its_parent(void **state unused_arg)
{
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        parent_that_ends(ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static int enter_with_a_parent_gone(void)
{
    struct sandbox_profile p = profile_plain();
    struct error err;
    p.death_signal = SIGKILL;
    p.parent = getpid();
    return !sandbox_enter(&p, &err) && strstr(err.msg, "is gone") != NULL ? 0 : 1;
}

static void test_parent_that_is_gone_is_noticed(void **state unused_arg)
{
    struct sandbox_profile p = profile_plain();
    assert_int_equal(exit_inside(&p, enter_with_a_parent_gone), 0);
}

static void test_description(void **state unused_arg)
{
    cleanup_buf struct buf b = buf_make(BUF_LINE);
    struct sandbox_profile p = profile_plain();
    p.user = "teerex";
    p.role = SANDBOX_VAULT;
    p.limits.open_files = 16;
    sandbox_describe(&p, &b);
    assert_true(str_starts(buf_str(&b), STR("test: user teerex, ")));
    assert_true(str_has(buf_str(&b), STR(" system call rules, open files <= 16, no new")));
    assert_true(str_has(buf_str(&b), STR("widened")) == sandbox_is_widened());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_becomes_nobody),
        cmocka_unit_test(test_group_can_be_named),
        cmocka_unit_test(test_unknown_names_are_refused),
        cmocka_unit_test(test_only_root_changes_user),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_address_space),
        cmocka_unit_test(test_limits_are_never_raised_by_the_unprivileged),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_capabilities_go_even_without_a_user),
        cmocka_unit_test(test_child_dies_with_its_parent),
        cmocka_unit_test(test_parent_that_is_gone_is_noticed),
        cmocka_unit_test(test_description),
    };
    skip_under_valgrind();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
