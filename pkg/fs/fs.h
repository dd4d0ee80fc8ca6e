/* Files: writes that happen whole or not at all, paths that stay where they belong, trees, locks
 * and archives. Knows nothing of what the files mean.
 *
 * Every write takes a capability and asks it right before the effect. Errors name the path; a
 * missing file is ERR_NOT_FOUND, an existing one where none may be ERR_CONFLICT, no permission
 * ERR_AUTH, everything else (full disk, EIO, too many open files) ERR_FAILED with errno kept.
 * Text handed back is NUL-terminated and freed by the caller. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "core/core.h"
#include "crypto/crypto.h"

enum {
    FS_DEPTH_MAX = 100,      /* levels of directories that a walk enters */
    FS_ENTRIES_MAX = 200000, /* names in one directory, files in one tree */
    FS_OWNER_MAX = 256       /* bytes of a lock's owner text */
};

/* ---- paths ---- */

/* May `path` be joined to a directory without leaving it? Relative, not empty, no empty, "." or
 * ".." component, no NUL, no component above 255 bytes, 4095 bytes in all. Symbolic links are not
 * looked at: that is what fs_open_beneath is for. */
bool fs_path_is_safe(struct str path);
/* "dir/name", with one slash between; an empty dir gives name. */
char *fs_join(const char *dir, const char *name) must_use;
/* The part after the last slash, borrowed from path. */
const char *fs_base_name(const char *path);
/* The part before the last slash; "." when there is none, "/" for a file of the root. */
char *fs_dir_name(const char *path) must_use;
/* realpath(3). */
bool fs_real_path(const char *path, char **ret, struct error *err) must_use;

/* Opens a safe path below the directory dir_fd for reading, following no symbolic link anywhere
 * on the way (openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, or component by component where
 * the kernel lacks it). ERR_VERIFY when the path is unsafe or meets a link. */
bool fs_open_beneath(int dir_fd, const char *path, int *ret_fd, struct error *err) must_use;
/* The same for a new file to write; ERR_CONFLICT when it exists. Its directory must exist. */
bool fs_create_beneath(const struct cap *cap, int dir_fd, const char *path, mode_t mode,
                       int *ret_fd, struct error *err) must_use;
/* A descriptor of a directory; a link as last component is followed. */
bool fs_open_dir(const char *path, int *ret_fd, struct error *err) must_use;

/* ---- asking ---- */

enum fs_kind { FS_NONE, FS_FILE, FS_DIR, FS_LINK, FS_OTHER };

struct fs_info {
    enum fs_kind kind; /* FS_NONE: nothing there, the rest is zero */
    mode_t mode;       /* permission bits */
    uint64_t size;
    int64_t mtime_ms;
    uint64_t device, inode;
};

/* Of the thing itself, not of what a link points at. That nothing is there is an answer. */
bool fs_info(const char *path, struct fs_info *ret, struct error *err) must_use;
/* Appends the whole file; ERR_FAILED when it does not fit below into->max. Any readable kind. */
bool fs_read(const char *path, struct buf *into, struct error *err) must_use;
bool fs_read_fd(int fd, const char *what, struct buf *into, struct error *err) must_use;
bool fs_read_link(const char *path, char **ret, struct error *err) must_use;
/* SHA-256 of a file's bytes in hex. */
bool fs_file_digest(const char *path, char ret[SHA256_HEX_MAX], struct error *err) must_use;

struct fs_space {
    uint64_t free_bytes; /* for an unprivileged user */
    uint64_t total_bytes;
    uint64_t free_files; /* inodes */
};
bool fs_space(const char *path, struct fs_space *ret, struct error *err) must_use;

/* The names in a directory in byte order, without "." and "..". */
struct fs_list {
    char **names;
    size_t count;
};
bool fs_list(const char *path, struct fs_list *ret, struct error *err) must_use;
void fs_list_release(struct fs_list *list);
#define cleanup_fs_list cleanup(fs_list_release)

struct fs_entry {
    const char *path; /* relative to the start */
    struct fs_info info;
    int dir_fd;       /* of the directory that holds it */
    const char *name; /* in that directory */
};
typedef bool fs_walk_fn(void *ctx, const struct fs_entry *entry, struct error *err);
/* Calls fn for everything below path, in byte order of the names, a directory before what it
 * holds; links are reported, never followed. Stops at the first failure. ERR_FAILED past
 * FS_DEPTH_MAX or FS_ENTRIES_MAX. */
bool fs_walk(const char *path, fs_walk_fn *fn, void *ctx, struct error *err) must_use;

/* ---- tree digest: the name of a release ----
 *
 * The manifest of a tree is one line for each file and link, "MODE SHA256 SIZE PATH\n":
 *   MODE    100755 when the owner may execute it, 100644 otherwise, 120000 for a link
 *   SHA256  of the file's bytes, or of the link's text, in lower-case hex
 *   SIZE    in bytes, decimal
 *   PATH    relative, '/' between components
 * sorted by the bytes of PATH. Directories count only through what they hold; owners, times and
 * other permission bits do not count. A path with a control character, a device, a socket or a
 * pipe is refused (ERR_VERIFY). The digest of the tree is the SHA-256 of the manifest. */
