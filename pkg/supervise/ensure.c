/* Making sure that a service has a supervisor: starts one, detached from us, and waits for its
 * word. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "client.h"
#include "fs/fs.h"
#include "proc/proc.h"
#include "settings.h"
#include "transport/transport.h"
#include "wire.h"

enum { REPORT_FD = 3, BEGIN_MS = 30000 };

static bool spawn(const struct cap *cap, const struct settings *settings, const char *dir,
                  int report, struct error *err)
{
    struct proc *child = NULL;
    cleanup_free char *path = fs_join(dir, "log/supervisor.stderr");
    cleanup_close int errors = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const char *argv[] = {settings->exe, "supervise", "--dir", dir, "--report-fd", "3", NULL};
    const char *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    struct proc_fd pass = {.fd = report, .target = REPORT_FD};
    struct proc_spec spec = {
        .argv = argv,
        .env = env,
        .env_bare = true,
        .cwd = dir,
        .fds = &pass,
        .fd_count = 1,
        .out = {.kind = PROC_DISCARD},
        .errout = {.kind = errors < 0 ? PROC_DISCARD : PROC_TO_FD, .fd = errors},
        .effect = EFFECT_IDEMPOTENT,
        .cap = cap,
        .detach = true,
    };
    TRY(proc_start(&spec, &child, err));
    proc_disown(&child);
    return true;
}

/* What it wrote on stderr, when it ended without a word. */
static bool died_silently(const char *dir, struct error *err)
{
    struct error ignored;
    cleanup_free char *path = fs_join(dir, "log/supervisor.stderr");
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    if (!fs_read(path, &text, &ignored))
        buf_clear(&text);
    struct str said = str_sub(str_trim(buf_str(&text)), 0, 400);
    return err_set(err, ERR_FAILED, "the supervisor ended before it began%s%" PRIstr,
                   said.len > 0 ? ": " : "", STR_ARG(said));
}

static bool read_report(int fd, const char *dir, const struct clock *clock, struct error *err)
{
    struct transport_lines lines = {.fd = fd, .in = buf_make(BUF_LINE)};
    cleanup_json_doc struct json_doc doc = {0};
    struct str line;
    bool ok = transport_read_line(&lines, deadline_in(clock, BEGIN_MS), &line, err);
    if (!ok && err->kind == ERR_NOT_FOUND)
        died_silently(dir, err);
    ok = ok && json_parse(line, NULL, &doc, err) && wire_read_outcome(json_root(&doc), err);
    buf_release(&lines.in);
    return ok;
}

static bool begin(const struct cap *cap, const struct settings *settings, const char *dir,
                  const struct clock *clock, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_sys(err, ERR_FAILED, errno, "make a pipe");
    cleanup_close int ours = ends[0];
    bool started = spawn(cap, settings, dir, ends[1], err);
    close(ends[1]);
    TRY(started);
    return read_report(ours, dir, clock, err);
}

static bool prepare(const struct cap *cap, const char *dir, const struct settings *settings,
                    struct error *err)
{
    cleanup_free char *log = fs_join(dir, "log");
    TRY(fs_make_dirs(cap, dir, 0700, err));
    TRY(fs_make_dirs(cap, log, 0700, err));
    return settings_write(cap, dir, settings, err);
}

/* A supervisor runs: is it for the same address? */
static bool check_running(const char *dir, const struct settings *wanted, struct error *err)
{
    struct settings has;
    TRY(settings_read(dir, &has, err));
    if (strcmp(has.listen, wanted->listen) != 0)
        return err_set(err, ERR_CONFLICT,
                       "%s listens on %s and cannot move to %s while it runs: shut it down first",
                       has.name, has.listen, wanted->listen);
    return true;
}

static bool start_and_connect(const struct cap *cap, const char *dir,
                              const struct settings *settings, const struct clock *clock,
                              struct supervise **ret, struct error *err)
{
    TRY(prepare(cap, dir, settings, err));
    /* Two may start one at the same time: whoever comes second finds the first one's. */
    if (!begin(cap, settings, dir, clock, err) && err->kind != ERR_LOCKED)
        return err_wrap(err, "keep %s up", settings->name);
    return supervise_connect(dir, clock, ret, err);
}

bool supervise_ensure(const struct cap *cap, const struct supervise_service *service,
                      const struct clock *clock, struct supervise **ret, struct error *err)
{
    struct settings settings;
    cleanup_supervise struct supervise *s = NULL;
    TRY(settings_from(service, &settings, err));
    if (service->dir[0] != '/')
        return err_set(err, ERR_CONFIG, "the service's directory '%s' is not absolute",
                       service->dir);
    if (supervise_connect(service->dir, clock, &s, err))
        TRY(check_running(service->dir, &settings, err));
    else if (err->kind != ERR_NOT_FOUND)
        return false;
    else
        TRY(start_and_connect(cap, service->dir, &settings, clock, &s, err));
    *ret = steal_ptr(&s);
    return true;
}
