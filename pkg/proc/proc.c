/* One child from its start to its result, and what the result means. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "internal.h"

enum { LAST_LINE_MAX = 300 };

int64_t proc_now_ms(const struct proc *p)
{
    return clock_mono_ms(p->spec.clock);
}

pid_t proc_pid(const struct proc *p)
{
    return p->pid;
}

/* ---- ending ---- */

void proc_kill(struct proc *p, int signal)
{
    if (p->phase < PHASE_LINGERING)
        kill(-p->pid, signal);
}

void proc_stop(struct proc *p)
{
    if (p->phase != PHASE_RUNNING)
        return;
    proc_kill(p, SIGTERM);
    /* A stopped group would keep SIGTERM waiting. */
    proc_kill(p, SIGCONT);
    p->phase = PHASE_ENDING;
    p->next_ms = proc_now_ms(p) + (p->spec.grace_ms > 0 ? p->spec.grace_ms : PROC_GRACE_MS);
}

static void release(struct proc *p)
{
    mem_close_at(&p->pidfd);
    mem_close_at(&p->in_fd);
    stream_release(&p->out);
    stream_release(&p->errout);
    free(p->name);
    free(p);
}

void proc_disown(struct proc **p)
{
    release(steal_ptr(p));
}

void proc_free(struct proc *p)
{
    if (p == NULL)
        return;
    if (p->phase < PHASE_LINGERING) {
        kill(-p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    release(p);
}

void proc_free_at(struct proc **p)
{
    proc_free(*p);
    *p = NULL;
}

/* ---- waiting ---- */

bool proc_poll(struct proc *p, int64_t timeout_ms, bool *ret_ended, struct error *err)
{
    struct proc *done = NULL;
    TRY(serve_until_one_is_done(&p, 1, timeout_ms < 0 ? 0 : timeout_ms, &done, err));
    *ret_ended = done != NULL;
    return true;
}

bool proc_wait(struct proc *p, struct proc_result *ret, struct error *err)
{
    struct proc *done = NULL;
    TRY(serve_until_one_is_done(&p, 1, -1, &done, err));
    proc_take_result(done, ret);
    return true;
}

void proc_take_result(struct proc *p, struct proc_result *ret)
{
    bool exited = WIFEXITED(p->wait_status);
    *ret = (struct proc_result){
        .status = exited ? WEXITSTATUS(p->wait_status) : -1,
        .signal = exited ? 0 : WTERMSIG(p->wait_status),
        .timed_out = p->timed_out,
        .out_cut = p->out.cut,
        .errout_cut = p->errout.cut,
        .elapsed_ms = p->ended_ms - p->started_ms,
        .out = p->out.kept,
        .errout = p->errout.kept,
    };
    p->out.kept = buf_make(1);
    p->errout.kept = buf_make(1);
}

bool proc_run(const struct proc_spec *spec, struct proc_result *ret, struct error *err)
{
    cleanup_proc struct proc *p = NULL;
    TRY(proc_start(spec, &p, err));
    return proc_wait(p, ret, err);
}

/* ---- the result ---- */

void proc_result_release(struct proc_result *r)
{
    buf_release(&r->out);
    buf_release(&r->errout);
}

static struct str last_line(struct str text)
{
    text = str_trim(text);
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    return str_sub(text, start, LAST_LINE_MAX);
}

bool proc_check(const struct proc_result *r, const char *what, struct error *err)
{
    if (r->status == 0 && !r->timed_out)
        return true;
    struct str said = last_line(buf_str(&r->errout));
    if (said.len == 0)
        said = last_line(buf_str(&r->out));
    const char *colon = said.len > 0 ? ": " : "";
    char elapsed[DURATION_TEXT_MAX];
    duration_format(r->elapsed_ms, elapsed);
    if (r->timed_out)
        return err_set(err, ERR_TRANSIENT, "'%s' was ended after %s without an answer%s%" PRIstr,
                       what, elapsed, colon, STR_ARG(said));
    if (r->signal != 0)
        return err_set(err, ERR_FAILED, "'%s' was ended by SIG%s%s%" PRIstr, what,
                       sigabbrev_np(r->signal), colon, STR_ARG(said));
    return err_set(err, ERR_FAILED, "'%s' exited with status %d%s%" PRIstr, what, r->status, colon,
                   STR_ARG(said));
}

bool proc_run_ok(const struct proc_spec *spec, struct proc_result *ret, struct error *err)
{
    cleanup_proc_result struct proc_result r = {0};
    TRY(proc_run(spec, &r, err));
    TRY(proc_check(&r, spec->argv[0], err));
    if (ret != NULL) {
        *ret = r;
        r = (struct proc_result){0};
    }
    return true;
}
