/* Trees: listing, walking, the digest that names a release, removal, archives. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fs_kit.h"

static int drop_temp(void **state unused_arg)
{
    fs_temp_release(&temp);
    return 0;
}

static void put(const char *name, const char *text, mode_t mode)
{
    cleanup_free char *path = at(name);
    cleanup_free char *dir = fs_dir_name(path);
    struct error err;
    assert_ok(fs_make_dirs(&apply, dir, 0755, &err), &err);
    assert_ok(fs_write(&apply, path, str_of(text), mode, &err), &err);
}

static void put_link(const char *name, const char *target)
{
    cleanup_free char *path = at(name);
    assert_int_equal(symlink(target, path), 0);
}

static bool exists(const char *name)
{
    cleanup_free char *path = at(name);
    struct fs_info info;
    struct error err;
    assert_ok(fs_info(path, &info, &err), &err);
    return info.kind != FS_NONE;
}

static bool note_path(void *ctx, const struct fs_entry *entry, struct error *err unused_arg)
{
    buf_addf(ctx, "%s%s ", entry->path, entry->info.kind == FS_DIR ? "/" : "");
    return true;
}

static bool stop_at_b(void *ctx unused_arg, const struct fs_entry *entry, struct error *err)
{
    return strcmp(entry->name, "b") != 0 || err_set(err, ERR_GATE, "enough");
}

static void test_walk_is_sorted_and_follows_nothing(void **state unused_arg)
{
    cleanup_buf struct buf seen = buf_make(BUF_TEXT);
    struct error err;
    put("t/b/inner", "", 0644);
    put("t/a.txt", "", 0644);
    put("t/Z", "", 0644);
    put("out/secret", "", 0644);
    put_link("t/c", "../out");
    put_link("t/self", ".");
    cleanup_free char *tree = at("t");
    assert_ok(fs_walk(tree, note_path, &seen, &err), &err);
    assert_str(buf_str(&seen), "Z a.txt b/ b/inner c self ");
    assert_fails(fs_walk(tree, stop_at_b, NULL, &err), &err, ERR_GATE, "enough");
}

static void make_deep(int levels)
{
    cleanup_buf struct buf path = buf_make(BUF_LINE);
    struct error err;
    buf_addf(&path, "%s/deep", temp.path);
    for (int i = 0; i < levels; i++)
        buf_adds(&path, "/d");
    assert_ok(fs_make_dirs(&apply, buf_cstr(&path), 0755, &err), &err);
}

static void test_depth_is_bounded(void **state unused_arg)
{
    cleanup_buf struct buf seen = buf_make(BUF_TEXT);
    cleanup_free char *deep = at("deep"), *next = at("deep/d");
    struct error err;
    make_deep(FS_DEPTH_MAX + 1);
    assert_fails(fs_walk(deep, note_path, &seen, &err), &err, ERR_FAILED, "lies deeper than");
    assert_ok(fs_walk(next, note_path, &seen, &err), &err);
    assert_fails(fs_remove_tree(&apply, deep, &err), &err, ERR_FAILED, "lies deeper than");
    assert_ok(fs_remove_tree(&apply, next, &err), &err);
}

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_manifest_is_as_documented(void **state unused_arg)
{
    cleanup_buf struct buf manifest = buf_make(BUF_TEXT);
    char digest[SHA256_HEX_MAX], expected[SHA256_HEX_MAX];
    struct error err;
    /* By bytes "bin.sh" stands before "bin/run", though a walk meets bin first. */
    put("t/bin/run", "abc", 0700);
    put("t/bin.sh", "abc", 0600);
    put("t/sub/empty", "", 0644);
    put_link("t/current", "abc");
    cleanup_free char *tree = at("t");
    assert_ok(fs_tree_manifest(tree, &manifest, &err), &err);
    assert_str(buf_str(&manifest), "100644 " ABC " 3 bin.sh\n"
                                   "100755 " ABC " 3 bin/run\n"
                                   "120000 " ABC " 3 current\n"
                                   "100644 " EMPTY " 0 sub/empty\n");
    sha256_hex(buf_str(&manifest), expected);
    assert_ok(fs_tree_digest(tree, digest, &err), &err);
    assert_string_equal(digest, expected);
}

static void digest_of(const char *name, char ret[SHA256_HEX_MAX])
{
    cleanup_free char *tree = at(name);
    struct error err;
    assert_ok(fs_tree_digest(tree, ret, &err), &err);
}

