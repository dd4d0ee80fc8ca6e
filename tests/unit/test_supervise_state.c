/* The state file and the roster behind it; names; settings. */
#include "testing.h"

#include <stdlib.h>

#include "fs/fs.h"
#include "supervise/roster.h"
#include "supervise/settings.h"

#define INSTANCE(id, more)                                                           \
    "{\"id\":\"" id "\",\"state\":\"held\",\"fence\":3,\"boot_id\":\"b\",\"pid\":7," \
    "\"start_ticks\":9,\"release_dir\":\"/r\",\"argv\":[\"/r/x\"],\"env\":[]" more "}"
#define STATE(items) "{\"version\":1,\"fence\":5,\"listen\":\"a:1\",\"instances\":[" items "]}"

static void refuses(const char *text, enum err_kind kind, const char *why)
{
    struct roster roster = {0};
    struct error err;
    assert_fails(roster_parse(str_of(text), &roster, &err), &err, kind, why);
    assert_int_equal(roster.count, 0);
}

static void reads_and_refuses(void **state)
{
    cleanup_roster struct roster roster = {0};
    struct error err;
    (void)state;
    assert_ok(roster_parse(STR(STATE(INSTANCE("a", ",\"new\":1"))), &roster, &err), &err);
    assert_true(roster.fence == 5 && roster.count == 1);
    struct instance *a = roster_find(&roster, "a");
    assert_non_null(a);
    assert_int_equal(a->state, SUPERVISE_HELD);
    assert_int_equal(a->who.pid, 7);
    assert_false(a->ready);
    assert_null(roster_active(&roster));
    refuses("", ERR_FAILED, "state.json");
    refuses("{\"version\":1,\"fence\":5", ERR_FAILED, "state.json");
    refuses("{\"version\":2,\"fence\":5,\"instances\":[]}", ERR_CONFLICT, "version 2");
    refuses("{\"fence\":5,\"instances\":[]}", ERR_FAILED, "version");
    refuses("{\"version\":1,\"fence\":-5,\"instances\":[]}", ERR_FAILED, "fence");
    refuses("{\"version\":1,\"fence\":5,\"instances\":{}}", ERR_FAILED, "instances");
    refuses(STATE(INSTANCE("a", "") "," INSTANCE("a", "")), ERR_FAILED, "there twice");
    refuses(STATE(INSTANCE("../a", "")), ERR_FAILED, "malformed");
    refuses(STATE("{\"id\":\"a\",\"state\":\"odd\"}"), ERR_FAILED, "state is unknown");
    refuses(STATE("1"), ERR_FAILED, "malformed");
}

static void add(struct roster *roster, const char *id, enum supervise_state state)
{
    static const char *const ARGV[] = {"/bin/x", "a b", NULL};
    static const char *const ENV[] = {"K=v", NULL};
    struct command command = {"/opt", ARGV, ENV};
    struct instance *at = instance_new(id);
    struct error err;
    at->state = state;
    at->resume = true;
    at->who = (struct ident){.boot_id = "boot", .pid = 12, .start_ticks = UINT64_MAX};
    instance_set_command(at, &command);
    assert_true(instance_same_command(at, &command));
    assert_ok(roster_add(roster, at, &err), &err);
}

static void saves_and_loads(void **state)
{
    struct cap cap = cap_apply(NULL, NULL);
    cleanup_fs_temp struct fs_temp dir = {0};
    cleanup_roster struct roster out = {.fence = UINT64_MAX, .listen = "127.0.0.1:1"};
    cleanup_roster struct roster in = {0};
    struct error err;
    (void)state;
    assert_ok(fs_temp_dir(&cap, NULL, "state", &dir, &err), &err);
    assert_ok(roster_load(dir.path, &in, &err), &err);
    assert_int_equal(in.count, 0);
    add(&out, "old", SUPERVISE_DRAINING);
    add(&out, "new", SUPERVISE_ACTIVE);
    assert_fails(roster_save(cap_observe(), dir.path, &out, &err), &err, ERR_BUG, "state.json");
    assert_ok(roster_save(&cap, dir.path, &out, &err), &err);
    assert_ok(roster_load(dir.path, &in, &err), &err);
    assert_true(in.fence == UINT64_MAX && in.count == 2);
    assert_string_equal(in.listen, "127.0.0.1:1");
    assert_string_equal(in.items[0]->id, "new");
    assert_ptr_equal(roster_active(&in), in.items[0]);
    assert_true(in.items[1]->resume && in.items[1]->who.start_ticks == UINT64_MAX);
    assert_true(instance_same_command(in.items[1], &out.items[1]->command));
}

