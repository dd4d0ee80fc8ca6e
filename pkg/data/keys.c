/* Finding equal keys among many, in n log n whatever the keys are. Knows no format. */
#include "internal.h"

#include <stdlib.h>

enum { PAIRWISE_MAX = 64 };

uint32_t key_hash(struct str key)
{
    uint64_t hash = key.len;
    for (size_t i = 0; i < key.len; i += 8) {
        uint64_t word = 0;
        size_t left = key.len - i;
        memcpy(&word, key.ptr + i, left < 8 ? left : 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

static bool same(const struct keyed *a, const struct keyed *b)
{
    return a->hash == b->hash && str_eq(a->key, b->key);
}

/* By hash, then bytes, then place. */
static int compare(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = str_cmp(a->key, b->key);
    if (order != 0)
        return order;
    return (a->order > b->order) - (a->order < b->order);
}

static void pairwise(const struct keyed *keys, size_t count, duplicate_fn *fn, void *ctx)
{
    for (size_t i = 0; i < count; i++) {
        size_t j = i + 1;
        while (j < count && !same(&keys[i], &keys[j]))
            j++;
        if (j < count)
            fn(ctx, &keys[i], &keys[j]);
    }
}

void each_duplicate(struct keyed *keys, size_t count, duplicate_fn *fn, void *ctx)
{
    if (count <= PAIRWISE_MAX) {
        pairwise(keys, count, fn, ctx);
        return;
    }
    qsort(keys, count, sizeof(*keys), compare);
    for (size_t i = 0; i + 1 < count; i++) {
        if (same(&keys[i], &keys[i + 1]))
            fn(ctx, &keys[i], &keys[i + 1]);
    }
}
