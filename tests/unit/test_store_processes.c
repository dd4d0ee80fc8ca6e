/* Leases among real processes: the keeper's life and death, contenders, a runner that slept. */
#include "testing_store.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Long enough for a machine under load; nothing below sleeps when all goes well. */
enum { PATIENCE_MS = 20000, TTL_MS = 300, LOOK_MS = 5 };

static struct store *open_store(const char *path)
{
    struct error err;
    struct store *s = NULL;
    assert_ok(store_open_write(path, &APPLY, &s, &err), &err);
    return s;
}

static struct lease read_lease(struct store *s)
{
    struct error err;
    struct lease lease;
    assert_ok(lease_read(s, "local", &lease, &err), &err);
    return lease;
}

static struct hold take(struct store *s, const char *run_id, uint64_t stale_revision)
{
    struct error err;
    struct hold hold;
    struct lease_claim claim = claim_here("local", run_id);
    claim.stale_revision = stale_revision;
    claim.ttl_ms = TTL_MS;
    assert_ok(lease_acquire(s, &claim, 1, &hold, &err), &err);
    return hold;
}

/* Waits until `condition` holds. */
#define EVENTUALLY(condition)                                           \
    do {                                                                \
        int64_t until_ms = clock_mono_ms(clock_system()) + PATIENCE_MS; \
        while (!(condition)) {                                          \
            assert_true(clock_mono_ms(clock_system()) < until_ms);      \
            clock_sleep_ms(clock_system(), LOOK_MS);                    \
        }                                                               \
    } while (0)

static bool process_ended(pid_t pid)
{
    struct ident who;
    struct error err;
    return !ident_of(pid, &who, &err);
}

/* ---- the keeper --------------------------------------------------------------------------- */

static struct lease_keeper *keep(struct store *s, const struct hold *hold)
{
    struct error err;
    struct lease_keeper *keeper = NULL;
    const struct lease_keep what = {hold, 1, TTL_MS, clock_system()};
    assert_ok(lease_keeper_start(s, &what, &keeper, &err), &err);
    return keeper;
}

static void the_keeper_renews_and_ends(void **state unused_arg)
{
    struct error err;
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    struct lease_keeper *keeper = keep(s, &hold);
    pid_t pid = lease_keeper_pid(keeper);
    EVENTUALLY(read_lease(s).revision >= 4);
    assert_ok(lease_still_mine(keeper, &err), &err);
    /* Neither a terminal's Ctrl-C nor a runner's TERM takes the lease from a run that cleans up. */
    kill(pid, SIGINT);
    kill(pid, SIGTERM);
    uint64_t revision = read_lease(s).revision;
    EVENTUALLY(read_lease(s).revision > revision + 1);
    lease_keeper_stop(keeper);
    assert_true(process_ended(pid));
    assert_ok(lease_release(s, &hold, 9, &err), &err);
}

/* A listening socket or a pipe that the keeper kept open would outlive the run for others. */
static void the_keeper_keeps_nothing_of_its_parents(void **state unused_arg)
{
    static const int MARKS[] = {90, 91, 200};
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++)
        assert_int_equal(dup2(STDERR_FILENO, MARKS[i]), MARKS[i]);
    cleanup_lease_keeper struct lease_keeper *keeper = keep(s, &hold);
    EVENTUALLY(read_lease(s).revision >= 2);
    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) {
        char path[64];
        struct stat st;
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)lease_keeper_pid(keeper), MARKS[i]);
        assert_int_equal(lstat(path, &st), -1);
        close(MARKS[i]);
    }
}

static void await_news(const struct lease_keeper *keeper)
{
    struct pollfd news = {.fd = lease_keeper_fd(keeper), .events = POLLIN};
    assert_int_equal(poll(&news, 1, PATIENCE_MS), 1);
}

