/* Where state is kept: a pure function of the process environment. */
#include "config.h"

#include "internal.h"

static bool must_be_absolute(const char *path, const char *variable, struct error *err)
{
    if (path[0] == '/')
        return true;
    return err_set(err, ERR_CONFIG, "%s must be an absolute path, not '%s'", variable, path);
}

bool config_state_dir(const char *const *environ, char **ret_dir, struct error *err)
{
    const char *own = environ_get(environ, "TEEREX_STATE_DIR");
    const char *xdg = environ_get(environ, "XDG_STATE_HOME");
    const char *home = environ_get(environ, "HOME");
    if (own != NULL) {
        TRY(must_be_absolute(own, "TEEREX_STATE_DIR", err));
        *ret_dir = xstrdup(own);
        return true;
    }
    /* The XDG specification: a relative path is to be ignored. */
    if (xdg != NULL && xdg[0] == '/') {
        *ret_dir = xasprintf("%s/teerex", xdg);
        return true;
    }
    if (home == NULL)
        return err_set(err, ERR_CONFIG, "no place for state: set HOME or TEEREX_STATE_DIR");
    TRY(must_be_absolute(home, "HOME", err));
    *ret_dir = xasprintf("%s/.local/state/teerex", home);
    return true;
}
