/* Children one at a time: start, input, output, environment, time-outs, signals. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/proc.h"
#include "testing.h"

enum { SMALL = 4096, WAIT_MS = 10000 };

static struct proc_spec spec_of(const char *const *argv)
{
    return (struct proc_spec){.argv = argv, .out = {.max = SMALL}, .errout = {.max = SMALL}};
}

#define SHELL(script) ((const char *const[]){"sh", "-c", (script), NULL})

static void run(const struct proc_spec *spec, struct proc_result *r)
{
    struct error err;
    assert_ok(proc_run(spec, r, &err), &err);
}

static void test_output_and_status(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = spec_of(SHELL("echo one; printf two >&2; exit 3"));
    run(&spec, &r);
    assert_int_equal(r.status, 3);
    assert_str(buf_str(&r.out), "one\n");
    assert_str(buf_str(&r.errout), "two");
    assert_false(r.timed_out || r.out_cut || r.errout_cut);
    assert_fails(proc_check(&r, "it", &err), &err, ERR_FAILED, "'it' exited with status 3: two");
}

static void test_run_ok_wants_status_zero(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec good = spec_of(SHELL("echo fine"));
    struct proc_spec bad = spec_of(SHELL("printf 'one\\ntwo\\n\\n'; exit 3"));
    assert_ok(proc_run_ok(&good, NULL, &err), &err);
    assert_ok(proc_run_ok(&good, &r, &err), &err);
    assert_str(buf_str(&r.out), "fine\n");
    assert_fails(proc_run_ok(&bad, &r, &err), &err, ERR_FAILED, "'sh' exited with status 3: two");
    assert_str(buf_str(&r.out), "fine\n");
}

static void test_cannot_start(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec missing = spec_of((const char *const[]){"no-such-program", "key", NULL});
    assert_fails(proc_run(&missing, &r, &err), &err, ERR_NOT_FOUND,
                 "cannot run 'no-such-program': No such file or directory");
    assert_null(strstr(err.msg, "key"));
    struct proc_spec directory = spec_of((const char *const[]){"/tmp", NULL});
    assert_fails(proc_run(&directory, &r, &err), &err, ERR_FAILED, "Permission denied");
    struct proc_spec lost = spec_of(SHELL("true"));
    lost.cwd = "/no/such/place";
    assert_fails(proc_run(&lost, &r, &err), &err, ERR_NOT_FOUND, "directory '/no/such/place'");
}

static void write_script(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

/* A program is found by the child's PATH, and a text that names no interpreter is no program. */
static void test_what_is_run(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    char dir[] = "/tmp/test-proc-XXXXXX";
    struct error err;
    assert_non_null(mkdtemp(dir));
    cleanup_free char *good = xasprintf("%s/good", dir), *plain = xasprintf("%s/plain", dir);
    cleanup_free char *path = xasprintf("PATH=:/no/such:/etc/passwd:%s:/usr/bin:/bin", dir);
    write_script(good, "#!/bin/sh\necho \"$1\"\n");
    write_script(plain, "echo a shell took it\n");
    struct proc_spec spec = spec_of((const char *const[]){"good", "word", NULL});
    spec.env = (const char *const[]){path, NULL};
    run(&spec, &r);
    assert_str(buf_str(&r.out), "word\n");
    spec.argv = (const char *const[]){"plain", NULL};
    assert_fails(proc_run(&spec, &r, &err), &err, ERR_FAILED, "Exec format error");
    /* An empty entry of PATH is neither here nor the root, where there is a directory "tmp". */
    spec.argv = (const char *const[]){"tmp", NULL};
    assert_fails(proc_run(&spec, &r, &err), &err, ERR_NOT_FOUND, "'tmp'");
    assert_int_equal(chmod(good, 0644), 0);
    spec.argv = (const char *const[]){"good", NULL};
    assert_fails(proc_run(&spec, &r, &err), &err, ERR_FAILED, "Permission denied");
    assert_int_equal(unlink(good) | unlink(plain) | rmdir(dir), 0);
}

