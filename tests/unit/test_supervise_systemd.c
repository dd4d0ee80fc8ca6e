/* The systemd backend against a real systemd. Changes the machine, so it runs in a throwaway host
 * only (tests/scenario/test_supervise_systemd.py): "before" a reboot, and "after" it. */
#include "testing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/supervise.h"
#include "supervise_service.h"
#include "transport/transport.h"

#define ADDRESS "127.0.0.1:4000"
enum { SKIPPED = 77, PATIENCE_MS = 20000 };

static const struct supervise_service SERVICE = {.backend = SUPERVISE_SYSTEMD,
                                                 .dir = "/var/lib/teerex/services/host-test",
                                                 .name = "host-test",
                                                 .exe = "/bin/false",
                                                 .listen = ADDRESS,
                                                 .drain_max_ms = 10000,
                                                 .restart_first_ms = 50};

static struct cap applying(void)
{
    return cap_apply(NULL, NULL);
}

static struct supervise *open_it(void)
{
    struct cap cap = applying();
    struct supervise *s = NULL;
    struct error err;
    assert_ok(supervise_ensure(&cap, &SERVICE, clock_system(), &s, &err), &err);
    return s;
}

static struct supervise_instance instance(struct supervise *s, const char *id)
{
    struct supervise_status status;
    struct error err;
    assert_ok(supervise_status(s, &status, &err), &err);
    const struct supervise_instance *at = supervise_find(&status, id);
    assert_non_null(at);
    return *at;
}

static void wait_state(struct supervise *s, const char *id, enum supervise_state wanted)
{
    for (int i = 0; i < PATIENCE_MS / 20; i++) {
        if (instance(s, id).state == wanted)
            return;
        clock_sleep_ms(clock_system(), 20);
    }
    fail_msg("%s is %s instead of %s", id, supervise_state_name(instance(s, id).state),
             supervise_state_name(wanted));
}

static bool start_it(struct supervise *s, const char *id, const char *program, uint64_t fence,
                     struct error *err)
{
    struct cap cap = applying();
    cleanup_free char *name = xasprintf("SERVICE_NAME=%s", id);
    const char *argv[] = {program, "serve", "100% \"quoted\" $HOME", NULL};
    const char *env[] = {name, NULL};
    struct supervise_start what = {
        .id = id, .release_dir = "/var/tmp", .argv = argv, .env = env, .fence = fence};
    return supervise_start(s, &cap, &what, err);
}

static void swap_to(struct supervise *s, const char *id, uint64_t fence)
{
    struct cap cap = applying();
    struct error err;
    assert_ok(start_it(s, id, "/test/test_supervise_systemd", fence, &err), &err);
    wait_state(s, id, SUPERVISE_HELD);
    assert_ok(supervise_promote(s, &cap, id, fence, &err), &err);
}

/* One connection's answer; false when it was refused, reset or empty. */
static bool ask_once(char *text, size_t size)
{
    struct transport_addr at;
    struct error err;
    cleanup_close int fd = -1;
    struct deadline until = deadline_in(clock_system(), PATIENCE_MS);
    size_t len = 0;
    if (!transport_parse(STR(ADDRESS), &at, &err) || !transport_connect(&at, until, &fd, &err) ||
        !transport_read(fd, text, size - 1, until, &len, &err))
        return false;
    text[len] = '\0';
    return len > 0;
}

/* Right after a switch the old one may answer once more: both accept for a moment. */
static void expect_answer(const char *name)
{
    char text[64] = "";
    for (int i = 0; i < PATIENCE_MS / 20 && strcmp(text, name) != 0; i++) {
        clock_sleep_ms(clock_system(), 20);
        assert_true(ask_once(text, sizeof(text)));
    }
    assert_string_equal(text, name);
}

/* Short connections until SIGTERM; exits with 1 as soon as one fails. */
static pid_t begin_load(void)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char text[64];
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    while (ask_once(text, sizeof(text))) {
        if (sigtimedwait(&term, NULL, &(struct timespec){0}) == SIGTERM)
            _exit(0);
    }
    _exit(1);
}

