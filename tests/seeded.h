/* Randomness from a seed and a clock that stands, for tests that need the same key every time. */
#pragma once

#include "core/core.h"

/* splitmix64, one byte a step; ctx is the state, a uint64_t. */
static inline void seeded_fill(void *ctx, void *bytes, size_t len)
{
    uint64_t *state = ctx;
    for (size_t i = 0; i < len; i++) {
        uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        ((unsigned char *)bytes)[i] = (unsigned char)(z ^ z >> 31);
    }
}

/* Borrows *state, which moves on. */
static inline struct rng seeded_rng(uint64_t *state)
{
    return (struct rng){.fill = seeded_fill, .ctx = state};
}

static inline int64_t standing_now(void *ctx)
{
    return *(const int64_t *)ctx;
}

/* A clock that says *now_ms, which is borrowed; it cannot be slept on. */
static inline struct clock standing_clock(int64_t *now_ms)
{
    return (struct clock){.now_ms = standing_now, .mono_ms = standing_now, .ctx = now_ms};
}
