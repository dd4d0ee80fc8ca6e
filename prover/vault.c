/* The vault: makes the key, keeps it, and answers a closed list of questions about it. Knows
 * nothing of HTTP. */
#include "log.h"
#include "part.h"
#include "pgp/pgp.h"

static bool answer(void *ctx, int front, const struct msg *m, struct error *err)
{
    const struct pgp_key *key = ctx;
    char verdict = VAULT_REFUSED;
    switch ((enum vault_op)m->op) {
    case VAULT_PUBLIC_KEY:
        return msg_send_plain(front, m->op, m->tag, key ? pgp_key_armored(key) : STR_EMPTY, err);
    case VAULT_RECIPIENT_CHECK:
    case VAULT_DECRYPT:
        break;
    }
    return msg_send_plain(front, m->op, m->tag, str_n(&verdict, 1), err);
}

static bool run(const struct prover_options *o, const struct part_line *line, int front,
                struct log *log, struct error *err)
{
    cleanup_pgp_key struct pgp_key *key = NULL;
    if (!pgp_key_new(clock_system(), rng_system(), STR("TEE-Rex"), &key, err))
        log_say(log, LOG_WARN, "no key: %s", err->msg);
    if (key && !pgp_key_is_locked(key))
        log_say(log, LOG_WARN, "the key is not locked in memory: raise RLIMIT_MEMLOCK");
    TRY(part_enter(o, line, SANDBOX_VAULT, &front, 1, err));
    TRY(msg_send_plain(line->control, CONTROL_READY, 0, STR_EMPTY, err));
    return part_serve(line, front, answer, key, err);
}

int vault_main(const struct prover_options *o, const struct part_line *line, int front)
{
    cleanup_log struct log log = log_make("vault", clock_system());
    struct error err = {0};
    if (run(o, line, front, &log, &err))
        return 0;
    log_say(&log, LOG_ERROR, "%s", err.msg);
    return 1;
}
