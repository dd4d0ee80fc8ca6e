/* What the files of this module share: character classes and identifiers. Private to the module. */
#pragma once

#include "semver/semver.h"

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_identifier_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Length of the digits at the start. */
size_t count_digits(struct str s);
/* Nothing but digits, and at least one. */
static inline bool is_number(struct str s)
{
    return s.len > 0 && count_digits(s) == s.len;
}
/* A decimal number without leading zeros, at most SEMVER_NUMBER_MAX. */
bool read_number(struct str s, uint64_t *ret) must_use;
/* Bytes of the white space (as JavaScript sees it) at the start: 0 when there is none. */
size_t space_at(struct str s);
/* Without white space (as JavaScript sees it) at both ends; *ret_dropped is its length there. */
struct str trim_spaces(struct str s, size_t *ret_dropped);
