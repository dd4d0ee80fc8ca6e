/* What is the same for every kind of host: arguments are checked, the capability is asked, the
 * host is named in errors. */
#include <stdlib.h>

#include "internal.h"

/* ---- opening ---- */

bool host_open(const struct host_kind *kinds, size_t count, const struct host_where *where,
               struct host **ret, struct error *err)
{
    cleanup_buf struct buf known = buf_make(BUF_LINE);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].name, where->kind) == 0)
            return kinds[i].open(where, ret, err);
        buf_addf(&known, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    }
    return err_set(err, ERR_CONFIG, "host '%s' is of the kind '%s', which is none of: %s",
                   where->name, where->kind, buf_cstr(&known));
}

struct host *host_new(const struct host_ops *ops, const char *name, void *impl)
{
    struct host *h = xcalloc(1, sizeof(*h));
    *h = (struct host){.ops = ops, .name = xstrdup(name), .impl = impl};
    return h;
}

void host_close(struct host *h)
{
    if (h == NULL)
        return;
    h->ops->free(h->impl);
    free(h->name);
    free(h);
}

void host_close_at(struct host **h)
{
    host_close(*h);
    *h = NULL;
}

/* ---- checks ---- */

static bool named(const struct host *h, bool ok, struct error *err)
{
    return ok || err_wrap(err, "host '%s'", h->name);
}

static bool check_path(const char *path, struct error *err)
{
    return path[0] == '\0' || fs_path_is_safe(str_of(path)) ||
           err_set(err, ERR_VERIFY, "the path '%s' leads out of the deploy root", path);
}

/* A path that is to be changed: not the root itself. */
static bool check_target(const char *path, struct error *err)
{
    return fs_path_is_safe(str_of(path)) ||
           err_set(err, ERR_VERIFY, "'%s' is no path below the deploy root", path);
}

static bool check_digest(const char *digest, const char *path, struct error *err)
{
    unsigned char bytes[SHA256_LEN];
    return (digest != NULL && hex_decode(str_of(digest), bytes, SHA256_LEN)) ||
           err_set(err, ERR_BUG, "'%s' is put without a digest", path);
}

static bool allow(const struct host_call *call, enum effect effect, const char *what,
                  const char *target, struct error *err)
{
    if (call == NULL)
        return cap_allow(cap_observe(), effect, what, target, err);
    if (effect != EFFECT_READ && call->fence == 0)
        return err_set(err, ERR_BUG, "%s '%s' without the fence of a lease", what, target);
    return cap_allow(call->cap, effect, what, target, err);
}

/* ---- looking ---- */

bool host_describe(struct host *h, struct host_facts *ret, struct error *err)
{
    return named(h, h->ops->describe(h, ret, err), err);
}

bool host_info(struct host *h, const char *path, struct fs_info *ret, struct error *err)
{
    return named(h, check_path(path, err) && h->ops->info(h, path, ret, err), err);
}

bool host_read_link(struct host *h, const char *path, char **ret, struct error *err)
{
    return named(h, check_path(path, err) && h->ops->read_link(h, path, ret, err), err);
}

bool host_list(struct host *h, const char *path, struct fs_list *ret, struct error *err)
{
    return named(h, check_path(path, err) && h->ops->list(h, path, ret, err), err);
}

bool host_digest(struct host *h, const char *path, char ret[SHA256_HEX_MAX], struct error *err)
{
    return named(h, check_path(path, err) && h->ops->digest(h, path, ret, err), err);
}

bool host_get(struct host *h, const char *path, struct buf *into, struct error *err)
{
    return named(h, check_path(path, err) && h->ops->get(h, path, into, err), err);
}

bool host_connect(struct host *h, const struct transport_addr *to, struct deadline until,
                  int *ret_fd, struct error *err)
{
    return named(h, h->ops->connect(h, to, until, ret_fd, err), err);
}

/* ---- changing ---- */

static bool check_command(const struct host_command *c, struct error *err)
{
    bool script = c->script.len > 0;
    if (!script && (c->argv == NULL || c->argv[0] == NULL))
        return err_set(err, ERR_BUG, "a command without a program");
    if (script && c->input.len > 0)
        return err_set(err, ERR_BUG, "a script with input of its own");
    return c->cwd == NULL || check_path(c->cwd, err);
}

bool host_run(struct host *h, const struct host_call *call, const struct host_command *command,
              struct proc_result *ret, struct error *err)
{
    const char *what = command->script.len > 0 ? "a script" : NULL;
    bool ok = check_command(command, err) &&
              allow(call, command->effect, "run", what ? what : command->argv[0], err) &&
              h->ops->run(h, command->effect == EFFECT_READ ? NULL : call, command, ret, err);
    return named(h, ok, err);
}

bool host_put(struct host *h, const struct host_call *call, const struct host_file *file,
              struct error *err)
{
    bool ok = check_target(file->path, err) && check_digest(file->sha256, file->path, err) &&
              allow(call, EFFECT_IDEMPOTENT, "put", file->path, err) &&
              h->ops->put(h, call, file, err);
    return named(h, ok, err);
}

static bool check_tree(const struct host_tree *tree, struct error *err)
{
    TRY(check_target(tree->path, err));
    for (size_t i = 0; i < tree->count; i++) {
        TRY(check_target(tree->files[i].path, err));
        TRY(check_digest(tree->files[i].sha256, tree->files[i].path, err));
    }
    return check_digest(tree->digest, tree->path, err);
}

bool host_put_tree(struct host *h, const struct host_call *call, const struct host_tree *tree,
                   struct error *err)
{
    bool ok = check_tree(tree, err) && allow(call, EFFECT_IDEMPOTENT, "put", tree->path, err) &&
              h->ops->put_tree(h, call, tree, err);
    return named(h, ok, err);
}

bool host_make_dirs(struct host *h, const struct host_call *call, const char *path, mode_t mode,
                    struct error *err)
{
    bool ok = check_target(path, err) &&
              allow(call, EFFECT_IDEMPOTENT, "make directory", path, err) &&
              h->ops->make_dirs(h, call, path, mode, err);
    return named(h, ok, err);
}

bool host_switch_link(struct host *h, const struct host_call *call, const char *target,
                      const char *path, struct error *err)
{
    bool ok = check_target(path, err) && allow(call, EFFECT_IDEMPOTENT, "link", path, err) &&
              h->ops->switch_link(h, call, target, path, err);
    return named(h, ok, err);
}

bool host_remove(struct host *h, const struct host_call *call, const char *path, struct error *err)
{
    bool ok = check_target(path, err) && allow(call, EFFECT_IDEMPOTENT, "remove", path, err) &&
              h->ops->remove(h, call, path, err);
    return named(h, ok, err);
}
