/* The packets inside the encryption: one literal, compressed or not, and nothing else. */
#include "plaintext.h"

struct delivery {
    const struct pgp_decrypt_options *options;
    const struct pgp_sink *sink;
};

/* Section 5.9: a format, a file name and a date, of which nothing is used. */
static bool skip_literal_head(struct packet_reader *r, struct error *err)
{
    enum { DATE_LEN = 4 };
    unsigned char format, name_len, waste[UINT8_MAX + DATE_LEN];
    TRY(packet_read_all(r, &format, 1, err));
    TRY(packet_read_all(r, &name_len, 1, err));
    if (format != 'b' && format != 'u' && format != 't')
        return refuse(err);
    return packet_read_all(r, waste, (size_t)name_len + DATE_LEN, err);
}

struct scratch {
    unsigned char bytes[16 * 1024];
};

static void scratch_wipe(struct scratch *s)
{
    secret_wipe(s, sizeof(*s));
}

static bool deliver_literal(const struct delivery *d, struct packet_reader *r, struct error *err)
{
    cleanup(scratch_wipe) struct scratch s;
    uint64_t room = d->options->max;
    size_t got;
    TRY(skip_literal_head(r, err));
    for (;;) {
        TRY(packet_read(r, s.bytes, sizeof(s.bytes), &got, err));
        if (got == 0)
            return true;
        if (got > room)
            return refuse(err);
        room -= got;
        TRY(d->sink->write(d->sink->ctx, str_n(s.bytes, got), err));
    }
}

/* Exactly one packet with this tag in the source, handed to `each`, and nothing after it. */
typedef bool body_fn(const struct delivery *d, struct packet_reader *r, struct error *err);

static bool only_packet(const struct delivery *d, const struct pgp_source *source, body_fn *each,
                        struct error *err)
{
    cleanup_packet_reader struct packet_reader r;
    bool found;
    packet_reader_init(&r, source);
    TRY(packet_next(&r, &found, err));
    if (!found)
        return refuse(err);
    TRY(each(d, &r, err));
    TRY(packet_next(&r, &found, err));
    return !found || refuse(err);
}

static bool inner_body(const struct delivery *d, struct packet_reader *r, struct error *err)
{
    return r->tag == TAG_LITERAL ? deliver_literal(d, r, err) : refuse(err);
}

/* Decompressed bytes, but not more than a literal of the permitted size and its head need: what a
 * few compressed bytes blow up to may be anything, not only literal data. */
struct capped {
    const struct pgp_source *source;
    uint64_t room;
};

static bool capped_read(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                        struct error *err)
{
    struct capped *c = ctx;
    size_t got;
    TRY(c->source->read(c->source->ctx, bytes, len, &got, err));
    if (got > c->room)
        return refuse(err);
    c->room -= got;
    *ret_got = got;
    return true;
}

static bool deliver_plain(const struct delivery *d, const struct pgp_source *plain,
                          struct error *err)
{
    /* The literal's head and the lengths of its parts. */
    enum { HEADS_MAX = 4096 };
    uint64_t max = d->options->max < UINT64_MAX / 2 ? d->options->max : UINT64_MAX / 2;
    struct capped capped = {.source = plain, .room = max + max / 256 + HEADS_MAX};
    const struct pgp_source source = {.read = capped_read, .ctx = &capped};
    return only_packet(d, &source, inner_body, err);
}

static bool deliver_compressed(const struct delivery *d, struct packet_reader *r, struct error *err)
{
    static const enum pgp_compression kinds[] = {[1] = PGP_ZIP, [2] = PGP_ZLIB};
    const struct pgp_inflate *inflate = d->options->inflate;
    const struct pgp_source body = packet_body(r);
    struct pgp_source plain;
    unsigned char algorithm;
    TRY(packet_read_all(r, &algorithm, 1, err));
    if (algorithm == COMPRESSION_NONE)
        return deliver_plain(d, &body, err);
    if (inflate == NULL || algorithm >= ARRAY_LEN(kinds))
        return refuse(err);
    TRY(inflate->open(inflate->ctx, kinds[algorithm], &body, &plain, err));
    bool ok = deliver_plain(d, &plain, err);
    inflate->close(inflate->ctx, &plain);
    return ok;
}

static bool outer_body(const struct delivery *d, struct packet_reader *r, struct error *err)
{
    return r->tag == TAG_COMPRESSED ? deliver_compressed(d, r, err) : inner_body(d, r, err);
}

bool plaintext_deliver(const struct pgp_decrypt_options *options, const struct pgp_source *plain,
                       const struct pgp_sink *sink, struct error *err)
{
    const struct delivery d = {.options = options, .sink = sink};
    return only_packet(&d, plain, outer_body, err);
}
