/* Process identity from /proc. */
#include "ident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "str.h"

enum { STAT_MAX = 1024, STAT_STATE = 3, STAT_START = 22 };

/* The whole of a small file under /proc; -1 with errno when it cannot be read. */
static ssize_t read_small(const char *path, char *out, size_t size)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t len = read(fd, out, size - 1);
    if (len >= 0)
        out[len] = '\0';
    return len;
}

/* Field `wanted` (1-based, > 2) of a stat line; the name in field 2 may hold anything. */
static struct str stat_field(struct str line, int wanted)
{
    while (line.len > 0 && line.ptr[line.len - 1] != ')')
        line.len--;
    struct str rest = STR_EMPTY;
    /* line.ptr is NUL-terminated: what follows the last ')' is the rest of the line. */
    rest = str_trim(str_of(line.ptr + line.len));
    for (int field = STAT_STATE; field < wanted; field++)
        str_cut(rest, ' ', &rest, NULL);
    return str_cut(rest, ' ', &rest, NULL);
}

static bool read_boot_id(char out[UUID_TEXT_MAX])
{
    char text[64];
    if (read_small("/proc/sys/kernel/random/boot_id", text, sizeof(text)) < UUID_TEXT_MAX - 1)
        return false;
    memcpy(out, text, UUID_TEXT_MAX - 1);
    out[UUID_TEXT_MAX - 1] = '\0';
    return true;
}

bool ident_of(pid_t pid, struct ident *ret, struct error *err)
{
    char path[64], text[STAT_MAX];
    struct ident who = {.pid = pid};
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (read_small(path, text, sizeof(text)) < 0)
        return err_sys(err, errno == ENOENT || errno == ESRCH ? ERR_NOT_FOUND : ERR_FAILED, errno,
                       "read %s", path);
    struct str state = stat_field(str_of(text), STAT_STATE);
    if (str_eq(state, STR("Z")) || str_eq(state, STR("X")))
        return err_set(err, ERR_NOT_FOUND, "process %d has ended", (int)pid);
    if (!str_to_u64(stat_field(str_of(text), STAT_START), &who.start_ticks) ||
        !read_boot_id(who.boot_id))
        return err_set(err, ERR_FAILED, "cannot identify process %d", (int)pid);
    *ret = who;
    return true;
}

bool ident_self(struct ident *ret, struct error *err)
{
    return ident_of(getpid(), ret, err);
}

enum ident_state ident_check(const struct ident *who)
{
    struct ident now = {0};
    struct error err = {0};
    char boot_id[UUID_TEXT_MAX];
    if (read_boot_id(boot_id) && strcmp(boot_id, who->boot_id) != 0)
        return IDENT_DEAD;
    if (!ident_of(who->pid, &now, &err))
        return err.kind == ERR_NOT_FOUND ? IDENT_DEAD : IDENT_UNKNOWN;
    return now.start_ticks == who->start_ticks ? IDENT_ALIVE : IDENT_DEAD;
}
