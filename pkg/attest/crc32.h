/* CRC-32 as zlib and Ethernet count it (polynomial 0xedb88320, reflected), sixteen bytes a step. */
#pragma once

#include <stdint.h>

#include "core/core.h"

struct crc32 {
    uint32_t table[16][256];
    uint32_t state;
};

/* Makes the tables. */
void crc32_init(struct crc32 *crc);
void crc32_add(struct crc32 *crc, struct str bytes);
uint32_t crc32_value(const struct crc32 *crc);
