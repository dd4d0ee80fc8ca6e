/* Single files: whole writes, links, locks, paths that stay inside, a full disk. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/internal.h"
#include "fs_kit.h"

static int drop_temp(void **state unused_arg)
{
    cleanup_free char *disk = at("disk");
    umount2(disk, MNT_DETACH); /* of test_full_disk, should it have failed half-way */
    fs_temp_release(&temp);
    return 0;
}

static void write_text(const char *path, const char *text)
{
    struct error err;
    assert_ok(fs_write(&apply, path, str_of(text), 0644, &err), &err);
}

static void assert_text(const char *path, const char *text)
{
    cleanup_buf struct buf got = buf_make(BUF_TEXT);
    struct error err;
    assert_ok(fs_read(path, &got, &err), &err);
    assert_str(buf_str(&got), text);
}

static size_t names_in(const char *path)
{
    cleanup_fs_list struct fs_list list = {0};
    struct error err;
    assert_ok(fs_list(path, &list, &err), &err);
    return list.count;
}

static void test_safe_paths(void **state unused_arg)
{
    static const char *const good[] = {"a", "a/b", "...", "a/..b", ".a", "a b/c\n", "-"};
    static const char *const bad[] = {"",     "/",    "/a",     "a/",  "a//b", ".",  "..",
                                      "a/..", "../a", "a/../b", "./a", "a/.",  "//", "a/./b"};
    char name[PATH_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(fs_path_is_safe(str_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(fs_path_is_safe(str_of(bad[i])));
    assert_false(fs_path_is_safe(str_n("a\0b", 3)));
    memset(name, 'x', sizeof(name));
    assert_true(fs_path_is_safe(str_n(name, NAME_MAX)));
    assert_false(fs_path_is_safe(str_n(name, NAME_MAX + 1)));
    for (size_t i = 1; i < sizeof(name); i += 2)
        name[i] = '/';
    assert_true(fs_path_is_safe(str_n(name, PATH_MAX - 1)));
    assert_false(fs_path_is_safe(str_n(name, PATH_MAX + 1)));
}

static void assert_parts(const char *path, const char *dir, const char *base)
{
    cleanup_free char *got = fs_dir_name(path);
    assert_string_equal(got, dir);
    assert_string_equal(fs_base_name(path), base);
}

static void test_parts_of_paths(void **state unused_arg)
{
    cleanup_free char *joined = fs_join("a/", "b"), *bare = fs_join("", "b");
    assert_parts("a", ".", "a");
    assert_parts("/a", "/", "a");
    assert_parts("a/b/c", "a/b", "c");
    assert_string_equal(joined, "a/b");
    assert_string_equal(bare, "b");
}

static void test_write_is_whole_and_exact(void **state unused_arg)
{
    cleanup_free char *path = at("file");
    struct fs_info info;
    struct error err;
    mode_t before = umask(077);
    write_text(path, "one");
    assert_ok(fs_write(&apply, path, STR("two\n"), 0664, &err), &err);
    umask(before);
    assert_ok(fs_info(path, &info, &err), &err);
    assert_int_equal(info.kind, FS_FILE);
    assert_int_equal(info.mode, 0664);
    assert_int_equal(info.size, 4);
    assert_text(path, "two\n");
    assert_int_equal(names_in(temp.path), 1);
}

static void test_write_that_fails_leaves_nothing(void **state unused_arg)
{
    cleanup_free char *dir = at("dir"), *lost = at("no/such/file");
    struct error err;
    assert_ok(fs_make_dirs(&apply, dir, 0755, &err), &err);
    assert_fails(fs_write(&apply, dir, STR("x"), 0644, &err), &err, ERR_FAILED, dir);
    assert_int_equal(err.sys, EISDIR);
    assert_fails(fs_write(&apply, lost, STR("x"), 0644, &err), &err, ERR_NOT_FOUND, lost);
    assert_int_equal(names_in(temp.path), 1);
}

static void test_observers_change_nothing(void **state unused_arg)
{
    const struct cap *look = cap_observe();
    struct fs_lock lock = FS_LOCK_NONE;
    struct fs_temp none = {0};
    struct error err;
    cleanup_free char *file = at("file"), *other = at("other");
    const struct fs_lock_request request = {.path = other, .owner = "me"};
    write_text(file, "kept");
    assert_fails(fs_write(look, file, STR("x"), 0644, &err), &err, ERR_BUG, file);
    assert_fails(fs_create(look, other, STR("x"), 0644, &err), &err, ERR_BUG, other);
    assert_fails(fs_append(look, file, STR("x"), 0644, &err), &err, ERR_BUG, file);
    assert_fails(fs_copy(look, file, other, 0644, &err), &err, ERR_BUG, other);
    assert_fails(fs_rename(look, file, other, &err), &err, ERR_BUG, file);
    assert_fails(fs_switch_link(look, "file", other, &err), &err, ERR_BUG, other);
    assert_fails(fs_make_dirs(look, other, 0755, &err), &err, ERR_BUG, other);
    assert_fails(fs_remove(look, file, &err), &err, ERR_BUG, file);
    assert_fails(fs_remove_tree(look, temp.path, &err), &err, ERR_BUG, temp.path);
    assert_fails(fs_lock_take(look, &request, &lock, &err), &err, ERR_BUG, other);
    assert_fails(fs_temp_dir(look, temp.path, "t", &none, &err), &err, ERR_BUG, temp.path);
    assert_text(file, "kept");
    assert_int_equal(names_in(temp.path), 1);
}

static void test_create_refuses_what_exists(void **state unused_arg)
{
    cleanup_free char *path = at("file");
    struct error err;
    assert_ok(fs_create(&apply, path, STR("first"), 0600, &err), &err);
    assert_fails(fs_create(&apply, path, STR("second"), 0600, &err), &err, ERR_CONFLICT, path);
    assert_text(path, "first");
    struct fs_info info;
    assert_ok(fs_info(path, &info, &err), &err);
    assert_int_equal(info.mode, 0600);
    assert_int_equal(names_in(temp.path), 1);
}

static void test_reading_has_a_maximum(void **state unused_arg)
{
    cleanup_free char *path = at("file"), *lost = at("lost");
    cleanup_buf struct buf fits = buf_make(4), small = buf_make(3);
    struct error err;
    write_text(path, "four");
    assert_ok(fs_read(path, &fits, &err), &err);
    assert_fails(fs_read(path, &small, &err), &err, ERR_FAILED, "larger than 3 bytes");
    assert_fails(fs_read(lost, &fits, &err), &err, ERR_NOT_FOUND, lost);
    assert_fails(fs_read(temp.path, &fits, &err), &err, ERR_FAILED, "Is a directory");
}

static void test_append_and_copy(void **state unused_arg)
{
    cleanup_free char *path = at("file"), *copy = at("copy"), *empty = at("empty");
    cleanup_free char *lost = at("no/such/file");
    struct error err;
    struct fs_info info;
    assert_ok(fs_append(&apply, path, STR("one\n"), 0644, &err), &err);
    assert_ok(fs_append(&apply, path, STR("two\n"), 0644, &err), &err);
    assert_ok(fs_copy(&apply, path, copy, 0755, &err), &err);
    assert_text(copy, "one\ntwo\n");
    assert_ok(fs_info(copy, &info, &err), &err);
    assert_int_equal(info.mode, 0755);
    assert_fails(fs_append(&apply, lost, STR("x"), 0644, &err), &err, ERR_NOT_FOUND, lost);
    /* A file that says it is empty and is not. */
    assert_ok(fs_copy(&apply, "/proc/self/status", empty, 0644, &err), &err);
    assert_ok(fs_info(empty, &info, &err), &err);
    assert_true(info.size > 100);
    assert_fails(fs_copy(&apply, "/no/such", copy, 0644, &err), &err, ERR_NOT_FOUND, "/no/such");
}

static void test_concurrent_writers_leave_one_whole_file(void **state unused_arg)
{
    enum { WRITERS = 6, ROUNDS = 30, SIZE = 20000 };
    cleanup_free char *path = at("file");
    cleanup_buf struct buf got = buf_make(SIZE);
    struct error err;
    for (int w = 0; w < WRITERS; w++) {
        if (fork() != 0)
            continue;
        char text[SIZE];
        memset(text, 'a' + w, SIZE);
        bool ok = true;
        for (int i = 0; i < ROUNDS && ok; i++)
            ok = fs_write(&apply, path, str_n(text, SIZE), 0644, &err);
        _exit(ok ? 0 : 1);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_ok(fs_read(path, &got, &err), &err);
    assert_int_equal(got.len, SIZE);
    for (size_t i = 1; i < SIZE; i++)
        assert_int_equal(got.ptr[i], got.ptr[0]);
    assert_int_equal(names_in(temp.path), 1);
}

static void test_what_is_not_there(void **state unused_arg)
{
    cleanup_free char *lost = at("lost"), *file = at("file"), *text = NULL;
    char digest[SHA256_HEX_MAX];
    struct fs_list list;
    struct error err;
    write_text(file, "x");
    assert_fails(fs_read_link(lost, &text, &err), &err, ERR_NOT_FOUND, lost);
    assert_fails(fs_read_link(file, &text, &err), &err, ERR_FAILED, file);
    assert_fails(fs_file_digest(lost, digest, &err), &err, ERR_NOT_FOUND, lost);
    assert_fails(fs_real_path(lost, &text, &err), &err, ERR_NOT_FOUND, lost);
    assert_fails(fs_list(lost, &list, &err), &err, ERR_NOT_FOUND, lost);
    assert_fails(fs_list(file, &list, &err), &err, ERR_FAILED, file);
}

static void assert_link(const char *path, const char *target)
{
    cleanup_free char *got = NULL;
    struct error err;
    assert_ok(fs_read_link(path, &got, &err), &err);
    assert_string_equal(got, target);
}

static void test_switching_a_link(void **state unused_arg)
{
    cleanup_free char *link = at("current"), *file = at("file"), *stale = NULL;
    struct error err;
    assert_ok(fs_switch_link(&apply, "releases/a", link, &err), &err);
    assert_link(link, "releases/a");
    stale = xasprintf("%s/.teerex-link-%d-0", temp.path, (int)getpid());
    assert_int_equal(symlink("left by a crash", stale), 0);
    assert_ok(fs_switch_link(&apply, "releases/b", link, &err), &err);
    assert_link(link, "releases/b");
    write_text(file, "mine");
    assert_fails(fs_switch_link(&apply, "x", file, &err), &err, ERR_CONFLICT, "in the way");
    assert_text(file, "mine");
}

static void test_lock_names_its_holder(void **state unused_arg)
{
    cleanup_free char *path = at("lock");
    cleanup_fs_lock struct fs_lock mine = FS_LOCK_NONE, other = FS_LOCK_NONE;
    struct error err;
    struct fs_lock_request request = {.path = path, .owner = "deploy local, pid 1\n2"};
    assert_ok(fs_lock_take(&apply, &request, &mine, &err), &err);
    request.wait_ms = 50;
    assert_fails(fs_lock_take(&apply, &request, &other, &err), &err, ERR_LOCKED,
                 "is held by deploy local, pid 1 2");
    fs_lock_release(&mine);
    assert_ok(fs_lock_take(&apply, &request, &other, &err), &err);
}

/* The lock of a killed process is free at once. */
static void test_lock_dies_with_its_holder(void **state unused_arg)
{
    cleanup_free char *path = at("lock");
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    const struct fs_lock_request request = {.path = path, .owner = "the dead"};
    struct error err;
    int status = 0;
    pid_t holder = fork();
    if (holder == 0) {
        bool held = fs_lock_take(&apply, &request, &lock, &err);
        raise(held ? SIGKILL : SIGTERM);
    }
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_text(path, "the dead");
    assert_ok(fs_lock_take(&apply, &request, &lock, &err), &err);
}

static void test_a_link_is_no_lock_file(void **state unused_arg)
{
    cleanup_free char *path = at("lock"), *victim = at("victim");
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    const struct fs_lock_request request = {.path = path, .owner = "me"};
    struct error err;
    write_text(victim, "precious");
    assert_int_equal(symlink(victim, path), 0);
    assert_fails(fs_lock_take(&apply, &request, &lock, &err), &err, ERR_VERIFY, path);
    assert_text(victim, "precious");
}

static void make_traps(void)
{
    cleanup_free char *dir = at("in/dir"), *file = at("in/dir/file"), *out = at("out");
    cleanup_free char *up = at("in/up"), *direct = at("in/direct"), *near = at("in/near");
    struct error err;
    assert_ok(fs_make_dirs(&apply, dir, 0755, &err), &err);
    write_text(file, "inside");
    write_text(out, "outside");
    assert_int_equal(symlink("..", up), 0);
    assert_int_equal(symlink("../out", direct), 0);
    assert_int_equal(symlink("dir", near), 0);
}

/* The kernel's way and ours give the same answers. */
static void check_opener(fs_open_fn *open_fn, int dir_fd)
{
    static const char *const links[] = {"up/out", "direct", "near/file", "near", "up"};
    int fd = open_fn(dir_fd, "dir/file", O_RDONLY, 0);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        assert_int_equal(open_fn(dir_fd, links[i], O_RDONLY, 0), -1);
        assert_int_equal(errno, ELOOP);
    }
    assert_int_equal(open_fn(dir_fd, "dir/file/x", O_RDONLY, 0), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(open_fn(dir_fd, "none/x", O_RDONLY, 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(open_fn(dir_fd, "direct", O_WRONLY | O_CREAT | O_EXCL, 0600), -1);
}

static void test_opening_beneath(void **state unused_arg)
{
    cleanup_free char *inside = at("in");
    cleanup_close int dir_fd = -1;
    struct error err;
    int fd = -1;
    make_traps();
    assert_ok(fs_open_dir(inside, &dir_fd, &err), &err);
    if (fs_open_by_kernel(dir_fd, "dir", O_RDONLY, 0) >= 0 || errno != ENOSYS)
        check_opener(fs_open_by_kernel, dir_fd);
    check_opener(fs_open_by_steps, dir_fd);
    assert_fails(fs_open_beneath(dir_fd, "../out", &fd, &err), &err, ERR_VERIFY, "'../out'");
    assert_fails(fs_open_beneath(dir_fd, "dir/../dir/file", &fd, &err), &err, ERR_VERIFY,
                 "leads out");
    assert_fails(fs_create_beneath(&apply, dir_fd, "dir/../new", 0600, &fd, &err), &err, ERR_VERIFY,
                 "leads out");
    assert_fails(fs_open_beneath(dir_fd, "direct", &fd, &err), &err, ERR_VERIFY, "'direct'");
    assert_fails(fs_create_beneath(&apply, dir_fd, "up/new", 0600, &fd, &err), &err, ERR_VERIFY,
                 "up/new");
    assert_fails(fs_create_beneath(&apply, dir_fd, "dir/file", 0600, &fd, &err), &err, ERR_CONFLICT,
                 "dir/file");
    assert_fails(fs_create_beneath(cap_observe(), dir_fd, "dir/new", 0600, &fd, &err), &err,
                 ERR_BUG, "dir/new");
    assert_ok(fs_create_beneath(&apply, dir_fd, "dir/new", 0600, &fd, &err), &err);
    close(fd);
}

/* A pipe with nobody at its other end does not hold us up. */
static void test_opening_a_pipe_returns(void **state unused_arg)
{
    cleanup_free char *path = at("pipe");
    cleanup_close int dir_fd = -1, fd = -1;
    struct error err;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_ok(fs_open_dir(temp.path, &dir_fd, &err), &err);
    assert_ok(fs_open_beneath(dir_fd, "pipe", &fd, &err), &err);
}

static void test_space_and_digest(void **state unused_arg)
{
    cleanup_free char *path = at("file");
    char digest[SHA256_HEX_MAX];
    struct fs_space space;
    struct error err;
    write_text(path, "abc");
    assert_ok(fs_file_digest(path, digest, &err), &err);
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ok(fs_space(temp.path, &space, &err), &err);
    assert_true(space.total_bytes >= space.free_bytes && space.total_bytes > 0);
    assert_fails(fs_space("/no/such", &space, &err), &err, ERR_NOT_FOUND, "/no/such");
}

static void fill_the_disk(const char *disk)
{
    cleanup_free char *file = fs_join(disk, "file"), *copy = fs_join(disk, "copy");
    cleanup_free char *log = fs_join(disk, "log"), *big = xcalloc(1, 256 * 1024);
    struct str flood = str_n(big, 256 * 1024);
    struct error err;
    write_text(file, "old");
    write_text(log, "line\n");
    assert_fails(fs_write(&apply, file, flood, 0644, &err), &err, ERR_FAILED, "No space left");
    assert_non_null(strstr(err.msg, file));
    assert_int_equal(err.sys, ENOSPC);
    assert_fails(fs_append(&apply, log, flood, 0644, &err), &err, ERR_FAILED, "No space left");
    assert_fails(fs_copy(&apply, "/usr/bin/python3", copy, 0644, &err), &err, ERR_FAILED,
                 "No space left");
    assert_text(file, "old");
    assert_text(log, "line\n");
    assert_int_equal(names_in(disk), 2);
}

static void test_full_disk(void **state unused_arg)
{
    cleanup_free char *disk = at("disk");
    struct error err;
    assert_ok(fs_make_dirs(&apply, disk, 0755, &err), &err);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) {
        print_message("skipped: cannot mount a small tmpfs (%s)\n", strerror(errno));
        skip();
    }
    fill_the_disk(disk);
}

static void test_out_of_descriptors(void **state unused_arg)
{
    cleanup_free char *path = at("file");
    int status = -1;
    write_text(path, "x");
    pid_t child = fork();
    if (child == 0) {
        cleanup_buf struct buf got = buf_make(10);
        struct error err = {0};
        while (open("/dev/null", O_RDONLY) >= 0)
            continue;
        bool ok = fs_read(path, &got, &err) || fs_write(&apply, path, STR("y"), 0644, &err);
        _exit(!ok && err.sys == EMFILE && strstr(err.msg, path) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_text(path, "x");
}

#define WITH_TEMP(test) cmocka_unit_test_setup_teardown(test, make_temp, drop_temp)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe_paths),
        cmocka_unit_test(test_parts_of_paths),
        WITH_TEMP(test_write_is_whole_and_exact),
        WITH_TEMP(test_write_that_fails_leaves_nothing),
        WITH_TEMP(test_observers_change_nothing),
        WITH_TEMP(test_create_refuses_what_exists),
        WITH_TEMP(test_reading_has_a_maximum),
        WITH_TEMP(test_what_is_not_there),
        WITH_TEMP(test_append_and_copy),
        WITH_TEMP(test_concurrent_writers_leave_one_whole_file),
        WITH_TEMP(test_switching_a_link),
        WITH_TEMP(test_lock_names_its_holder),
        WITH_TEMP(test_lock_dies_with_its_holder),
        WITH_TEMP(test_a_link_is_no_lock_file),
        WITH_TEMP(test_opening_beneath),
        WITH_TEMP(test_opening_a_pipe_returns),
        WITH_TEMP(test_space_and_digest),
        WITH_TEMP(test_full_disk),
        WITH_TEMP(test_out_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
