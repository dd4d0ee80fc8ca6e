/* Walking a tree without ever following a link, and removing one. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

struct walk {
    struct buf path; /* of the entry at hand, relative to the start */
    size_t entries;
    fs_walk_fn *fn;
    void *ctx;
};

static bool open_child(int dir_fd, const char *name, const char *path, int *ret_fd,
                       struct error *err)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "open directory", path);
    *ret_fd = fd;
    return true;
}

static bool walk_dir(struct walk *w, int dir_fd, int depth, struct error *err);

static bool walk_entry(struct walk *w, int dir_fd, const char *name, int depth, struct error *err)
{
    struct fs_entry entry = {.path = buf_cstr(&w->path), .dir_fd = dir_fd, .name = name};
    cleanup_close int child = -1;
    TRY(fs_info_at(dir_fd, name, &entry.info, err));
    if (++w->entries > FS_ENTRIES_MAX)
        return err_set(err, ERR_FAILED, "a tree of more than %d entries", FS_ENTRIES_MAX);
    if (entry.info.kind == FS_NONE)
        return true; /* gone since it was listed */
    TRY(w->fn(w->ctx, &entry, err));
    if (entry.info.kind != FS_DIR)
        return true;
    TRY(open_child(dir_fd, name, entry.path, &child, err));
    return walk_dir(w, child, depth + 1, err);
}

static bool walk_dir(struct walk *w, int dir_fd, int depth, struct error *err)
{
    cleanup_fs_list struct fs_list list = {0};
    size_t len = w->path.len;
    if (depth > FS_DEPTH_MAX)
        return err_set(err, ERR_FAILED, "'%s' lies deeper than %d directories", buf_cstr(&w->path),
                       FS_DEPTH_MAX);
    TRY(fs_list_fd(dir_fd, len > 0 ? buf_cstr(&w->path) : ".", &list, err));
    for (size_t i = 0; i < list.count; i++) {
        buf_addf(&w->path, len > 0 ? "/%s" : "%s", list.names[i]);
        TRY(buf_check(&w->path, "a path", err));
        TRY(walk_entry(w, dir_fd, list.names[i], depth, err));
        w->path.len = len;
        w->path.ptr[len] = '\0';
    }
    return true;
}

enum { WALK_PATH_MAX = (FS_DEPTH_MAX + 1) * 256 };

bool fs_walk(const char *path, fs_walk_fn *fn, void *ctx, struct error *err)
{
    cleanup_close int fd = -1;
    struct walk w = {.path = buf_make(WALK_PATH_MAX), .fn = fn, .ctx = ctx};
    TRY(fs_open_dir(path, &fd, err));
    bool ok = walk_dir(&w, fd, 0, err);
    buf_release(&w.path);
    return ok;
}

/* ---- removing ---- */

static bool remove_at(int dir_fd, const char *name, int depth, struct error *err)
{
    cleanup_close int child = -1;
    cleanup_fs_list struct fs_list list = {0};
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return fs_fail(err, errno, "remove", name);
    if (depth > FS_DEPTH_MAX)
        return err_set(err, ERR_FAILED, "'%s' lies deeper than %d directories", name, FS_DEPTH_MAX);
    TRY(open_child(dir_fd, name, name, &child, err));
    TRY(fs_list_fd(child, name, &list, err));
    for (size_t i = 0; i < list.count; i++)
        TRY(remove_at(child, list.names[i], depth + 1, err));
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return fs_fail(err, errno, "remove", name);
    return true;
}

bool fs_remove(const struct cap *cap, const char *path, struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "remove", path, err));
    if (remove(path) != 0 && errno != ENOENT)
        return fs_fail(err, errno, "remove", path);
    return true;
}

static bool is_removable(const char *path)
{
    const char *last = fs_base_name(path);
    return *last != '\0' && strcmp(last, ".") != 0 && strcmp(last, "..") != 0;
}

bool fs_remove_tree(const struct cap *cap, const char *path, struct error *err)
{
    if (!is_removable(path))
        return err_set(err, ERR_BUG, "the tree '%s' is not one to remove", path);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "remove", path, err));
    return remove_at(AT_FDCWD, path, 0, err) || err_wrap(err, "remove '%s'", path);
}
