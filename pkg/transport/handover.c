/* LISTEN_FDS, both ends: taking what a manager passed, and passing to a child about to exec. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "transport/transport.h"

enum { FIRST_FD = 3 };

static bool set_flags(int fd, bool close_on_exec)
{
    int status = fcntl(fd, F_GETFL);
    if (status < 0 || fcntl(fd, F_SETFL, status | O_NONBLOCK) != 0)
        return false;
    return fcntl(fd, F_SETFD, close_on_exec ? FD_CLOEXEC : 0) == 0;
}

static bool for_this_process(void)
{
    uint64_t pid = 0;
    return str_to_u64(str_of(getenv("LISTEN_PID")), &pid) && pid == (uint64_t)getpid();
}

static bool take(size_t count, struct str names, struct transport_passed *out, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        int fd = FIRST_FD + (int)i;
        struct str name = str_cut(names, ':', &names, NULL);
        if (!set_flags(fd, true))
            return err_sys(err, ERR_CONFIG, errno, "LISTEN_FDS names descriptor %d", fd);
        snprintf(out->names[i], sizeof(out->names[i]), "%" PRIstr, STR_ARG(name));
        out->fds[i] = fd;
        out->count = i + 1;
    }
    return true;
}

static void forget(void)
{
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
}

static bool read_environment(struct transport_passed *out, struct error *err)
{
    const char *fds = getenv("LISTEN_FDS");
    uint64_t count = 0;
    if (fds == NULL || !for_this_process())
        return true;
    if (!str_to_u64(str_of(fds), &count) || count > TRANSPORT_PASSED_MAX)
        return err_set(err, ERR_CONFIG, "LISTEN_FDS='%s' is not a count up to %d", fds,
                       TRANSPORT_PASSED_MAX);
    return take((size_t)count, str_of(getenv("LISTEN_FDNAMES")), out, err);
}

bool transport_listen_fds(struct transport_passed *ret, struct error *err)
{
    struct transport_passed out = {0};
    bool ok = read_environment(&out, err);
    forget();
    if (ok)
        *ret = out;
    return ok;
}

int transport_passed_named(const struct transport_passed *passed, const char *name)
{
    for (size_t i = 0; i < passed->count; i++) {
        if (strcmp(passed->names[i], name) == 0)
            return passed->fds[i];
    }
    return -1;
}

/* Above the target range first, so that no descriptor is overwritten before it is moved. */
static bool move_all(const struct transport_passed *what, struct error *err)
{
    int high[TRANSPORT_PASSED_MAX];
    for (size_t i = 0; i < what->count; i++) {
        high[i] = fcntl(what->fds[i], F_DUPFD_CLOEXEC, FIRST_FD + (int)what->count);
        if (high[i] < 0)
            return err_sys(err, ERR_FAILED, errno, "copy descriptor %d", what->fds[i]);
    }
    for (size_t i = 0; i < what->count; i++) {
        int fd = FIRST_FD + (int)i;
        if (dup2(high[i], fd) < 0 || !set_flags(fd, false))
            return err_sys(err, ERR_FAILED, errno, "move a listener to %d", fd);
        close(high[i]);
    }
    return true;
}

bool transport_pass_to_exec(const struct transport_passed *what, struct error *err)
{
    char number[24];
    cleanup_buf struct buf names =
        buf_make((size_t)TRANSPORT_PASSED_MAX * (TRANSPORT_FDNAME_MAX + 1));
    TRY(move_all(what, err));
    for (size_t i = 0; i < what->count; i++)
        buf_addf(&names, "%s%s", i > 0 ? ":" : "", what->names[i]);
    snprintf(number, sizeof(number), "%zu", what->count);
    setenv("LISTEN_FDS", number, 1);
    snprintf(number, sizeof(number), "%d", (int)getpid());
    setenv("LISTEN_PID", number, 1);
    setenv("LISTEN_FDNAMES", buf_cstr(&names), 1);
    return true;
}