/* The lease is still ours: somebody has to go on renewing it. */
static void a_killed_keeper_is_replaced(void **state unused_arg)
{
    struct error err;
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    cleanup_lease_keeper struct lease_keeper *keeper = keep(s, &hold);
    struct cap cap = cap_apply(lease_guard, keeper);
    for (int i = 0; i < 2; i++) {
        pid_t first = lease_keeper_pid(keeper);
        kill(first, SIGKILL);
        await_news(keeper);
        assert_ok(cap_allow(&cap, EFFECT_ONCE, "write", "x", &err), &err);
        assert_int_not_equal(lease_keeper_pid(keeper), first);
        assert_true(process_ended(first));
        uint64_t revision = read_lease(s).revision;
        EVENTUALLY(read_lease(s).revision > revision + 1);
    }
}

static void a_killed_keeper_of_a_lost_lease_is_not(void **state unused_arg)
{
    struct error err;
    struct hold stolen;
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    cleanup_lease_keeper struct lease_keeper *keeper = keep(s, &hold);
    kill(lease_keeper_pid(keeper), SIGKILL);
    await_news(keeper);
    struct lease_claim thief = claim_elsewhere("local", "thief");
    thief.stale_revision = read_lease(s).revision;
    assert_ok(lease_acquire(s, &thief, 1, &stolen, &err), &err);
    for (int i = 0; i < 2; i++)
        assert_fails(lease_still_mine(keeper, &err), &err, ERR_LOCKED, "held by run thief");
}

static uint64_t revision_of(struct store *s, const char *name)
{
    struct error err;
    struct lease lease;
    assert_ok(lease_read(s, name, &lease, &err), &err);
    return lease.revision;
}

/* The environment and its hosts: all are renewed, and losing any is losing all. */
static void one_keeper_keeps_several(void **state unused_arg)
{
    struct error err;
    struct hold holds[2];
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    holds[0] = take(s, "run-1", 0);
    struct lease_claim host = claim_here("host:a", "run-1");
    host.ttl_ms = TTL_MS;
    assert_ok(lease_acquire(s, &host, 1, &holds[1], &err), &err);
    const struct lease_keep what = {holds, 2, TTL_MS, clock_system()};
    cleanup_lease_keeper struct lease_keeper *keeper = NULL;
    assert_ok(lease_keeper_start(s, &what, &keeper, &err), &err);
    EVENTUALLY(revision_of(s, "local") >= 3 && revision_of(s, "host:a") >= 3);
    assert_ok(lease_still_mine(keeper, &err), &err);
    struct lease_claim thief = claim_elsewhere("host:a", "thief");
    struct hold stolen = {0};
    EVENTUALLY((thief.stale_revision = revision_of(s, "host:a"),
                lease_acquire(s, &thief, 1, &stolen, &err)));
    assert_fails(lease_still_mine(keeper, &err), &err, ERR_LOCKED, "held by run thief");
}

static void a_lost_lease_is_noticed(void **state unused_arg)
{
    struct error err;
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    cleanup_lease_keeper struct lease_keeper *keeper = keep(s, &hold);
    /* A renewal may come between reading the revision and using it. */
    struct lease_claim thief = claim_elsewhere("local", "thief");
    thief.ttl_ms = TTL_MS;
    struct hold stolen = {0};
    EVENTUALLY((thief.stale_revision = read_lease(s).revision,
                lease_acquire(s, &thief, 1, &stolen, &err)));
    assert_false(lease_still_mine(keeper, &err));
    struct pollfd news = {.fd = lease_keeper_fd(keeper), .events = POLLIN};
    assert_int_equal(poll(&news, 1, PATIENCE_MS), 1);
    assert_fails(lease_still_mine(keeper, &err), &err, ERR_LOCKED, "held by run thief");
}

static void another_handle_forbids_a_keeper(void **state unused_arg)
{
    struct error err;
    struct lease_keeper *keeper = NULL;
    cleanup_place struct place place = place_make();
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "run-1", 0);
    cleanup_store struct store *reader = NULL;
    assert_ok(store_open_read(place.path, &reader, &err), &err);
    struct lease_keep what = {&hold, 1, TTL_MS, clock_system()};
    assert_fails(lease_keeper_start(s, &what, &keeper, &err), &err, ERR_BUG, "is open twice");
    store_close_at(&reader);
    assert_ok(lease_renew(s, &hold, 1, &err), &err);
    cleanup_lease_keeper struct lease_keeper *second = keep(s, &hold);
    assert_ok(lease_still_mine(second, &err), &err);
    cleanup_store struct store *memory = NULL;
    assert_ok(store_open_memory(&APPLY, &memory, &err), &err);
    struct hold in_memory = take(memory, "run-1", 0);
    what.holds = &in_memory;
    assert_fails(lease_keeper_start(memory, &what, &keeper, &err), &err, ERR_BUG, "in memory");
}

