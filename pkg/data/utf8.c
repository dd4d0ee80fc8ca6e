/* UTF-8, one sequence at a time (RFC 3629). */
#include "internal.h"

/* Valid second bytes by lead byte: what keeps overlong forms, surrogates and too large ones out. */
struct lead {
    unsigned char from, to; /* lead bytes */
    unsigned char len;
    unsigned char second_from, second_to;
};

static const struct lead LEADS[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

/* The row to start with, by the upper half of the lead byte; past the end: no lead byte. */
static const unsigned char FIRST_ROW[16] = {0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 1, 1, 2, 6};

static bool tail_fits(const unsigned char *bytes, const struct lead *lead)
{
    if (lead->len > 1 && (bytes[1] < lead->second_from || bytes[1] > lead->second_to))
        return false;
    for (size_t i = 2; i < lead->len; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

size_t utf8_len(struct str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    if (text.len == 0)
        return 0;
    for (size_t i = FIRST_ROW[bytes[0] >> 4]; i < ARRAY_LEN(LEADS); i++) {
        const struct lead *lead = &LEADS[i];
        if (bytes[0] < lead->from || bytes[0] > lead->to)
            continue;
        return text.len >= lead->len && tail_fits(bytes, lead) ? lead->len : 0;
    }
    return 0;
}

size_t utf8_put(uint32_t code, char out[4])
{
    static const uint32_t LIMITS[] = {0x80, 0x800, 0x10000};
    static const unsigned char MARKS[] = {0x00, 0xC0, 0xE0, 0xF0};
    size_t len = 1;
    while (len < 4 && code >= LIMITS[len - 1])
        len++;
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(0x80U | (code & 0x3FU));
    out[0] = (char)(MARKS[len - 1] | code);
    return len;
}
