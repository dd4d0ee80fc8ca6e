/* A shared object to preload: counts the effects of every process of a deployment in a file that
 * the test maps too, and at the one the test asks for ends a process or fails the call. Knows
 * nothing of what the programs do; tests/scenario/crash_kit.py is its other side.
 *
 * A process is told by its command line, its name (prctl) and its place among its parent's forks.
 * The environment that makes a program load this is added to every execve, whatever environment
 * the program is given: supervisors and services would not get it otherwise. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 24, DETAIL_MAX_LEN = 72, LOG_MAX = 8192, FDS_MAX = 1024, ENV_MAX = 256 };

enum role {
    NOBODY, /* between fork and exec, or a program that is none of ours */
    CTL,
    LEASE_KEEPER,
    SUPERVISOR,
    KEEPER,
    MONITOR,
    FRONT,
    VAULT,
    WORKER,
    ROLE_COUNT
};

/* What a call counts as; a call may be of several classes. */
enum class {
    EFFECT,     /* somebody else sees it, or it is what makes something last */
    SPACE,      /* takes room on a disk, so it fails with ENOSPC or EIO */
    DESCRIPTOR, /* makes a descriptor, so it fails with EMFILE */
    RECORD,     /* makes a write to the store last: one for each journal record, among others */
    CLASS_COUNT
};
enum { E = 1 << EFFECT, S = 1 << SPACE, D = 1 << DESCRIPTOR, R = 1 << RECORD };

enum mode { COUNT_ONLY, DIE_BEFORE, DIE_AFTER, FAIL, KILL_OTHER };

struct entry {
    uint32_t role, classes, index[CLASS_COUNT];
    char name[NAME_MAX_LEN], detail[DETAIL_MAX_LEN];
};

/* The file; crash_kit.py has the same layout. */
struct control {
    uint32_t epoch; /* changed by every arming */
    uint32_t mode, role, class, index, error, victim;
    _Atomic uint32_t fired, logged;
    uint32_t fired_pid;
    uint64_t fired_ns; /* CLOCK_MONOTONIC */
    _Atomic uint32_t counts[ROLE_COUNT][CLASS_COUNT];
    uint32_t pids[ROLE_COUNT]; /* the youngest process of each role */
    struct entry log[LOG_MAX];
};

/* Of this process; a forked child goes on with a copy. */
static struct {
    struct control *control;
    char preload[256], path[256];
    enum role role;
    uint32_t born; /* epoch of the exec */
    unsigned forks;
    char names[FDS_MAX][DETAIL_MAX_LEN]; /* what each descriptor was opened as */
} self;

/* ---- who we are --------------------------------------------------------------------------- */

static void become(enum role role)
{
    self.role = role;
    if (self.control != NULL)
        self.control->pids[role] = (uint32_t)getpid();
}

static enum role role_of_command(void)
{
    char line[4096] = "";
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, line, sizeof(line) - 2);
    if (fd >= 0)
        close(fd);
    const char *first = strrchr(line, '/') ? strrchr(line, '/') + 1 : line;
    const char *second = len > 0 ? line + strlen(line) + 1 : line;
    if (strcmp(first, "teerex-prover") == 0)
        return strcmp(second, "--hold") == 0 ? MONITOR : NOBODY;
    if (strcmp(first, "teerexctl") != 0)
        return NOBODY;
    return strcmp(second, "supervise") == 0 ? SUPERVISOR : CTL;
}

__attribute__((constructor)) static void enter(void)
{
    const char *path = getenv("CRASH_CONTROL"), *preload = getenv("LD_PRELOAD");
    if (path == NULL || preload == NULL)
        return;
    snprintf(self.path, sizeof(self.path), "CRASH_CONTROL=%s", path);
    snprintf(self.preload, sizeof(self.preload), "LD_PRELOAD=%s", preload);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *at = fd < 0
                   ? MAP_FAILED
                   : mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (at == MAP_FAILED)
        return;
    self.control = at;
    self.born = self.control->epoch;
    become(role_of_command());
}