static void the_oldest_that_ended_makes_room(void **state)
{
    cleanup_roster struct roster roster = {0};
    struct error err;
    char id[8];
    (void)state;
    for (int i = 0; i < SUPERVISE_INSTANCES; i++) {
        snprintf(id, sizeof(id), "i%d", i);
        add(&roster, id, i == 2 || i == 4 ? SUPERVISE_EXITED : SUPERVISE_HELD);
    }
    add(&roster, "x", SUPERVISE_HELD);
    assert_null(roster_find(&roster, "i2"));
    assert_non_null(roster_find(&roster, "i4"));
    add(&roster, "y", SUPERVISE_HELD);
    assert_null(roster_find(&roster, "i4"));
    struct instance *z = instance_new("z");
    assert_fails(roster_add(&roster, z, &err), &err, ERR_CONFLICT, "8 instances");
    instance_free(z);
}

static void names(void **state)
{
    char path[SUPERVISE_PATH_MAX];
    char long_name[SUPERVISE_ID_MAX + 1];
    struct error err;
    (void)state;
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[SUPERVISE_ID_MAX] = '\0';
    assert_false(supervise_name_ok(long_name));
    long_name[SUPERVISE_ID_MAX - 1] = '\0';
    assert_true(supervise_name_ok(long_name));
    assert_false(supervise_name_ok(""));
    assert_false(supervise_name_ok("."));
    assert_false(supervise_name_ok("a/b"));
    assert_false(supervise_name_ok("A"));
    assert_false(supervise_name_ok("a b"));
    assert_false(supervise_name_ok("-a"));
    assert_ok(supervise_check_socket("/d", "1.2.3-x", path, &err), &err);
    assert_string_equal(path, "/d/run/1.2.3-x.sock");
    assert_fails(supervise_check_socket("/d", "../x", path, &err), &err, ERR_CONFIG, "name");
}

static void settings_have_defaults_and_bounds(void **state)
{
    struct cap cap = cap_apply(NULL, NULL);
    cleanup_fs_temp struct fs_temp dir = {0};
    struct settings out, in;
    struct error err;
    struct supervise_service service = {.name = "local-prover",
                                        .exe = "/bin/teerexctl",
                                        .listen = "127.0.0.1:4000",
                                        .drain_max_ms = 7};
    (void)state;
    assert_ok(fs_temp_dir(&cap, NULL, "settings", &dir, &err), &err);
    assert_fails(settings_read(dir.path, &in, &err), &err, ERR_NOT_FOUND, "service.json");
    assert_ok(settings_from(&service, &out, &err), &err);
    assert_ok(settings_write(&cap, dir.path, &out, &err), &err);
    assert_ok(settings_read(dir.path, &in, &err), &err);
    assert_string_equal(in.name, "local-prover");
    assert_true(in.drain_max_ms == 7 && in.ready_max_ms == 60000 && in.log_files == 5);
    service.exe = "teerexctl";
    assert_fails(settings_from(&service, &out, &err), &err, ERR_CONFIG, "absolute");
    service.exe = "/bin/teerexctl";
    service.listen = "nowhere";
    assert_fails(settings_from(&service, &out, &err), &err, ERR_CONFIG, "nowhere");
    service.listen = "a:1";
    service.name = "../x";
    assert_fails(settings_from(&service, &out, &err), &err, ERR_CONFIG, "name");
    cleanup_free char *path = fs_join(dir.path, "service.json");
    assert_ok(fs_write(&cap, path, STR("{\"version\":9}"), 0600, &err), &err);
    assert_fails(settings_read(dir.path, &in, &err), &err, ERR_CONFIG, "version 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_refuses),
        cmocka_unit_test(saves_and_loads),
        cmocka_unit_test(the_oldest_that_ended_makes_room),
        cmocka_unit_test(names),
        cmocka_unit_test(settings_have_defaults_and_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
