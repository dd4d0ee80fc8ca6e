/* CRC-32, slicing by sixteen: as many tables, so that sixteen bytes wait for one look-up and not
 * for sixteen that depend on each other. */
#include "crc32.h"

enum { POLYNOMIAL_BITS = 8, STEP = 16 };

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

/* What four bytes do to the state when `behind` tables' worth of bytes follow them in the step. */
static inline uint32_t slice(uint32_t (*t)[256], uint32_t word, int behind)
{
    t += behind;
    return t[3][word & 0xff] ^ t[2][word >> 8 & 0xff] ^ t[1][word >> 16 & 0xff] ^ t[0][word >> 24];
}

void crc32_add(struct crc32 *crc, struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr, *end = at + bytes.len;
    uint32_t(*t)[256] = crc->table;
    uint32_t state = crc->state;
    for (; end - at >= STEP; at += STEP)
        state = slice(t, state ^ little_endian(at), 12) ^ slice(t, little_endian(at + 4), 8) ^
                slice(t, little_endian(at + 8), 4) ^ slice(t, little_endian(at + 12), 0);
    for (; at < end; at++)
        state = state >> 8 ^ t[0][(state ^ *at) & 0xff];
    crc->state = state;
}

uint32_t crc32_value(const struct crc32 *crc)
{
    return ~crc->state;
}
