/* The writer of CBOR: heads of the shortest form. Does not know whether what it writes is whole. */
#include "cbor.h"

enum { INDEFINITE = 31, SIMPLE = 7, BREAK = 0xff };

static size_t head_of(unsigned major, uint64_t value, unsigned char ret[CBOR_HEAD_MAX])
{
    if (value < 24) {
        ret[0] = (unsigned char)(major << 5 | value);
        return 1;
    }
    unsigned log = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    size_t count = (size_t)1 << log;
    ret[0] = (unsigned char)(major << 5 | (24 + log));
    for (size_t i = 0; i < count; i++)
        ret[1 + i] = (unsigned char)(value >> 8 * (count - 1 - i));
    return 1 + count;
}

static void add_head(struct buf *out, unsigned major, uint64_t value)
{
    unsigned char head[CBOR_HEAD_MAX];
    buf_add(out, str_n(head, head_of(major, value, head)));
}

size_t cbor_bytes_head(uint64_t len, unsigned char ret[CBOR_HEAD_MAX])
{
    return head_of(CBOR_BYTES, len, ret);
}

void cbor_add_uint(struct buf *out, uint64_t value)
{
    add_head(out, CBOR_UINT, value);
}

void cbor_add_int(struct buf *out, int64_t value)
{
    if (value >= 0)
        add_head(out, CBOR_UINT, (uint64_t)value);
    else
        add_head(out, CBOR_NINT, (uint64_t)(-1 - value));
}

void cbor_add_bytes(struct buf *out, struct str bytes)
{
    add_head(out, CBOR_BYTES, bytes.len);
    buf_add(out, bytes);
}

void cbor_add_text(struct buf *out, const char *text)
{
    add_head(out, CBOR_TEXT, strlen(text));
    buf_adds(out, text);
}

void cbor_add_array(struct buf *out, uint64_t count)
{
    add_head(out, CBOR_ARRAY, count);
}

void cbor_add_map(struct buf *out, uint64_t pairs)
{
    add_head(out, CBOR_MAP, pairs);
}

void cbor_add_tag(struct buf *out, uint64_t tag)
{
    add_head(out, CBOR_TAG, tag);
}

void cbor_add_simple(struct buf *out, enum cbor_simple value)
{
    add_head(out, SIMPLE, value);
}

void cbor_add_indefinite(struct buf *out, enum cbor_kind kind)
{
    buf_addc(out, (char)((unsigned)kind << 5 | INDEFINITE));
}

void cbor_add_break(struct buf *out)
{
    buf_addc(out, (char)BREAK);
}
