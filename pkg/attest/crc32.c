/* CRC-32, slicing by eight: eight tables, so that eight bytes wait for one look-up and not for
 * eight that depend on each other. */
#include "crc32.h"

enum { POLYNOMIAL_BITS = 8, STEP = 8 };

void crc32_init(struct crc32 *crc)
{
    static const uint32_t POLYNOMIAL = 0xedb88320;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < POLYNOMIAL_BITS; bit++)
            value = value >> 1 ^ (value & 1 ? POLYNOMIAL : 0);
        crc->table[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int i = 1; i < STEP; i++) {
            uint32_t before = crc->table[i - 1][byte];
            crc->table[i][byte] = before >> 8 ^ crc->table[0][before & 0xff];
        }
    crc->state = UINT32_MAX;
}

static uint32_t little_endian(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void crc32_add(struct crc32 *crc, struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr, *end = at + bytes.len;
    uint32_t(*t)[256] = crc->table;
    uint32_t state = crc->state;
    for (; end - at >= STEP; at += STEP) {
        uint32_t a = state ^ little_endian(at), b = little_endian(at + 4);
        state = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^ t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^
                t[3][b & 0xff] ^ t[2][b >> 8 & 0xff] ^ t[1][b >> 16 & 0xff] ^ t[0][b >> 24];
    }
    for (; at < end; at++)
        state = state >> 8 ^ t[0][(state ^ *at) & 0xff];
    crc->state = state;
}

uint32_t crc32_value(const struct crc32 *crc)
{
    return ~crc->state;
}
