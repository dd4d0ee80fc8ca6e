/* The supervisor's start and end: lock, state, listener, control socket, report. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"

enum { LOCK_WAIT_MS = 500 };

static bool enter_dir(struct server *s, struct error *err)
{
    if (s->dir[0] != '/')
        return err_set(err, ERR_USAGE, "the service's directory '%s' is not absolute", s->dir);
    if (chdir(s->dir) != 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, errno, "enter '%s'",
                       s->dir);
    TRY(fs_make_dirs(s->cap, "log", 0700, err));
    return fs_make_dirs(s->cap, "run", 0700, err);
}

static bool take_lock(struct server *s, int passed, struct error *err)
{
    char owner[64];
    snprintf(owner, sizeof(owner), "supervisor, pid %d", (int)getpid());
    s->lock.fd = passed;
    if (passed >= 0)
        return true;
    struct fs_lock_request request = {
        .path = "lock", .owner = owner, .wait_ms = LOCK_WAIT_MS, .clock = s->clock};
    return fs_lock_take(s->cap, &request, &s->lock, err);
}

static bool open_control(struct server *s, struct error *err)
{
    struct transport_addr at;
    TRY(transport_unix_addr("control.sock", &at, err));
    struct transport_listen how = {.at = &at, .unix_mode = 0600};
    return transport_listen(s->cap, &how, &s->control, err);
}

static bool set_up(struct server *s, struct error *err)
{
    struct transport_passed passed;
    TRY(transport_listen_fds(&passed, err));
    int listener = transport_passed_named(&passed, "public");
    int lock = transport_passed_named(&passed, "lock");
    keeper_adopt(s, &passed);
    TRY(enter_dir(s, err));
    TRY(take_lock(s, lock, err));
    TRY(fs_sweep(s->cap, ".", err));
    TRY(settings_read(s->dir, &s->settings, err));
    s->log.size_max = s->settings.log_max_bytes;
    s->log.files = s->settings.log_files;
    log_open(&s->log, s->settings.name);
    TRY(roster_load(s->dir, &s->roster, err));
    TRY(recover_listener(s, listener, err));
    return open_control(s, err);
}

static void tear_down(struct server *s)
{
    /* A keeper that is not dismissed takes our place: the service is not at its end, we are. */
    if (s->ending)
        keeper_dismiss(s);
    if (s->control >= 0 && s->ending)
        unlink("control.sock");
    for (size_t i = 0; i < SERVER_CLIENTS; i++)
        client_close(&s->clients[i]);
    mem_close_at(&s->control);
    mem_close_at(&s->listener);
    roster_release(&s->roster);
    log_close(&s->log);
    fs_lock_release(&s->lock);
}

/* Tells whoever has started us; nobody listening is fine. */
static void report(int fd, const struct error *failure)
{
    cleanup_close int to = fd;
    cleanup_buf struct buf line = buf_make(BUF_LINE);
    if (fd < 0)
        return;
    if (failure != NULL)
        wire_write_error(failure, &line);
    else
        buf_adds(&line, "{\"v\":1,\"ok\":true}\n");
    ssize_t written = write(to, buf_cstr(&line), line.len);
    (void)written;
}

static bool serve(struct server *s, int report_fd, struct error *err)
{
    if (!set_up(s, err)) {
        report(report_fd, err);
        return false;
    }
    log_event(&s->log, NULL, "supervisor %d keeps %s on %s", (int)getpid(), s->settings.name,
              s->roster.listen);
    recover_instances(s);
    keeper_renew(s);
    report(report_fd, NULL);
    TRY(server_loop(s, err));
    if (s->forget)
        roster_forget(&s->roster);
    server_save_or_log(s);
    log_event(&s->log, NULL, "supervisor %d ends", (int)getpid());
    return true;
}

bool supervise_run(const struct cap *cap, const char *dir, const struct clock *clock, int report_fd,
                   struct error *err)
{
    struct server s = {.cap = cap,
                       .clock = clock,
                       .dir = dir,
                       .lock = FS_LOCK_NONE,
                       .listener = -1,
                       .control = -1,
                       .keeper = {.fd = -1},
                       .log = {.cap = cap, .clock = clock, .fd = -1}};
    for (size_t i = 0; i < SERVER_CLIENTS; i++)
        s.clients[i].fd = -1;
    bool ok = serve(&s, report_fd, err);
    tear_down(&s);
    return ok;
}
