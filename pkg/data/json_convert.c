/* JSON values as C values, checked; and members that must be there. */
#include "internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { NUMBER_TEXT_MAX = 400 };

bool json_to_i64(struct json value, int64_t *ret)
{
    return json_kind(value) == JSON_NUMBER && str_to_i64(json_raw(value), ret);
}

bool json_to_u64(struct json value, uint64_t *ret)
{
    return json_kind(value) == JSON_NUMBER && str_to_u64(json_raw(value), ret);
}

bool json_to_double(struct json value, double *ret)
{
    char text[NUMBER_TEXT_MAX];
    struct str raw = json_raw(value);
    if (json_kind(value) != JSON_NUMBER || raw.len >= sizeof(text))
        return false;
    memcpy(text, raw.ptr, raw.len);
    text[raw.len] = '\0';
    double number = strtod(text, NULL);
    if (!isfinite(number))
        return false;
    *ret = number;
    return true;
}

bool json_to_bool(struct json value, bool *ret)
{
    enum json_kind kind = json_kind(value);
    if (kind != JSON_TRUE && kind != JSON_FALSE)
        return false;
    *ret = kind == JSON_TRUE;
    return true;
}

int64_t json_i64_or(struct json value, int64_t fallback)
{
    int64_t number = fallback;
    return json_to_i64(value, &number) ? number : fallback;
}

bool json_bool_or(struct json value, bool fallback)
{
    bool answer = fallback;
    return json_to_bool(value, &answer) ? answer : fallback;
}

/* The member, or an error that names it. */
static bool need(struct json object, const char *key, struct json *ret, struct error *err)
{
    struct json member = json_get(object, key);
    if (!json_exists(member))
        return json_fail(object, err, "'%s' is missing", key);
    *ret = member;
    return true;
}

static bool wrong(struct json member, const char *key, const char *wanted, struct error *err)
{
    return json_fail(member, err, "'%s' must be %s, not %s", key, wanted,
                     json_kind_name(json_kind(member)));
}

bool json_need(struct json object, const char *key, enum json_kind kind, struct json *ret,
               struct error *err)
{
    struct json member = {0};
    TRY(need(object, key, &member, err));
    if (json_kind(member) != kind)
        return wrong(member, key, json_kind_name(kind), err);
    *ret = member;
    return true;
}

bool json_need_str(struct json object, const char *key, struct str *ret, struct error *err)
{
    struct json member = {0};
    TRY(json_need(object, key, JSON_STRING, &member, err));
    *ret = json_str(member);
    return true;
}

bool json_need_i64(struct json object, const char *key, int64_t *ret, struct error *err)
{
    struct json member = {0};
    TRY(need(object, key, &member, err));
    return json_to_i64(member, ret) || wrong(member, key, "an integer of 64 bits", err);
}

bool json_need_u64(struct json object, const char *key, uint64_t *ret, struct error *err)
{
    struct json member = {0};
    TRY(need(object, key, &member, err));
    return json_to_u64(member, ret) || wrong(member, key, "a natural number of 64 bits", err);
}

bool json_need_bool(struct json object, const char *key, bool *ret, struct error *err)
{
    struct json member = {0};
    TRY(need(object, key, &member, err));
    return json_to_bool(member, ret) || wrong(member, key, "true or false", err);
}