static void test_descriptions_that_are_bugs(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec unbounded = {.argv = SHELL("true")};
    assert_fails(proc_run(&unbounded, &r, &err), &err, ERR_BUG, "stdout of a child without a max");
    struct proc_spec nobody = spec_of(SHELL("true"));
    nobody.errout.kind = PROC_LINES;
    assert_fails(proc_run(&nobody, &r, &err), &err, ERR_BUG, "stderr of a child as lines");
    struct proc_spec low = spec_of(SHELL("true"));
    low.fds = (const struct proc_fd[]){{.fd = 1, .target = 2}};
    low.fd_count = 1;
    assert_fails(proc_run(&low, &r, &err), &err, ERR_BUG, "descriptor 2");
    struct proc_spec empty = spec_of((const char *const[]){NULL});
    assert_fails(proc_run(&empty, &r, &err), &err, ERR_BUG, "without a program");
}

static void test_observers_may_not_change_the_world(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct cap apply = cap_apply(NULL, NULL);
    struct proc_spec spec = spec_of(SHELL("exit 0"));
    spec.effect = EFFECT_ONCE;
    assert_fails(proc_run(&spec, &r, &err), &err, ERR_BUG, "run 'sh'");
    spec.cap = cap_observe();
    assert_fails(proc_run(&spec, &r, &err), &err, ERR_BUG, "run 'sh'");
    spec.cap = &apply;
    run(&spec, &r);
}

static void test_flood_is_cut_in_constant_memory(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct rusage before, after;
    struct proc_spec spec = spec_of(SHELL("yes | head -c 100000000; echo end >&2"));
    getrusage(RUSAGE_SELF, &before);
    run(&spec, &r);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(r.out.len, SMALL);
    assert_true(r.out_cut);
    assert_false(r.errout_cut);
    assert_str(buf_str(&r.errout), "end\n");
    assert_int_equal(r.status, 0);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 16 * 1024);
}

static void test_binary_round_trip_through_stdin(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    size_t size = (size_t)3 * 1024 * 1024 + 17;
    cleanup_free char *bytes = xmalloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 % 251);
    struct proc_spec spec = spec_of((const char *const[]){"cat", NULL});
    spec.stdin_text = str_n(bytes, size);
    spec.out.max = size;
    run(&spec, &r);
    assert_int_equal(r.out.len, size);
    assert_false(r.out_cut);
    assert_memory_equal(r.out.ptr, bytes, size);
}

static void test_child_that_does_not_read(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    size_t size = 1024 * 1024;
    cleanup_free char *bytes = xcalloc(1, size);
    struct proc_spec spec = spec_of(SHELL("exec 0<&-; echo deaf; sleep 0.1"));
    spec.stdin_text = str_n(bytes, size);
    run(&spec, &r);
    assert_int_equal(r.status, 0);
    assert_str(buf_str(&r.out), "deaf\n");
}

struct lines {
    size_t count, cut, longest;
    char last[64];
};

static void count_line(void *ctx, struct str line, bool cut)
{
    struct lines *lines = ctx;
    lines->count++;
    lines->cut += cut;
    if (line.len > lines->longest)
        lines->longest = line.len;
    snprintf(lines->last, sizeof(lines->last), "%" PRIstr, (int)(line.len % 50), line.ptr);
}

static void test_lines(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct lines out = {0}, errout = {0};
    struct proc_spec spec = spec_of(
        SHELL("printf 'a\\r\\n\\nlast'; head -c 200000 /dev/zero | tr '\\0' x >&2; echo >&2"));
    spec.out.on_line = count_line;
    spec.out.line_ctx = &out;
    spec.errout =
        (struct proc_output){.kind = PROC_LINES, .on_line = count_line, .line_ctx = &errout};
    run(&spec, &r);
    assert_int_equal(out.count, 3);
    assert_string_equal(out.last, "last");
    assert_str(buf_str(&r.out), "a\r\n\nlast");
    assert_int_equal(errout.count, 1);
    assert_int_equal(errout.cut, 1);
    assert_int_equal(errout.longest, PROC_LINE_MAX);
    assert_int_equal(r.errout.len, 0);
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void assert_environment(struct str output, const char *expected)
{
    struct str lines[32] = {{0}}, line;
    size_t count = 0;
    cleanup_buf struct buf sorted = buf_make(SMALL);
    while (count < ARRAY_LEN(lines) && str_next_line(&output, &line))
        lines[count++] = line;
    qsort(lines, count, sizeof(lines[0]), compare);
    for (size_t i = 0; i < count; i++)
        buf_addf(&sorted, "%" PRIstr "\n", STR_ARG(lines[i]));
    assert_str(buf_str(&sorted), expected);
}

static void test_environment_is_the_allow_list(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0}, bare = {0};
    struct proc_spec spec = spec_of((const char *const[]){"/usr/bin/env", NULL});
    clearenv();
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("LC_TIME", "C", 1);
    setenv("TZ", "UTC", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "never", 1);
    setenv("LD_PRELOAD_NOT", "never", 1);
    setenv("WANTED", "yes", 1);
    spec.env = (const char *const[]){"A=1", "WANTED", "ABSENT", "TZ=CET", "A=2", "EMPTY=", NULL};
    run(&spec, &r);
    assert_environment(buf_str(&r.out),
                       "A=2\nEMPTY=\nLC_TIME=C\nPATH=/usr/bin:/bin\nTZ=CET\nWANTED=yes\n");
    spec.env_bare = true;
    run(&spec, &bare);
    assert_environment(buf_str(&bare.out), "A=2\nEMPTY=\nTZ=CET\nWANTED=yes\n");
}

