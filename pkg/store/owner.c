/* Who holds a lease, and whether he can still be alive, as far as this machine can know. */
#include "internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* The id of the installation: tells a reboot of this machine from another machine of its name. */
static void read_machine_id(char out[UUID_TEXT_MAX])
{
    char line[UUID_TEXT_MAX] = "";
    cleanup_file FILE *file = fopen("/etc/machine-id", "re");
    if (file != NULL && fgets(line, sizeof(line), file) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    text_copy(out, UUID_TEXT_MAX, line);
}

static uint64_t pid_namespace(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

bool lease_owner_self(const char *run_id, const char *run_url, const char *reason,
                      struct lease_owner *ret, struct error *err)
{
    struct lease_owner me = {.pid_ns = pid_namespace()};
    char host[OWNER_TEXT_MAX] = "";
    if (gethostname(host, sizeof(host) - 1) != 0)
        return err_sys(err, ERR_FAILED, errno, "ask for the host's name");
    TRY(ident_self(&me.ident, err));
    text_copy(me.run_id, sizeof(me.run_id), run_id);
    text_copy(me.run_url, sizeof(me.run_url), run_url);
    text_copy(me.host, sizeof(me.host), host);
    text_copy(me.reason, sizeof(me.reason), reason);
    read_machine_id(me.machine);
    *ret = me;
    return true;
}

static bool same_kernel(const struct lease_owner *a, const struct lease_owner *b)
{
    return strcmp(a->ident.boot_id, b->ident.boot_id) == 0;
}

static bool same_process(const struct lease_owner *a, const struct lease_owner *b)
{
    return same_kernel(a, b) && a->pid_ns == b->pid_ns && a->ident.pid == b->ident.pid &&
           a->ident.start_ticks == b->ident.start_ticks;
}

/* Certainly gone, as opposed to out of sight. On one kernel the process table knows, if it is the
 * same pid namespace; another boot of the same installation took all its processes with it. */
static bool certainly_dead(const struct lease_owner *owner, const struct lease_owner *me)
{
    if (same_kernel(owner, me))
        return owner->pid_ns == me->pid_ns && ident_check(&owner->ident) == IDENT_DEAD;
    return owner->machine[0] != '\0' && strcmp(owner->machine, me->machine) == 0 &&
           strcmp(owner->host, me->host) == 0;
}

enum lease_standing lease_standing(const struct lease *lease, const struct lease_owner *me)
{
    bool mine = lease->held && strcmp(lease->owner.run_id, me->run_id) == 0 &&
                same_process(&lease->owner, me);
    if (mine)
        return LEASE_MINE;
    bool dead = lease->held && certainly_dead(&lease->owner, me);
    if (lease->held && !dead)
        return LEASE_HELD;
    if (lease->frozen)
        return LEASE_FROZEN;
    return dead ? LEASE_DEAD : LEASE_FREE;
}

void lease_describe(const struct lease *lease, struct buf *out)
{
    char since[TIME_TEXT_MAX];
    const struct lease_owner *owner = &lease->owner;
    time_format_utc(lease->acquired_ms, since);
    buf_addf(out, "run %s", owner->run_id);
    if (owner->run_url[0] != '\0')
        buf_addf(out, " (%s)", owner->run_url);
    buf_addf(out, " on %s, pid %d, since %s", owner->host, (int)owner->ident.pid, since);
    if (owner->reason[0] != '\0')
        buf_addf(out, ": %s", owner->reason);
}
