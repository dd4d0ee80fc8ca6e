/* Time and randomness are arguments: the two vtables below are handed down from main, so that a
 * test decides what time it is. Also: RFC 3339 text and durations for people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "error.h"
#include "str.h"

struct clock {
    int64_t (*now_ms)(void *ctx);  /* milliseconds since 1970 UTC; may jump */
    int64_t (*mono_ms)(void *ctx); /* milliseconds since some start (CLOCK_BOOTTIME); never jumps */
    void (*sleep_ms)(void *ctx, int64_t ms); /* returns early when a signal arrives */
    void *ctx;
};

/* The machine's clock. */
const struct clock *clock_system(void);

static inline int64_t clock_now_ms(const struct clock *c)
{
    return c->now_ms(c->ctx);
}
static inline int64_t clock_mono_ms(const struct clock *c)
{
    return c->mono_ms(c->ctx);
}
static inline void clock_sleep_ms(const struct clock *c, int64_t ms)
{
    c->sleep_ms(c->ctx, ms);
}

struct rng {
    void (*fill)(void *ctx, void *bytes, size_t len);
    void *ctx;
};

/* getrandom(2); aborts when the kernel has none. */
const struct rng *rng_system(void);
void rng_fill(const struct rng *r, void *bytes, size_t len);
/* Uniform in [0, bound); bound 0 gives 0. */
uint64_t rng_below(const struct rng *r, uint64_t bound);

enum { TIME_TEXT_MAX = 32, UUID_TEXT_MAX = 37, DURATION_TEXT_MAX = 24 };

/* "2026-02-03T04:05:06Z", in UTC; NUL-terminated. */
void time_format_utc(int64_t now_ms, char ret_text[TIME_TEXT_MAX]);
/* RFC 3339 with "Z" or an offset; fractions are cut to milliseconds. */
bool time_parse_utc(struct str text, int64_t *ret_ms) must_use;
/* "340 ms", "4.2 s", "3 min 20 s", "2 h 5 min": for people. */
void duration_format(int64_t ms, char ret_text[DURATION_TEXT_MAX]);
/* A random (version 4) UUID, lower case. */
void uuid_make(const struct rng *r, char ret_text[UUID_TEXT_MAX]);
