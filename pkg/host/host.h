/* A machine that something is deployed to, whatever the way to it: run a program, put and get
 * files, look, open a stream. The local machine is here; others (ssh, ssm) are tables of the same
 * shape that `cmd/` registers.
 *
 * Paths are relative to the host's deploy root ("" is the root itself), safe in the sense of
 * fs_path_is_safe, and never pass through a symbolic link.
 *
 * Every call that changes something carries the fence of the lease under which it is made. The
 * host remembers the highest one it has seen, in the file `fence` of the deploy root (decimal, a
 * newline), and refuses a smaller one: a runner that slept through the loss of its lease can do
 * nothing any more. Test and effect happen under one lock on the host (`fence.lock`), so a newer
 * run never meets half of an older one's effect. */
#pragma once

#include "core/core.h"
#include "fs/fs.h"
#include "proc/proc.h"
#include "transport/transport.h"

enum { HOST_TEXT_MAX = 256, HOST_WAIT_MS = 60 * 1000 };

struct host;

/* With what right, and for whom, a host is changed. */
struct host_call {
    const struct cap *cap;
    uint64_t fence;    /* of the lease; 0 is a bug */
    const char *owner; /* shown to whoever waits for the lock: "deploy local, run 4711" */
    int64_t wait_ms;   /* for another call's effect to end; 0: HOST_WAIT_MS */
};

/* A program, or a script, run in the deploy root. TEEREX_ROOT is the root's absolute path. */
struct host_command {
    struct str script; /* text for `sh -eu`; empty: argv is a program. Nothing is ever put into the
                          text: values travel in env and in the arguments */
    const char *const *argv; /* the program, or the script's arguments ($1 …); NULL-terminated; may
                                be NULL with a script */
    const char *const *env;  /* "NAME=value", added to PATH, HOME, … (proc_spec) */
    const char *cwd;         /* relative; NULL: the root */
    struct str input;        /* its stdin; not with a script */
    struct proc_output out, errout;
    int64_t timeout_ms;
    enum effect effect; /* EFFECT_READ needs no host_call */
};

/* A file to put. */
struct host_file {
    const char *path; /* there; its directory must exist */
    const char *from; /* a file here; NULL: bytes */
    struct str bytes;
    mode_t mode;
    const char *sha256; /* of the content, in hex; compulsory */
};

/* A directory to put whole: its files' paths are relative to it, their directories are made. */
struct host_tree {
    const char *path; /* there; the directory above it must exist */
    const struct host_file *files;
    size_t count;
    const char *digest; /* fs_tree_digest of the whole; compulsory */
};

struct host_facts {
    char hostname[HOST_TEXT_MAX];
    char os[HOST_TEXT_MAX]; /* PRETTY_NAME of os-release: "Debian GNU/Linux 12 (bookworm)" */
    char kernel[HOST_TEXT_MAX];
    char arch[HOST_TEXT_MAX]; /* as uname has it: "x86_64" */
    char boot_id[UUID_TEXT_MAX];
    uint32_t cores;
    uint64_t memory_bytes, memory_free_bytes;
    struct fs_space disk; /* where the deploy root is or will be */
    bool systemd;         /* it runs as the system's manager */
    bool root;            /* we are root there */
    uint64_t fence;       /* highest seen; 0: none yet */
};

/* What a way to a host implements. Arguments were checked, and the capability asked, by the
 * functions below; the fence is the implementation's to check, on the host. */
struct host_ops {
    const char *kind; /* "local" */
    bool (*describe)(struct host *h, struct host_facts *ret, struct error *err);
    bool (*info)(struct host *h, const char *path, struct fs_info *ret, struct error *err);
    bool (*read_link)(struct host *h, const char *path, char **ret, struct error *err);
    bool (*list)(struct host *h, const char *path, struct fs_list *ret, struct error *err);
    bool (*digest)(struct host *h, const char *path, char ret[SHA256_HEX_MAX], struct error *err);
    bool (*get)(struct host *h, const char *path, struct buf *into, struct error *err);
    bool (*connect)(struct host *h, const struct transport_addr *to, struct deadline until,
                    int *ret_fd, struct error *err);
    bool (*run)(struct host *h, const struct host_call *call, const struct host_command *command,
                struct proc_result *ret, struct error *err); /* call is NULL for a reading one */
    bool (*put)(struct host *h, const struct host_call *call, const struct host_file *file,
                struct error *err);
    bool (*put_tree)(struct host *h, const struct host_call *call, const struct host_tree *tree,
                     struct error *err);
    bool (*make_dirs)(struct host *h, const struct host_call *call, const char *path, mode_t mode,
                      struct error *err);
    bool (*switch_link)(struct host *h, const struct host_call *call, const char *target,
                        const char *path, struct error *err);
    bool (*remove)(struct host *h, const struct host_call *call, const char *path,
                   struct error *err);
    void (*free)(void *impl);
};

