/* The process environment as a value that is handed down. */
#include "internal.h"

const char *environ_get(const char *const *environ, const char *name)
{
    struct str wanted = str_of(name);
    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++) {
        struct str value = STR_EMPTY;
        bool found = false;
        struct str key = str_cut(str_of(environ[i]), '=', &value, &found);
        if (found && str_eq(key, wanted))
            return value.len > 0 ? value.ptr : NULL;
    }
    return NULL;
}