/* What a child process does with the path; it never returns to the test runner. */
/* Before the parent opens the store: SQLite's handles must not cross a fork. */
static pid_t start_child(void (*body)(const char *path, int fd), const char *path, int fd)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        body(path, fd);
        _exit(0);
    }
    return pid;
}

static void hold_and_hang(const char *path, int fd)
{
    struct error err;
    cleanup_store struct store *s = NULL;
    struct hold hold;
    struct lease_keeper *keeper;
    struct lease_claim claim = claim_here("local", "doomed");
    claim.ttl_ms = TTL_MS;
    const struct lease_keep what = {&hold, 1, TTL_MS, clock_system()};
    if (!store_open_write(path, &APPLY, &s, &err) || !lease_acquire(s, &claim, 1, &hold, &err) ||
        !lease_keeper_start(s, &what, &keeper, &err))
        _exit(1);
    pid_t pid = lease_keeper_pid(keeper);
    if (write(fd, &pid, sizeof(pid)) != sizeof(pid))
        _exit(1);
    for (;;)
        pause();
}

/* kill -9 of the holder: its keeper ends too, it keeps no pipe of the parent's open, and the next
 * run takes the lease at once. */
static void a_killed_holder_is_replaced_at_once(void **state unused_arg)
{
    int told[2];
    pid_t keeper;
    char byte;
    cleanup_place struct place place = place_make();
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    pid_t doomed = start_child(hold_and_hang, place.path, told[1]);
    close(told[1]);
    assert_int_equal(read(told[0], &keeper, sizeof(keeper)), sizeof(keeper));
    cleanup_store struct store *s = open_store(place.path);
    EVENTUALLY(read_lease(s).revision > 2);
    struct lease_claim claim = claim_here("local", "next");
    struct hold hold;
    struct error err;
    assert_fails(lease_acquire(s, &claim, 1, &hold, &err), &err, ERR_LOCKED, "run doomed");
    kill(doomed, SIGKILL);
    assert_int_equal(waitpid(doomed, NULL, 0), doomed);
    assert_int_equal(read(told[0], &byte, 1), 0);
    close(told[0]);
    assert_int_equal(take(s, "next", 0).fence, 2);
    EVENTUALLY(process_ended(keeper));
}

/* ---- contenders --------------------------------------------------------------------------- */

enum { CONTENDERS = 4, ROUNDS = 25 };

/* Each round: take the lease, read, pause, write what was read plus one. A lost update, a second
 * holder or a repeated fence would show in the sum. */
static bool contend(const char *path, struct error *err)
{
    cleanup_store struct store *s = NULL;
    char run_id[RUN_ID_MAX];
    struct lease_patience patience = {.wait_ms = PATIENCE_MS, .clock = clock_system()};
    snprintf(run_id, sizeof(run_id), "contender-%d", (int)getpid());
    struct lease_claim claim = {.name = "local", .ttl_ms = LEASE_TTL_DEFAULT_MS};
    TRY(lease_owner_self(run_id, NULL, NULL, &claim.owner, err));
    /* Waiters look every sixth of the holder's ttl. */
    claim.ttl_ms = 60;
    TRY(store_open_write(path, &APPLY, &s, err));
    for (int i = 0; i < ROUNDS; i++) {
        cleanup_arena struct arena a = {0};
        struct hold hold;
        struct record record;
        char text[32];
        uint64_t sum = 0;
        TRY(lease_wait(s, &claim, &patience, &hold, err));
        TRY(record_get(s, "sum", &a, &record, err));
        if (record.version > 0 && !str_to_u64(str_of(record.text), &sum))
            return err_set(err, ERR_BUG, "sum is '%s'", record.text);
        clock_sleep_ms(clock_system(), 1);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)sum + 1);
        struct record_write write = {
            .name = "sum", .text = str_of(text), .expected = record.version};
        bool ok = record_put(s, &hold, &write, 1, err);
        if (!ok && err->kind == ERR_LOCKED) { /* we slept longer than our ttl: allowed, counted */
            i--;
            continue;
        }
        TRY(ok && (lease_release(s, &hold, 1, err) || err->kind == ERR_LOCKED));
    }
    return true;
}

