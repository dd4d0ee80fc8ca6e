/* What the files of host share. */
#pragma once

#include "host/host.h"

/* ---- fence.c: the fence file of a deploy root on this machine ---- */

/* The highest fence seen; 0 when there is no file yet. */
bool fence_read(const char *root, uint64_t *ret, struct error *err) must_use;
/* Takes the root's lock and remembers the call's fence, or refuses it. The effect happens while
 * *ret is held. Makes the root when it is missing. */
bool fence_enter(const char *root, const struct host_call *call, struct fs_lock *ret,
                 struct error *err) must_use;

/* ---- facts.c ---- */

/* PRETTY_NAME of os-release(5); "unknown" without one. */
void facts_os_name(struct str os_release, char ret[HOST_TEXT_MAX]);
/* The value in bytes of a line "NAME:   123 kB" of /proc/meminfo; 0 without one. */
uint64_t facts_memory(struct str meminfo, const char *name);
/* Of this machine, with the disk of `root`. */
bool facts_of_this_machine(const char *root, struct host_facts *ret, struct error *err) must_use;

/* ---- local_write.c ---- */

/* The changing operations of the local host; impl is its root. */
bool local_run(struct host *h, const struct host_call *call, const struct host_command *command,
               struct proc_result *ret, struct error *err) must_use;
bool local_put(struct host *h, const struct host_call *call, const struct host_file *file,
               struct error *err) must_use;
bool local_put_tree(struct host *h, const struct host_call *call, const struct host_tree *tree,
                    struct error *err) must_use;
bool local_make_dirs(struct host *h, const struct host_call *call, const char *path, mode_t mode,
                     struct error *err) must_use;
bool local_switch_link(struct host *h, const struct host_call *call, const char *target,
                       const char *path, struct error *err) must_use;
bool local_remove(struct host *h, const struct host_call *call, const char *path,
                  struct error *err) must_use;

/* The absolute path of a path below the root. ERR_VERIFY when a directory on the way is a link,
 * ERR_NOT_FOUND when one is missing. */
bool local_path(const struct host *h, const char *path, char **ret, struct error *err) must_use;
