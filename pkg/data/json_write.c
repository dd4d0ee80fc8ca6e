/* The streaming JSON writer. Knows the grammar just enough to place commas and notice misuse. */
#include "json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool bit_get(const uint64_t *bits, unsigned level)
{
    return (bits[level / 64] >> (level % 64)) & 1U;
}

static void bit_set(uint64_t *bits, unsigned level, bool on)
{
    uint64_t mask = (uint64_t)1 << (level % 64);
    bits[level / 64] = on ? bits[level / 64] | mask : bits[level / 64] & ~mask;
}

struct json_writer jw_make(struct buf *out, enum json_layout layout)
{
    return (struct json_writer){.out = out, .layout = layout};
}

static void new_line(struct json_writer *w)
{
    if (w->layout == JSON_PRETTY)
        buf_addf(w->out, "\n%*s", (int)w->depth * 2, "");
}

static bool in_object(const struct json_writer *w)
{
    return w->depth > 0 && bit_get(w->is_object, w->depth - 1);
}

/* The comma and line break before an item or a key. */
static void separate(struct json_writer *w)
{
    if (w->depth == 0)
        return;
    if (bit_get(w->has_items, w->depth - 1))
        buf_addc(w->out, ',');
    bit_set(w->has_items, w->depth - 1, true);
    new_line(w);
}

/* Everything before a value; false when none may stand here. */
static bool value_begin(struct json_writer *w)
{
    bool wanted = !w->misused && !w->done && in_object(w) == w->has_key;
    if (!wanted) {
        w->misused = true;
        return false;
    }
    if (!w->has_key)
        separate(w);
    w->has_key = false;
    w->done = w->depth == 0;
    return true;
}

static void container_begin(struct json_writer *w, bool object)
{
    if (!value_begin(w))
        return;
    if (w->depth >= JSON_DEPTH_MAX) {
        w->misused = true;
        return;
    }
    bit_set(w->is_object, w->depth, object);
    bit_set(w->has_items, w->depth, false);
    w->depth++;
    w->done = false;
    buf_addc(w->out, object ? '{' : '[');
}

static void container_end(struct json_writer *w, bool object)
{
    if (w->misused || w->depth == 0 || w->has_key || in_object(w) != object) {
        w->misused = true;
        return;
    }
    w->depth--;
    if (bit_get(w->has_items, w->depth))
        new_line(w);
    buf_addc(w->out, object ? '}' : ']');
    w->done = w->depth == 0;
}

void jw_object_begin(struct json_writer *w)
{
    container_begin(w, true);
}

void jw_object_end(struct json_writer *w)
{
    container_end(w, true);
}

void jw_array_begin(struct json_writer *w)
{
    container_begin(w, false);
}

void jw_array_end(struct json_writer *w)
{
    container_end(w, false);
}

void jw_key_str(struct json_writer *w, struct str key)
{
    if (w->misused || !in_object(w) || w->has_key) {
        w->misused = true;
        return;
    }
    separate(w);
    json_quote(w->out, key);
    buf_adds(w->out, w->layout == JSON_PRETTY ? ": " : ":");
    w->has_key = true;
}

void jw_key(struct json_writer *w, const char *key)
{
    jw_key_str(w, str_of(key));
}

void jw_raw(struct json_writer *w, struct str json)
{
    if (value_begin(w))
        buf_add(w->out, json);
}

void jw_str(struct json_writer *w, struct str text)
{
    if (value_begin(w))
        json_quote(w->out, text);
}

void jw_cstr(struct json_writer *w, const char *text)
{
    if (text == NULL)
        jw_null(w);
    else
        jw_str(w, str_of(text));
}

void jw_int(struct json_writer *w, int64_t value)
{
    if (value_begin(w))
        buf_addf(w->out, "%lld", (long long)value);
}

void jw_uint(struct json_writer *w, uint64_t value)
{
    if (value_begin(w))
        buf_addf(w->out, "%llu", (unsigned long long)value);
}

void jw_double(struct json_writer *w, double value)
{
    char text[32] = "null";
    for (int digits = 15; isfinite(value) && digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (!(back < value) && !(back > value))
            break;
    }
    jw_raw(w, str_of(text));
}

void jw_bool(struct json_writer *w, bool value)
{
    jw_raw(w, value ? STR("true") : STR("false"));
}

void jw_null(struct json_writer *w)
{
    jw_raw(w, STR("null"));
}

void jw_member(struct json_writer *w, const char *key, const char *text)
{
    jw_key(w, key);
    jw_cstr(w, text);
}

void jw_member_str(struct json_writer *w, const char *key, struct str text)
{
    jw_key(w, key);
    jw_str(w, text);
}

void jw_member_int(struct json_writer *w, const char *key, int64_t value)
{
    jw_key(w, key);
    jw_int(w, value);
}

void jw_member_uint(struct json_writer *w, const char *key, uint64_t value)
{
    jw_key(w, key);
    jw_uint(w, value);
}

void jw_member_bool(struct json_writer *w, const char *key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

void jw_member_object(struct json_writer *w, const char *key)
{
    jw_key(w, key);
    jw_object_begin(w);
}

void jw_member_array(struct json_writer *w, const char *key)
{
    jw_key(w, key);
    jw_array_begin(w);
}

bool jw_finish(struct json_writer *w, const char *what, struct error *err)
{
    if (w->misused || !w->done)
        return err_set(err, ERR_BUG, "%s was written as malformed JSON", what);
    return buf_check(w->out, what, err);
}
