/* The client against a real supervisor: this binary is also the supervisor ("supervise") and the
 * service ("serve"). */
#include "testing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/fs.h"
#include "supervise/supervise.h"
#include "supervise_service.h"
#include "transport/transport.h"

/* ---- the other two programs ------------------------------------------------------------------ */

static int supervise_main(char **argv)
{
    struct cap cap = cap_apply(NULL, NULL);
    struct error err;
    uint64_t report = 0;
    bool told = argv[4] != NULL && str_to_u64(str_of(argv[5]), &report);
    if (!signals_install(&err) ||
        !supervise_run(&cap, argv[3], clock_system(), told ? (int)report : -1, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    return 0;
}

/* ---- the tests ------------------------------------------------------------------------------- */

struct scene {
    struct cap cap;
    struct fs_temp dir;
    char *service_dir;
    char *self;
    struct supervise_service service;
    struct supervise *s;
};

static int scene_begin(void **state)
{
    struct scene *scene = xcalloc(1, sizeof(*scene));
    struct error err;
    scene->cap = cap_apply(NULL, NULL);
    assert_ok(fs_real_path("/proc/self/exe", &scene->self, &err), &err);
    assert_ok(fs_temp_dir(&scene->cap, NULL, "client", &scene->dir, &err), &err);
    /* Long enough that a socket in it does not fit into sun_path. */
    scene->service_dir = xasprintf("%s/%0100d/service", scene->dir.path, 0);
    scene->service = (struct supervise_service){.dir = scene->service_dir,
                                                .name = "unit-test",
                                                .exe = scene->self,
                                                .listen = "127.0.0.1:0",
                                                .restart_first_ms = 10};
    *state = scene;
    return 0;
}

static struct supervise_status status_of(struct scene *scene)
{
    struct supervise_status status;
    struct error err;
    assert_ok(supervise_status(scene->s, &status, &err), &err);
    return status;
}

static void ensure(struct scene *scene)
{
    struct error err;
    assert_ok(supervise_ensure(&scene->cap, &scene->service, clock_system(), &scene->s, &err),
              &err);
}

static bool start(struct scene *scene, const char *id, uint64_t fence, struct error *err)
{
    cleanup_free char *name = xasprintf("SERVICE_NAME=%s", id);
    const char *argv[] = {scene->self, "serve", NULL};
    const char *env[] = {name, NULL};
    struct supervise_start what = {
        .id = id, .release_dir = "/", .argv = argv, .env = env, .fence = fence};
    return supervise_start(scene->s, &scene->cap, &what, err);
}

static void wait_ready(struct scene *scene, const char *id)
{
    for (int i = 0; i < 1000; i++) {
        struct supervise_status status = status_of(scene);
        const struct supervise_instance *at = supervise_find(&status, id);
        assert_non_null(at);
        if (at->ready)
            return;
        clock_sleep_ms(clock_system(), 10);
    }
    fail_msg("%s never became ready", id);
}

/* Waits until no process is left that could write into the directory. */
static int scene_end(void **state)
{
    struct scene *scene = *state;
    struct error err;
    struct supervise_status status;
    if (scene->s != NULL && supervise_shutdown(scene->s, &scene->cap, UINT64_MAX, &err)) {
        for (int i = 0; i < 1000 && supervise_status(scene->s, &status, &err); i++)
            clock_sleep_ms(clock_system(), 10);
    }
    supervise_free(scene->s);
    fs_temp_release(&scene->dir);
    free(scene->service_dir);
    free(scene->self);
    free(scene);
    return 0;
}

static void expect_answer(struct scene *scene, const char *name)
{
    struct supervise_status status = status_of(scene);
    struct transport_addr at;
    struct error err;
    cleanup_close int fd = -1;
    struct deadline until = deadline_in(clock_system(), 5000);
    char text[64];
    size_t len = 0;
    assert_ok(transport_parse(str_of(status.listen), &at, &err), &err);
    assert_ok(transport_connect(&at, until, &fd, &err), &err);
    assert_ok(transport_read(fd, text, sizeof(text), until, &len, &err), &err);
    assert_str(str_n(text, len), name);
}

static void a_life(void **state)
{
    struct scene *scene = *state;
    struct error err;
    assert_fails(supervise_connect(scene->service_dir, clock_system(), &scene->s, &err), &err,
                 ERR_NOT_FOUND, "no supervisor");
    ensure(scene);
    assert_ok(start(scene, "one", 4, &err), &err);
    wait_ready(scene, "one");
    assert_ok(supervise_promote(scene->s, &scene->cap, "one", 4, &err), &err);
    expect_answer(scene, "one");
    assert_ok(start(scene, "two", 5, &err), &err);
    wait_ready(scene, "two");
    assert_fails(supervise_promote(scene->s, &scene->cap, "two", 4, &err), &err, ERR_LOCKED, "5");
    assert_ok(supervise_promote(scene->s, &scene->cap, "two", 5, &err), &err);
    struct supervise_status status = status_of(scene);
    assert_string_equal(status.active, "two");
    assert_true(status.listening && status.fence == 5);
    assert_string_equal(status.instances[0].id, "two");
    assert_ok(supervise_stop(scene->s, &scene->cap, "one", 5, &err), &err);
    assert_fails(supervise_stop(scene->s, &scene->cap, "two", 5, &err), &err, ERR_CONFLICT,
                 "active");
    assert_fails(supervise_promote(scene->s, &scene->cap, "none", 5, &err), &err, ERR_NOT_FOUND,
                 "no instance none");
}

static void ensure_finds_what_runs(void **state)
{
    struct scene *scene = *state;
    struct supervise *second = NULL;
    struct error err;
    ensure(scene);
    pid_t pid = status_of(scene).pid;
    assert_ok(supervise_ensure(&scene->cap, &scene->service, clock_system(), &second, &err), &err);
    supervise_free(second);
    assert_int_equal(status_of(scene).pid, pid);
    scene->service.listen = "127.0.0.1:1";
    assert_fails(supervise_ensure(&scene->cap, &scene->service, clock_system(), &second, &err),
                 &err, ERR_CONFLICT, "cannot move to 127.0.0.1:1");
}

static void a_killed_supervisor_is_not_noticed(void **state)
{
    struct scene *scene = *state;
    struct error err;
    ensure(scene);
    assert_ok(start(scene, "one", 1, &err), &err);
    wait_ready(scene, "one");
    assert_ok(supervise_promote(scene->s, &scene->cap, "one", 1, &err), &err);
    pid_t pid = status_of(scene).pid;
    assert_int_equal(kill(pid, SIGKILL), 0);
    expect_answer(scene, "one");
    assert_true(status_of(scene).pid != pid);
    assert_string_equal(status_of(scene).active, "one");
}

static void promote_one(struct scene *scene)
{
    struct error err;
    ensure(scene);
    assert_ok(start(scene, "one", 1, &err), &err);
    wait_ready(scene, "one");
    assert_ok(supervise_promote(scene->s, &scene->cap, "one", 1, &err), &err);
}

static void ensure_again(struct scene *scene)
{
    supervise_free(steal_ptr(&scene->s));
    ensure(scene);
}

/* The supervisor stays the same process, so the instances stay its children: how one ends is known.
 */
static void it_becomes_another_program(void **state)
{
    struct scene *scene = *state;
    struct error err;
    cleanup_free char *other = fs_join(scene->dir.path, "other");
    cleanup_free char *runs = NULL;
    promote_one(scene);
    pid_t pid = status_of(scene).pid;
    cleanup_free char *link = xasprintf("/proc/%d/exe", (int)pid);
    assert_ok(fs_copy(&scene->cap, scene->self, other, 0755, &err), &err);
    scene->service.exe = other;
    ensure_again(scene);
    expect_answer(scene, "one");
    assert_int_equal(status_of(scene).pid, pid);
    assert_ok(fs_read_link(link, &runs, &err), &err);
    assert_string_equal(runs, other);
    assert_int_equal(kill(status_of(scene).instances[0].pid, SIGKILL), 0);
    expect_answer(scene, "one");
    assert_int_equal(status_of(scene).instances[0].exit_signal, SIGKILL);
}

static void a_program_that_cannot_go_on_is_taken_back(void **state)
{
    struct scene *scene = *state;
    promote_one(scene);
    pid_t pid = status_of(scene).pid;
    scene->service.exe = "/bin/false";
    ensure_again(scene);
    expect_answer(scene, "one");
    assert_true(status_of(scene).pid != pid);
    assert_string_equal(status_of(scene).active, "one");
}

static void new_settings_are_taken_over(void **state)
{
    struct scene *scene = *state;
    struct error err;
    promote_one(scene);
    scene->service.drain_max_ms = 1;
    ensure_again(scene);
    expect_answer(scene, "one");
    scene->service.exe = "/nonexistent";
    supervise_free(steal_ptr(&scene->s));
    assert_fails(supervise_ensure(&scene->cap, &scene->service, clock_system(), &scene->s, &err),
                 &err, ERR_NOT_FOUND, "/nonexistent");
    scene->service.exe = scene->self;
    ensure(scene);
}

static void what_may_not_be_done(void **state)
{
    struct scene *scene = *state;
    struct supervise *none = NULL;
    struct error err;
    const char *argv[] = {"/bin/true", NULL};
    const char *env[] = {NULL};
    struct supervise_start what = {.id = "x", .release_dir = "/", .argv = argv, .env = env};
    assert_fails(supervise_ensure(cap_observe(), &scene->service, clock_system(), &none, &err),
                 &err, ERR_BUG, "may only observe");
    ensure(scene);
    assert_fails(supervise_start(scene->s, cap_observe(), &what, &err), &err, ERR_BUG, "start");
    assert_fails(supervise_promote(scene->s, cap_observe(), "x", 1, &err), &err, ERR_BUG,
                 "promote");
    assert_fails(supervise_stop(scene->s, cap_observe(), "x", 1, &err), &err, ERR_BUG, "stop");
    assert_fails(supervise_shutdown(scene->s, cap_observe(), 1, &err), &err, ERR_BUG, "shut down");
    what.id = "../x";
    assert_fails(supervise_start(scene->s, &scene->cap, &what, &err), &err, ERR_CONFIG, "../x");
}

static void failures_to_begin_are_told(void **state)
{
    struct scene *scene = *state;
    struct cap *cap = &scene->cap;
    struct transport_addr at;
    struct error err;
    int taken = -1;
    char text[TRANSPORT_TEXT_MAX];
    assert_ok(transport_parse(STR("127.0.0.1:0"), &at, &err), &err);
    struct transport_listen how = {.at = &at};
    assert_ok(transport_listen(cap, &how, &taken, &err), &err);
    assert_ok(transport_local(taken, &at, &err), &err);
    transport_format(&at, text);
    scene->service.listen = text;
    assert_fails(supervise_ensure(cap, &scene->service, clock_system(), &scene->s, &err), &err,
                 ERR_CONFLICT, "already in use by");
    close(taken);
    scene->service.exe = "/nonexistent/teerexctl";
    assert_fails(supervise_ensure(cap, &scene->service, clock_system(), &scene->s, &err), &err,
                 ERR_NOT_FOUND, "/nonexistent/teerexctl");
    scene->service.exe = "/bin/false";
    assert_fails(supervise_ensure(cap, &scene->service, clock_system(), &scene->s, &err), &err,
                 ERR_FAILED, "ended before it began");
    scene->service.exe = "/bin/ls";
    assert_fails(supervise_ensure(cap, &scene->service, clock_system(), &scene->s, &err), &err,
                 ERR_FAILED, "--dir");
    assert_null(scene->s);
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "supervise") == 0)
        return supervise_main(argv);
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve_main();
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)
    const struct CMUnitTest tests[] = {
        SCENE(a_life),
        SCENE(ensure_finds_what_runs),
        SCENE(a_killed_supervisor_is_not_noticed),
        SCENE(it_becomes_another_program),
        SCENE(a_program_that_cannot_go_on_is_taken_back),
        SCENE(new_settings_are_taken_over),
        SCENE(what_may_not_be_done),
        SCENE(failures_to_begin_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
