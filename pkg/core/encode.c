/* Hexadecimal and base64 in both directions. */
#include "encode.h"

static const char HEX[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_encode(const void *bytes, size_t len, char *out)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = HEX[in[i] >> 4];
        *out++ = HEX[in[i] & 15];
    }
    *out = '\0';
}

void buf_add_hex(struct buf *b, struct str bytes)
{
    char *room = buf_reserve(b, bytes.len * 2);
    if (room == NULL)
        return;
    hex_encode(bytes.ptr, bytes.len, room);
    buf_commit(b, bytes.len * 2);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_decode(struct str text, void *out, size_t len)
{
    unsigned char *to = out;
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.ptr[2 * i]), low = hex_digit(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* Up to three bytes as four characters; `pad` fills what has no bits. */
static size_t encode_group(const unsigned char *in, size_t left, const char *alphabet, char *out)
{
    uint32_t bits = (uint32_t)in[0] << 16;
    if (left > 1)
        bits |= (uint32_t)in[1] << 8;
    if (left > 2)
        bits |= in[2];
    size_t chars = left > 2 ? 4 : left + 1;
    for (size_t i = 0; i < chars; i++)
        out[i] = alphabet[bits >> (18 - 6 * i) & 63];
    return chars;
}

static void add_base64(struct buf *b, struct str bytes, const char *alphabet, bool pad)
{
    size_t groups = (bytes.len + 2) / 3;
    char *room = buf_reserve(b, groups * 4);
    size_t len = 0;
    if (room == NULL)
        return;
    for (size_t i = 0; i < bytes.len; i += 3)
        len +=
            encode_group((const unsigned char *)bytes.ptr + i, bytes.len - i, alphabet, room + len);
    while (pad && len % 4 != 0)
        room[len++] = '=';
    buf_commit(b, len);
}

void buf_add_base64(struct buf *b, struct str bytes)
{
    add_base64(b, bytes, BASE64, true);
}

void buf_add_base64url(struct buf *b, struct str bytes)
{
    add_base64(b, bytes, BASE64URL, false);
}

static int base64_digit(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

/* The text without its padding, or false when the padding is wrong. */
static bool strip_padding(struct str *text, bool url)
{
    size_t padded = text->len;
    while (text->len > 0 && padded - text->len < 2 && text->ptr[text->len - 1] == '=')
        text->len--;
    bool complete = padded % 4 == 0;
    bool bare = url && padded == text->len;
    return (complete || bare) && text->len % 4 != 1;
}

static bool decode_chars(struct str text, bool url, unsigned char *out)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.ptr[i], url);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *out++ = (unsigned char)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    return bits == 0;
}

bool buf_add_base64_decoded(struct buf *b, struct str text, bool url)
{
    if (!strip_padding(&text, url))
        return false;
    size_t len = text.len / 4 * 3 + (text.len % 4 ? text.len % 4 - 1 : 0);
    char *room = buf_reserve(b, len);
    if (room == NULL || !decode_chars(text, url, (unsigned char *)room))
        return false;
    buf_commit(b, len);
    return true;
}