static void test_descriptors_and_listen_fds(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* both inheritable on purpose: only fd 3 and 4 may arrive */
    assert_int_equal(write(ends[1], "through\n", 8), 8);
    struct proc_spec spec = spec_of(
        SHELL("head -n1 <&4; test \"$LISTEN_PID\" = $$ && echo \"$LISTEN_FDS\"; ls /proc/self/fd"));
    spec.fds = (const struct proc_fd[]){{.fd = ends[1], .target = 3}, {.fd = ends[0], .target = 4}};
    spec.fd_count = 2;
    spec.listen_fds = true;
    assert_ok(proc_run_ok(&spec, &r, &err), &err);
    /* 5 is ls's own, of the directory. */
    assert_str(buf_str(&r.out), "through\n2\n0\n1\n2\n3\n4\n5\n");
    close(ends[0]);
    close(ends[1]);
}

static void test_output_to_a_descriptor(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    FILE *file = tmpfile();
    char text[16] = "";
    struct proc_spec spec = spec_of(SHELL("echo kept; echo gone >&2"));
    spec.out = (struct proc_output){.kind = PROC_TO_FD, .fd = fileno(file)};
    spec.errout = (struct proc_output){.kind = PROC_DISCARD};
    run(&spec, &r);
    assert_int_equal(pread(fileno(file), text, sizeof(text) - 1, 0), 5);
    assert_string_equal(text, "kept\n");
    fclose(file);
}

static bool gone(pid_t pid)
{
    struct ident who;
    struct error err;
    for (int waited = 0; waited < WAIT_MS; waited += 10) {
        if (!ident_of(pid, &who, &err))
            return err.kind == ERR_NOT_FOUND;
        usleep(10000);
    }
    return false;
}

static pid_t pid_in(struct str text)
{
    uint64_t pid = 0;
    assert_true(str_to_u64(str_trim(text), &pid));
    return (pid_t)pid;
}

static void test_timeout_ends_the_whole_group(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = spec_of(
        SHELL("trap '' TERM; sh -c 'trap \"\" TERM; sleep 300; sleep 300' & echo $!; wait; wait"));
    spec.timeout_ms = 300;
    spec.grace_ms = 100;
    run(&spec, &r);
    assert_true(r.timed_out);
    assert_int_equal(r.signal, SIGKILL);
    assert_true(gone(pid_in(buf_str(&r.out))));
    assert_fails(proc_check(&r, "it", &err), &err, ERR_TRANSIENT, "without an answer");
}

static void test_polite_child_ends_at_sigterm(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = spec_of(SHELL("trap 'exit 0' TERM; sleep 300 & wait"));
    spec.timeout_ms = 300;
    spec.grace_ms = WAIT_MS;
    run(&spec, &r);
    assert_true(r.timed_out);
    assert_int_equal(r.status, 0);
    assert_true(r.elapsed_ms < WAIT_MS);
    assert_fails(proc_check(&r, "it", &err), &err, ERR_TRANSIENT, "was ended after");
}