static void contend_or_die(const char *path, int fd unused_arg)
{
    struct error err;
    if (!contend(path, &err)) {
        fprintf(stderr, "contender: %s\n", err.msg);
        _exit(1);
    }
}

static void contenders_never_hold_together(void **state unused_arg)
{
    int status;
    pid_t pids[CONTENDERS];
    struct error err;
    struct record record;
    cleanup_arena struct arena a = {0};
    cleanup_place struct place place = place_make();
    for (int i = 0; i < CONTENDERS; i++) /* they also race to create the store */
        pids[i] = start_child(contend_or_die, place.path, -1);
    for (int i = 0; i < CONTENDERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    cleanup_store struct store *s = open_store(place.path);
    assert_ok(record_get(s, "sum", &a, &record, &err), &err);
    assert_string_equal(record.text, "100");
    assert_int_equal(record.version, CONTENDERS * ROUNDS);
    assert_true(read_lease(s).fence >= CONTENDERS * ROUNDS);
}

/* ---- a runner that slept ------------------------------------------------------------------ */

/* Takes the lease, sleeps (SIGSTOP), and when it wakes up believes that nothing happened. */
static void sleepwalk(const char *path, int fd unused_arg)
{
    struct error err;
    cleanup_store struct store *s = NULL;
    struct hold hold;
    struct lease_claim claim = claim_here("local", "sleeper");
    struct record_write write = {.name = "current", .text = STR("\"of the sleeper\"")};
    struct journal_write note = {.kind = JOURNAL_DONE, .action = "a", .payload = STR("{}")};
    if (!store_open_write(path, &APPLY, &s, &err) || !lease_acquire(s, &claim, 1, &hold, &err))
        _exit(1);
    raise(SIGSTOP);
    if (record_put(s, &hold, &write, 2, &err) || err.kind != ERR_LOCKED)
        _exit(2);
    if (journal_append(s, &hold, &note, 2, &err) || err.kind != ERR_LOCKED)
        _exit(3);
    if (lease_renew(s, &hold, 2, &err) || lease_release(s, &hold, 2, &err))
        _exit(4);
}

static void a_runner_that_slept_writes_nothing(void **state unused_arg)
{
    int status;
    struct error err;
    cleanup_place struct place place = place_make();
    pid_t sleeper = start_child(sleepwalk, place.path, -1);
    assert_int_equal(waitpid(sleeper, &status, WUNTRACED), sleeper);
    assert_true(WIFSTOPPED(status));
    cleanup_store struct store *s = open_store(place.path);
    struct hold hold = take(s, "awake", read_lease(s).revision);
    struct record_write write = {.name = "current", .text = STR("\"of the new one\"")};
    assert_int_equal(hold.fence, 2);
    assert_ok(record_put(s, &hold, &write, 2, &err), &err);
    kill(sleeper, SIGCONT);
    assert_int_equal(waitpid(sleeper, &status, 0), sleeper);
    assert_int_equal(status, 0);
    struct record record;
    cleanup_arena struct arena a = {0};
    assert_ok(record_get(s, "current", &a, &record, &err), &err);
    assert_string_equal(record.text, "\"of the new one\"");
    assert_ok(lease_renew(s, &hold, 3, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keeper_renews_and_ends),
        cmocka_unit_test(the_keeper_keeps_nothing_of_its_parents),
        cmocka_unit_test(a_killed_keeper_is_replaced),
        cmocka_unit_test(a_killed_keeper_of_a_lost_lease_is_not),
        cmocka_unit_test(one_keeper_keeps_several),
        cmocka_unit_test(a_lost_lease_is_noticed),
        cmocka_unit_test(another_handle_forbids_a_keeper),
        cmocka_unit_test(a_killed_holder_is_replaced_at_once),
        cmocka_unit_test(contenders_never_hold_together),
        cmocka_unit_test(a_runner_that_slept_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
