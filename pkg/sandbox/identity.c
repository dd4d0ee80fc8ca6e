/* Becoming an unprivileged user without capabilities for good, and making sure that there is no way
 * back. */
#include "parts.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct identity {
    uid_t uid;
    gid_t gid;
};

enum { LOOKUP_MAX = 16 * 1024 };

static bool number_of(const char *text, uint64_t *ret_number)
{
    uint64_t number;
    /* The largest value means "unchanged" to the kernel. */
    if (!str_to_u64(str_of(text), &number) || number >= UINT32_MAX)
        return false;
    *ret_number = number;
    return true;
}

/* A number without an entry in the user database has a group of the same number. */
static bool find_user(const char *name, struct identity *ret, struct error *err)
{
    cleanup_free char *room = xmalloc(LOOKUP_MAX);
    struct passwd entry, *found = NULL;
    uint64_t number = 0;
    bool numeric = number_of(name, &number);
    int failed = numeric ? getpwuid_r((uid_t)number, &entry, room, LOOKUP_MAX, &found)
                         : getpwnam_r(name, &entry, room, LOOKUP_MAX, &found);
    if (found != NULL)
        *ret = (struct identity){.uid = found->pw_uid, .gid = found->pw_gid};
    else if (numeric)
        *ret = (struct identity){.uid = (uid_t)number, .gid = (gid_t)number};
    else if (failed != 0 && failed != ENOENT)
        return err_sys(err, ERR_FAILED, failed, "look up the user '%s'", name);
    else
        return err_set(err, ERR_NOT_FOUND, "there is no user '%s'", name);
    return true;
}

static bool find_group(const char *name, gid_t *ret, struct error *err)
{
    cleanup_free char *room = xmalloc(LOOKUP_MAX);
    struct group entry, *found = NULL;
    uint64_t number = 0;
    if (number_of(name, &number)) {
        *ret = (gid_t)number;
        return true;
    }
    int failed = getgrnam_r(name, &entry, room, LOOKUP_MAX, &found);
    if (failed != 0 && failed != ENOENT)
        return err_sys(err, ERR_FAILED, failed, "look up the group '%s'", name);
    if (found == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no group '%s'", name);
    *ret = found->gr_gid;
    return true;
}

static bool is_already(const struct identity *who)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (uid[i] != who->uid || gid[i] != who->gid)
            return false;
    return true;
}

/* The order matters: without root's user the groups cannot be changed any more. */
static bool become(const struct identity *who, struct error *err)
{
    if (setgroups(1, &who->gid) < 0)
        return err_sys(err, ERR_FAILED, errno, "clear the supplementary groups");
    if (setresgid(who->gid, who->gid, who->gid) < 0)
        return err_sys(err, ERR_FAILED, errno, "become group %u", (unsigned)who->gid);
    if (setresuid(who->uid, who->uid, who->uid) < 0)
        return err_sys(err, ERR_FAILED, errno, "become user %u", (unsigned)who->uid);
    return true;
}

/* Tries the way back: a kernel or a capability that lets us is a failure to drop. */
static bool check_no_return(const struct identity *who, struct error *err)
{
    gid_t groups[2];
    int count = getgroups(ARRAY_LEN(groups), groups);
    if (!is_already(who) || count != 1 || groups[0] != who->gid)
        return err_set(err, ERR_FAILED, "still have another user or group than wanted");
    if (who->uid != 0 && (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0))
        return err_set(err, ERR_FAILED, "root could be had back after dropping it");
    return true;
}

/* All of them, also those that a service manager gave to an unprivileged user, and root's. */
static bool drop_capabilities(struct error *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) == 0 &&
        syscall(SYS_capset, &head, none) == 0)
        return true;
    return err_sys(err, ERR_FAILED, errno, "drop the capabilities");
}

static bool drop_user(const struct sandbox_profile *p, struct error *err)
{
    struct identity who = {0};
    if (p->user == NULL)
        return true;
    TRY(find_user(p->user, &who, err));
    if (p->group != NULL)
        TRY(find_group(p->group, &who.gid, err));
    if (geteuid() != 0)
        return is_already(&who) ||
               err_set(err, ERR_AUTH, "only root can become user '%s'", p->user);
    TRY(become(&who, err));
    return check_no_return(&who, err);
}

bool identity_drop(const struct sandbox_profile *p, struct error *err)
{
    TRY(drop_user(p, err));
    return drop_capabilities(err);
}