static void test_sigterm_reaches_the_whole_group(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct proc_spec spec = spec_of(SHELL("trap : TERM; sh -c 'trap \"echo bye; exit 0\" TERM; "
                                          "while :; do sleep 0.05; done' & wait; wait"));
    spec.timeout_ms = 500;
    spec.grace_ms = WAIT_MS;
    run(&spec, &r);
    assert_true(r.timed_out);
    assert_str(buf_str(&r.out), "bye\n");
}

static void test_nothing_is_left_behind(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct proc_spec spec = spec_of(SHELL("sleep 300 & echo $!"));
    run(&spec, &r);
    assert_int_equal(r.status, 0);
    assert_true(gone(pid_in(buf_str(&r.out))));
}

static void test_daemon_that_holds_the_pipe(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct proc_spec spec = spec_of(SHELL("setsid sleep 300 & echo $!; sleep 0.2"));
    run(&spec, &r);
    assert_int_equal(r.status, 0);
    assert_int_equal(kill(pid_in(buf_str(&r.out)), SIGKILL), 0);
}

static void test_signals_are_default_in_the_child(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    sigset_t term;
    struct proc_spec spec = spec_of(SHELL("sed -n '/^Sig[BIC]/p' /proc/self/status"));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    run(&spec, &r);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    assert_str(buf_str(&r.out), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
                                "SigCgt:\t0000000000000000\n");
}

static void test_ended_by_a_signal(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct error err;
    struct proc_spec spec = spec_of(SHELL("kill -SEGV $$"));
    run(&spec, &r);
    assert_int_equal(r.status, -1);
    assert_int_equal(r.signal, SIGSEGV);
    assert_fails(proc_check(&r, "it", &err), &err, ERR_FAILED, "'it' was ended by SIGSEGV");
}

/* What is caught stays caught, so this runs in a process of its own. */
static int interrupted_run(bool through)
{
    struct error err = {0};
    struct proc_result r = {0};
    struct proc_spec spec = spec_of(SHELL("kill -TERM $PPID; sleep 0.5; exit 7"));
    spec.through_interrupt = through;
    if (!signals_install(&err))
        return 1;
    bool ok = proc_run(&spec, &r, &err);
    proc_result_release(&r);
    if (through)
        return ok && r.status == 7 && signals_caught() == SIGTERM ? 0 : 2;
    bool as_told = !ok && err.kind == ERR_INTERRUPTED && err.sys == SIGTERM;
    return as_told && !proc_run(&spec, &r, &err) && err.kind == ERR_INTERRUPTED ? 0 : 3;
}

static void check_in_a_fork(bool through)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(interrupted_run(through));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_interrupt_ends_the_child(void **state unused_arg)
{
    check_in_a_fork(false);
    check_in_a_fork(true);
}

static void test_working_directory_and_umask(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0};
    struct proc_spec spec = spec_of(SHELL("pwd; umask"));
    spec.cwd = "/proc";
    spec.umask = 027;
    run(&spec, &r);
    assert_str(buf_str(&r.out), "/proc\n0027\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_status),
        cmocka_unit_test(test_run_ok_wants_status_zero),
        cmocka_unit_test(test_cannot_start),
        cmocka_unit_test(test_what_is_run),
        cmocka_unit_test(test_descriptions_that_are_bugs),
        cmocka_unit_test(test_observers_may_not_change_the_world),
        cmocka_unit_test(test_flood_is_cut_in_constant_memory),
        cmocka_unit_test(test_binary_round_trip_through_stdin),
        cmocka_unit_test(test_child_that_does_not_read),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_descriptors_and_listen_fds),
        cmocka_unit_test(test_output_to_a_descriptor),
        cmocka_unit_test(test_timeout_ends_the_whole_group),
        cmocka_unit_test(test_polite_child_ends_at_sigterm),
        cmocka_unit_test(test_sigterm_reaches_the_whole_group),
        cmocka_unit_test(test_nothing_is_left_behind),
        cmocka_unit_test(test_daemon_that_holds_the_pipe),
        cmocka_unit_test(test_signals_are_default_in_the_child),
        cmocka_unit_test(test_ended_by_a_signal),
        cmocka_unit_test(test_interrupt_ends_the_child),
        cmocka_unit_test(test_working_directory_and_umask),
        cmocka_unit_test(test_environment_is_the_allow_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
