/* The local machine as a host: commands, files, trees, the fence, links that lead astray. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/internal.h"
#include "testing.h"

static struct cap apply;
static struct fs_temp temp;
static struct host *host;

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char *at(const char *name)
{
    return fs_join(temp.path, name);
}

static int make_host(void **state unused_arg)
{
    struct error err;
    apply = cap_apply(NULL, NULL);
    if (!fs_temp_dir(&apply, NULL, "test-host-", &temp, &err))
        return -1;
    cleanup_free char *root = at("root");
    const struct host_where where = {.name = "here", .kind = "local", .root = root};
    return host_local_open(&where, &host, &err) ? 0 : -1;
}

static int drop_host(void **state unused_arg)
{
    host_close_at(&host);
    fs_temp_release(&temp);
    return 0;
}

static struct host_call call_of(uint64_t fence)
{
    return (struct host_call){.cap = &apply, .fence = fence, .owner = "test"};
}

static struct host_file abc_file(const char *path)
{
    return (struct host_file){.path = path, .bytes = STR("abc"), .mode = 0640, .sha256 = ABC};
}

static void put_abc(const char *path)
{
    const struct host_call call = call_of(1);
    const struct host_file file = abc_file(path);
    struct error err;
    assert_ok(host_put(host, &call, &file, &err), &err);
}

static struct host_command command_of(const char *const *argv)
{
    return (struct host_command){
        .argv = argv, .out.max = BUF_LINE, .errout.max = BUF_LINE, .effect = EFFECT_IDEMPOTENT};
}

static void test_kinds_are_registered(void **state unused_arg)
{
    const struct host_kind kinds[] = {{"local", host_local_open}, {"other", host_local_open}};
    const struct host_where odd = {.name = "h", .kind = "ssm", .root = "/x"};
    const struct host_where relative = {.name = "h", .kind = "local", .root = "x"};
    const struct host_where good = {.name = "h", .kind = "local", .root = "/x"};
    cleanup_host struct host *h = NULL;
    struct error err;
    assert_fails(host_open(kinds, 2, &odd, &h, &err), &err, ERR_CONFIG, "none of: local, other");
    assert_fails(host_open(kinds, 2, &relative, &h, &err), &err, ERR_CONFIG, "no absolute path");
    assert_ok(host_open(kinds, 2, &good, &h, &err), &err);
    assert_string_equal(h->ops->kind, "local");
}

static void test_looking_changes_nothing(void **state unused_arg)
{
    struct host_facts facts;
    struct fs_info info;
    struct fs_list list;
    struct error err;
    cleanup_free char *root = at("root");
    assert_ok(host_describe(host, &facts, &err), &err);
    assert_true(facts.cores > 0 && facts.memory_bytes > 0 && facts.disk.total_bytes > 0);
    assert_int_equal(strlen(facts.boot_id), 36);
    assert_int_equal(facts.fence, 0);
    assert_ok(host_info(host, "a/b", &info, &err), &err);
    assert_int_equal(info.kind, FS_NONE);
    assert_fails(host_list(host, "", &list, &err), &err, ERR_NOT_FOUND, "host 'here'");
    assert_ok(fs_info(root, &info, &err), &err);
    assert_int_equal(info.kind, FS_NONE);
}

static void test_put_get_and_look(void **state unused_arg)
{
    cleanup_buf struct buf got = buf_make(10), small = buf_make(2);
    cleanup_fs_list struct fs_list list = {0};
    const struct host_call call = call_of(1);
    char digest[SHA256_HEX_MAX];
    struct fs_info info;
    struct error err;
    assert_ok(host_make_dirs(host, &call, "a/b", 0755, &err), &err);
    put_abc("a/b/file");
    assert_ok(host_get(host, "a/b/file", &got, &err), &err);
    assert_str(buf_str(&got), "abc");
    assert_fails(host_get(host, "a/b/file", &small, &err), &err, ERR_FAILED, "larger than 2");
    assert_ok(host_digest(host, "a/b/file", digest, &err), &err);
    assert_string_equal(digest, ABC);
    assert_ok(host_info(host, "a/b/file", &info, &err), &err);
    assert_int_equal(info.mode, 0640);
    struct host_file again = abc_file("a/b/file");
    again.from = "/no/such/file"; /* is not even looked at: the file is there */
    assert_ok(host_put(host, &call, &again, &err), &err);
    again.mode = 0600;
    assert_fails(host_put(host, &call, &again, &err), &err, ERR_NOT_FOUND, "/no/such/file");
    assert_ok(host_list(host, "a/b", &list, &err), &err);
    assert_int_equal(list.count, 1);
    assert_ok(host_remove(host, &call, "a", &err), &err);
    assert_ok(host_remove(host, &call, "a/b/file", &err), &err);
    assert_fails(host_get(host, "a/b/file", &got, &err), &err, ERR_NOT_FOUND, "host 'here'");
}

