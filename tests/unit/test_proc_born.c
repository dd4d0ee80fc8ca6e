/* Between the birth of a child and its program: who has to know of it, knows it first. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/proc.h"
#include "testing.h"

enum { SMALL = 4096 };

struct birth {
    pid_t pid;
    const char *mark; /* the program makes this file */
    bool ran_before;
    bool refuses;
};

static bool is_born(void *ctx, pid_t pid, struct error *err)
{
    struct birth *birth = ctx;
    birth->pid = pid;
    usleep(50 * 1000); /* were it not held back, it would have run by now */
    birth->ran_before = access(birth->mark, F_OK) == 0;
    return !birth->refuses || err_set(err, ERR_FAILED, "it could not be written down");
}

static bool start(struct birth *birth, struct proc_result *ret, struct error *err)
{
    const char *argv[] = {"sh", "-c", "echo $$; : > \"$0\"", birth->mark, NULL};
    const struct proc_spec spec = {
        .argv = argv,
        .out = {.max = SMALL},
        .errout = {.max = SMALL},
        .born = is_born,
        .born_ctx = birth,
    };
    return proc_run(&spec, ret, err);
}

static void make_dir(char *dir)
{
    assert_non_null(mkdtemp(dir));
}

static void test_told_before_it_runs(void **state unused_arg)
{
    char dir[] = "/tmp/test-born-XXXXXX";
    make_dir(dir);
    cleanup_proc_result struct proc_result r = {0};
    cleanup_free char *mark = xasprintf("%s/mark", dir);
    struct error err;
    struct birth birth = {.mark = mark};
    int64_t told = 0;
    assert_ok(start(&birth, &r, &err), &err);
    assert_false(birth.ran_before);
    assert_int_equal(unlink(mark), 0);
    assert_true(str_to_i64(str_trim(buf_str(&r.out)), &told));
    assert_int_equal(told, birth.pid);
    rmdir(dir);
}

static void test_refused_never_runs(void **state unused_arg)
{
    char dir[] = "/tmp/test-born-XXXXXX";
    make_dir(dir);
    cleanup_proc_result struct proc_result r = {0};
    cleanup_free char *mark = xasprintf("%s/mark", dir);
    struct error err;
    struct birth birth = {.mark = mark, .refuses = true};
    assert_fails(start(&birth, &r, &err), &err, ERR_FAILED, "it could not be written down");
    assert_int_not_equal(access(mark, F_OK), 0);
    assert_int_equal(kill(birth.pid, 0), -1);
    rmdir(dir);
}

static bool dies(void *ctx unused_arg, pid_t pid unused_arg, struct error *err unused_arg)
{
    raise(SIGKILL);
    return true;
}

/* The parent ends between birth and program: the child does not run it either. */
static void test_dead_parent_never_lets_go(void **state unused_arg)
{
    char dir[] = "/tmp/test-born-XXXXXX";
    make_dir(dir);
    int status = 0;
    int ends[2];
    char byte;
    cleanup_free char *mark = xasprintf("%s/mark", dir);
    const char *argv[] = {"sh", "-c", ": > \"$0\"", mark, NULL};
    const struct proc_spec spec = {
        .argv = argv, .out = {.max = SMALL}, .errout = {.max = SMALL}, .born = dies};
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct error err;
        struct proc *proc = NULL;
        _exit(proc_start(&spec, &proc, &err));
    }
    close(ends[1]);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    /* The child holds the pipe until it ends. */
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_int_not_equal(access(mark, F_OK), 0);
    close(ends[0]);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_before_it_runs),
        cmocka_unit_test(test_refused_never_runs),
        cmocka_unit_test(test_dead_parent_never_lets_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
