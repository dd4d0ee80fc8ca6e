/* Locks between processes of one machine, with the holder's name in them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "internal.h"

enum { RETRY_MS = 20 };

/* What the holder wrote, fit to be printed. */
static void read_owner(int fd, char ret[FS_OWNER_MAX])
{
    ssize_t len = pread(fd, ret, FS_OWNER_MAX - 1, 0);
    ret[len > 0 ? len : 0] = '\0';
    for (char *c = ret; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
}

static bool write_owner(int fd, const struct fs_lock_request *request, struct error *err)
{
    struct str owner = str_sub(str_of(request->owner), 0, FS_OWNER_MAX - 1);
    if (ftruncate(fd, 0) != 0)
        return fs_fail(err, errno, "write", request->path);
    return fs_write_all(fd, owner, request->path, err);
}

static bool await_lock(int fd, const struct fs_lock_request *request, const struct clock *clock,
                       struct error *err)
{
    int64_t until_ms = clock_mono_ms(clock) + request->wait_ms;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fs_fail(err, errno, "lock", request->path);
        if (clock_mono_ms(clock) >= until_ms) {
            char owner[FS_OWNER_MAX];
            read_owner(fd, owner);
            return err_set(err, ERR_LOCKED, "'%s' is held by %s", request->path,
                           owner[0] != '\0' ? owner : "somebody");
        }
        TRY(signals_go_on(err));
        clock_sleep_ms(clock, RETRY_MS);
    }
    return true;
}

bool fs_lock_take(const struct cap *cap, const struct fs_lock_request *request, struct fs_lock *ret,
                  struct error *err)
{
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "lock", request->path, err));
    cleanup_close int fd =
        open(request->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return fs_fail(err, errno, "lock", request->path);
    TRY(await_lock(fd, request, request->clock ? request->clock : clock_system(), err));
    TRY(write_owner(fd, request, err));
    *ret = (struct fs_lock){.fd = steal_fd(&fd)};
    return true;
}

void fs_lock_release(struct fs_lock *lock)
{
    /* The name goes first: a waiter that looks in between sees no former owner. */
    if (lock->fd >= 0 && ftruncate(lock->fd, 0) == 0)
        flock(lock->fd, LOCK_UN);
    mem_close_at(&lock->fd);
    *lock = FS_LOCK_NONE;
}
