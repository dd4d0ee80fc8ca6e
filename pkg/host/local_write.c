/* The local machine as a host: changing. Each operation holds the fence's lock while it works. */
#include <stdlib.h>

#include "internal.h"

enum { ARGS_MAX = 256 };

static const char *root_of(const struct host *h)
{
    return h->impl;
}

/* ---- commands ---- */

/* A script comes in through stdin, so that its text is in nobody's list of processes. */
static bool fill_argv(const struct host_command *command, const char *argv[ARGS_MAX],
                      struct error *err)
{
    static const char *const shell[] = {"sh", "-eu", "-s", "--"};
    size_t count = 0;
    for (size_t i = 0; command->script.len > 0 && i < ARRAY_LEN(shell); i++)
        argv[count++] = shell[i];
    for (size_t i = 0; command->argv != NULL && command->argv[i] != NULL; i++) {
        if (count == ARGS_MAX - 1)
            return err_set(err, ERR_BUG, "a command of more than %d arguments", ARGS_MAX);
        argv[count++] = command->argv[i];
    }
    argv[count] = NULL;
    return true;
}

/* The command's own environment and the root's place, NULL-terminated. */
static bool fill_env(const struct host_command *command, const char *root_text,
                     const char *env[ARGS_MAX], struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; command->env != NULL && command->env[i] != NULL; i++) {
        if (count == ARGS_MAX - 2)
            return err_set(err, ERR_BUG, "a command with more than %d variables", ARGS_MAX);
        env[count++] = command->env[i];
    }
    env[count++] = root_text;
    env[count] = NULL;
    return true;
}

bool local_run(struct host *h, const struct host_call *call, const struct host_command *command,
               struct proc_result *ret, struct error *err)
{
    const char *argv[ARGS_MAX], *env[ARGS_MAX];
    cleanup_free char *root_text = xasprintf("TEEREX_ROOT=%s", root_of(h));
    cleanup_free char *cwd = NULL;
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    if (call != NULL)
        TRY(fence_enter(root_of(h), call, &lock, err));
    TRY(fill_argv(command, argv, err));
    TRY(fill_env(command, root_text, env, err));
    TRY(local_path(h, command->cwd ? command->cwd : "", &cwd, err));
    struct proc_spec spec = {
        .argv = argv,
        .env = env,
        .cwd = cwd,
        .stdin_text = command->script.len > 0 ? command->script : command->input,
        .out = command->out,
        .errout = command->errout,
        .timeout_ms = command->timeout_ms,
        .effect = command->effect,
        .cap = call != NULL ? call->cap : NULL,
    };
    return proc_run(&spec, ret, err);
}

/* ---- files ---- */

static bool is_there(const char *full, const struct host_file *file)
{
    char digest[SHA256_HEX_MAX];
    struct fs_info info;
    struct error none;
    return fs_info(full, &info, &none) && info.kind == FS_FILE && info.mode == file->mode &&
           fs_file_digest(full, digest, &none) && strcmp(digest, file->sha256) == 0;
}

static bool copy_in(const struct cap *cap, const struct host_file *file, const char *to,
                    struct error *err)
{
    char digest[SHA256_HEX_MAX];
    if (file->from != NULL)
        TRY(fs_copy(cap, file->from, to, file->mode, err));
    else
        TRY(fs_write(cap, to, file->bytes, file->mode, err));
    TRY(fs_file_digest(to, digest, err));
    if (strcmp(digest, file->sha256) == 0)
        return true;
    return err_set(err, ERR_VERIFY, "'%s' arrived with the digest %.12s, not %.12s", file->path,
                   digest, file->sha256);
}

/* Beside its place, so that the last step is a rename on one file system. */
static bool stage_dir(const struct cap *cap, const char *full, struct fs_temp *ret,
                      struct error *err)
{
    cleanup_free char *dir = fs_dir_name(full);
    return fs_temp_dir(cap, dir, ".incoming-", ret, err);
}

