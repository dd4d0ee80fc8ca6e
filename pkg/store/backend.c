/* SQLite as a backend: the table of its operations, and the three ways to open it. */
#include "sqlite.h"

static void backend_close(void *impl)
{
    struct sqlite *db = impl;
    sqlite_disconnect(db);
    free(db->path);
    free(db);
}

static bool backend_suspend(void *impl, struct error *err)
{
    struct sqlite *db = impl;
    if (db->path == NULL)
        return err_set(err, ERR_BUG, "a store in memory cannot be shared with a child");
    sqlite_disconnect(db);
    return true;
}

static bool backend_resume(void *impl, struct error *err)
{
    return sqlite_connect(impl, err);
}

static const struct store_ops SQLITE_OPS = {
    .close = backend_close,
    .suspend = backend_suspend,
    .resume = backend_resume,
    .lease_get = sqlite_lease_get,
    .lease_swap = sqlite_lease_swap,
    .lease_list = sqlite_lease_list,
    .record_list = sqlite_record_list,
    .record_get = sqlite_record_get,
    .record_put = sqlite_record_put,
    .journal_append = sqlite_journal_append,
    .journal_read = sqlite_journal_read,
    .runs = sqlite_runs,
    .chain_append = sqlite_chain_append,
    .chain_read = sqlite_chain_read,
};

static bool open_backend(const char *path, bool writing, const struct cap *cap, struct store **ret,
                         struct error *err)
{
    struct sqlite *db = xcalloc(1, sizeof(*db));
    *db = (struct sqlite){.path = path ? xstrdup(path) : NULL, .writing = writing};
    if (!sqlite_connect(db, err)) {
        backend_close(db);
        return false;
    }
    *ret = store_new(&SQLITE_OPS, db, path ? path : "memory", cap);
    return true;
}

bool store_open_read(const char *path, struct store **ret, struct error *err)
{
    return open_backend(path, false, cap_observe(), ret, err);
}

bool store_open_write(const char *path, const struct cap *cap, struct store **ret,
                      struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "open for writing", path, err));
    return open_backend(path, true, cap, ret, err);
}

bool store_open_memory(const struct cap *cap, struct store **ret, struct error *err)
{
    return open_backend(NULL, true, cap, ret, err);
}
