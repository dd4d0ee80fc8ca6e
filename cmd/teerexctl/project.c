/* Finding the project: the directory that holds teerex.yaml. Does not read it. */
#include <errno.h>
#include <unistd.h>

#include "app.h"

static const char MARKER[] = "teerex.yaml";

static bool holds_project(struct arena *arena, const char *dir)
{
    return access(arena_printf(arena, "%s/%s", dir, MARKER), F_OK) == 0;
}

static bool search_upwards(struct arena *arena, const char **ret_path, struct error *err)
{
    cleanup_free char *here = getcwd(NULL, 0);
    if (here == NULL)
        return err_sys(err, ERR_CONFIG, errno, "working directory");
    char *dir = arena_strdup(arena, str_of(here));
    while (dir[0] != '\0') {
        if (holds_project(arena, dir)) {
            *ret_path = dir;
            return true;
        }
        *strrchr(dir, '/') = '\0';
    }
    return err_set(err, ERR_CONFIG,
                   "no %s in %s or above; run in a project, or name one with "
                   "--project DIR",
                   MARKER, here);
}

bool app_find_project(const char *wanted, struct arena *arena, const char **ret_path,
                      struct error *err)
{
    const char *named = wanted ? wanted : getenv("TEEREX_PROJECT");
    if (named == NULL || named[0] == '\0')
        return search_upwards(arena, ret_path, err);
    if (!holds_project(arena, named))
        return err_set(err, ERR_CONFIG, "no %s in %s", MARKER, named);
    *ret_path = named;
    return true;
}
