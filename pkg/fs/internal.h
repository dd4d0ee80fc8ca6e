/* What the files of fs share: the wording of failures, names of a directory, the file that is not
 * there yet. */
#pragma once

#include "fs/fs.h"

/* ---- fail.c ---- */

/* "VERB 'PATH': strerror"; the kind follows from the errno. */
void fs_fill_error(struct error *err, int sys, const char *verb, const char *path);
/* The same, and false: here, so that analyzers see it. */
static inline bool fs_fail(struct error *err, int sys, const char *verb, const char *path)
{
    fs_fill_error(err, sys, verb, path);
    return false;
}

/* ---- list.c ---- */

/* fs_list of an open directory, whose position is not moved. */
bool fs_list_fd(int dir_fd, const char *what, struct fs_list *ret, struct error *err) must_use;
/* fs_info of a name in an open directory. */
bool fs_info_at(int dir_fd, const char *name, struct fs_info *ret, struct error *err) must_use;

/* ---- beneath.c ---- */

/* A way to open a safe path below dir_fd without following a link: a descriptor, or -1 with
 * errno, ELOOP for a link on the way. */
typedef int fs_open_fn(int dir_fd, const char *path, int flags, mode_t mode);
/* By the kernel; ENOSYS or EPERM when it cannot. */
fs_open_fn fs_open_by_kernel;
/* Component by component. */
fs_open_fn fs_open_by_steps;

/* ---- atomic.c ---- */

/* A file beside its destination that becomes it or vanishes. */
struct fs_draft {
    const char *path; /* the destination, borrowed */
    char *temp;       /* NULL: there is nothing to take back */
    int fd;
};
#define FS_DRAFT_NONE ((struct fs_draft){.fd = -1})

/* ERR_NOT_FOUND when the directory is not there. */
bool fs_draft_open(const char *path, struct fs_draft *ret, struct error *err) must_use;
/* Everything written to draft->fd reaches the disk and takes its place under its name. */
bool fs_draft_commit(struct fs_draft *draft, mode_t mode, struct error *err) must_use;
void fs_draft_release(struct fs_draft *draft);
#define cleanup_fs_draft cleanup(fs_draft_release)

/* All of bytes. */
bool fs_write_all(int fd, struct str bytes, const char *path, struct error *err) must_use;
/* fsync of the directory that holds path. */
bool fs_sync_dir_of(const char *path, struct error *err) must_use;
