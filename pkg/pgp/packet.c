/* The packet reader. Knows lengths and tags, not what a body means. */
#include "packet.h"

static bool cut_short(struct error *err)
{
    return err_set(err, ERR_VERIFY, "the message is cut short");
}

static bool take_some(struct packet_reader *r, unsigned char *bytes, size_t len, size_t *ret_got,
                      struct error *err)
{
    const struct pgp_source *s = r->source;
    if (r->ahead_at == r->ahead_len) {
        if (len >= sizeof(r->ahead))
            return s->read(s->ctx, bytes, len, ret_got, err);
        r->ahead_at = r->ahead_len = 0;
        TRY(s->read(s->ctx, r->ahead, sizeof(r->ahead), &r->ahead_len, err));
    }
    size_t have = r->ahead_len - r->ahead_at;
    size_t got = len < have ? len : have;
    memcpy(bytes, r->ahead + r->ahead_at, got);
    r->ahead_at += got;
    *ret_got = got;
    return true;
}

static bool take_octet(struct packet_reader *r, unsigned char *ret, struct error *err)
{
    size_t got = 0;
    TRY(take_some(r, ret, 1, &got, err));
    return got == 1 || cut_short(err);
}

static bool take_number(struct packet_reader *r, unsigned octets, uint64_t *ret, struct error *err)
{
    uint64_t number = 0;
    unsigned char octet;
    for (unsigned i = 0; i < octets; i++) {
        TRY(take_octet(r, &octet, err));
        number = number << 8 | octet;
    }
    *ret = number;
    return true;
}

/* Section 4.2.1. */
static bool take_length(struct packet_reader *r, struct error *err)
{
    unsigned char first, second;
    TRY(take_octet(r, &first, err));
    r->rest = REST_NONE;
    if (first < 192) {
        r->left = first;
    } else if (first < 224) {
        TRY(take_octet(r, &second, err));
        r->left = (first - 192U) * 256U + second + 192U;
    } else if (first < 255) {
        r->rest = REST_PARTS;
        r->left = UINT64_C(1) << (first & 31);
    } else {
        return take_number(r, 4, &r->left, err);
    }
    return true;
}

/* Section 4.2.2: 1, 2 or 4 octets, or none at all. */
static bool take_legacy_length(struct packet_reader *r, unsigned type, struct error *err)
{
    r->rest = REST_NONE;
    if (type < 3)
        return take_number(r, 1U << type, &r->left, err);
    r->rest = REST_UNKNOWN;
    r->left = UINT64_MAX;
    return true;
}

/* Section 4.2.1.4: only data may come in parts, and the first part is not small. */
static bool check_parts(const struct packet_reader *r, struct error *err)
{
    enum { FIRST_PART_MIN = 512 };
    bool is_data = r->tag == TAG_SEIPD || r->tag == TAG_LITERAL || r->tag == TAG_COMPRESSED;
    if (r->rest == REST_NONE || (is_data && r->left >= FIRST_PART_MIN))
        return true;
    return err_set(err, ERR_VERIFY, "a packet of a forbidden length");
}

static bool take_header(struct packet_reader *r, unsigned char first, struct error *err)
{
    if (!(first & 0x80))
        return err_set(err, ERR_VERIFY, "this is not a packet");
    if (first & 0x40) {
        r->tag = first & 0x3f;
        TRY(take_length(r, err));
    } else {
        r->tag = first >> 2 & 0x0f;
        TRY(take_legacy_length(r, first & 3, err));
    }
    return check_parts(r, err);
}

static bool skip_body(struct packet_reader *r, struct error *err)
{
    unsigned char waste[512];
    size_t got;
    do {
        TRY(packet_read(r, waste, sizeof(waste), &got, err));
    } while (got > 0);
    return true;
}

bool packet_next(struct packet_reader *r, bool *ret_found, struct error *err)
{
    unsigned char first;
    size_t got = 0;
    do {
        TRY(skip_body(r, err));
        TRY(take_some(r, &first, 1, &got, err));
        if (got == 0)
            break;
        TRY(take_header(r, first, err));
    } while (r->tag == TAG_PADDING || r->tag == TAG_MARKER);
    *ret_found = got > 0;
    return true;
}

bool packet_read(struct packet_reader *r, unsigned char *bytes, size_t len, size_t *ret_got,
                 struct error *err)
{
    size_t got = 0;
    while (r->left == 0 && r->rest == REST_PARTS)
        TRY(take_length(r, err));
    if (r->left > 0) {
        TRY(take_some(r, bytes, len < r->left ? len : (size_t)r->left, &got, err));
        if (got == 0 && r->rest != REST_UNKNOWN)
            return cut_short(err);
        r->left = got == 0 ? 0 : r->left - got;
    }
    *ret_got = got;
    return true;
}

bool packet_read_all(struct packet_reader *r, unsigned char *bytes, size_t len, struct error *err)
{
    size_t got;
    for (size_t at = 0; at < len; at += got) {
        TRY(packet_read(r, bytes + at, len - at, &got, err));
        if (got == 0)
            return cut_short(err);
    }
    return true;
}

static bool read_body(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                      struct error *err)
{
    return packet_read(ctx, bytes, len, ret_got, err);
}

struct pgp_source packet_body(struct packet_reader *r)
{
    return (struct pgp_source){.read = read_body, .ctx = r};
}

static bool read_bytes(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                       struct error *err unused_arg)
{
    struct str *rest = ctx;
    size_t got = len < rest->len ? len : rest->len;
    if (got > 0)
        memcpy(bytes, rest->ptr, got);
    *rest = str_sub(*rest, got, rest->len);
    *ret_got = got;
    return true;
}

struct pgp_source source_of_bytes(struct str *rest)
{
    return (struct pgp_source){.read = read_bytes, .ctx = rest};
}
