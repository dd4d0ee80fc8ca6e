/* The local machine as a host: looking. */
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static const char *root_of(const struct host *h)
{
    return h->impl;
}

/* Opens something below the root without passing through a link. */
static bool open_below(const struct host *h, const char *path, int *ret_fd, struct error *err)
{
    cleanup_close int root_fd = -1;
    TRY(fs_open_dir(root_of(h), &root_fd, err));
    if (path[0] != '\0')
        return fs_open_beneath(root_fd, path, ret_fd, err);
    *ret_fd = steal_fd(&root_fd);
    return true;
}

bool local_path(const struct host *h, const char *path, char **ret, struct error *err)
{
    cleanup_close int parent = -1;
    cleanup_free char *dir = fs_dir_name(path);
    bool at_top = strcmp(dir, ".") == 0;
    TRY(open_below(h, at_top ? "" : dir, &parent, err));
    *ret = path[0] != '\0' ? fs_join(root_of(h), path) : xstrdup(root_of(h));
    return true;
}

static bool local_describe(struct host *h, struct host_facts *ret, struct error *err)
{
    return facts_of_this_machine(root_of(h), ret, err);
}

static bool local_info(struct host *h, const char *path, struct fs_info *ret, struct error *err)
{
    cleanup_free char *full = NULL;
    struct error absent;
    if (local_path(h, path, &full, &absent))
        return fs_info(full, ret, err);
    if (absent.kind != ERR_NOT_FOUND) {
        *err = absent;
        return false;
    }
    *ret = (struct fs_info){.kind = FS_NONE};
    return true;
}

static bool local_read_link(struct host *h, const char *path, char **ret, struct error *err)
{
    cleanup_free char *full = NULL;
    TRY(local_path(h, path, &full, err));
    return fs_read_link(full, ret, err);
}

static bool local_list(struct host *h, const char *path, struct fs_list *ret, struct error *err)
{
    cleanup_close int fd = -1;
    cleanup_free char *full = NULL;
    TRY(open_below(h, path, &fd, err)); /* that path itself is no link */
    TRY(local_path(h, path, &full, err));
    return fs_list(full, ret, err);
}

static bool local_digest(struct host *h, const char *path, char ret[SHA256_HEX_MAX],
                         struct error *err)
{
    cleanup_close int fd = -1;
    cleanup_free char *full = NULL;
    struct fs_info info;
    TRY(open_below(h, path, &fd, err));
    TRY(local_path(h, path, &full, err));
    TRY(fs_info(full, &info, err));
    if (info.kind == FS_DIR)
        return fs_tree_digest(full, ret, err);
    return sha256_fd_hex(fd, path, ret, err);
}

static bool local_get(struct host *h, const char *path, struct buf *into, struct error *err)
{
    cleanup_close int fd = -1;
    TRY(open_below(h, path, &fd, err));
    return fs_read_fd(fd, path, into, err);
}

static bool local_connect(struct host *h unused_arg, const struct transport_addr *to,
                          struct deadline until, int *ret_fd, struct error *err)
{
    return transport_connect(to, until, ret_fd, err);
}

static const struct host_ops LOCAL = {
    .kind = "local",
    .describe = local_describe,
    .info = local_info,
    .read_link = local_read_link,
    .list = local_list,
    .digest = local_digest,
    .get = local_get,
    .connect = local_connect,
    .run = local_run,
    .put = local_put,
    .put_tree = local_put_tree,
    .make_dirs = local_make_dirs,
    .switch_link = local_switch_link,
    .remove = local_remove,
    .free = free,
};

bool host_local_open(const struct host_where *where, struct host **ret, struct error *err)
{
    if (where->root == NULL || where->root[0] != '/')
        return err_set(err, ERR_CONFIG, "host '%s': the deploy root '%s' is no absolute path",
                       where->name, where->root ? where->root : "");
    *ret = host_new(&LOCAL, where->name, xstrdup(where->root));
    return true;
}
