/* Unpacking a .tar.gz from anywhere into a directory, and into nothing else. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

enum { BLOCK_SIZE = 10240 };

struct unpack {
    const struct cap *cap;
    struct archive *archive;
    const char *archive_path;
    int dir_fd;
    struct fs_archive_limits left; /* what may still come */
};

static void close_archive(struct archive **a)
{
    if (*a != NULL)
        archive_read_free(*a);
}

static bool unpack_fail(const struct unpack *u, struct error *err)
{
    const char *text = archive_error_string(u->archive);
    return err_set(err, ERR_VERIFY, "'%s' is no sound .tar.gz: %s", u->archive_path,
                   text ? text : "unknown error");
}

/* ---- names ---- */

/* "./a/b/" is how tar writes a directory a/b. */
static struct str plain_path(const char *path)
{
    struct str name = str_of(path);
    while (str_starts(name, STR("./")))
        name = str_sub(name, 2, SIZE_MAX);
    while (name.len > 1 && name.ptr[name.len - 1] == '/')
        name.len--;
    return name;
}

static size_t count_slashes(struct str path)
{
    size_t count = 0;
    for (size_t i = 0; i < path.len; i++)
        count += path.ptr[i] == '/';
    return count;
}

/* A link may climb, first and not above the top, and then only go down: so it stays inside even
 * when its way down passes other links, which do the same. */
static bool link_stays_inside(struct str path, struct str target)
{
    size_t depth = count_slashes(path);
    while (str_starts(target, STR("../"))) {
        if (depth-- == 0)
            return false;
        target = str_sub(target, 3, SIZE_MAX);
    }
    if (str_is(target, ".."))
        return depth > 0;
    return str_is(target, ".") || fs_path_is_safe(target);
}

/* ---- directories ---- */

static bool make_one_dir(struct unpack *u, int parent, const char *name, int *ret_fd,
                         struct error *err)
{
    struct fs_info info;
    TRY(cap_allow(u->cap, EFFECT_IDEMPOTENT, "make directory", name, err));
    if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST)
        return fs_fail(err, errno, "make directory", name);
    TRY(fs_info_at(parent, name, &info, err));
    if (info.kind != FS_DIR)
        return err_set(err, ERR_VERIFY, "'%s' is no directory but is used as one", name);
    return fs_open_beneath(parent, name, ret_fd, err);
}

/* Makes every directory of path and opens the last one; the empty path is the top. */
static bool make_dirs_beneath(struct unpack *u, struct str path, int *ret_fd, struct error *err)
{
    cleanup_close int held = fcntl(u->dir_fd, F_DUPFD_CLOEXEC, 3);
    if (held < 0)
        return fs_fail(err, errno, "unpack", u->archive_path);
    while (path.len > 0) {
        int next = -1;
        struct str part = str_cut(path, '/', &path, NULL);
        cleanup_free char *name = xstrndup(part.ptr, part.len);
        TRY(make_one_dir(u, held, name, &next, err));
        mem_close_at(&held);
        held = next;
    }
    *ret_fd = steal_fd(&held);
    return true;
}

/* ---- entries ---- */

static bool write_block(struct unpack *u, int fd, struct str block, const char *name,
                        struct error *err)
{
    if (block.len > u->left.bytes_max)
        return err_set(err, ERR_VERIFY, "'%s' unpacks to more bytes than it may", u->archive_path);
    u->left.bytes_max -= block.len;
    return fs_write_all(fd, block, name, err);
}

/* The holes of a sparse file are written as zeros, and counted. */
static bool write_contents(struct unpack *u, int fd, const char *name, struct error *err)
{
    char block[BLOCK_SIZE];
    for (;;) {
        la_ssize_t len = archive_read_data(u->archive, block, sizeof(block));
        if (len < 0)
            return unpack_fail(u, err);
        if (len == 0)
            return true;
        TRY(write_block(u, fd, str_n(block, (size_t)len), name, err));
    }
}

static bool put_file(struct unpack *u, struct archive_entry *header, int parent, const char *name,
                     struct error *err)
{
    cleanup_close int fd = -1;
    mode_t mode = (archive_entry_perm(header) & S_IXUSR) != 0 ? 0755 : 0644;
    TRY(fs_create_beneath(u->cap, parent, name, mode, &fd, err));
    TRY(write_contents(u, fd, name, err));
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
        return fs_fail(err, errno, "write", name);
    return true;
}

