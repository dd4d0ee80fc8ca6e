/* Asking: what is there, what it holds, how much room is left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "internal.h"

/* ---- one thing ---- */

static enum fs_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return FS_FILE;
    if (S_ISDIR(mode))
        return FS_DIR;
    return S_ISLNK(mode) ? FS_LINK : FS_OTHER;
}

bool fs_info_at(int dir_fd, const char *name, struct fs_info *ret, struct error *err)
{
    struct stat st;
    *ret = (struct fs_info){.kind = FS_NONE};
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || errno == ENOTDIR || fs_fail(err, errno, "look at", name);
    *ret = (struct fs_info){
        .kind = kind_of(st.st_mode),
        .mode = st.st_mode & 07777,
        .size = (uint64_t)st.st_size,
        .mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000,
        .device = st.st_dev,
        .inode = st.st_ino,
    };
    return true;
}

bool fs_info(const char *path, struct fs_info *ret, struct error *err)
{
    return fs_info_at(AT_FDCWD, path, ret, err);
}

bool fs_read_link(const char *path, char **ret, struct error *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof(target));
    if (len < 0)
        return fs_fail(err, errno, "read link", path);
    *ret = xstrndup(target, (size_t)len);
    return true;
}

bool fs_space(const char *path, struct fs_space *ret, struct error *err)
{
    struct statvfs st;
    if (statvfs(path, &st) != 0)
        return fs_fail(err, errno, "ask for the free space of", path);
    *ret = (struct fs_space){
        .free_bytes = (uint64_t)st.f_bavail * st.f_frsize,
        .total_bytes = (uint64_t)st.f_blocks * st.f_frsize,
        .free_files = st.f_favail,
    };
    return true;
}

/* ---- one file's bytes ---- */

enum { READ_STEP = 64 * 1024 };

bool fs_read_fd(int fd, const char *what, struct buf *into, struct error *err)
{
    char bytes[READ_STEP];
    ssize_t len = 0;
    while ((len = read(fd, bytes, sizeof(bytes))) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return fs_fail(err, errno, "read", what);
        buf_add(into, str_n(bytes, (size_t)len));
        if (into->overflow)
            return buf_check(into, what, err);
    }
    return true;
}

bool fs_read(const char *path, struct buf *into, struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "read", path);
    return fs_read_fd(fd, path, into, err);
}

bool fs_file_digest(const char *path, char ret[SHA256_HEX_MAX], struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "read", path);
    return sha256_fd_hex(fd, path, ret, err);
}

/* ---- directories ---- */

bool fs_open_dir(const char *path, int *ret_fd, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "open directory", path);
    *ret_fd = fd;
    return true;
}

void fs_list_release(struct fs_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct fs_list){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}

static bool read_names(DIR *dir, const char *what, struct fs_list *list, struct error *err)
{
    size_t cap = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (entry == NULL)
            return errno == 0 || fs_fail(err, errno, "list", what);
        if (is_dots(entry->d_name))
            continue;
        if (list->count == FS_ENTRIES_MAX)
            return err_set(err, ERR_FAILED, "list '%s': more than %d names", what, FS_ENTRIES_MAX);
        list->names = array_grow(list->names, &cap, list->count + 1, sizeof(*list->names));
        list->names[list->count++] = xstrdup(entry->d_name);
    }
}

bool fs_list_fd(int dir_fd, const char *what, struct fs_list *ret, struct error *err)
{
    cleanup_fs_list struct fs_list list = {0};
    cleanup_close int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL)
        return fs_fail(err, errno, "list", what);
    (void)steal_fd(&fd); /* dir closes it */
    TRY(read_names(dir, what, &list, err));
    if (list.count > 0)
        qsort(list.names, list.count, sizeof(*list.names), compare_names);
    *ret = list;
    list = (struct fs_list){0};
    return true;
}

bool fs_list(const char *path, struct fs_list *ret, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(fs_open_dir(path, &fd, err));
    return fs_list_fd(fd, path, ret, err);
}
