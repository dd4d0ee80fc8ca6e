/* Which package manager keeps the lockfile. Runs none. */
#include "fs/fs.h"
#include "internal.h"

static const struct {
    const char *file;
    enum manifest_manager manager;
} LOCKS[] = {
    {"package-lock.json", MANAGER_NPM}, {"npm-shrinkwrap.json", MANAGER_NPM},
    {"bun.lock", MANAGER_BUN},          {"bun.lockb", MANAGER_BUN},
    {"pnpm-lock.yaml", MANAGER_PNPM},   {"yarn.lock", MANAGER_YARN},
};

static const char *const NAMES[] = {[MANAGER_NONE] = "none",
                                    [MANAGER_NPM] = "npm",
                                    [MANAGER_BUN] = "bun",
                                    [MANAGER_PNPM] = "pnpm",
                                    [MANAGER_YARN] = "yarn"};

const char *manifest_manager_name(enum manifest_manager manager)
{
    return NAMES[manager];
}

/* "bun@1.2.3" names bun. */
static bool is_named(const struct workspace *w, enum manifest_manager manager)
{
    struct str rest;
    struct str named = json_str(json_get(json_root(&w->manifests[0].doc), "packageManager"));
    return str_is(str_cut(named, '@', &rest, NULL), NAMES[manager]);
}

bool manifest_find_lock(const struct workspace *workspace, struct manifest_lock *ret,
                        struct error *err)
{
    struct manifest_lock lock = {0};
    for (size_t i = 0; i < ARRAY_LEN(LOCKS); i++) {
        struct fs_info info;
        cleanup_free char *path = fs_join(workspace->dir, LOCKS[i].file);
        TRY(fs_info(path, &info, err));
        bool there = info.kind != FS_NONE;
        if (there && (lock.file == NULL || is_named(workspace, LOCKS[i].manager)))
            lock = (struct manifest_lock){LOCKS[i].manager, LOCKS[i].file};
    }
    *ret = lock;
    return true;
}
