/* The text of a range, rewritten in place until it is comparators between single spaces, and the
 * partial versions in it. Private to the module. */
#pragma once

#include "internal.h"

/* Bytes that may be moved about; a rewriting only ever makes them fewer. */
struct range_text {
    char *ptr;
    size_t len;
};

static inline struct str range_str(struct range_text t)
{
    return str_n(t.ptr, t.len);
}

/* Copies `from` without white space at its ends and with one space for every run of it; false when
 * that takes more than `room` bytes. */
bool range_copy(struct str from, size_t room, struct range_text *to) must_use;
/* Takes out build metadata ("+sha.1"): it must not decide anything. */
void range_drop_builds(struct range_text *t);
/* Joins operators with what they stand before: "> 1.2" to ">1.2", "~> 1" to "~1", "^ 1" to "^1". */
void range_join_operators(struct range_text *t);
/* Takes the first "*" and the operator before it out of a single comparator. */
void range_drop_star(struct range_text *t);

/* A version of which parts may be missing or wild ("1", "1.x", "1.2.3-rc.1"). */
struct partial {
    struct str prefix;  /* what stands before it of "v", "=" and space */
    struct str text;    /* without the prefix */
    bool wild[3];       /* major, minor, patch: absent, "x", "X" or "*" */
    uint64_t number[3]; /* SEMVER_NUMBER_MAX + 1: too large, which matters only if it is used */
    struct str prerelease;
};

/* The whole of `s`; false when it is no partial version. */
bool partial_parse(struct str s, struct partial *ret) must_use;
/* Length of the partial or (loosely) full version at the start of `s`; 0 when there is none. */
size_t version_span(struct str s);
static inline bool is_version_start(struct str s)
{
    return s.len > 0 &&
           (is_digit(s.ptr[0]) || s.ptr[0] == 'x' || s.ptr[0] == 'X' || s.ptr[0] == '*');
}
/* Length of the "v", "=" and spaces at the start. */
size_t prefix_span(struct str s);
