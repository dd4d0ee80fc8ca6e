/* Several children at once, and children that are polled, stopped or let go. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/internal.h"
#include "testing.h"

enum { SMALL = 4096, WAIT_MS = 20000, CHILDREN = 40 };

#define SHELL(script) ((const char *const[]){"sh", "-c", (script), NULL})

static struct proc_spec spec_of(const char *const *argv)
{
    return (struct proc_spec){.argv = argv, .out = {.max = SMALL}, .errout = {.max = SMALL}};
}

static void test_each_result_comes_back_once(void **state unused_arg)
{
    cleanup_proc_set struct proc_set *set = proc_set_new();
    struct error err;
    int tags[CHILDREN];
    bool seen[CHILDREN] = {false}, ended = false;
    struct proc_spec spec = spec_of(SHELL("cat; exit 4"));
    spec.stdin_text = STR("text");
    for (int i = 0; i < CHILDREN; i++) {
        tags[i] = i;
        assert_ok(proc_set_start(set, &spec, &tags[i], &err), &err);
    }
    assert_int_equal(proc_set_running(set), CHILDREN);
    for (int i = 0; i < CHILDREN; i++) {
        cleanup_proc_result struct proc_result r = {0};
        void *tag = NULL;
        assert_ok(proc_set_next(set, -1, &ended, &tag, &r, &err), &err);
        assert_true(ended);
        assert_false(seen[*(int *)tag]);
        seen[*(int *)tag] = true;
        assert_int_equal(r.status, 4);
        assert_str(buf_str(&r.out), "text");
    }
    struct proc_result none;
    void *tag = NULL;
    assert_ok(proc_set_next(set, -1, &ended, &tag, &none, &err), &err);
    assert_false(ended);
}

static void test_waiting_has_an_end(void **state unused_arg)
{
    cleanup_proc_set struct proc_set *set = proc_set_new();
    struct error err;
    struct proc_result r;
    void *tag = NULL;
    bool ended = true;
    struct proc_spec spec = spec_of((const char *const[]){"sleep", "300", NULL});
    assert_ok(proc_set_start(set, &spec, NULL, &err), &err);
    assert_ok(proc_set_next(set, 50, &ended, &tag, &r, &err), &err);
    assert_false(ended);
    assert_ok(proc_set_next(set, 0, &ended, &tag, &r, &err), &err);
    assert_false(ended);
    assert_int_equal(proc_set_running(set), 1);
}

static void test_one_that_cannot_start(void **state unused_arg)
{
    cleanup_proc_set struct proc_set *set = proc_set_new();
    struct error err;
    struct proc_spec spec = spec_of((const char *const[]){"no-such-program", NULL});
    assert_fails(proc_set_start(set, &spec, NULL, &err), &err, ERR_NOT_FOUND, "no-such-program");
    assert_int_equal(proc_set_running(set), 0);
}

static void test_time_outs_are_each_childs_own(void **state unused_arg)
{
    cleanup_proc_set struct proc_set *set = proc_set_new();
    cleanup_proc_result struct proc_result slow = {0}, late = {0};
    struct error err;
    int slow_tag = 1, late_tag = 2;
    void *tag = NULL;
    bool ended = false;
    struct proc_spec stuck = spec_of((const char *const[]){"sleep", "300", NULL});
    struct proc_spec free_hand = spec_of(SHELL("sleep 1; exit 5"));
    stuck.timeout_ms = 100;
    assert_ok(proc_set_start(set, &free_hand, &slow_tag, &err), &err);
    assert_ok(proc_set_start(set, &stuck, &late_tag, &err), &err);
    assert_ok(proc_set_next(set, -1, &ended, &tag, &late, &err), &err);
    assert_ptr_equal(tag, &late_tag);
    assert_true(late.timed_out);
    assert_ok(proc_set_next(set, -1, &ended, &tag, &slow, &err), &err);
    assert_ptr_equal(tag, &slow_tag);
    assert_int_equal(slow.status, 5);
    assert_false(slow.timed_out);
}

static void test_poll_stop_and_wait(void **state unused_arg)
{
    cleanup_proc struct proc *p = NULL;
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    bool ended = true;
    struct proc_spec spec = spec_of(SHELL("echo up; exec sleep 300"));
    assert_ok(proc_start(&spec, &p, &err), &err);
    assert_ok(proc_poll(p, 0, &ended, &err), &err);
    assert_false(ended);
    proc_stop(p);
    assert_ok(proc_poll(p, WAIT_MS, &ended, &err), &err);
    assert_true(ended);
    assert_ok(proc_wait(p, &r, &err), &err);
    assert_int_equal(r.signal, SIGTERM);
    assert_false(r.timed_out);
    proc_kill(p, SIGKILL); /* gone already: nothing happens */
}

