/* A worker: one proof at a time, once it can. Until then it says why it cannot. */
#include "log.h"
#include "part.h"

static struct str why_not(const struct prover_options *o)
{
    if (o->bb_binary_path)
        return STR("a bb is configured, but this release cannot run it yet");
    return STR("no bb is configured");
}

static bool answer(void *ctx, int front, const struct msg *m, struct error *err)
{
    const struct prover_options *o = *(const struct prover_options *const *)ctx;
    switch ((enum worker_op)m->op) {
    case WORKER_STATUS:
    case WORKER_PROVE:
        return msg_send_plain(front, m->op, m->tag, why_not(o), err);
    }
    return err_set(err, ERR_BUG, "the front asked for operation %u", m->op);
}

int worker_main(const struct prover_options *o, const struct part_line *line, unsigned slot,
                int front)
{
    cleanup_log struct log log = log_make("worker", clock_system());
    struct error err = {0};
    if (part_enter(o, line, SANDBOX_WORKER, &front, 1, &err) &&
        msg_send_plain(line->control, CONTROL_READY, slot, STR_EMPTY, &err) &&
        part_serve(line, front, answer, &o, &err))
        return 0;
    log_say(&log, LOG_ERROR, "%s", err.msg);
    return 1;
}
