/* The store's file: missing, damaged in every way, foreign, too new, unwritable, full. */
#include "testing_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* SQLite's file header (www.sqlite.org/fileformat.html): both big-endian. */
enum { USER_VERSION_AT = 60, APPLICATION_ID_AT = 68, NOBODY = 65534 };

/* A store with some content, closed. */
static void fill(const char *path)
{
    struct error err;
    struct hold hold;
    cleanup_store struct store *s = NULL;
    struct lease_claim claim = claim_here("local", "run-1");
    assert_ok(store_open_write(path, &APPLY, &s, &err), &err);
    assert_ok(lease_acquire(s, &claim, 1, &hold, &err), &err);
    for (int i = 0; i < 20; i++) {
        struct journal_write note = {.kind = JOURNAL_NOTE, .payload = STR("{\"some\":\"text\"}")};
        struct chain_write event = {
            .kind = CHAIN_DEPLOYED, .env = "local", .payload = STR("{\"version\":\"PAYLOAD\"}")};
        assert_ok(journal_append(s, &hold, &note, 1, &err), &err);
        assert_ok(chain_append(s, &hold, &event, 1, &err), &err);
    }
    assert_ok(lease_release(s, &hold, 1, &err), &err);
}

static int entries_in(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

static void read_all(const char *path, struct buf *out)
{
    cleanup_file FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *room = buf_reserve(out, 1024 * 1024);
    buf_commit(out, fread(room, 1, 1024 * 1024, file));
}

static void write_all(const char *path, struct str bytes)
{
    cleanup_file FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
}

/* Everything a reader asks; false with the error of the first answer that fails. */
static bool read_store(const char *path, struct chain *ret_chain, struct arena *a,
                       struct error *err)
{
    struct lease lease;
    struct record_list records;
    struct run_list runs;
    struct run_query query = {.lease = "local"};
    cleanup_store struct store *s = NULL;
    TRY(store_open_read(path, &s, err));
    TRY(lease_read(s, "local", &lease, err));
    TRY(record_list(s, "", a, &records, err));
    TRY(store_runs(s, &query, a, &runs, err));
    return chain_read(s, a, ret_chain, err);
}

static bool open_writing(const char *path, struct error *err)
{
    cleanup_store struct store *s = NULL;
    return store_open_write(path, &APPLY, &s, err);
}

/* ---- missing ------------------------------------------------------------------------------ */

static void a_missing_store_reads_as_empty(void **state unused_arg)
{
    struct error err;
    struct chain chain;
    cleanup_arena struct arena a = {0};
    cleanup_place struct place place = place_make();
    assert_ok(read_store(place.path, &chain, &a, &err), &err);
    assert_int_equal(chain.count, 0);
    assert_int_equal(entries_in(place.dir.path), 0);
    assert_fails(open_writing("/tmp/no-such-dir-here/store.db", &err), &err, ERR_AUTH,
                 "create store '/tmp/no-such-dir-here/store.db'");
}

static void what_was_written_is_read_again(void **state unused_arg)
{
    struct error err;
    struct chain chain;
    cleanup_arena struct arena a = {0};
    cleanup_place struct place place = place_make();
    fill(place.path);
    assert_int_equal(entries_in(place.dir.path), 1); /* no log, no half-made file */
    assert_ok(read_store(place.path, &chain, &a, &err), &err);
    assert_int_equal(chain.count, 20);
    assert_ok(chain_verify(&chain, &err), &err);
    fill(place.path);
    assert_ok(read_store(place.path, &chain, &a, &err), &err);
    assert_int_equal(chain.count, 40);
    assert_int_equal(chain.items[39].fence, 2);
}

/* ---- damaged ------------------------------------------------------------------------------ */

/* A damaged file is either refused with a message that names it, or read to the end; never a
 * crash, and never taken for a new store. */
static void expect_refusal_or_whole(const char *path, bool must_refuse)
{
    struct error err;
    struct chain chain = {0};
    cleanup_arena struct arena a = {0};
    bool ok = read_store(path, &chain, &a, &err) && chain_verify(&chain, &err);
    if (!ok && err.kind == ERR_FAILED)
        assert_true(strstr(err.msg, path) != NULL || strstr(err.msg, "journal") != NULL);
    if (!ok)
        assert_true(err.kind == ERR_FAILED || err.kind == ERR_VERIFY || err.kind == ERR_AUTH);
    assert_true(!ok || !must_refuse);
    ok = open_writing(path, &err);
    if (must_refuse)
        assert_fails(ok, &err, ERR_FAILED, "damaged");
}

static void a_truncated_store_is_refused(void **state unused_arg)
{
    cleanup_place struct place place = place_make();
    cleanup_buf struct buf bytes = buf_make(BUF_BODY);
    fill(place.path);
    read_all(place.path, &bytes);
    for (size_t len = 1; len < bytes.len; len += len < 600 ? 83 : 1777) {
        write_all(place.path, str_n(bytes.ptr, len));
        expect_refusal_or_whole(place.path, true);
    }
}

/* Nothing of ours is ever empty: fences would begin again. */
static void an_empty_file_is_not_a_new_store(void **state unused_arg)
{
    struct error err;
    struct chain chain;
    cleanup_arena struct arena a = {0};
    cleanup_place struct place place = place_make();
    write_all(place.path, STR_EMPTY);
    assert_fails(read_store(place.path, &chain, &a, &err), &err, ERR_FAILED, place.path);
    assert_fails(open_writing(place.path, &err), &err, ERR_FAILED,
                 "damaged or not a store of teerexctl");
}

static void random_bytes_never_crash(void **state unused_arg)
{
    uint64_t seed = 42;
    cleanup_place struct place place = place_make();
    cleanup_buf struct buf bytes = buf_make(BUF_BODY);
    fill(place.path);
    read_all(place.path, &bytes);
    cleanup_free char *copy = xmalloc(bytes.len);
    for (int round = 0; round < 300; round++) {
        memcpy(copy, bytes.ptr, bytes.len);
        for (int i = 0; i < 40; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            copy[(seed >> 20) % bytes.len] = (char)(seed >> 56);
        }
        write_all(place.path, str_n(copy, bytes.len));
        expect_refusal_or_whole(place.path, false);
    }
    memset(copy, 0x5a, bytes.len);
    write_all(place.path, str_n(copy, bytes.len));
    expect_refusal_or_whole(place.path, true);
}

static void a_byte_changed_in_the_chain_is_found(void **state unused_arg)
{
    struct error err;
    struct chain chain;
    cleanup_arena struct arena a = {0};
    cleanup_place struct place place = place_make();
    cleanup_buf struct buf bytes = buf_make(BUF_BODY);
    fill(place.path);
    read_all(place.path, &bytes);
    size_t at = str_find(buf_str(&bytes), STR("PAYLOAD"));
    assert_true(at != SIZE_MAX);
    bytes.ptr[at] = 'p';
    write_all(place.path, buf_str(&bytes));
    assert_ok(read_store(place.path, &chain, &a, &err), &err);
    assert_fails(chain_verify(&chain, &err), &err, ERR_VERIFY, "was changed");
}

static void what_is_not_a_store_is_refused(void **state unused_arg)
{
    struct error err;
    cleanup_place struct place place = place_make();
    cleanup_buf struct buf bytes = buf_make(BUF_BODY);
    fill(place.path);
    read_all(place.path, &bytes);
    bytes.ptr[APPLICATION_ID_AT] ^= 1;
    write_all(place.path, buf_str(&bytes));
    assert_fails(open_writing(place.path, &err), &err, ERR_FAILED,
                 "damaged or not a store of teerexctl");
    bytes.ptr[APPLICATION_ID_AT] ^= 1;
    bytes.ptr[USER_VERSION_AT + 3] = 9;
    write_all(place.path, buf_str(&bytes));
    assert_fails(open_writing(place.path, &err), &err, ERR_FAILED,
                 "has format 9 and this teerexctl knows up to 1: use a newer teerexctl");
    struct chain chain;
    cleanup_arena struct arena a = {0};
    assert_fails(read_store(place.path, &chain, &a, &err), &err, ERR_FAILED, "newer teerexctl");
    assert_false(open_writing(place.dir.path, &err));
    assert_non_null(strstr(err.msg, place.dir.path));
}

/* ---- rights and room: in a child, since both change the process ---------------------------- */

static void run_in_child(void (*body)(const char *path), const char *path)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        body(path);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

#define CHILD_EXPECT(condition)                                                          \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, err.msg); \
            _exit(1);                                                                    \
        }                                                                                \
    } while (0)

