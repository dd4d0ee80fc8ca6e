/* One attempt: asks over HTTP or runs the command, and lets judge.c say what it means. */
#include "internal.h"
#include "proc/proc.h"
#include "template/template.h"

enum { OUTPUT_MAX = 64 * 1024, ARGS_MAX = 64 };

static struct str or_empty(const char *text)
{
    return text != NULL ? str_of(text) : STR_EMPTY;
}

static bool render(const struct asking *a, const char *text, struct buf *out, struct error *err)
{
    const struct gate_expect *expect = &a->target->expect;
    const struct source source = {a->gate->name, str_of(text)};
    const struct template_var vars[] = {
        {"address", or_empty(a->target->address)},
        {"component", or_empty(a->target->component)},
        {"host", or_empty(a->target->host)},
        {"environment", or_empty(a->context->environment)},
        {"version", or_empty(expect->version)},
        {"digest", or_empty(expect->digest)},
        {"instance", or_empty(expect->instance)},
        {"boot_id", or_empty(expect->boot_id)},
    };
    return template_render(&source, (struct template_vars){vars, ARRAY_LEN(vars)}, out, err) &&
           buf_check(out, "the rendered text", err);
}

/* A gate that cannot be asked is inconclusive; only an interruption ends the run. */
static bool cannot_ask(const struct error *why, struct said *ret, struct error *err)
{
    if (why->kind == ERR_INTERRUPTED) {
        *err = *why;
        return false;
    }
    said_set(ret, VERDICT_INCONCLUSIVE, "cannot be asked: %s", why->msg);
    return true;
}

/* ---- http ---- */

static bool asks_privately(const struct asking *a, const char *url)
{
    const struct gate_target *t = a->target;
    return t->unix_socket != NULL && t->address != NULL &&
           str_starts(str_of(url), str_of(t->address));
}

/* *ret_answered: there is an answer to be judged; otherwise `said` is set. */
static bool get(const struct asking *a, const char *url, struct http_response *answer,
                struct said *said, bool *ret_answered, struct error *err)
{
    bool privately = asks_privately(a, url), bounded = a->gate->expect.max_latency_ms > 0;
    struct error why;
    const struct http_request request = {
        .method = "GET",
        .url = url,
        .unix_socket = privately ? a->target->unix_socket : NULL,
        .fresh = true,
        .max_body = GATE_BODY_MAX,
        .connect_ms = a->gate->timeout_ms,
        .attempt_ms = a->gate->timeout_ms,
        .min_speed = HTTP_NO_LIMIT,
        .retry = {.attempts = 1},
    };
    *ret_answered = http_do(a->context->http, &request, answer, &why);
    if (*ret_answered)
        return true;
    if (why.kind == ERR_INTERRUPTED)
        *err = why;
    said_set(said, judge_no_answer(&why, !privately, bounded), "%s", why.msg);
    return why.kind != ERR_INTERRUPTED;
}

static bool ask_http(const struct asking *a, struct said *ret, struct error *err)
{
    cleanup_http_response struct http_response answer = {0};
    cleanup_buf struct buf url = buf_make(BUF_LINE);
    struct error why;
    bool answered = false;
    if (!render(a, a->gate->url, &url, &why))
        return cannot_ask(&why, ret, err);
    TRY(get(a, buf_cstr(&url), &answer, ret, &answered, err));
    if (answered)
        judge_answer(&a->gate->expect, &answer, ret);
    return true;
}

/* ---- release ---- */

static bool knows_what_to_expect(const struct gate_expect *expect)
{
    return or_empty(expect->digest).len > 0 || or_empty(expect->boot_id).len > 0 ||
           or_empty(expect->instance).len > 0;
}

static bool ask_version(const struct asking *a, const char *url, struct said *ret,
                        struct error *err)
{
    static const struct config_expect FINE = {.status = 200};
    cleanup_http_response struct http_response answer = {0};
    bool answered = false;
    TRY(get(a, url, &answer, ret, &answered, err));
    if (answered)
        judge_answer(&FINE, &answer, ret);
    if (answered && ret->verdict == VERDICT_PASS)
        judge_version(&a->target->expect, buf_str(&answer.body), ret);
    return true;
}

/* Several connections: while old and new share a listener, either may answer. */
static bool ask_release(const struct asking *a, struct said *ret, struct error *err)
{
    cleanup_free char *url = xasprintf("%s/version", a->target->address ? a->target->address : "");
    if (!knows_what_to_expect(&a->target->expect)) {
        said_set(ret, VERDICT_INCONCLUSIVE, "nothing is known of what was deployed");
        return true;
    }
    ret->verdict = VERDICT_PASS;
    for (int i = 0; i < VERSION_PROBES && ret->verdict == VERDICT_PASS; i++)
        TRY(ask_version(a, url, ret, err));
    return true;
}

