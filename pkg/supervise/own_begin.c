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
    bool ok = transport_read_line(&lines, deadline_for_person(clock, BEGIN_MS), &line, err);
    if (!ok && err->kind == ERR_NOT_FOUND)
        died_silently(dir, err);
    ok = ok && json_parse(line, NULL, &doc, err) && wire_read_outcome(json_root(&doc), err);
    buf_release(&lines.in);
    return ok;
}

bool own_begin(const struct cap *cap, const char *dir, const struct settings *settings,
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
