/* Making directories: those on the way to a path, and temporary ones. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static bool make_dir(const char *path, mode_t mode, struct error *err)
{
    struct stat st;
    if (mkdir(path, mode) == 0)
        return fs_sync_dir_of(path, err);
    if (errno != EEXIST)
        return fs_fail(err, errno, "make directory", path);
    if (stat(path, &st) != 0)
        return fs_fail(err, errno, "make directory", path);
    return S_ISDIR(st.st_mode) || fs_fail(err, ENOTDIR, "make directory", path);
}

bool fs_make_dirs(const struct cap *cap, const char *path, mode_t mode, struct error *err)
{
    cleanup_free char *part = xstrdup(path);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "make directory", path, err));
    for (size_t at = 1; part[0] != '\0' && part[at] != '\0'; at++) {
        if (part[at] != '/')
            continue;
        part[at] = '\0';
        TRY(make_dir(part, mode, err));
        part[at] = '/';
    }
    return make_dir(path, mode, err);
}

bool fs_temp_dir(const struct cap *cap, const char *parent, const char *prefix, struct fs_temp *ret,
                 struct error *err)
{
    const char *own = getenv("TMPDIR");
    if (parent == NULL)
        parent = own != NULL && own[0] == '/' ? own : "/tmp";
    cleanup_free char *name = xasprintf("%s%d-XXXXXX", prefix, (int)getpid());
    cleanup_free char *path = fs_join(parent, name);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "make directory", parent, err));
    if (mkdtemp(path) == NULL)
        return fs_fail(err, errno, "make a temporary directory in", parent);
    *ret = (struct fs_temp){.path = steal_ptr(&path), .cap = cap};
    return true;
}

/* There is nobody to tell when it cannot be removed: it lies where temporary things lie. */
void fs_temp_release(struct fs_temp *t)
{
    struct error err;
    bool gone = t->path == NULL || fs_remove_tree(t->cap, t->path, &err);
    (void)gone;
    free(t->path);
    *t = (struct fs_temp){0};
}