static void end_load(pid_t pid)
{
    int status = -1;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void swaps_under_load(void **state)
{
    static const char *const NAMES[] = {"two", "three", "four", "five"};
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    swap_to(s, "one", 1);
    expect_answer("one");
    pid_t load = begin_load();
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        swap_to(s, NAMES[i], 2 + i);
        expect_answer(NAMES[i]);
    }
    end_load(load);
    wait_state(s, "four", SUPERVISE_EXITED);
    assert_int_equal(instance(s, "four").exit_code, 0);
    assert_int_equal(instance(s, "five").state, SUPERVISE_ACTIVE);
}

static void a_crash_is_repaired(void **state)
{
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    pid_t before = instance(s, "five").pid;
    assert_int_equal(kill(before, SIGKILL), 0);
    expect_answer("five");
    struct supervise_instance after = instance(s, "five");
    assert_true(after.pid != before && after.restarts == 1);
}

static void what_ends_before_promotion_is_told(void **state)
{
    struct cap cap = applying();
    struct error err;
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    assert_ok(start_it(s, "bad", "/bin/false", 9, &err), &err);
    wait_state(s, "bad", SUPERVISE_EXITED);
    assert_int_equal(instance(s, "bad").exit_code, 1);
    assert_fails(supervise_promote(s, &cap, "bad", 9, &err), &err, ERR_FAILED,
                 "exited with status 1");
    assert_fails(start_it(s, "none", "/nonexistent", 9, &err), &err, ERR_NOT_FOUND, "no program");
    expect_answer("five");
}

static void fences_and_repetitions(void **state)
{
    struct cap cap = applying();
    struct error err;
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    assert_fails(supervise_promote(s, &cap, "five", 8, &err), &err, ERR_LOCKED, "9");
    assert_ok(supervise_promote(s, &cap, "five", 9, &err), &err);
    assert_fails(supervise_stop(s, &cap, "five", 9, &err), &err, ERR_CONFLICT, "active");
    assert_ok(start_it(s, "five", "/test/test_supervise_systemd", 9, &err), &err);
    assert_fails(start_it(s, "five", "/bin/true", 9, &err), &err, ERR_CONFLICT, "another command");
    assert_ok(start_it(s, "held", "/test/test_supervise_systemd", 9, &err), &err);
    wait_state(s, "held", SUPERVISE_HELD);
    assert_ok(supervise_stop(s, &cap, "held", 9, &err), &err);
    wait_state(s, "held", SUPERVISE_EXITED);
    expect_answer("five");
}

static void a_taken_port(void **state)
{
    struct cap cap = applying();
    struct transport_addr at;
    struct supervise *s = NULL;
    struct error err;
    cleanup_close int taken = -1;
    struct supervise_service other = SERVICE;
    (void)state;
    other.dir = "/var/lib/teerex/services/other-test";
    other.name = "other-test";
    other.listen = "127.0.0.1:4001";
    assert_ok(transport_parse(str_of(other.listen), &at, &err), &err);
    struct transport_listen how = {.at = &at};
    assert_ok(transport_listen(&cap, &how, &taken, &err), &err);
    assert_fails(supervise_ensure(&cap, &other, clock_system(), &s, &err), &err, ERR_CONFLICT,
                 "already in use by");
}

static void a_name_that_is_in_use(void **state)
{
    struct cap cap = applying();
    struct supervise *s = NULL;
    struct error err;
    struct supervise_service other = SERVICE;
    (void)state;
    other.dir = "/var/lib/teerex/elsewhere/host-test";
    other.listen = "127.0.0.1:4003";
    assert_fails(supervise_ensure(&cap, &other, clock_system(), &s, &err), &err, ERR_CONFLICT,
                 "another directory");
    expect_answer("five");
}

/* ---- the real service, with its users, its parts and its filters, under the units' hardening ---
 */

static const struct supervise_service PROVER = {.backend = SUPERVISE_SYSTEMD,
                                                .dir = "/var/lib/teerex/services/host-prover",
                                                .name = "host-prover",
                                                .exe = "/bin/false",
                                                .listen = "[::1]:4002",
                                                .drain_max_ms = 20000};