bool local_put(struct host *h, const struct host_call *call, const struct host_file *file,
               struct error *err)
{
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    cleanup_fs_temp struct fs_temp stage = {0};
    cleanup_free char *full = NULL;
    TRY(fence_enter(root_of(h), call, &lock, err));
    TRY(local_path(h, file->path, &full, err));
    if (is_there(full, file))
        return true;
    TRY(stage_dir(call->cap, full, &stage, err));
    cleanup_free char *arrived = fs_join(stage.path, "file");
    TRY(copy_in(call->cap, file, arrived, err));
    return fs_rename(call->cap, arrived, full, err);
}

/* ---- trees ---- */

static bool copy_tree(const struct cap *cap, const struct host_tree *tree, const char *into,
                      struct error *err)
{
    for (size_t i = 0; i < tree->count; i++) {
        cleanup_free char *to = fs_join(into, tree->files[i].path);
        cleanup_free char *dir = fs_dir_name(to);
        TRY(fs_make_dirs(cap, dir, 0755, err));
        TRY(copy_in(cap, &tree->files[i], to, err));
    }
    return true;
}

static bool check_tree(const struct host_tree *tree, const char *full, enum err_kind kind,
                       struct error *err)
{
    char digest[SHA256_HEX_MAX];
    TRY(fs_tree_digest(full, digest, err));
    if (strcmp(digest, tree->digest) == 0)
        return true;
    return err_set(err, kind, "the tree '%s' has the digest %.12s, not %.12s", tree->path, digest,
                   tree->digest);
}

bool local_put_tree(struct host *h, const struct host_call *call, const struct host_tree *tree,
                    struct error *err)
{
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    cleanup_fs_temp struct fs_temp stage = {0};
    cleanup_free char *full = NULL;
    struct fs_info there;
    TRY(fence_enter(root_of(h), call, &lock, err));
    TRY(local_path(h, tree->path, &full, err));
    TRY(fs_info(full, &there, err));
    if (there.kind != FS_NONE)
        return check_tree(tree, full, ERR_CONFLICT, err);
    TRY(stage_dir(call->cap, full, &stage, err));
    cleanup_free char *arrived = fs_join(stage.path, "tree");
    TRY(fs_make_dirs(call->cap, arrived, 0755, err));
    TRY(copy_tree(call->cap, tree, arrived, err));
    TRY(check_tree(tree, arrived, ERR_VERIFY, err));
    return fs_rename(call->cap, arrived, full, err);
}

/* ---- names ---- */

/* Made step by step: what exists on the way must be no link. */
bool local_make_dirs(struct host *h, const struct host_call *call, const char *path, mode_t mode,
                     struct error *err)
{
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    cleanup_free char *part = xstrdup(path);
    TRY(fence_enter(root_of(h), call, &lock, err));
    for (char *end = part; end != NULL;) {
        cleanup_free char *full = NULL;
        end = strchr(end, '/');
        if (end != NULL)
            *end = '\0';
        TRY(local_path(h, part, &full, err));
        TRY(fs_make_dirs(call->cap, full, mode, err));
        if (end != NULL)
            *end++ = '/';
    }
    return true;
}

bool local_switch_link(struct host *h, const struct host_call *call, const char *target,
                       const char *path, struct error *err)
{
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    cleanup_free char *full = NULL;
    TRY(fence_enter(root_of(h), call, &lock, err));
    TRY(local_path(h, path, &full, err));
    return fs_switch_link(call->cap, target, full, err);
}

bool local_remove(struct host *h, const struct host_call *call, const char *path, struct error *err)
{
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    cleanup_free char *full = NULL;
    struct error absent;
    TRY(fence_enter(root_of(h), call, &lock, err));
    if (local_path(h, path, &full, &absent))
        return fs_remove_tree(call->cap, full, err);
    if (absent.kind == ERR_NOT_FOUND)
        return true;
    *err = absent;
    return false;
}
