/* Staging a release: whole and as it was measured, or not at all. */
#include <sys/stat.h>

#include "deploy/world.h"
#include "fs/fs.h"
#include "testing.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct bench {
    struct cap apply;
    struct fs_temp temp;
    struct arena arena;
    struct deploy deploy;
    struct config_component component;
    struct release_file file;
    struct target target;
    char digest[SHA256_HEX_MAX];
};

static const char *at(struct bench *b, const char *name)
{
    return arena_printf(&b->arena, "%s/%s", b->temp.path, name);
}

/* A release of one file, "abc", measured and not yet staged. */
static int make_bench(void **state)
{
    struct bench *b = xcalloc(1, sizeof(*b));
    struct error err;
    b->apply = cap_apply(NULL, NULL);
    if (!fs_temp_dir(&b->apply, NULL, "test-deploy-", &b->temp, &err) ||
        !fs_write(&b->apply, at(b, "source"), STR("abc"), 0600, &err))
        return -1;
    b->deploy.arena = &b->arena;
    b->component.name = "prover";
    b->file = (struct release_file){
        .from = at(b, "source"), .to = "bin/run", .mode = 0755, .digest = ABC, .size = 3};
    sha256_hex(STR("100755 " ABC " 3 bin/run\n"), b->digest);
    b->target = (struct target){
        .component = &b->component,
        .release = {.digest = b->digest, .files = &b->file, .file_count = 1},
        .release_dir = at(b, "releases/x"),
    };
    *state = b;
    return 0;
}

static int drop_bench(void **state)
{
    struct bench *b = *state;
    fs_temp_release(&b->temp);
    arena_release(&b->arena);
    free(b);
    return 0;
}

static enum staged look(struct bench *b)
{
    enum staged staged = STAGED_CORRUPT;
    struct error err;
    assert_ok(release_look(&b->target, &staged, &err), &err);
    return staged;
}

static size_t releases(struct bench *b)
{
    cleanup_fs_list struct fs_list list = {0};
    struct error err;
    assert_ok(fs_list(at(b, "releases"), &list, &err), &err);
    return list.count;
}

static void test_staged_whole(void **state)
{
    struct bench *b = *state;
    struct error err;
    assert_int_equal(look(b), STAGED_ABSENT);
    assert_ok(release_stage(&b->deploy, &b->apply, &b->target, &err), &err);
    assert_int_equal(look(b), STAGED_PRESENT);
    assert_ok(release_stage(&b->deploy, &b->apply, &b->target, &err), &err);
    assert_int_equal(releases(b), 1);
}

static void test_source_that_changed_is_not_staged(void **state)
{
    struct bench *b = *state;
    struct error err;
    assert_ok(fs_write(&b->apply, b->file.from, STR("abd"), 0600, &err), &err);
    assert_fails(release_stage(&b->deploy, &b->apply, &b->target, &err), &err, ERR_STALE,
                 "'prover' changed while they were copied");
    assert_int_equal(look(b), STAGED_ABSENT);
    assert_int_equal(releases(b), 0);
}

static void test_damage_is_seen_and_mended(void **state)
{
    struct bench *b = *state;
    struct error err;
    assert_ok(release_stage(&b->deploy, &b->apply, &b->target, &err), &err);
    assert_ok(fs_write(&b->apply, at(b, "releases/x/bin/run"), STR("abd"), 0755, &err), &err);
    assert_int_equal(look(b), STAGED_CORRUPT);
    assert_ok(release_stage(&b->deploy, &b->apply, &b->target, &err), &err);
    assert_int_equal(look(b), STAGED_PRESENT);
    assert_int_equal(releases(b), 1);
}

static void test_observers_do_not_stage(void **state)
{
    struct bench *b = *state;
    struct error err;
    assert_fails(release_stage(&b->deploy, cap_observe(), &b->target, &err), &err, ERR_BUG,
                 "may only observe");
    assert_int_equal(look(b), STAGED_ABSENT);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(test_staged_whole),
        ON_BENCH(test_source_that_changed_is_not_staged),
        ON_BENCH(test_damage_is_seen_and_mended),
        ON_BENCH(test_observers_do_not_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
