/* Names of services and instances, and where an instance's files stand. */
#include <stdio.h>

#include "supervise/supervise.h"

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static bool name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool supervise_name_ok(const char *name)
{
    size_t len = strnlen(name, SUPERVISE_ID_MAX);
    if (len == 0 || len == SUPERVISE_ID_MAX || !name_start(name[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!name_char(name[i]))
            return false;
    }
    return true;
}

bool supervise_check_socket(const char *dir, const char *id, char ret_path[SUPERVISE_PATH_MAX],
                            struct error *err)
{
    if (!supervise_name_ok(id))
        return err_set(err, ERR_CONFIG, "'%.80s' is not an instance's name", id);
    if (snprintf(ret_path, SUPERVISE_PATH_MAX, "%s/run/%s.sock", dir, id) >= SUPERVISE_PATH_MAX)
        return err_set(err, ERR_CONFIG, "the directory '%.80s…' has too long a path", dir);
    return true;
}

const char *supervise_state_name(enum supervise_state state)
{
    static const char *const NAMES[] = {
        [SUPERVISE_STARTING] = "starting", [SUPERVISE_HELD] = "held",
        [SUPERVISE_ACTIVE] = "active",     [SUPERVISE_BACKOFF] = "backoff",
        [SUPERVISE_FAILED] = "failed",     [SUPERVISE_DRAINING] = "draining",
        [SUPERVISE_EXITED] = "exited",
    };
    _Static_assert(ARRAY_LEN(NAMES) == SUPERVISE_STATE_COUNT, "a name for every state");
    return state < SUPERVISE_STATE_COUNT ? NAMES[state] : "unknown";
}
