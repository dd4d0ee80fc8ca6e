/* From an errno to an error that names the path. */
#include <errno.h>

#include "internal.h"

static const struct {
    int sys;
    enum err_kind kind;
} KINDS[] = {
    {ENOENT, ERR_NOT_FOUND}, {EEXIST, ERR_CONFLICT}, {ENOTEMPTY, ERR_CONFLICT}, {EACCES, ERR_AUTH},
    {EPERM, ERR_AUTH},       {EROFS, ERR_AUTH},      {ELOOP, ERR_VERIFY},       {EXDEV, ERR_VERIFY},
};

void fs_fill_error(struct error *err, int sys, const char *verb, const char *path)
{
    enum err_kind kind = ERR_FAILED;
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (KINDS[i].sys == sys)
            kind = KINDS[i].kind;
    }
    err_sys(err, kind, sys, "%s '%s'", verb, path);
}