/* A role that is told by its first deed. */
static void reveal(enum role from, enum role to)
{
    if (self.role == from)
        become(to);
}

static enum role role_of_child(enum role parent, unsigned forks)
{
    if (parent == MONITOR)
        return forks == 1 ? VAULT : WORKER; /* the front is a worker that asks for an epoll */
    return NOBODY;
}

/* Instances that were there before the test armed are not what it asks about. */
static bool is_of_this_epoch(const struct control *c)
{
    return self.role < MONITOR || self.born == c->epoch;
}

/* ---- the point ---------------------------------------------------------------------------- */

enum verdict { GO_ON, GO_ON_AND_DIE, FAIL_IT };

_Noreturn static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        __builtin_trap();
}

static void note(struct control *c, unsigned classes, const char *name, const char *detail,
                 const uint32_t index[CLASS_COUNT])
{
    uint32_t at = atomic_fetch_add(&c->logged, 1);
    if (at >= LOG_MAX)
        return;
    struct entry *entry = &c->log[at];
    entry->role = self.role;
    entry->classes = classes;
    memcpy(entry->index, index, sizeof(entry->index));
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    snprintf(entry->detail, sizeof(entry->detail), "%s", detail != NULL ? detail : "");
}

static bool is_now(struct control *c, const uint32_t index[CLASS_COUNT])
{
    bool now = c->mode != COUNT_ONLY && c->role == self.role && c->class < CLASS_COUNT &&
               c->index != 0 && index[c->class] == c->index;
    if (!now || atomic_exchange(&c->fired, 1) != 0)
        return false;
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    c->fired_ns = (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
    c->fired_pid = (uint32_t)getpid();
    return true;
}

static enum verdict point(unsigned classes, const char *name, const char *detail)
{
    struct control *c = self.control;
    uint32_t index[CLASS_COUNT] = {0};
    if (c == NULL || self.role == NOBODY || classes == 0 || !is_of_this_epoch(c))
        return GO_ON;
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        if (classes & 1u << i)
            index[i] = 1 + atomic_fetch_add(&c->counts[self.role][i], 1);
    note(c, classes, name, detail, index);
    if (!is_now(c, index))
        return GO_ON;
    switch ((enum mode)c->mode) {
    case DIE_BEFORE:
        die();
    case DIE_AFTER:
        return GO_ON_AND_DIE;
    case KILL_OTHER:
        if (c->victim < ROLE_COUNT && c->pids[c->victim] != 0)
            syscall(SYS_kill, (pid_t)c->pids[c->victim], SIGKILL);
        return GO_ON;
    case FAIL:
        errno = (int)c->error;
        return FAIL_IT;
    case COUNT_ONLY:
        break;
    }
    return GO_ON;
}

/* ---- what descriptors are ----------------------------------------------------------------- */

static int remember(int fd, const char *path)
{
    if (fd >= 0 && fd < FDS_MAX)
        snprintf(self.names[fd], DETAIL_MAX_LEN, "%s", path);
    return fd;
}

static const char *name_of(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? self.names[fd] : "";
}

static bool is_file(int fd)
{
    return name_of(fd)[0] == '/' && strncmp(name_of(fd), "/dev/", 5) != 0 &&
           strncmp(name_of(fd), "/proc/", 6) != 0;
}

/* The write-ahead log's fsync is what makes a record of the store last. */
static unsigned sync_classes(int fd)
{
    const char *name = name_of(fd);
    size_t len = strlen(name);
    bool wal = len > 4 && strcmp(name + len - 4, "-wal") == 0;
    return E | S | (wal ? R : 0);
}

static const char *file_tail(const char *path)
{
    size_t len = strlen(path);
    return len < DETAIL_MAX_LEN ? path : path + len - DETAIL_MAX_LEN + 1;
}

/* ---- the calls ---------------------------------------------------------------------------- */

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Defines the call `name` with `params`, passing on `args`. */
#define CALL(type, failure, name, params, args, classes, detail) \
    type name params                                             \
    {                                                            \
        __typeof__(&name) real = REAL(name);                     \
        enum verdict verdict = point(classes, #name, detail);    \
        if (verdict == FAIL_IT)                                  \
            return failure;                                      \
        type result = real args;                                 \
        if (verdict == GO_ON_AND_DIE)                            \
            die();                                               \
        return result;                                           \
    }

#pragma GCC diagnostic ignored "-Wpedantic"
#ifndef __clang__ /* which has no such warning */
#pragma GCC diagnostic ignored "-Wnonnull-compare"
#endif

CALL(int, -1, fsync, (int fd), (fd), sync_classes(fd), name_of(fd))
CALL(int, -1, fdatasync, (int fd), (fd), sync_classes(fd), name_of(fd))
CALL(int, -1, rename, (const char *from, const char *to), (from, to), E | S, file_tail(to))
CALL(int, -1, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), E | S,
     file_tail(to))
CALL(int, -1, unlink, (const char *path), (path), E, file_tail(path))
CALL(int, -1, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), E,
     file_tail(path))
