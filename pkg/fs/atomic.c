/* Writes that happen whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "internal.h"

/* ---- the draft ---- */

bool fs_draft_open(const char *path, struct fs_draft *ret, struct error *err)
{
    cleanup_free char *dir = fs_dir_name(path);
    cleanup_free char *name = xasprintf(".teerex-%d-XXXXXX", (int)getpid());
    cleanup_free char *temp = fs_join(dir, name);
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "write", path);
    *ret = (struct fs_draft){.path = path, .temp = steal_ptr(&temp), .fd = fd};
    return true;
}

void fs_draft_release(struct fs_draft *draft)
{
    mem_close_at(&draft->fd);
    if (draft->temp != NULL)
        unlink(draft->temp);
    free(draft->temp);
    *draft = FS_DRAFT_NONE;
}

/* Mode and content are on the disk, and the descriptor is closed, before the name is. */
static bool draft_finish(struct fs_draft *draft, mode_t mode, struct error *err)
{
    if (fchmod(draft->fd, mode) != 0 || fsync(draft->fd) != 0)
        return fs_fail(err, errno, "write", draft->path);
    if (close(steal_fd(&draft->fd)) != 0)
        return fs_fail(err, errno, "write", draft->path);
    return true;
}

bool fs_sync_dir_of(const char *path, struct error *err)
{
    cleanup_free char *dir = fs_dir_name(path);
    cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return fs_fail(err, errno, "sync directory", dir);
    return true;
}

bool fs_draft_commit(struct fs_draft *draft, mode_t mode, struct error *err)
{
    TRY(draft_finish(draft, mode, err));
    if (rename(draft->temp, draft->path) != 0)
        return fs_fail(err, errno, "write", draft->path);
    free(draft->temp);
    draft->temp = NULL;
    return fs_sync_dir_of(draft->path, err);
}

/* ---- whole files ---- */

bool fs_write_all(int fd, struct str bytes, const char *path, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.ptr, bytes.len);
        if (len < 0 && errno != EINTR)
            return fs_fail(err, errno, "write", path);
        if (len > 0)
            bytes = str_sub(bytes, (size_t)len, SIZE_MAX);
    }
    return true;
}

bool fs_write(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
              struct error *err)
{
    cleanup_fs_draft struct fs_draft draft = FS_DRAFT_NONE;
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "write", path, err));
    TRY(fs_draft_open(path, &draft, err));
    TRY(fs_write_all(draft.fd, bytes, path, err));
    return fs_draft_commit(&draft, mode, err);
}

/* link(2) refuses a name that exists, which rename(2) would not; the draft's own name goes when it
 * is released. */
bool fs_create(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
               struct error *err)
{
    cleanup_fs_draft struct fs_draft draft = FS_DRAFT_NONE;
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "create", path, err));
    TRY(fs_draft_open(path, &draft, err));
    TRY(fs_write_all(draft.fd, bytes, path, err));
    TRY(draft_finish(&draft, mode, err));
    if (link(draft.temp, path) != 0)
        return fs_fail(err, errno, "create", path);
    return fs_sync_dir_of(path, err);
}

static bool append_whole(int fd, struct str bytes, const char *path, struct error *err)
{
    struct stat before;
    if (flock(fd, LOCK_EX) != 0 || fstat(fd, &before) != 0)
        return fs_fail(err, errno, "append to", path);
    ssize_t len = write(fd, bytes.ptr, bytes.len);
    int sys = len < 0 ? errno : ENOSPC;
    if (len == (ssize_t)bytes.len && fsync(fd) == 0)
        return true;
    if (ftruncate(fd, before.st_size) != 0)
        sys = errno;
    return fs_fail(err, sys, "append to", path);
}

bool fs_append(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
               struct error *err)
{
    TRY(cap_allow(cap, EFFECT_ONCE, "append to", path, err));
    cleanup_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0)
        return fs_fail(err, errno, "append to", path);
    TRY(append_whole(fd, bytes, path, err));
    return fs_sync_dir_of(path, err); /* it may be new */
}

/* ---- copies ---- */

enum { COPY_SIZE = 64 * 1024, RANGE_SIZE = 1 << 30 };

/* As far as the kernel copies by itself, sharing blocks where it can; the rest, which is all of it
 * between some file systems, goes through us. */
static bool copy_bytes(int from, int to, const char *from_path, const char *to_path,
                       struct error *err)
{
    char bytes[COPY_SIZE];
    ssize_t len = 1;
    while (len > 0)
        len = copy_file_range(from, NULL, to, NULL, RANGE_SIZE, 0);
    while ((len = read(from, bytes, sizeof(bytes))) > 0)
        TRY(fs_write_all(to, str_n(bytes, (size_t)len), to_path, err));
    return len == 0 || fs_fail(err, errno, "read", from_path);
}

bool fs_copy(const struct cap *cap, const char *from, const char *to, mode_t mode,
             struct error *err)
{
    cleanup_fs_draft struct fs_draft draft = FS_DRAFT_NONE;
    cleanup_close int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return fs_fail(err, errno, "read", from);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "write", to, err));
    TRY(fs_draft_open(to, &draft, err));
    TRY(copy_bytes(source, draft.fd, from, to, err));
    return fs_draft_commit(&draft, mode, err);
}

/* ---- names ---- */

bool fs_rename(const struct cap *cap, const char *from, const char *to, struct error *err)
{
    TRY(cap_allow(cap, EFFECT_ONCE, "rename", from, err));
    if (rename(from, to) != 0)
        return fs_fail(err, errno, "rename", from);
    TRY(fs_sync_dir_of(to, err));
    return fs_sync_dir_of(from, err);
}

enum { LINK_TRIES = 100 };

/* A fresh link beside path; a crashed process of our number may have left one. */
static bool draft_link(const char *target, const char *path, char **ret, struct error *err)
{
    cleanup_free char *dir = fs_dir_name(path);
    for (int try = 0; try < LINK_TRIES; try++) {
        cleanup_free char *name = xasprintf(".teerex-link-%d-%d", (int)getpid(), try);
        cleanup_free char *temp = fs_join(dir, name);
        if (symlink(target, temp) == 0) {
            *ret = steal_ptr(&temp);
            return true;
        }
        if (errno != EEXIST)
            break;
    }
    return fs_fail(err, errno, "link", path);
}

bool fs_switch_link(const struct cap *cap, const char *target, const char *path, struct error *err)
{
    struct fs_info there;
    cleanup_free char *temp = NULL;
    TRY(fs_info(path, &there, err));
    if (there.kind != FS_NONE && there.kind != FS_LINK)
        return err_set(err, ERR_CONFLICT, "'%s' is in the way: it is no symbolic link", path);
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "link", path, err));
    TRY(draft_link(target, path, &temp, err));
    if (rename(temp, path) != 0) {
        fs_fail(err, errno, "link", path);
        unlink(temp);
        return false;
    }
    return fs_sync_dir_of(path, err);
}
