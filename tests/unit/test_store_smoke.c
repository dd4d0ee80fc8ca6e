/* The store end to end on a file: open, lease, record, journal, chain, keeper. */
#include "store/store.h"
#include "testing.h"

#include <stdlib.h>
#include <unistd.h>

static void everything(void **state)
{
    (void)state;
    struct error err;
    char dir[] = "/tmp/test-store-XXXXXX";
    assert_non_null(mkdtemp(dir));
    cleanup_free char *path = xasprintf("%s/store.db", dir);
    struct cap cap = cap_apply(NULL, NULL);
    cleanup_store struct store *s = NULL;
    assert_ok(store_open_read(path, &s, &err), &err);
    cleanup_arena struct arena a = {0};
    struct record r;
    assert_ok(record_get(s, "x", &a, &r, &err), &err);
    store_close_at(&s);
    assert_ok(store_open_write(path, &cap, &s, &err), &err);
    struct lease_claim claim = {.name = "local", .ttl_ms = 3000};
    assert_ok(lease_owner_self("run-1", NULL, "test", &claim.owner, &err), &err);
    struct hold hold;
    assert_ok(lease_acquire(s, &claim, 1, &hold, &err), &err);
    assert_int_equal(hold.fence, 1);
    cleanup_lease_keeper struct lease_keeper *k = NULL;
    assert_ok(lease_keeper_start(s, &hold, 3000, clock_system(), &k, &err), &err);
    struct record_write w = {.name = "x", .text = STR("{}")};
    assert_ok(record_put(s, &hold, &w, 2, &err), &err);
    assert_ok(lease_still_mine(k, &err), &err);
    struct chain_write cw = {.kind = CHAIN_DEPLOYED, .env = "local", .payload = STR("{}")};
    assert_ok(chain_append(s, &hold, &cw, 2, &err), &err);
    struct chain chain;
    assert_ok(chain_read(s, &a, &chain, &err), &err);
    assert_ok(chain_verify(&chain, &err), &err);
    lease_keeper_stop_at(&k);
    assert_ok(lease_release(s, &hold, 5, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