static void test_what_arrives_wrong_does_not_appear(void **state unused_arg)
{
    cleanup_fs_list struct fs_list list = {0};
    const struct host_call call = call_of(1);
    struct host_file file = abc_file("file");
    struct error err;
    file.bytes = STR("abd");
    assert_fails(host_put(host, &call, &file, &err), &err, ERR_VERIFY, "not ba7816bf8f01");
    assert_ok(host_list(host, "", &list, &err), &err);
    for (size_t i = 0; i < list.count; i++)
        assert_true(str_starts(str_of(list.names[i]), STR("fence")));
    file.sha256 = NULL;
    assert_fails(host_put(host, &call, &file, &err), &err, ERR_BUG, "without a digest");
    file.sha256 = "abc";
    assert_fails(host_put(host, &call, &file, &err), &err, ERR_BUG, "without a digest");
}

static void test_trees_appear_whole(void **state unused_arg)
{
    cleanup_free char *model = at("model"), *model_file = at("model/bin/run");
    cleanup_free char *model_dir = at("model/bin"), *from = at("source");
    char digest[SHA256_HEX_MAX], got[SHA256_HEX_MAX];
    const struct host_call call = call_of(1);
    struct error err;
    assert_ok(fs_make_dirs(&apply, model_dir, 0755, &err), &err);
    assert_ok(fs_write(&apply, model_file, STR("abc"), 0755, &err), &err);
    assert_ok(fs_write(&apply, from, STR("abc"), 0600, &err), &err);
    assert_ok(fs_tree_digest(model, digest, &err), &err);
    const struct host_file files[] = {
        {.path = "bin/run", .from = from, .mode = 0755, .sha256 = ABC}};
    struct host_tree tree = {.path = "releases/x", .files = files, .count = 1, .digest = digest};
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_NOT_FOUND, "releases");
    assert_ok(host_make_dirs(host, &call, "releases", 0755, &err), &err);
    assert_ok(host_put_tree(host, &call, &tree, &err), &err);
    assert_ok(host_digest(host, "releases/x", got, &err), &err);
    assert_string_equal(got, digest);
    assert_ok(host_put_tree(host, &call, &tree, &err), &err);
    tree.digest = ABC;
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_CONFLICT, "releases/x");
    tree.path = "releases/y";
    struct fs_info info;
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_VERIFY, "releases/y");
    assert_ok(host_info(host, "releases/y", &info, &err), &err);
    assert_int_equal(info.kind, FS_NONE);
}

static void test_trees_that_want_out(void **state unused_arg)
{
    const struct host_call call = call_of(1);
    struct host_file file = abc_file("../../out");
    struct host_tree tree = {.path = "tree", .files = &file, .count = 1, .digest = ABC};
    struct error err;
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_VERIFY, "'../../out'");
    file = abc_file("file");
    file.sha256 = NULL;
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_BUG, "'file' is put without");
    file.sha256 = ABC;
    tree.path = "../tree";
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_VERIFY, "'../tree'");
    tree.path = "tree";
    tree.digest = NULL;
    assert_fails(host_put_tree(host, &call, &tree, &err), &err, ERR_BUG, "'tree' is put without");
}

static void test_an_older_fence_is_refused_everywhere(void **state unused_arg)
{
    const struct host_call newer = call_of(7), older = call_of(6), none = call_of(0);
    struct proc_result r;
    struct host_facts facts;
    struct error err;
    const struct host_file file = abc_file("file");
    const struct host_tree tree = {.path = "tree", .digest = ABC};
    struct host_command command = command_of((const char *const[]){"true", NULL});
    assert_ok(host_make_dirs(host, &newer, "d", 0755, &err), &err);
    assert_ok(host_describe(host, &facts, &err), &err);
    assert_int_equal(facts.fence, 7);
    assert_fails(host_put(host, &older, &file, &err), &err, ERR_LOCKED, "fence 7; this run's is 6");
    assert_fails(host_put_tree(host, &older, &tree, &err), &err, ERR_LOCKED, "a newer run");
    assert_fails(host_make_dirs(host, &older, "e", 0755, &err), &err, ERR_LOCKED, "a newer run");
    assert_fails(host_switch_link(host, &older, "d", "l", &err), &err, ERR_LOCKED, "a newer run");
    assert_fails(host_remove(host, &older, "d", &err), &err, ERR_LOCKED, "a newer run");
    assert_fails(host_run(host, &older, &command, &r, &err), &err, ERR_LOCKED, "a newer run");
    assert_fails(host_put(host, &none, &file, &err), &err, ERR_BUG, "without the fence");
    assert_ok(host_put(host, &newer, &file, &err), &err);
}

