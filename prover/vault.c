/* The vault: makes the key, keeps it, and answers a closed list of questions about it. Knows
 * nothing of HTTP. */
#include "log.h"
#include "part.h"
#include "pgp/pgp.h"

static enum recipient recipient_of(const struct pgp_key *key, struct str beginning)
{
    struct pgp_recipients list;
    struct error err = {0};
    if (!pgp_message_recipients(beginning, &list, &err))
        return RECIPIENT_MALFORMED;
    return pgp_recipients_include(&list, pgp_key_recipient(key)) ? RECIPIENT_OURS : RECIPIENT_OTHER;
}

static bool answer(void *ctx, int front, const struct msg *m, struct error *err)
{
    const struct pgp_key *key = ctx;
    char verdict = VAULT_REFUSED;
    switch ((enum vault_op)m->op) {
    case VAULT_PUBLIC_KEY:
        return msg_send_plain(front, m->op, m->tag, pgp_key_armored(key), err);
    case VAULT_RECIPIENT_CHECK:
        verdict = (char)recipient_of(key, m->payload);
        break;
    case VAULT_DECRYPT:
        break;
    }
    return msg_send_plain(front, m->op, m->tag, str_n(&verdict, 1), err);
}

static bool run(const struct prover_options *o, const struct part_line *line, int front,
                struct log *log, struct error *err)
{
    cleanup_pgp_key struct pgp_key *key = NULL;
    TRY(pgp_key_new(clock_system(), rng_system(), STR("TEE-Rex"), &key, err) ||
        err_wrap(err, "make the key"));
    if (!pgp_key_is_locked(key))
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
