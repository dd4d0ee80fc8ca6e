/* For tests of store, plan and ledger: a directory that ends with its scope, a clock that only
 * moves when told, and owners of leases that live elsewhere. */
#pragma once

#include "store/store.h"
#include "testing.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

/* A store keeps the pointer to what permits it to write. */
static const struct cap APPLY unused_arg = {.may_write = true};

struct temp_dir {
    char path[64];
};

static inline struct temp_dir temp_dir_make(void)
{
    struct temp_dir dir = {.path = "/tmp/teerex-test-XXXXXX"};
    assert_non_null(mkdtemp(dir.path));
    return dir;
}

static inline int temp_remove_one(const char *path, const struct stat *st unused_arg,
                                  int type unused_arg, struct FTW *ftw unused_arg)
{
    return remove(path);
}

static inline void temp_dir_release(struct temp_dir *dir)
{
    nftw(dir->path, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
#define cleanup_temp_dir cleanup(temp_dir_release)

/* A directory with room for a store's file, which is not there yet. */
struct place {
    struct temp_dir dir;
    char path[128];
};

static inline struct place place_make(void)
{
    struct place place = {.dir = temp_dir_make()};
    snprintf(place.path, sizeof(place.path), "%s/store.db", place.dir.path);
    return place;
}

static inline void place_release(struct place *place)
{
    temp_dir_release(&place->dir);
}
#define cleanup_place cleanup(place_release)

/* `asleep` runs on every sleep: what the rest of the world does meanwhile. */
struct fake_clock {
    int64_t now_ms, mono_ms;
    void (*asleep)(void *ctx);
    void *ctx;
};

static inline int64_t fake_now(void *ctx)
{
    return ((struct fake_clock *)ctx)->now_ms;
}

static inline int64_t fake_mono(void *ctx)
{
    return ((struct fake_clock *)ctx)->mono_ms;
}

static inline void fake_sleep(void *ctx, int64_t ms)
{
    struct fake_clock *fake = ctx;
    fake->mono_ms += ms;
    fake->now_ms += ms;
    if (fake->asleep != NULL)
        fake->asleep(fake->ctx);
}

static inline struct clock fake_clock_of(struct fake_clock *fake)
{
    return (struct clock){
        .now_ms = fake_now, .mono_ms = fake_mono, .sleep_ms = fake_sleep, .ctx = fake};
}

/* This process. */
static inline struct lease_claim claim_here(const char *name, const char *run_id)
{
    struct error err;
    struct lease_claim claim = {.name = name, .ttl_ms = 30000};
    assert_ok(lease_owner_self(run_id, NULL, "a test", &claim.owner, &err), &err);
    return claim;
}

/* A process on another machine, each run on its own. */
static inline struct lease_claim claim_elsewhere(const char *name, const char *run_id)
{
    struct lease_claim claim = claim_here(name, run_id);
    snprintf(claim.owner.host, sizeof(claim.owner.host), "elsewhere");
    snprintf(claim.owner.machine, sizeof(claim.owner.machine), "of-%.16s", run_id);
    snprintf(claim.owner.ident.boot_id, sizeof(claim.owner.ident.boot_id), "other-boot-of-%s",
             run_id);
    return claim;
}

/* A store in memory, and the lease on `local` in it. */
struct fixture {
    struct store *store;
    struct arena arena;
    struct hold hold;
    struct chain chain;
    int64_t now_ms;
};

static inline void fixture_begin(struct fixture *f)
{
    struct error err;
    struct lease_claim claim = claim_here("local", "run-1");
    *f = (struct fixture){.now_ms = 1770091506000};
    assert_ok(store_open_memory(&APPLY, &f->store, &err), &err);
    assert_ok(lease_acquire(f->store, &claim, 1, &f->hold, &err), &err);
}

static inline void fixture_end(struct fixture *f)
{
    store_close(f->store);
    arena_release(&f->arena);
}
#define cleanup_fixture cleanup(fixture_end)
