/* Opening what lies below a directory, whatever links somebody put there. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

enum { RACE_TRIES = 16 };

int fs_open_by_kernel(int dir_fd, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd = -1;
    /* EAGAIN: something was renamed while the kernel walked. */
    for (int try = 0; try < RACE_TRIES; try++) {
        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return (int)fd;
}

/* Opening a link with O_DIRECTORY | O_NOFOLLOW says ENOTDIR; what it is decides the answer. */
static int open_step(int dir_fd, const char *name)
{
    struct stat st;
    int fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != ENOTDIR)
        return fd;
    bool link = fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
    errno = link ? ELOOP : ENOTDIR;
    return -1;
}

int fs_open_by_steps(int dir_fd, const char *path, int flags, mode_t mode)
{
    cleanup_close int held = -1;
    cleanup_free char *copy = xstrdup(path);
    char *name = copy;
    for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(name, '/')) {
        *slash = '\0';
        int next = open_step(dir_fd, name);
        mem_close_at(&held);
        held = next;
        if (next < 0)
            return -1;
        dir_fd = next;
        name = slash + 1;
    }
    return openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

static int open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
    int fd = fs_open_by_kernel(dir_fd, path, flags, mode);
    /* EPERM: a seccomp filter that is older than the call. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = fs_open_by_steps(dir_fd, path, flags, mode);
    return fd;
}

static bool check_safe(const char *path, struct error *err)
{
    return fs_path_is_safe(str_of(path)) ||
           err_set(err, ERR_VERIFY, "the path '%s' leads out of its directory", path);
}

bool fs_open_beneath(int dir_fd, const char *path, int *ret_fd, struct error *err)
{
    TRY(check_safe(path, err));
    /* A pipe put there by somebody would otherwise hold us up. */
    int fd = open_beneath(dir_fd, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return fs_fail(err, errno, "open", path);
    fcntl(fd, F_SETFL, 0);
    *ret_fd = fd;
    return true;
}

bool fs_create_beneath(const struct cap *cap, int dir_fd, const char *path, mode_t mode,
                       int *ret_fd, struct error *err)
{
    TRY(check_safe(path, err));
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "create", path, err));
    int fd = open_beneath(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0)
        return fs_fail(err, errno, "create", path);
    *ret_fd = fd;
    return true;
}
