/* What a process left that was killed goes; what belongs to the living, or to others, stays. */
#include <sys/wait.h>
#include <unistd.h>

#include "fs/fs.h"
#include "testing.h"

static struct cap apply;

static pid_t dead_pid(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

static char *put(const struct fs_temp *temp, const char *before, pid_t pid, const char *after)
{
    struct error err;
    cleanup_free char *name = xasprintf("%s%d%s", before, (int)pid, after);
    char *path = fs_join(temp->path, name);
    assert_ok(fs_write(&apply, path, STR("x"), 0600, &err), &err);
    return path;
}

static void assert_there(const char *path, bool there)
{
    assert_int_equal(access(path, F_OK) == 0, there);
}

static void test_only_the_dead_ones(void **state unused_arg)
{
    struct error err;
    pid_t dead = dead_pid();
    cleanup_fs_temp struct fs_temp temp = {0};
    apply = cap_apply(NULL, NULL);
    assert_ok(fs_temp_dir(&apply, NULL, "test-sweep-", &temp, &err), &err);
    cleanup_free char *draft = put(&temp, ".teerex-", dead, "-AbCdEf");
    cleanup_free char *link = put(&temp, ".teerex-link-", dead, "-0");
    cleanup_free char *living = put(&temp, ".teerex-", getpid(), "-AbCdEf");
    cleanup_free char *foreign = put(&temp, ".backup-", dead, "-AbCdEf");
    cleanup_free char *other = put(&temp, ".teerex-", dead, "");
    cleanup_free char *staging = xasprintf("%s/.staging-%d-AbCdEf/tree", temp.path, (int)dead);
    assert_ok(fs_make_dirs(&apply, staging, 0755, &err), &err);
    assert_fails(fs_sweep(cap_observe(), temp.path, &err), &err, ERR_BUG, "");
    assert_there(draft, true);
    assert_ok(fs_sweep(&apply, temp.path, &err), &err);
    assert_there(draft, false);
    assert_there(link, false);
    assert_there(staging, false);
    assert_there(living, true);
    assert_there(foreign, true);
    assert_there(other, true);
}

/* A zombie will not go on either. */
static void test_not_reaped_yet(void **state unused_arg)
{
    struct error err;
    cleanup_fs_temp struct fs_temp temp = {0};
    apply = cap_apply(NULL, NULL);
    assert_ok(fs_temp_dir(&apply, NULL, "test-sweep-", &temp, &err), &err);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    cleanup_free char *draft = put(&temp, ".teerex-", pid, "-AbCdEf");
    assert_ok(fs_sweep(&apply, temp.path, &err), &err);
    assert_there(draft, false);
    waitpid(pid, NULL, 0);
}

static void test_no_directory(void **state unused_arg)
{
    struct error err;
    apply = cap_apply(NULL, NULL);
    assert_ok(fs_sweep(&apply, "/no/such/directory", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_dead_ones),
        cmocka_unit_test(test_not_reaped_yet),
        cmocka_unit_test(test_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
