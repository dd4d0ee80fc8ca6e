/* So many requests in a window, for each client address, in a table that never grows. An address is
 * an IPv4 address or the /64 that an IPv6 address is from. Pure but for its table; knows no HTTP.
 */
#pragma once

#include "core/core.h"
#include "httpd/httpd.h"

enum { RATE_LIMIT_MAX = 16, RATE_SETS = 1024, RATE_WAYS = 4 };

struct rate_entry {
    unsigned char key[16];
    uint32_t count;                 /* stamps in use */
    int64_t stamps[RATE_LIMIT_MAX]; /* of the requests allowed, oldest first */
};

struct rate_table {
    unsigned limit; /* requests in a window; at most RATE_LIMIT_MAX */
    int64_t window_ms;
    uint64_t seed;              /* so that nobody chooses who shares a set */
    struct rate_entry *entries; /* RATE_SETS * RATE_WAYS; touched as used */
};

struct rate_table rate_make(unsigned limit, int64_t window_ms, const struct rng *rng);
void rate_release(struct rate_table *t);
/* True: allowed, and counted. False: *ret_wait_ms until the next is allowed. When a set is full,
 * the client who was quiet longest is forgotten. */
bool rate_allow(struct rate_table *t, const struct httpd_addr *who, int64_t now_ms,
                int64_t *ret_wait_ms) must_use;