static void test_a_damaged_fence_stops_everything(void **state unused_arg)
{
    cleanup_free char *path = at("root/fence");
    const struct host_call call = call_of(9);
    struct error err;
    put_abc("file");
    assert_ok(fs_write(&apply, path, STR("seven\n"), 0600, &err), &err);
    assert_fails(host_remove(host, &call, "file", &err), &err, ERR_FAILED, "holds no fence");
}

/* While one call's effect lasts, another waits, and gives up naming it. */
static void test_effects_do_not_meet(void **state unused_arg)
{
    struct host_call call = call_of(1);
    struct proc_result r;
    struct error err;
    int ready[2], status = 0;
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    put_abc("file");
    pid_t other = fork();
    if (other == 0) {
        cleanup_free char *root = at("root");
        struct fs_lock lock;
        call.owner = "the other run";
        bool held = fence_enter(root, &call, &lock, &err) && write(ready[1], "!", 1) == 1;
        alarm(60); /* should the test end before it ends us */
        pause();
        _exit(held);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct host_command command = command_of((const char *const[]){"true", NULL});
    call.wait_ms = 50;
    assert_fails(host_run(host, &call, &command, &r, &err), &err, ERR_LOCKED, "the other run");
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_ok(host_run(host, &call, &command, &r, &err), &err);
    proc_result_release(&r);
    close(ready[0]);
    close(ready[1]);
}

static void test_observers_may_only_look(void **state unused_arg)
{
    const struct host_call look = {.cap = cap_observe(), .fence = 9};
    struct proc_result r;
    struct error err;
    const struct host_file file = abc_file("other");
    struct host_command command = command_of((const char *const[]){"true", NULL});
    put_abc("file");
    assert_fails(host_put(host, &look, &file, &err), &err, ERR_BUG, "put 'other'");
    assert_fails(host_run(host, &look, &command, &r, &err), &err, ERR_BUG, "run 'true'");
    assert_fails(host_run(host, NULL, &command, &r, &err), &err, ERR_BUG, "run 'true'");
    assert_fails(host_remove(host, &look, "file", &err), &err, ERR_BUG, "remove 'file'");
    assert_fails(host_make_dirs(host, &look, "d", 0755, &err), &err, ERR_BUG, "'d'");
    assert_fails(host_switch_link(host, &look, "x", "l", &err), &err, ERR_BUG, "'l'");
    command.effect = EFFECT_READ;
    assert_ok(host_run(host, NULL, &command, &r, &err), &err);
    proc_result_release(&r);
}

static void test_scripts_get_values_not_text(void **state unused_arg)
{
    cleanup_proc_result struct proc_result r = {0}, failed = {0};
    const struct host_call call = call_of(1);
    struct error err;
    struct host_command command =
        command_of((const char *const[]){"$(touch pwned)", "two words", NULL});
    assert_ok(host_make_dirs(host, &call, "sub", 0755, &err), &err);
    command.script =
        STR("printf '%s|%s|%s|' \"$1\" \"$2\" \"$VALUE\"\npwd\necho \"$TEEREX_ROOT\"\n");
    command.env = (const char *const[]){"VALUE=`id`", NULL};
    command.cwd = "sub";
    assert_ok(host_run(host, &call, &command, &r, &err), &err);
    cleanup_free char *root = at("root");
    cleanup_free char *expected =
        xasprintf("$(touch pwned)|two words|`id`|%s/sub\n%s\n", root, root);
    assert_str(buf_str(&r.out), expected);
    command.script = STR("false\necho not reached\n");
    assert_ok(host_run(host, &call, &command, &failed, &err), &err);
    assert_int_equal(failed.status, 1);
    assert_int_equal(failed.out.len, 0);
    const struct host_command empty = command_of((const char *const[]){NULL});
    assert_fails(host_run(host, &call, &empty, &r, &err), &err, ERR_BUG, "without a program");
    command.input = STR("x");
    assert_fails(host_run(host, &call, &command, &r, &err), &err, ERR_BUG, "input of its own");
}

static void test_links_and_paths_that_lead_out(void **state unused_arg)
{
    static const char *const bad[] = {"../x", "/etc/passwd", "a/../../x", "a//b", "./a"};
    cleanup_free char *outside = at("out"), *link = at("root/astray");
    cleanup_free char *text = NULL;
    cleanup_buf struct buf got = buf_make(100);
    const struct host_call call = call_of(1);
    struct host_file file = abc_file("astray/file");
    struct fs_info info;
    char digest[SHA256_HEX_MAX];
    struct error err;
    put_abc("file");
    assert_ok(fs_make_dirs(&apply, outside, 0755, &err), &err);
    assert_int_equal(symlink(outside, link), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_fails(host_get(host, bad[i], &got, &err), &err, ERR_VERIFY, bad[i]);
        assert_fails(host_remove(host, &call, bad[i], &err), &err, ERR_VERIFY, bad[i]);
    }
    assert_fails(host_remove(host, &call, "", &err), &err, ERR_VERIFY, "below the deploy root");
    assert_fails(host_put(host, &call, &file, &err), &err, ERR_VERIFY, "astray");
    assert_fails(host_make_dirs(host, &call, "astray/d", 0755, &err), &err, ERR_VERIFY, "astray");
    assert_fails(host_remove(host, &call, "astray/x", &err), &err, ERR_VERIFY, "astray");
    assert_fails(host_digest(host, "astray", digest, &err), &err, ERR_VERIFY, "astray");
    assert_fails(host_info(host, "astray/x", &info, &err), &err, ERR_VERIFY, "astray");
    assert_ok(host_read_link(host, "astray", &text, &err), &err);
    assert_string_equal(text, outside);
    assert_ok(host_switch_link(host, &call, "file", "astray", &err), &err);
    assert_ok(host_remove(host, &call, "astray", &err), &err);
    assert_ok(fs_info(outside, &info, &err), &err);
    assert_int_equal(info.kind, FS_DIR);
}

static void test_a_stream_to_a_socket_there(void **state unused_arg)
{
    cleanup_free char *path = at("socket"), *lost = at("lost");
    cleanup_close int listener = -1, ours = -1, theirs = -1, other = -1;
    struct transport_addr addr;
    struct deadline until = deadline_in(clock_system(), 10000);
    char text[8] = "";
    struct error err;
    assert_ok(transport_unix_addr(path, &addr, &err), &err);
    const struct transport_listen how = {.at = &addr};
    assert_ok(transport_listen(&apply, &how, &listener, &err), &err);
    assert_ok(host_connect(host, &addr, until, &ours, &err), &err);
    assert_ok(transport_accept(listener, until, &theirs, NULL, &err), &err);
    assert_ok(transport_write(ours, STR("through"), until, &err), &err);
    size_t len = 0;
    assert_ok(transport_read(theirs, text, sizeof(text), until, &len, &err), &err);
    assert_int_equal(len, 7);
    assert_ok(transport_unix_addr(lost, &addr, &err), &err);
    assert_fails(host_connect(host, &addr, until, &other, &err), &err, ERR_NOT_FOUND,
                 "host 'here'");
}

static void test_reading_facts(void **state unused_arg)
{
    char name[HOST_TEXT_MAX];
    facts_os_name(STR("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"), name);
    assert_string_equal(name, "Debian GNU/Linux 12 (bookworm)");
    facts_os_name(STR("PRETTY_NAME=Plain"), name);
    assert_string_equal(name, "Plain");
    facts_os_name(STR("PRETTY_NAME=\""), name);
    assert_string_equal(name, "\"");
    facts_os_name(STR("XPRETTY_NAME=a\n"), name);
    assert_string_equal(name, "unknown");
    struct str memory = STR("MemTotal:       1024 kB\nMemAvailable:   x kB\nMemHuge: "
                            "18446744073709551615 kB\nMemNone:\n");
    assert_int_equal(facts_memory(memory, "MemTotal"), 1024 * 1024);
    assert_int_equal(facts_memory(memory, "MemAvailable"), 0);
    assert_int_equal(facts_memory(memory, "MemHuge"), 0);
    assert_int_equal(facts_memory(memory, "MemNone"), 0);
    assert_int_equal(facts_memory(memory, "Mem"), 0);
}

#define WITH_HOST(test) cmocka_unit_test_setup_teardown(test, make_host, drop_host)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_are_registered),
        WITH_HOST(test_looking_changes_nothing),
        WITH_HOST(test_put_get_and_look),
        WITH_HOST(test_what_arrives_wrong_does_not_appear),
        WITH_HOST(test_trees_appear_whole),
        WITH_HOST(test_trees_that_want_out),
        WITH_HOST(test_an_older_fence_is_refused_everywhere),
        WITH_HOST(test_a_damaged_fence_stops_everything),
        WITH_HOST(test_effects_do_not_meet),
        WITH_HOST(test_observers_may_only_look),
        WITH_HOST(test_scripts_get_values_not_text),
        WITH_HOST(test_links_and_paths_that_lead_out),
        WITH_HOST(test_a_stream_to_a_socket_there),
        cmocka_unit_test(test_reading_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