/* ---- command ---- */

static bool render_argv(const struct asking *a, struct arena *arena,
                        const char *ret_argv[ARGS_MAX + 1], struct error *err)
{
    size_t count = a->gate->argv.count;
    if (count == 0 || count > ARGS_MAX)
        return err_set(err, ERR_CONFIG, "a command has 1 to %d arguments", ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        cleanup_buf struct buf text = buf_make(BUF_LINE);
        TRY(render(a, a->gate->argv.items[i], &text, err));
        ret_argv[i] = arena_strdup(arena, buf_str(&text));
    }
    ret_argv[count] = NULL;
    return true;
}

/* The last line that says something. */
static struct str last_line(struct str text)
{
    struct str line = STR_EMPTY, found = STR_EMPTY;
    while (str_next_line(&text, &line))
        found = str_trim(line).len > 0 ? str_trim(line) : found;
    return str_sub(found, 0, SHOWN_MAX);
}

static void judge_command(const struct config_gate *gate, const struct proc_result *r,
                          struct said *ret)
{
    char limit[DURATION_TEXT_MAX];
    struct str line = last_line(buf_str(&r->errout));
    if (line.len == 0)
        line = last_line(buf_str(&r->out));
    snprintf(ret->evidence, sizeof(ret->evidence), "%" PRIstr, STR_ARG(line));
    ret->latency_ms = r->elapsed_ms;
    duration_format(gate->timeout_ms, limit);
    if (r->timed_out)
        said_set(ret, VERDICT_INCONCLUSIVE, "did not end within %s", limit);
    else if (r->signal != 0)
        said_set(ret, VERDICT_INCONCLUSIVE, "ended by SIG%s", sigabbrev_np(r->signal));
    else if (r->status == 0)
        said_set(ret, VERDICT_PASS, "%s", "");
    else
        said_set(ret, judge_exit(r->status), "exited with status %d", r->status);
}

/* Where the lines of a command go: they are its story, and the last ones are shown when it fails.
 */
struct listener {
    struct events *events;
    step_id step;
};

static void tell_line(void *ctx, struct str line, bool cut)
{
    const struct listener *listener = ctx;
    (void)cut;
    events_step_output(listener->events, listener->step, line);
}

/* As proc_run; the story goes on meanwhile. */
static bool run_telling(const struct proc_spec *spec, struct events *events,
                        struct proc_result *ret, struct error *err)
{
    cleanup_proc struct proc *child = NULL;
    bool ended = false;
    TRY(proc_start(spec, &child, err));
    while (!ended) {
        events_tick(events);
        TRY(proc_poll(child, events_tick_ms(events), &ended, err));
    }
    return proc_wait(child, ret, err);
}

static bool ask_command(const struct asking *a, struct said *ret, struct error *err)
{
    cleanup_arena struct arena arena = {0};
    cleanup_proc_result struct proc_result result = {0};
    const char *argv[ARGS_MAX + 1] = {NULL};
    struct error why;
    struct listener listener = {a->context->events, a->context->step};
    const struct proc_output heard = {
        .kind = PROC_CAPTURE, .max = OUTPUT_MAX, .on_line = tell_line, .line_ctx = &listener};
    const struct proc_spec spec = {
        .argv = argv,
        .cwd = a->context->dir,
        .out = heard,
        .errout = heard,
        .timeout_ms = a->gate->timeout_ms,
        .effect = EFFECT_READ, /* a gate's command only looks: that is its contract */
        .cap = cap_observe(),
        .die_with_parent = true,
    };
    if (!render_argv(a, &arena, argv, &why) || !run_telling(&spec, listener.events, &result, &why))
        return cannot_ask(&why, ret, err);
    judge_command(a->gate, &result, ret);
    return true;
}

bool ask_gate(const struct asking *a, struct said *ret, struct error *err)
{
    *ret = (struct said){.verdict = VERDICT_INCONCLUSIVE};
    switch (a->gate->kind) {
    case CONFIG_GATE_HTTP:
        return ask_http(a, ret, err);
    case CONFIG_GATE_COMMAND:
        return ask_command(a, ret, err);
    case CONFIG_GATE_RELEASE:
        return ask_release(a, ret, err);
    }
    return err_set(err, ERR_BUG, "a gate of no kind");
}