struct host {
    const struct host_ops *ops;
    char *name; /* as the environment file calls it; in every message */
    void *impl; /* the implementation's own */
};

/* ---- opening ---- */

struct host_where {
    const char *name;
    const char *kind;    /* "local", "ssh", … */
    const char *address; /* what the kind makes of it; NULL for local */
    const char *root;    /* absolute path of the deploy root there */
};
/* A kind of host as `cmd/` registers it. Opening changes nothing there. */
struct host_kind {
    const char *name;
    bool (*open)(const struct host_where *where, struct host **ret, struct error *err);
};
/* Opens with the kind of that name; ERR_CONFIG names the known ones for another. */
bool host_open(const struct host_kind *kinds, size_t count, const struct host_where *where,
               struct host **ret, struct error *err) must_use;
/* The kind "local": this machine. The root need not exist; the first change makes it. */
bool host_local_open(const struct host_where *where, struct host **ret, struct error *err) must_use;
/* For implementations: takes impl. */
struct host *host_new(const struct host_ops *ops, const char *name, void *impl) must_use;
void host_close(struct host *h);
void host_close_at(struct host **h);
#define cleanup_host cleanup(host_close_at)

/* ---- looking; each fails with ERR_NOT_FOUND for what is not there, but host_info ---- */

/* Who and what the machine is. */
bool host_describe(struct host *h, struct host_facts *ret, struct error *err) must_use;
/* Kind, size, mode; that nothing is there is an answer. */
bool host_info(struct host *h, const char *path, struct fs_info *ret, struct error *err) must_use;
/* The text of a link; the caller frees it. */
bool host_read_link(struct host *h, const char *path, char **ret, struct error *err) must_use;
/* The names in a directory, sorted. */
bool host_list(struct host *h, const char *path, struct fs_list *ret, struct error *err) must_use;
/* SHA-256 of a file, fs_tree_digest of a directory. */
bool host_digest(struct host *h, const char *path, char ret[SHA256_HEX_MAX],
                 struct error *err) must_use;
/* Appends a whole file; more than into->max is ERR_FAILED. */
bool host_get(struct host *h, const char *path, struct buf *into, struct error *err) must_use;
/* A stream to an address as the host sees it: its loopback, its unix sockets (absolute paths). The
 * caller closes the descriptor. Fails as transport_connect. */
bool host_connect(struct host *h, const struct transport_addr *to, struct deadline until,
                  int *ret_fd, struct error *err) must_use;

/* ---- changing; each fails with ERR_LOCKED for a fence below the highest seen ---- */

/* Runs to the end, as proc_run does. `call` may be NULL for a command that reads. */
bool host_run(struct host *h, const struct host_call *call, const struct host_command *command,
              struct proc_result *ret, struct error *err) must_use;
/* Puts a file: it appears whole, and only if what arrived has the digest (ERR_VERIFY). Nothing is
 * sent when it is there already. */
bool host_put(struct host *h, const struct host_call *call, const struct host_file *file,
              struct error *err) must_use;
/* Puts a directory: it appears whole, and only if the tree that arrived has the digest
 * (ERR_VERIFY). The same tree already there is success, another one ERR_CONFLICT. */
bool host_put_tree(struct host *h, const struct host_call *call, const struct host_tree *tree,
                   struct error *err) must_use;
/* The directory and those above it. */
bool host_make_dirs(struct host *h, const struct host_call *call, const char *path, mode_t mode,
                    struct error *err) must_use;
/* Points the link `path` at `target` in one step; ERR_CONFLICT when path is no link. */
bool host_switch_link(struct host *h, const struct host_call *call, const char *target,
                      const char *path, struct error *err) must_use;
/* A file, a link or a whole tree; not there is success. Never the root itself. */
bool host_remove(struct host *h, const struct host_call *call, const char *path,
                 struct error *err) must_use;