static void as_nobody(const char *path)
{
    struct error err = {0};
    struct chain chain;
    cleanup_arena struct arena a = {0};
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(77);
    CHILD_EXPECT(read_store(path, &chain, &a, &err) && chain.count == 20);
    CHILD_EXPECT(!open_writing(path, &err) && err.kind == ERR_AUTH);
    CHILD_EXPECT(strstr(err.msg, "it cannot be written") != NULL);
}

static void a_read_only_directory_can_be_read(void **state unused_arg)
{
    cleanup_place struct place place = place_make();
    fill(place.path);
    assert_int_equal(chmod(place.path, 0444), 0);
    assert_int_equal(chmod(place.dir.path, 0555), 0);
    run_in_child(as_nobody, place.path);
    assert_int_equal(chmod(place.dir.path, 0755), 0);
}

static bool fill_the_disk(const char *path, struct error *err)
{
    struct hold hold;
    cleanup_store struct store *s = NULL;
    struct lease_claim claim = claim_here("local", "run-1");
    struct journal_write note = {.kind = JOURNAL_NOTE, .payload = STR("{\"some\":\"long text\"}")};
    TRY(store_open_write(path, &APPLY, &s, err));
    TRY(lease_acquire(s, &claim, 1, &hold, err));
    for (int i = 0; i < 100000; i++)
        TRY(journal_append(s, &hold, &note, 1, err));
    return true;
}

static void on_a_small_disk(const char *path)
{
    struct error err = {0};
    char dir[128];
    snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=400k") != 0)
        _exit(77);
    CHILD_EXPECT(!fill_the_disk(path, &err));
    CHILD_EXPECT(err.kind == ERR_FAILED && strstr(err.msg, "the disk is full") != NULL);
    /* What was written before is whole, and a full disk is no damage. */
    struct chain chain;
    cleanup_arena struct arena a = {0};
    CHILD_EXPECT(read_store(path, &chain, &a, &err));
}

static void a_full_disk_is_said(void **state unused_arg)
{
    cleanup_place struct place place = place_make();
    run_in_child(on_a_small_disk, place.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_store_reads_as_empty),
        cmocka_unit_test(what_was_written_is_read_again),
        cmocka_unit_test(a_truncated_store_is_refused),
        cmocka_unit_test(an_empty_file_is_not_a_new_store),
        cmocka_unit_test(random_bytes_never_crash),
        cmocka_unit_test(a_byte_changed_in_the_chain_is_found),
        cmocka_unit_test(what_is_not_a_store_is_refused),
        cmocka_unit_test(a_read_only_directory_can_be_read),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