CALL(int, -1, rmdir, (const char *path), (path), E, file_tail(path))
CALL(int, -1, link, (const char *from, const char *to), (from, to), E | S, file_tail(to))
CALL(int, -1, symlink, (const char *to, const char *path), (to, path), E | S, file_tail(path))
CALL(int, -1, mkdir, (const char *path, mode_t mode), (path, mode), E | S, file_tail(path))
CALL(char *, NULL, mkdtemp, (char *path), (path), E | S, file_tail(path))
CALL(int, -1, ftruncate, (int fd, off_t size), (fd, size), E | S, name_of(fd))
CALL(int, -1, ftruncate64, (int fd, off64_t size), (fd, size), E | S, name_of(fd))
CALL(ssize_t, -1, write, (int fd, const void *bytes, size_t len), (fd, bytes, len),
     is_file(fd) ? S : 0, name_of(fd))
CALL(ssize_t, -1, pwrite, (int fd, const void *bytes, size_t len, off_t at), (fd, bytes, len, at),
     S, name_of(fd))
CALL(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t len, off64_t at),
     (fd, bytes, len, at), S, name_of(fd))
CALL(ssize_t, -1, copy_file_range,
     (int from, off64_t *at, int to, off64_t *to_at, size_t len, unsigned flags),
     (from, at, to, to_at, len, flags), S, name_of(to))
CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t len, int flags), (fd, bytes, len, flags),
     self.role < MONITOR ? E : 0, "")
CALL(ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
     E, "")
CALL(int, -1, kill, (pid_t pid, int number), (pid, number), E, "")
CALL(int, -1, pidfd_send_signal, (int fd, int number, siginfo_t *info, unsigned flags),
     (fd, number, info, flags), E, number == SIGTERM ? "SIGTERM" : "")
CALL(int, -1, listen, (int fd, int backlog), (fd, backlog), E, "")
CALL(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol), D, "")
CALL(int, -1, socketpair, (int domain, int type, int protocol, int fds[2]),
     (domain, type, protocol, fds), D, "")
CALL(int, -1, pipe2, (int fds[2], int flags), (fds, flags), D, "")
CALL(int, -1, dup, (int fd), (fd), D, "")
CALL(int, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags), D, "")
CALL(int, -1, pidfd_open, (pid_t pid, unsigned flags), (pid, flags), D, "")
CALL(DIR *, NULL, opendir, (const char *path), (path), D, file_tail(path))
CALL(FILE *, NULL, fopen, (const char *path, const char *how), (path, how), D, file_tail(path))

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    __typeof__(&bind) real = REAL(bind);
    enum verdict verdict = point(E, "bind", "");
    int result = verdict == FAIL_IT ? -1 : real(fd, address, len);
    if (verdict == GO_ON_AND_DIE)
        die();
    return result;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    __typeof__(&connect) real = REAL(connect);
    enum verdict verdict = point(E, "connect", "");
    int result = verdict == FAIL_IT ? -1 : real(fd, address, len);
    if (verdict == GO_ON_AND_DIE)
        die();
    return result;
}