/* As on a kernel, or under a filter, that has no pidfd. */
static void test_without_a_pidfd(void **state unused_arg)
{
    cleanup_proc struct proc *p = NULL;
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = spec_of(SHELL("echo up; sleep 0.1; exit 3"));
    assert_ok(proc_start(&spec, &p, &err), &err);
    close(p->pidfd);
    p->pidfd = -1;
    assert_ok(proc_wait(p, &r, &err), &err);
    assert_int_equal(r.status, 3);
    assert_str(buf_str(&r.out), "up\n");
}

static void test_freeing_kills(void **state unused_arg)
{
    struct proc *p = NULL;
    struct error err;
    struct ident who;
    struct proc_spec spec = spec_of((const char *const[]){"sleep", "300", NULL});
    assert_ok(proc_start(&spec, &p, &err), &err);
    assert_ok(ident_of(proc_pid(p), &who, &err), &err);
    proc_free(p);
    assert_int_equal(ident_check(&who), IDENT_DEAD);
}

static void test_detached_child_outlives_its_handle(void **state unused_arg)
{
    struct proc *p = NULL;
    struct error err;
    struct ident who;
    struct proc_spec spec = {.argv = (const char *const[]){"sleep", "300", NULL},
                             .out.kind = PROC_DISCARD,
                             .errout.kind = PROC_DISCARD,
                             .detach = true};
    assert_ok(proc_start(&spec, &p, &err), &err);
    pid_t pid = proc_pid(p);
    assert_ok(ident_of(pid, &who, &err), &err);
    assert_int_equal(getsid(pid), pid);
    proc_disown(&p);
    assert_null(p);
    assert_int_equal(ident_check(&who), IDENT_ALIVE);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The middle process starts a tied child, tells its pid and is killed. */
static void test_child_dies_with_its_parent(void **state unused_arg)
{
    int ends[2], status = 0;
    pid_t grandchild = 0;
    struct error err;
    assert_int_equal(pipe(ends), 0);
    pid_t middle = fork();
    if (middle == 0) {
        struct proc *p = NULL;
        struct proc_spec spec = spec_of((const char *const[]){"sleep", "300", NULL});
        spec.die_with_parent = true;
        grandchild = proc_start(&spec, &p, &err) ? proc_pid(p) : -1;
        ssize_t ignored = write(ends[1], &grandchild, sizeof(grandchild));
        (void)ignored;
        raise(SIGKILL);
    }
    assert_int_equal(read(ends[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    assert_int_equal(waitpid(middle, &status, 0), middle);
    assert_true(grandchild > 0);
    struct ident who;
    bool alive = true;
    for (int waited = 0; alive && waited < WAIT_MS; waited += 10) {
        alive = ident_of(grandchild, &who, &err);
        usleep(10000);
    }
    assert_false(alive);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_result_comes_back_once),
        cmocka_unit_test(test_waiting_has_an_end),
        cmocka_unit_test(test_one_that_cannot_start),
        cmocka_unit_test(test_time_outs_are_each_childs_own),
        cmocka_unit_test(test_poll_stop_and_wait),
        cmocka_unit_test(test_without_a_pidfd),
        cmocka_unit_test(test_freeing_kills),
        cmocka_unit_test(test_detached_child_outlives_its_handle),
        cmocka_unit_test(test_child_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