static void test_what_counts_for_the_digest(void **state unused_arg)
{
    cleanup_free char *dir = at("a/empty"), *file = at("a/f");
    char first[SHA256_HEX_MAX], now[SHA256_HEX_MAX];
    struct error err;
    put("a/f", "text", 0644);
    digest_of("a", first);
    assert_ok(fs_make_dirs(&apply, dir, 0755, &err), &err);
    assert_int_equal(chmod(file, 0664), 0);
    digest_of("a", now);
    assert_string_equal(now, first);
    assert_int_equal(chmod(file, 0744), 0);
    digest_of("a", now);
    assert_string_not_equal(now, first);
    put("a/f", "texu", 0644);
    digest_of("a", now);
    assert_string_not_equal(now, first);
}

static void test_what_no_release_holds(void **state unused_arg)
{
    cleanup_free char *tree = at("t"), *pipe_path = at("t/pipe"), *odd = at("t/two\nlines");
    char digest[SHA256_HEX_MAX];
    struct error err;
    put("t/a", "", 0644);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_fails(fs_tree_digest(tree, digest, &err), &err, ERR_VERIFY, "'pipe' is neither");
    assert_int_equal(unlink(pipe_path), 0);
    assert_ok(fs_write(&apply, odd, STR(""), 0644, &err), &err);
    assert_fails(fs_tree_digest(tree, digest, &err), &err, ERR_VERIFY, "control character");
    assert_fails(fs_tree_digest("/no/such", digest, &err), &err, ERR_NOT_FOUND, "/no/such");
}

static void test_remove_tree_never_follows(void **state unused_arg)
{
    cleanup_free char *tree = at("t"), *link = at("link"), *dots = at("out/..");
    struct error err;
    put("t/a/b", "", 0644);
    put("out/precious", "x", 0644);
    put_link("t/a/out", "../../out");
    put_link("link", "out");
    assert_ok(fs_remove_tree(&apply, tree, &err), &err);
    assert_false(exists("t"));
    assert_ok(fs_remove_tree(&apply, tree, &err), &err);
    assert_ok(fs_remove_tree(&apply, link, &err), &err);
    assert_true(exists("out/precious"));
    cleanup_free char *full = at("out"), *alone = at("out/precious");
    assert_fails(fs_remove(&apply, full, &err), &err, ERR_CONFLICT, "not empty");
    assert_ok(fs_remove(&apply, alone, &err), &err);
    assert_ok(fs_remove(&apply, alone, &err), &err);
    assert_ok(fs_remove(&apply, full, &err), &err);
    assert_fails(fs_remove_tree(&apply, dots, &err), &err, ERR_BUG, "not one to remove");
    assert_fails(fs_remove_tree(&apply, "/", &err), &err, ERR_BUG, "not one to remove");
    assert_fails(fs_remove_tree(&apply, "", &err), &err, ERR_BUG, "not one to remove");
}

static void test_make_dirs_and_rename(void **state unused_arg)
{
    cleanup_free char *from = at("x/y/z"), *to = at("x/w"), *through = at("f/sub");
    struct error err;
    assert_ok(fs_make_dirs(&apply, from, 0700, &err), &err);
    assert_ok(fs_make_dirs(&apply, from, 0700, &err), &err);
    assert_ok(fs_rename(&apply, from, to, &err), &err);
    assert_true(exists("x/w") && !exists("x/y/z"));
    assert_fails(fs_rename(&apply, from, to, &err), &err, ERR_NOT_FOUND, from);
    put("f", "", 0644);
    assert_fails(fs_make_dirs(&apply, through, 0755, &err), &err, ERR_FAILED, "Not a directory");
}

/* ---- archives ---- */

static const struct fs_archive_limits ROOMY = {.bytes_max = 1 << 20, .entries_max = 100};

static void pack(const char *tree_name, const char *archive_name)
{
    cleanup_free char *tree = at(tree_name), *archive = at(archive_name);
    struct error err;
    assert_ok(fs_archive_create(&apply, tree, archive, 1700000000, &err), &err);
}

static bool unpack(const char *archive_name, const struct fs_archive_limits *limits,
                   struct error *err)
{
    cleanup_free char *archive = at(archive_name), *into = at("into");
    TRY(fs_remove_tree(&apply, into, err));
    TRY(fs_make_dirs(&apply, into, 0755, err));
    return fs_archive_extract(&apply, archive, into, limits, err);
}

