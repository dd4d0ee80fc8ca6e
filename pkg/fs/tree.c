/* The manifest of a tree and its digest: the name of a release. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

struct line {
    const char *path; /* in the arena, as the text */
    const char *text;
};

struct manifest {
    struct arena memory;
    struct line *lines;
    size_t count, cap;
};

static void manifest_release(struct manifest *m)
{
    arena_release(&m->memory);
    free(m->lines);
}

static bool path_is_plain(const char *path)
{
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    }
    return true;
}

static void add_line(struct manifest *m, const struct fs_entry *entry, const char *mode,
                     const char *digest)
{
    m->lines = array_grow(m->lines, &m->cap, m->count + 1, sizeof(*m->lines));
    m->lines[m->count++] = (struct line){
        .path = arena_strdup(&m->memory, str_of(entry->path)),
        .text = arena_printf(&m->memory, "%s %s %llu %s\n", mode, digest,
                             (unsigned long long)entry->info.size, entry->path),
    };
}

static bool add_file(struct manifest *m, const struct fs_entry *entry, struct error *err)
{
    char digest[SHA256_HEX_MAX];
    cleanup_close int fd = openat(entry->dir_fd, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fs_fail(err, errno, "read", entry->path);
    TRY(sha256_fd_hex(fd, entry->path, digest, err));
    add_line(m, entry, (entry->info.mode & S_IXUSR) != 0 ? "100755" : "100644", digest);
    return true;
}

static bool add_link(struct manifest *m, const struct fs_entry *entry, struct error *err)
{
    char target[PATH_MAX], digest[SHA256_HEX_MAX];
    ssize_t len = readlinkat(entry->dir_fd, entry->name, target, sizeof(target));
    if (len < 0)
        return fs_fail(err, errno, "read link", entry->path);
    sha256_hex(str_n(target, (size_t)len), digest);
    add_line(m, entry, "120000", digest);
    return true;
}

static bool add_entry(void *ctx, const struct fs_entry *entry, struct error *err)
{
    struct manifest *m = ctx;
    if (!path_is_plain(entry->path))
        return err_set(err, ERR_VERIFY, "a file name with a control character: '%s'", entry->path);
    switch (entry->info.kind) {
    case FS_FILE:
        return add_file(m, entry, err);
    case FS_LINK:
        return add_link(m, entry, err);
    case FS_NONE:
    case FS_DIR:
        return true;
    case FS_OTHER:
        break;
    }
    return err_set(err, ERR_VERIFY, "'%s' is neither a file nor a link nor a directory",
                   entry->path);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->path, ((const struct line *)b)->path);
}

bool fs_tree_manifest(const char *dir, struct buf *into, struct error *err)
{
    cleanup(manifest_release) struct manifest m = {0};
    if (!fs_walk(dir, add_entry, &m, err))
        return err_wrap(err, "digest of '%s'", dir);
    if (m.count > 0)
        qsort(m.lines, m.count, sizeof(*m.lines), compare_lines);
    for (size_t i = 0; i < m.count; i++)
        buf_adds(into, m.lines[i].text);
    return buf_check(into, "the manifest of a tree", err);
}

bool fs_tree_digest(const char *dir, char ret[SHA256_HEX_MAX], struct error *err)
{
    cleanup_buf struct buf manifest = buf_make(BUF_BODY);
    TRY(fs_tree_manifest(dir, &manifest, err));
    sha256_hex(buf_str(&manifest), ret);
    return true;
}