ssize_t sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to,
               socklen_t to_len)
{
    __typeof__(&sendto) real = REAL(sendto);
    enum verdict verdict = point(E, "sendto", "");
    ssize_t result = verdict == FAIL_IT ? -1 : real(fd, bytes, len, flags, to, to_len);
    if (verdict == GO_ON_AND_DIE)
        die();
    return result;
}

int epoll_create1(int flags)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create1");
    reveal(WORKER, FRONT);
    return point(D, "epoll_create1", "") == FAIL_IT ? -1 : real(flags);
}

/* ---- calls with a tail of arguments ------------------------------------------------------- */

static mode_t mode_of(int flags, va_list *rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(*rest, mode_t) : 0;
}

static int open_real(int dir, const char *path, int flags, mode_t mode, const char *name)
{
    int (*real)(int, const char *, int, ...) =
        (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
    enum verdict verdict = point(D | (flags & O_CREAT ? E | S : 0), name, file_tail(path));
    int fd = verdict == FAIL_IT ? -1 : remember(real(dir, path, flags, mode), file_tail(path));
    if (verdict == GO_ON_AND_DIE)
        die();
    return fd;
}

#define OPEN(name, params, dir)                          \
    int name params                                      \
    {                                                    \
        va_list rest;                                    \
        va_start(rest, flags);                           \
        mode_t mode = mode_of(flags, &rest);             \
        va_end(rest);                                    \
        return open_real(dir, path, flags, mode, #name); \
    }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int dir, const char *path, int flags, ...), dir)
OPEN(openat64, (int dir, const char *path, int flags, ...), dir)

int mkostemp(char *path, int flags)
{
    __typeof__(&mkostemp) real = REAL(mkostemp);
    enum verdict verdict = point(E | S | D, "mkostemp", file_tail(path));
    int fd = verdict == FAIL_IT ? -1 : remember(real(path, flags), path);
    if (verdict == GO_ON_AND_DIE)
        die();
    return fd;
}

int fcntl(int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");
    bool makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    if (makes && point(D, "fcntl", "dup") == FAIL_IT)
        return -1;
    return real(fd, command, argument);
}

int prctl(int option, ...)
{
    unsigned long a[4];
    va_list rest;
    va_start(rest, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(rest, unsigned long);
    va_end(rest);
    int (*real)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
    const char *name = option == PR_SET_NAME ? (const char *)a[0] : "";
    if (strcmp(name, "lease-keeper") == 0)
        reveal(NOBODY, LEASE_KEEPER);
    if (strcmp(name, "teerex-keeper") == 0)
        reveal(NOBODY, KEEPER);
    return real(option, a[0], a[1], a[2], a[3]);
}

/* ---- processes ---------------------------------------------------------------------------- */

pid_t fork(void)
{
    __typeof__(&fork) real = REAL(fork);
    enum role parent = self.role;
    enum verdict verdict = point(E, "fork", "");
    if (verdict == FAIL_IT)
        return -1;
    self.forks++;
    pid_t pid = real();
    if (pid == 0)
        become(role_of_child(parent, self.forks));
    else if (verdict == GO_ON_AND_DIE)
        die();
    return pid;
}

static bool is_ours(const char *entry)
{
    return strncmp(entry, "LD_PRELOAD=", 11) == 0 || strncmp(entry, "CRASH_CONTROL=", 14) == 0;
}

int execve(const char *path, char *const argv[], char *const env[])
{
    char *more[ENV_MAX] = {0};
    size_t count = 0;
    __typeof__(&execve) real = REAL(execve);
    for (size_t i = 0; env[i] != NULL && count < ENV_MAX - 3; i++)
        if (!is_ours(env[i]))
            more[count++] = env[i];
    more[count++] = self.preload;
    more[count] = self.path;
    return real(path, argv, self.control != NULL ? more : env);
}
