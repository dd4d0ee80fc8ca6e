/* How this program is called: for the commands that we suggest. */
#include <sys/stat.h>
#include <unistd.h>

#include "site.h"

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Is the teerexctl that a shell would find the one that runs? */
static bool is_found_by_name(const char *exe, const char *name, struct arena *arena)
{
    const char *path = getenv("PATH");
    struct str rest = str_of(path);
    while (rest.len > 0) {
        struct str dir = str_cut(rest, ':', &rest, NULL);
        const char *file = arena_printf(arena, "%" PRIstr "/%s", STR_ARG(dir), name);
        if (access(file, X_OK) == 0)
            return same_file(file, exe);
    }
    return false;
}

const char *self_command(const char *exe, const char *name, struct arena *arena)
{
    char here[4096];
    if (is_found_by_name(exe, name, arena))
        return name;
    if (getcwd(here, sizeof(here)) == NULL)
        return exe;
    struct str dir = str_of(here), path = str_of(exe);
    bool below = str_starts(path, dir) && path.len > dir.len && path.ptr[dir.len] == '/';
    return below ? arena_printf(arena, "./%s", exe + dir.len + 1) : exe;
}
