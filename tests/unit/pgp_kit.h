/* For tests of pgp: the key that a seed makes at a given moment. */
#pragma once

#include "../seeded.h"
#include "pgp/pgp.h"
#include "testing.h"

static inline struct pgp_key *key_of(uint64_t seed, int64_t now_ms)
{
    const struct rng rng = seeded_rng(&seed);
    const struct clock clock = standing_clock(&now_ms);
    struct pgp_key *key = NULL;
    struct error err;
    assert_ok(pgp_key_new(&clock, &rng, STR("TEE-Rex"), &key, &err), &err);
    return key;
}
