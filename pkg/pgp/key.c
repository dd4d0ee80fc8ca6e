/* Our own key. */
#include "pgp.h"

struct pgp_key {
    struct pgp_fingerprint fingerprint;
};

bool pgp_key_new(const struct clock *clock unused_arg, const struct rng *rng unused_arg,
                 struct str user_id unused_arg, struct pgp_key **ret_key unused_arg,
                 struct error *err)
{
    return err_set(err, ERR_BUG, "key generation is not built yet");
}

void pgp_key_free(struct pgp_key *key)
{
    free(key);
}

void pgp_key_free_at(struct pgp_key **key)
{
    pgp_key_free(*key);
    *key = NULL;
}

bool pgp_key_is_locked(const struct pgp_key *key)
{
    return key == NULL;
}

struct str pgp_key_public(const struct pgp_key *key unused_arg)
{
    return STR_EMPTY;
}

struct str pgp_key_armored(const struct pgp_key *key unused_arg)
{
    return STR_EMPTY;
}

const struct pgp_fingerprint *pgp_key_fingerprint(const struct pgp_key *key)
{
    return &key->fingerprint;
}

const struct pgp_fingerprint *pgp_key_recipient(const struct pgp_key *key)
{
    return &key->fingerprint;
}
