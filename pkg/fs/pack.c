/* Packing a tree into a .tar.gz whose bytes depend on the tree alone. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "internal.h"

enum { COPY_SIZE = 64 * 1024 };

struct pack {
    struct archive *archive;
    const char *path; /* of the archive, for messages */
    int64_t mtime_s;
};

static void close_archive(struct archive **a)
{
    if (*a != NULL)
        archive_write_free(*a);
}

static void free_entry(struct archive_entry **e)
{
    if (*e != NULL)
        archive_entry_free(*e);
}

static bool pack_fail(const struct pack *p, struct error *err)
{
    const char *text = archive_error_string(p->archive);
    err_set(err, ERR_FAILED, "write '%s': %s", p->path, text ? text : "unknown error");
    err->sys = archive_errno(p->archive);
    return false;
}

static bool write_bytes(struct pack *p, int fd, const char *name, uint64_t size, struct error *err)
{
    char bytes[COPY_SIZE];
    uint64_t done = 0;
    ssize_t len = 0;
    while ((len = read(fd, bytes, sizeof(bytes))) > 0) {
        if (archive_write_data(p->archive, bytes, (size_t)len) < 0)
            return pack_fail(p, err);
        done += (uint64_t)len;
    }
    if (len < 0)
        return fs_fail(err, errno, "read", name);
    return done == size || err_set(err, ERR_CONFLICT, "'%s' changed while it was packed", name);
}

static struct archive_entry *make_header(const struct pack *p, const struct fs_entry *entry)
{
    bool plain = entry->info.kind == FS_FILE && (entry->info.mode & S_IXUSR) == 0;
    struct archive_entry *header = archive_entry_new();
    archive_entry_set_pathname(header, entry->path);
    archive_entry_set_perm(header, plain ? 0644 : 0755);
    archive_entry_set_mtime(header, p->mtime_s, 0);
    archive_entry_set_uname(header, "root");
    archive_entry_set_gname(header, "root");
    return header;
}

static bool put_header(struct pack *p, struct archive_entry *header, struct error *err)
{
    return archive_write_header(p->archive, header) == ARCHIVE_OK || pack_fail(p, err);
}

static bool pack_file(struct pack *p, const struct fs_entry *entry, struct error *err)
{
    cleanup(free_entry) struct archive_entry *header = make_header(p, entry);
    cleanup_close int fd = openat(entry->dir_fd, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "read", entry->path);
    archive_entry_set_filetype(header, AE_IFREG);
    archive_entry_set_size(header, (int64_t)entry->info.size);
    TRY(put_header(p, header, err));
    return write_bytes(p, fd, entry->path, entry->info.size, err);
}

static bool pack_dir(struct pack *p, const struct fs_entry *entry, struct error *err)
{
    cleanup(free_entry) struct archive_entry *header = make_header(p, entry);
    archive_entry_set_filetype(header, AE_IFDIR);
    return put_header(p, header, err);
}

static bool pack_link(struct pack *p, const struct fs_entry *entry, struct error *err)
{
    char target[PATH_MAX];
    cleanup(free_entry) struct archive_entry *header = make_header(p, entry);
    ssize_t len = readlinkat(entry->dir_fd, entry->name, target, sizeof(target) - 1);
    if (len < 0)
        return fs_fail(err, errno, "read link", entry->path);
    target[len] = '\0';
    archive_entry_set_filetype(header, AE_IFLNK);
    archive_entry_set_symlink(header, target);
    return put_header(p, header, err);
}

static bool pack_entry(void *ctx, const struct fs_entry *entry, struct error *err)
{
    struct pack *p = ctx;
    switch (entry->info.kind) {
    case FS_FILE:
        return pack_file(p, entry, err);
    case FS_DIR:
        return pack_dir(p, entry, err);
    case FS_LINK:
        return pack_link(p, entry, err);
    case FS_NONE:
        return true;
    case FS_OTHER:
        break;
    }
    return err_set(err, ERR_VERIFY, "'%s' is neither a file nor a link nor a directory",
                   entry->path);
}

/* A gzip header without a time, names as the bytes they are whatever the locale, no padding to a
 * tape's block. */
static bool open_archive(struct pack *p, int fd, struct error *err)
{
    struct archive *a = p->archive;
    if (archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
        archive_write_set_filter_option(a, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
        archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
        archive_write_set_format_option(a, NULL, "hdrcharset", "BINARY") == ARCHIVE_OK &&
        archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
        archive_write_open_fd(a, fd) == ARCHIVE_OK)
        return true;
    return pack_fail(p, err);
}

static bool pack_tree(const char *dir, struct pack *p, struct fs_draft *draft, struct error *err)
{
    TRY(open_archive(p, draft->fd, err));
    TRY(fs_walk(dir, pack_entry, p, err));
    return archive_write_close(p->archive) == ARCHIVE_OK || pack_fail(p, err);
}

bool fs_archive_create(const struct cap *cap, const char *dir, const char *path, int64_t mtime_s,
                       struct error *err)
{
    cleanup_fs_draft struct fs_draft draft = FS_DRAFT_NONE;
    cleanup(close_archive) struct archive *archive = archive_write_new();
    struct pack p = {.archive = archive, .path = path, .mtime_s = mtime_s};
    if (archive == NULL)
        return err_set(err, ERR_FAILED, "libarchive cannot start");
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "write", path, err));
    TRY(fs_draft_open(path, &draft, err));
    if (!pack_tree(dir, &p, &draft, err))
        return err_wrap(err, "pack '%s'", dir);
    return fs_draft_commit(&draft, 0644, err);
}