static bool put_link(struct unpack *u, struct archive_entry *header, struct str path, int parent,
                     struct error *err)
{
    const char *target = archive_entry_symlink(header);
    if (target == NULL)
        target = archive_entry_symlink_utf8(header);
    if (target == NULL || !link_stays_inside(path, str_of(target)))
        return err_set(err, ERR_VERIFY, "the link '%" PRIstr "' points out of the archive",
                       STR_ARG(path));
    cleanup_free char *copy = xstrndup(path.ptr, path.len);
    const char *name = fs_base_name(copy);
    TRY(cap_allow(u->cap, EFFECT_IDEMPOTENT, "link", name, err));
    return symlinkat(target, parent, name) == 0 || fs_fail(err, errno, "link", name);
}

static struct str parent_of(struct str path)
{
    while (path.len > 0 && path.ptr[path.len - 1] != '/')
        path.len--;
    return str_sub(path, 0, path.len > 0 ? path.len - 1 : 0);
}

static bool put_entry(struct unpack *u, struct archive_entry *header, struct str path,
                      struct error *err)
{
    cleanup_close int parent = -1;
    mode_t type = archive_entry_filetype(header);
    if (archive_entry_hardlink(header) != NULL ||
        (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK))
        return err_set(err, ERR_VERIFY, "'%" PRIstr "' is not a kind of entry that is unpacked",
                       STR_ARG(path));
    TRY(make_dirs_beneath(u, type == AE_IFDIR ? path : parent_of(path), &parent, err));
    if (type == AE_IFDIR)
        return true;
    if (type == AE_IFLNK)
        return put_link(u, header, path, parent, err);
    cleanup_free char *copy = xstrndup(path.ptr, path.len);
    return put_file(u, header, parent, fs_base_name(copy), err);
}

static bool take_entry(struct unpack *u, struct archive_entry *header, struct error *err)
{
    const char *raw = archive_entry_pathname(header);
    if (raw == NULL)
        raw = archive_entry_pathname_utf8(header);
    struct str path = plain_path(raw != NULL ? raw : "");
    if (u->left.entries_max-- == 0)
        return err_set(err, ERR_VERIFY, "'%s' has more entries than it may", u->archive_path);
    if (path.len == 0 || str_is(path, "."))
        return raw != NULL || unpack_fail(u, err);
    if (!fs_path_is_safe(path))
        return err_set(err, ERR_VERIFY, "the path '%" PRIstr "' leads out of the archive",
                       STR_ARG(path));
    return put_entry(u, header, path, err);
}

static bool take_all(struct unpack *u, struct error *err)
{
    struct archive_entry *header = NULL;
    for (;;) {
        int got = archive_read_next_header(u->archive, &header);
        if (got == ARCHIVE_EOF)
            return true;
        if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
            return unpack_fail(u, err);
        TRY(take_entry(u, header, err));
    }
}

static bool open_archive(struct unpack *u, int fd, struct error *err)
{
    if (archive_read_support_filter_gzip(u->archive) == ARCHIVE_OK &&
        archive_read_support_format_tar(u->archive) == ARCHIVE_OK &&
        archive_read_open_fd(u->archive, fd, BLOCK_SIZE) == ARCHIVE_OK)
        return true;
    return unpack_fail(u, err);
}

bool fs_archive_extract(const struct cap *cap, const char *path, const char *dir,
                        const struct fs_archive_limits *limits, struct error *err)
{
    cleanup(close_archive) struct archive *archive = archive_read_new();
    cleanup_close int dir_fd = -1;
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "read", path);
    if (archive == NULL || limits->bytes_max == 0 || limits->entries_max == 0)
        return err_set(err, ERR_BUG, "unpack '%s' without limits", path);
    TRY(fs_open_dir(dir, &dir_fd, err));
    struct unpack u = {
        .cap = cap, .archive = archive, .archive_path = path, .dir_fd = dir_fd, .left = *limits};
    TRY(open_archive(&u, fd, err));
    return take_all(&u, err) || err_wrap(err, "unpack '%s'", path);
}