bool fs_tree_manifest(const char *dir, struct buf *into, struct error *err) must_use;
bool fs_tree_digest(const char *dir, char ret[SHA256_HEX_MAX], struct error *err) must_use;

/* ---- changing ---- */

/* Replaces the file whole: a temporary file beside it, fsync, rename, fsync of the directory. On
 * failure the old content stays and the temporary file is gone. `mode` is exact (no umask). A link
 * at `path` is replaced, not followed. */
bool fs_write(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
              struct error *err) must_use;
/* The same for a file that must not exist yet: ERR_CONFLICT when it does. */
bool fs_create(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
               struct error *err) must_use;
/* One write(2) at the end of the file and fsync; created with `mode` less the umask. A write that
 * was cut short (full disk) is taken back. */
bool fs_append(const struct cap *cap, const char *path, struct str bytes, mode_t mode,
               struct error *err) must_use;
/* As fs_write from another file's bytes (a reflink where the file system can). */
bool fs_copy(const struct cap *cap, const char *from, const char *to, mode_t mode,
             struct error *err) must_use;
/* rename(2) and fsync of both directories. */
bool fs_rename(const struct cap *cap, const char *from, const char *to, struct error *err) must_use;
/* Makes the link `path` point at `target` in one step, whether it existed or not; a path that is
 * there and no link is ERR_CONFLICT. */
bool fs_switch_link(const struct cap *cap, const char *target, const char *path,
                    struct error *err) must_use;
/* The directory and those above it; existing ones are kept as they are. */
bool fs_make_dirs(const struct cap *cap, const char *path, mode_t mode, struct error *err) must_use;
/* A file, link or empty directory; that it is not there is success. */
bool fs_remove(const struct cap *cap, const char *path, struct error *err) must_use;
/* A whole tree; links in it are removed, never followed. Not there is success. Refuses "/", "."
 * and paths that end in "..". */
bool fs_remove_tree(const struct cap *cap, const char *path, struct error *err) must_use;

/* A directory of our own (mode 0700) that goes away, with all in it, when it is released. */
struct fs_temp {
    char *path; /* NULL: none */
    const struct cap *cap;
};
/* Below `parent`, or below $TMPDIR (else /tmp) when it is NULL; the name begins with `prefix` and
 * our pid. */
bool fs_temp_dir(const struct cap *cap, const char *parent, const char *prefix, struct fs_temp *ret,
                 struct error *err) must_use;
void fs_temp_release(struct fs_temp *t);
#define cleanup_fs_temp cleanup(fs_temp_release)
/* Removes from the directory itself what processes that are gone left unfinished there: drafts of
 * files and links, and directories of fs_temp_dir with the prefix FS_STAGING. For who may alone
 * write there. A directory that is not there is clean. */
#define FS_STAGING ".staging-"
bool fs_sweep(const struct cap *cap, const char *dir, struct error *err) must_use;

/* ---- locks between processes of one machine ---- */

struct fs_lock {
    int fd; /* -1: not held */
};
#define FS_LOCK_NONE ((struct fs_lock){.fd = -1})

struct fs_lock_request {
    const char *path;          /* created with mode 0600; stays when the lock is free */
    const char *owner;         /* written into it for people: "deploy local, pid 4711" */
    int64_t wait_ms;           /* how long to wait for another holder; 0: not at all */
    const struct clock *clock; /* NULL: the machine's */
};
/* Takes the lock for this process with flock(2), so that it is free as soon as the process is
 * gone. ERR_LOCKED, naming the other owner, when the wait is over. */
bool fs_lock_take(const struct cap *cap, const struct fs_lock_request *request, struct fs_lock *ret,
                  struct error *err) must_use;
void fs_lock_release(struct fs_lock *lock);
#define cleanup_fs_lock cleanup(fs_lock_release)

/* ---- archives: .tar.gz ---- */

struct fs_archive_limits {
    uint64_t bytes_max;   /* of all files together, unpacked; 0 is a bug */
    uint64_t entries_max; /* 0 is a bug */
};

/* Packs the tree `dir` into `path`: the same tree gives the same bytes (sorted, owner root,
 * every time `mtime_s`, modes 0755 and 0644, no file name or time in the gzip header). */
bool fs_archive_create(const struct cap *cap, const char *dir, const char *path, int64_t mtime_s,
                       struct error *err) must_use;
/* Unpacks into the existing directory `dir`. ERR_VERIFY, and nothing more is written, for a path
 * that is not safe, a link that points outside `dir`, anything but files, directories and
 * symbolic links, or more than the limits. What was unpacked until then stays: unpack into a
 * temporary directory and rename it. */
bool fs_archive_extract(const struct cap *cap, const char *path, const char *dir,
                        const struct fs_archive_limits *limits, struct error *err) must_use;