static void test_archive_round_trip_is_exact(void **state unused_arg)
{
    char before[SHA256_HEX_MAX], after[SHA256_HEX_MAX], one[SHA256_HEX_MAX], two[SHA256_HEX_MAX];
    cleanup_free char *first = at("1.tar.gz"), *second = at("2.tar.gz");
    struct error err;
    put("t/bin/run", "abc", 0755);
    put("t/long/"
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "/0123456789012345678901234567890123456789012345678901234567890123456789",
        "x", 0600);
    put("t/\xc3\xa9", "e", 0644);
    put_link("t/long/up", "../bin/run");
    put_link("t/current", "bin");
    put_link("t/bin/parent", "..");
    put_link("t/bin/same", ".");
    digest_of("t", before);
    pack("t", "1.tar.gz");
    put("t/bin/run", "abc", 0755); /* another inode, another time */
    pack("t", "2.tar.gz");
    assert_ok(fs_file_digest(first, one, &err), &err);
    assert_ok(fs_file_digest(second, two, &err), &err);
    assert_string_equal(one, two);
    assert_ok(unpack("1.tar.gz", &ROOMY, &err), &err);
    digest_of("into", after);
    assert_string_equal(before, after);
}

static void test_archive_limits(void **state unused_arg)
{
    struct error err;
    cleanup_free char *big = xcalloc(1, 300001);
    memset(big, 'x', 300000);
    put("t/a", "1", 0644);
    put("t/b", big, 0644);
    pack("t", "big.tar.gz");
    const struct fs_archive_limits exact = {.bytes_max = 300001, .entries_max = 2};
    const struct fs_archive_limits small = {.bytes_max = 300000, .entries_max = 2};
    const struct fs_archive_limits few = {.bytes_max = 1 << 20, .entries_max = 1};
    const struct fs_archive_limits none = {0};
    assert_ok(unpack("big.tar.gz", &exact, &err), &err);
    assert_fails(unpack("big.tar.gz", &small, &err), &err, ERR_VERIFY, "more bytes than it may");
    assert_fails(unpack("big.tar.gz", &few, &err), &err, ERR_VERIFY, "more entries than it may");
    assert_fails(unpack("big.tar.gz", &none, &err), &err, ERR_BUG, "without limits");
}

static void test_broken_archives(void **state unused_arg)
{
    cleanup_free char *path = at("t.tar.gz");
    cleanup_buf struct buf whole = buf_make(BUF_TEXT);
    struct error err;
    put("t/a", "some text that is packed", 0644);
    pack("t", "t.tar.gz");
    assert_ok(fs_read(path, &whole, &err), &err);
    for (size_t len = 1; len < whole.len; len += 7) {
        put("cut.tar.gz", "", 0644);
        cleanup_free char *cut = at("cut.tar.gz");
        assert_ok(fs_write(&apply, cut, str_sub(buf_str(&whole), 0, len), 0644, &err), &err);
        /* The end of the gzip stream is all that may be missing without notice. */
        if (!unpack("cut.tar.gz", &ROOMY, &err))
            assert_int_equal(err.kind, ERR_VERIFY);
        else
            assert_true(len > whole.len / 2);
    }
    put("not.tar.gz", "neither gzip nor tar, whatever it is called", 0644);
    assert_fails(unpack("not.tar.gz", &ROOMY, &err), &err, ERR_VERIFY, "no sound .tar.gz");
    assert_fails(unpack("absent.tar.gz", &ROOMY, &err), &err, ERR_NOT_FOUND, "absent.tar.gz");
}

