/* Paths as text: which are safe to join, their parts. Knows nothing of what is on the disk. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "internal.h"

static bool component_is_safe(struct str name)
{
    return name.len > 0 && name.len <= NAME_MAX && !str_is(name, ".") && !str_is(name, "..") &&
           memchr(name.ptr, '\0', name.len) == NULL;
}

bool fs_path_is_safe(struct str path)
{
    bool more = true;
    if (path.len == 0 || path.len >= PATH_MAX)
        return false;
    while (more) {
        if (!component_is_safe(str_cut(path, '/', &path, &more)))
            return false;
    }
    return true;
}

char *fs_join(const char *dir, const char *name)
{
    size_t len = strlen(dir);
    if (len == 0)
        return xstrdup(name);
    return xasprintf(dir[len - 1] == '/' ? "%s%s" : "%s/%s", dir, name);
}

const char *fs_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *fs_dir_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return xstrdup(".");
    return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

bool fs_real_path(const char *path, char **ret, struct error *err)
{
    char *real = realpath(path, NULL);
    if (real == NULL)
        return fs_fail(err, errno, "resolve", path);
    *ret = real;
    return true;
}
