/* Writing again what the CBOR reader read: the same value in shortest heads. */
#pragma once

#include "attest/attest.h"

static inline void again_string(const struct cbor_item *item, struct buf *out)
{
    if (item->kind == CBOR_BYTES) {
        cbor_add_bytes(out, item->bytes);
        return;
    }
    char *text = xstrndup(item->bytes.ptr, item->bytes.len);
    if (strlen(text) == item->bytes.len) {
        cbor_add_text(out, text);
    } else { /* the writer takes C strings: the head of a byte string, one major type up */
        unsigned char head[CBOR_HEAD_MAX];
        size_t len = cbor_bytes_head(item->bytes.len, head);
        head[0] = (unsigned char)(head[0] + 0x20);
        buf_add(out, str_n(head, len));
        buf_add(out, item->bytes);
    }
    free(text);
}

static inline void again_number(const struct cbor_item *item, struct str raw, struct buf *out)
{
    if (item->kind == CBOR_UINT)
        cbor_add_uint(out, item->value);
    else if (item->kind == CBOR_NINT && item->value <= INT64_MAX)
        cbor_add_int(out, -1 - (int64_t)item->value);
    else
        buf_add(out, raw); /* floats, simple values, and what int64_t cannot say */
}

static inline void again_item(const struct cbor_item *item, struct str raw, struct buf *out)
{
    bool string = item->kind == CBOR_BYTES || item->kind == CBOR_TEXT;
    if (item->kind == CBOR_DONE)
        return;
    if (item->kind == CBOR_END) {
        if (raw.len > 0)
            cbor_add_break(out);
    } else if (item->indefinite)
        cbor_add_indefinite(out, item->kind);
    else if (string)
        again_string(item, out);
    else if (item->kind == CBOR_ARRAY)
        cbor_add_array(out, item->value);
    else if (item->kind == CBOR_MAP)
        cbor_add_map(out, item->value);
    else if (item->kind == CBOR_TAG)
        cbor_add_tag(out, item->value);
    else
        again_number(item, raw, out);
}

static inline bool cbor_again(struct str bytes, unsigned flags, struct buf *out, struct error *err)
{
    struct cbor_reader reader;
    struct cbor_item item = {.kind = CBOR_END};
    cbor_reader_init(&reader, bytes, flags);
    while (item.kind != CBOR_DONE) {
        TRY(cbor_next(&reader, &item, err));
        again_item(&item, str_sub(bytes, item.begin, reader.at - item.begin), out);
    }
    return buf_check(out, "what is written again", err);
}