/* One header of a tar file as POSIX.1-1988 ustar has it. */
static void add_header(struct buf *tar, char type, const char *name, const char *target,
                       size_t size)
{
    unsigned char header[512] = {0};
    unsigned sum = 0;
    memcpy(header, name, strlen(name));
    memcpy(header + 100, "0000644", 8);
    snprintf((char *)header + 124, 12, "%011zo", size);
    memcpy(header + 136, "00000000000", 12);
    memset(header + 148, ' ', 8);
    header[156] = (unsigned char)type;
    memcpy(header + 157, target, strlen(target));
    memcpy(header + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(header); i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    buf_add(tar, str_n(header, sizeof(header)));
}

static void write_tar(const struct buf *tar)
{
    cleanup_free char *path = at("evil.tar");
    cleanup_buf struct buf whole = buf_make(BUF_TEXT);
    static const char end[1024];
    struct error err;
    buf_add(&whole, buf_str(tar));
    buf_add(&whole, str_n(end, sizeof(end)));
    assert_ok(fs_write(&apply, path, buf_str(&whole), 0644, &err), &err);
}

static void assert_refused(char type, const char *name, const char *target, const char *part)
{
    cleanup_buf struct buf tar = buf_make(BUF_TEXT);
    struct error err;
    add_header(&tar, type, name, target, 0);
    write_tar(&tar);
    assert_fails(unpack("evil.tar", &ROOMY, &err), &err, ERR_VERIFY, part);
    assert_false(exists("evil") || exists("into/evil"));
}

static void test_archives_that_want_out(void **state unused_arg)
{
    assert_refused('0', "../evil", "", "leads out of the archive");
    assert_refused('0', "/tmp/../tmp/evil", "", "leads out of the archive");
    assert_refused('0', "a/../../evil", "", "leads out of the archive");
    assert_refused('0', "a//evil", "", "leads out of the archive");
    assert_refused('5', "..", "", "leads out of the archive");
    assert_refused('2', "evil", "/etc/passwd", "points out of the archive");
    assert_refused('2', "evil", "..", "points out of the archive");
    assert_refused('2', "evil", "../x", "points out of the archive");
    assert_refused('2', "evil", "a/../..", "points out of the archive");
    assert_refused('2', "a/evil", "../../x", "points out of the archive");
    assert_refused('1', "evil", "other", "not a kind of entry");
    assert_refused('6', "evil", "", "not a kind of entry");
    assert_refused('3', "evil", "", "not a kind of entry");
}

/* A link to a harmless place and then a file through it: links are never walked through. */
static void test_writing_through_a_link(void **state unused_arg)
{
    cleanup_buf struct buf tar = buf_make(BUF_TEXT), over = buf_make(BUF_TEXT);
    struct error err;
    add_header(&tar, '5', "dir/", "", 0);
    add_header(&tar, '2', "link", "dir", 0);
    add_header(&tar, '0', "link/evil", "", 0);
    write_tar(&tar);
    assert_fails(unpack("evil.tar", &ROOMY, &err), &err, ERR_VERIFY, "used as one");
    add_header(&over, '2', "file", "dir", 0);
    add_header(&over, '0', "file", "", 0);
    write_tar(&over);
    assert_fails(unpack("evil.tar", &ROOMY, &err), &err, ERR_CONFLICT, "file");
}

static void test_archives_as_tar_writes_them(void **state unused_arg)
{
    cleanup_buf struct buf tar = buf_make(BUF_TEXT);
    struct error err;
    add_header(&tar, '5', "./", "", 0);
    add_header(&tar, '5', "./dir/", "", 0);
    add_header(&tar, '0', "./dir/file", "", 0);
    add_header(&tar, '2', "dir/sub/link", "../../dir/file", 0);
    write_tar(&tar);
    assert_ok(unpack("evil.tar", &ROOMY, &err), &err);
    assert_true(exists("into/dir/file") && exists("into/dir/sub/link"));
}

static void test_observers_neither_pack_nor_unpack(void **state unused_arg)
{
    cleanup_free char *tree = at("t"), *archive = at("t.tar.gz"), *other = at("o.tar.gz");
    struct error err;
    put("t/a", "x", 0644);
    pack("t", "t.tar.gz");
    assert_fails(fs_archive_create(cap_observe(), tree, other, 0, &err), &err, ERR_BUG, other);
    cleanup_free char *into = at("into");
    assert_ok(fs_make_dirs(&apply, into, 0755, &err), &err);
    assert_fails(fs_archive_extract(cap_observe(), archive, into, &ROOMY, &err), &err, ERR_BUG,
                 "'a'");
    assert_false(exists("into/a") || exists("o.tar.gz"));
    cleanup_free char *nested = at("n.tar.gz");
    put("n/dir/a", "x", 0644);
    pack("n", "n.tar.gz");
    assert_fails(fs_archive_extract(cap_observe(), nested, into, &ROOMY, &err), &err, ERR_BUG,
                 "'dir'");
    assert_false(exists("into/dir"));
}

#define WITH_TEMP(test) cmocka_unit_test_setup_teardown(test, make_temp, drop_temp)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TEMP(test_walk_is_sorted_and_follows_nothing),
        WITH_TEMP(test_depth_is_bounded),
        WITH_TEMP(test_manifest_is_as_documented),
        WITH_TEMP(test_what_counts_for_the_digest),
        WITH_TEMP(test_what_no_release_holds),
        WITH_TEMP(test_remove_tree_never_follows),
        WITH_TEMP(test_make_dirs_and_rename),
        WITH_TEMP(test_archive_round_trip_is_exact),
        WITH_TEMP(test_archive_limits),
        WITH_TEMP(test_broken_archives),
        WITH_TEMP(test_archives_that_want_out),
        WITH_TEMP(test_writing_through_a_link),
        WITH_TEMP(test_archives_as_tar_writes_them),
        WITH_TEMP(test_observers_neither_pack_nor_unpack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
