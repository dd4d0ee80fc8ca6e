/* What a plain scalar means in the core schema of YAML 1.2 (section 10.3.2). */
#include "node.h"

static const struct {
    struct str text;
    enum node_kind kind;
    int64_t number;
} WORDS[] = {
    {{"", 0}, NODE_NULL, 0},      {{"~", 1}, NODE_NULL, 0},     {{"null", 4}, NODE_NULL, 0},
    {{"Null", 4}, NODE_NULL, 0},  {{"NULL", 4}, NODE_NULL, 0},  {{"true", 4}, NODE_BOOL, 1},
    {{"True", 4}, NODE_BOOL, 1},  {{"TRUE", 4}, NODE_BOOL, 1},  {{"false", 5}, NODE_BOOL, 0},
    {{"False", 5}, NODE_BOOL, 0}, {{"FALSE", 5}, NODE_BOOL, 0}, {{".inf", 4}, NODE_FLOAT, 0},
    {{".Inf", 4}, NODE_FLOAT, 0}, {{".INF", 4}, NODE_FLOAT, 0}, {{"-.inf", 5}, NODE_FLOAT, 0},
    {{".nan", 4}, NODE_FLOAT, 0}, {{".NaN", 4}, NODE_FLOAT, 0}, {{".NAN", 4}, NODE_FLOAT, 0},
};

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits of a base after a two-letter prefix ("0x1F", "0o17"). */
static bool prefixed(struct str text, const char *prefix, int base, int64_t *ret)
{
    int64_t value = 0;
    if (!str_starts(text, str_of(prefix)) || text.len < 3)
        return false;
    for (size_t i = 2; i < text.len; i++) {
        int digit = digit_value(text.ptr[i]);
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

static bool is_integer(struct str text, int64_t *ret)
{
    bool plus = str_starts(text, STR("+")) && !str_starts(text, STR("+-"));
    return str_to_i64(plus ? str_sub(text, 1, text.len) : text, ret) ||
           prefixed(text, "0x", 16, ret) || prefixed(text, "0o", 8, ret);
}

static size_t digits(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
        end++;
    return end - at;
}

static bool sign_at(struct str text, size_t at)
{
    return at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_float(struct str text)
{
    size_t at = sign_at(text, 0);
    size_t whole = digits(text, at);
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        size_t fraction = digits(text, at + 1);
        if (whole == 0 && fraction == 0)
            return false;
        at += 1 + fraction;
    } else if (whole == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at += 1 + sign_at(text, at + 1);
        size_t exponent = digits(text, at);
        at += exponent;
        return exponent > 0 && at == text.len;
    }
    return at == text.len;
}

enum node_kind node_scalar_kind(struct str text, int64_t *ret_number)
{
    int64_t number = 0;
    *ret_number = 0;
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
        if (str_eq(text, WORDS[i].text)) {
            *ret_number = WORDS[i].number;
            return WORDS[i].kind;
        }
    }
    if (is_integer(text, &number)) {
        *ret_number = number;
        return NODE_INT;
    }
    /* Digits alone that do not fit are an identifier, not a measurement. */
    bool only_digits = digits(text, sign_at(text, 0)) + sign_at(text, 0) == text.len;
    return is_float(text) && !only_digits ? NODE_FLOAT : NODE_STRING;
}
