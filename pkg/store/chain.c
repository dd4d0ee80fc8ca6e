/* The chain of events: canonical bytes, hashes, verification. Pure. */
#include "internal.h"

static const char NO_HASH[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void add_field(struct hash *h, struct str bytes)
{
    char head[32];
    int len = snprintf(head, sizeof(head), "%zu:", bytes.len);
    hash_add(h, str_n(head, (size_t)len));
    hash_add(h, bytes);
    hash_add(h, STR("\n"));
}

static void add_number(struct hash *h, long long number)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%lld", number);
    add_field(h, str_n(text, (size_t)len));
}

void chain_hash(const struct chain_event *event, char ret[SHA256_HEX_MAX])
{
    unsigned char digest[SHA256_LEN];
    cleanup_hash struct hash *h = hash_new(HASH_SHA256);
    hash_add(h, STR("teerex-event 1\n"));
    add_number(h, (long long)event->seq);
    add_field(h, str_of(event->prev));
    add_number(h, event->time_ms);
    add_number(h, (long long)event->fence);
    add_field(h, str_of(event->env));
    add_field(h, str_of(chain_kind_name(event->kind)));
    add_field(h, str_of(event->run));
    add_field(h, str_of(event->payload));
    hash_finish(h, digest);
    hex_encode(digest, sizeof(digest), ret);
}

static bool verify_event(const struct chain_event *event, uint64_t seq, const char *prev,
                         struct error *err)
{
    char hash[SHA256_HEX_MAX];
    if (event->seq != seq)
        return err_set(err, ERR_VERIFY, "event %llu is missing: %llu follows in its place",
                       (unsigned long long)seq, (unsigned long long)event->seq);
    if (strcmp(event->prev, prev) != 0)
        return err_set(err, ERR_VERIFY, "event %llu does not follow event %llu: its link is %.12s…",
                       (unsigned long long)seq, (unsigned long long)seq - 1, event->prev);
    chain_hash(event, hash);
    if (strcmp(event->hash, hash) != 0)
        return err_set(err, ERR_VERIFY, "event %llu was changed: its hash is %.12s…, not %.12s…",
                       (unsigned long long)seq, hash, event->hash);
    return true;
}

bool chain_verify(const struct chain *chain, struct error *err)
{
    const char *prev = NO_HASH;
    for (size_t i = 0; i < chain->count; i++) {
        TRY(verify_event(&chain->items[i], i + 1, prev, err));
        prev = chain->items[i].hash;
    }
    return true;
}

const char *chain_head(const struct chain *chain)
{
    return chain->count == 0 ? NO_HASH : chain->items[chain->count - 1].hash;
}
