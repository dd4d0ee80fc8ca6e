/* Writing packets: big-endian numbers and the current header format (RFC 9580, 4.2.1). */
#include "wire.h"

void wire_u16(struct buf *out, size_t value)
{
    buf_addc(out, (char)(value >> 8));
    buf_addc(out, (char)value);
}

void wire_u32(struct buf *out, uint32_t value)
{
    wire_u16(out, value >> 16);
    wire_u16(out, value & 0xffff);
}

void wire_packet(struct buf *out, enum packet_tag tag, struct str body)
{
    enum { ONE_OCTET_END = 192, TWO_OCTET_END = 8384 };
    buf_addc(out, (char)(0xC0 | tag));
    if (body.len < ONE_OCTET_END) {
        buf_addc(out, (char)body.len);
    } else if (body.len < TWO_OCTET_END) {
        wire_u16(out, body.len - ONE_OCTET_END + (ONE_OCTET_END << 8));
    } else {
        buf_addc(out, (char)0xff);
        wire_u32(out, (uint32_t)body.len);
    }
    buf_add(out, body);
}
