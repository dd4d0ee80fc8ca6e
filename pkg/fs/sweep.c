/* Removing what a process left unfinished that was killed: its pid is in the name. */
#include "internal.h"

static const char *const PREFIXES[] = {".teerex-link-", ".teerex-", FS_STAGING};

/* ".teerex-4711-AbCdEf" → 4711; 0 for a name that is none of ours. */
static pid_t owner_of(const char *name)
{
    uint64_t pid = 0;
    for (size_t i = 0; i < ARRAY_LEN(PREFIXES); i++) {
        if (!str_starts(str_of(name), str_of(PREFIXES[i])))
            continue;
        struct str rest = STR_EMPTY, number;
        bool more = false;
        number = str_cut(str_of(name + strlen(PREFIXES[i])), '-', &rest, &more);
        if (more && str_to_u64(number, &pid) && pid <= INT32_MAX)
            return (pid_t)pid;
    }
    return 0;
}

/* Also when nobody has reaped it yet. */
static bool is_gone(pid_t pid)
{
    struct error err;
    struct ident who;
    if (!ident_of(pid, &who, &err))
        return err.kind == ERR_NOT_FOUND;
    return ident_check(&who) == IDENT_DEAD;
}

bool fs_sweep(const struct cap *cap, const char *dir, struct error *err)
{
    struct fs_info info;
    cleanup_fs_list struct fs_list list = {0};
    TRY(fs_info(dir, &info, err));
    if (info.kind == FS_NONE)
        return true;
    TRY(fs_list(dir, &list, err));
    for (size_t i = 0; i < list.count; i++) {
        cleanup_free char *path = fs_join(dir, list.names[i]);
        pid_t owner = owner_of(list.names[i]);
        if (owner > 0 && is_gone(owner))
            TRY(fs_remove_tree(cap, path, err));
    }
    return true;
}
