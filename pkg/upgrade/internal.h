/* What the files of this module share and nobody else sees. */
#pragma once

#include "event/event.h"
#include "upgrade.h"

/* A file that is to have another content. */
struct change {
    const char *path;  /* below the workspace's directory */
    char *whole;       /* absolute, links followed */
    struct buf before; /* to put back */
    struct buf after;
    mode_t mode;
};

struct changes {
    struct change *items;
    size_t count, cap;
};

/* Frees the contents. */
void changes_release(struct changes *changes);
#define cleanup_changes cleanup(changes_release)
/* Adds a file with its content of now; its `after` is to be filled. */
bool changes_add(struct changes *changes, const char *dir, const char *path, struct change **ret,
                 struct error *err) must_use;
/* Writes those whose content differs, all or none. */
bool changes_write(const struct changes *changes, const struct cap *cap,
                   struct error *err) must_use;
/* Puts the old contents back; the error tells which could not be. */
bool changes_undo(const struct changes *changes, size_t count, const struct cap *cap,
                  struct error *err) must_use;

/* Has the package manager write the lockfile. */
bool lock_update(const struct upgrade_bump *bump, const struct manifest_lock *lock,
                 struct error *err) must_use;