static void ask_prover(char *text, size_t size)
{
    struct transport_addr at;
    struct error err;
    cleanup_close int fd = -1;
    struct deadline until = deadline_in(clock_system(), PATIENCE_MS);
    struct str request = STR("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    size_t len = 0;
    assert_ok(transport_parse(str_of(PROVER.listen), &at, &err), &err);
    assert_ok(transport_connect(&at, until, &fd, &err), &err);
    assert_ok(transport_write(fd, request, until, &err), &err);
    assert_ok(transport_read(fd, text, size - 1, until, &len, &err), &err);
    text[len] = '\0';
    assert_non_null(strstr(text, " 200 "));
}

static void expect_prover(const char *id)
{
    char text[4096] = "";
    cleanup_free char *wanted = xasprintf("\"instanceId\":\"%s\"", id);
    for (int i = 0; i < PATIENCE_MS / 20 && strstr(text, wanted) == NULL; i++) {
        clock_sleep_ms(clock_system(), 20);
        ask_prover(text, sizeof(text));
    }
    assert_non_null(strstr(text, wanted));
}

static void swap_prover(struct supervise *s, const char *id, uint64_t fence)
{
    struct cap cap = applying();
    struct error err;
    char check[SUPERVISE_PATH_MAX];
    assert_ok(supervise_check_socket(PROVER.dir, id, check, &err), &err);
    const char *argv[] = {"/prover/teerex-prover",
                          "--hold",
                          "--instance-id",
                          id,
                          "--check-socket",
                          check,
                          "--drain-idle",
                          "1s",
                          NULL};
    const char *env[] = {"PATH=/usr/bin:/bin", NULL};
    struct supervise_start what = {
        .id = id, .release_dir = "/prover", .argv = argv, .env = env, .fence = fence};
    assert_ok(supervise_start(s, &cap, &what, &err), &err);
    wait_state(s, id, SUPERVISE_HELD);
    assert_ok(supervise_promote(s, &cap, id, fence, &err), &err);
    expect_prover(id);
}

static void the_prover_is_swapped(void **state)
{
    struct cap cap = applying();
    struct supervise *opened = NULL;
    struct error err;
    (void)state;
    assert_ok(supervise_ensure(&cap, &PROVER, clock_system(), &opened, &err), &err);
    cleanup_supervise struct supervise *s = opened;
    swap_prover(s, "p1", 1);
    swap_prover(s, "p2", 2);
    wait_state(s, "p1", SUPERVISE_EXITED);
    expect_prover("p2");
}

static void the_reboot_has_restored_the_prover(void **state)
{
    (void)state;
    expect_prover("p2");
}

static void the_reboot_has_restored_it(void **state)
{
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    expect_answer("five");
    struct supervise_instance five = instance(s, "five");
    assert_true(five.state == SUPERVISE_ACTIVE && five.restarts == 0);
    assert_int_equal(instance(s, "held").state, SUPERVISE_EXITED);
    swap_to(s, "six", 10);
    expect_answer("six");
}

static void shutdown_ends_it(void **state)
{
    struct cap cap = applying();
    struct supervise *again = NULL;
    struct error err;
    char text[64];
    (void)state;
    cleanup_supervise struct supervise *s = open_it();
    assert_ok(supervise_shutdown(s, &cap, 11, &err), &err);
    assert_fails(supervise_connect(SERVICE.dir, clock_system(), &again, &err), &err, ERR_NOT_FOUND,
                 "no supervisor");
    assert_false(ask_once(text, sizeof(text)));
}

static int run_before(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swaps_under_load),
        cmocka_unit_test(a_crash_is_repaired),
        cmocka_unit_test(what_ends_before_promotion_is_told),
        cmocka_unit_test(fences_and_repetitions),
        cmocka_unit_test(a_taken_port),
        cmocka_unit_test(a_name_that_is_in_use),
        cmocka_unit_test(the_prover_is_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static int run_after(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reboot_has_restored_it),
        cmocka_unit_test(the_reboot_has_restored_the_prover),
        cmocka_unit_test(shutdown_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "serve") == 0)
        return serve_main();
    if (!supervise_systemd_usable() ||
        (strcmp(what, "before") != 0 && strcmp(what, "after") != 0)) {
        printf("skipped: needs a throwaway host with systemd\n");
        return SKIPPED;
    }
    return strcmp(what, "before") == 0 ? run_before() : run_after();
}
