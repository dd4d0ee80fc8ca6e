/* Patterns, compiled: what the files of this module share. Private to the module. */
#pragma once

#include "changes/changes.h"

enum segment_kind {
    SEGMENT_LITERAL, /* head */
    SEGMENT_ANY,     /* "*" */
    SEGMENT_AFFIX,   /* head, anything, tail */
    SEGMENT_GLOB,    /* head is the pattern */
    SEGMENT_DEEP,    /* "**" */
    SEGMENT_KINDS
};

/* What stands between two slashes. */
struct segment {
    enum segment_kind kind;
    struct str head, tail;
};

/* One pattern. While a path is walked its state is a set of bits: bit i says that the first i
 * segments have been matched by the directories so far. */
struct rule {
    struct segment *segments;
    unsigned count;
    uint64_t deep; /* bit i: segment i is SEGMENT_DEEP; no two in a row, none at the end */
    bool takes;    /* not a negation */
    bool dir_only;
};

/* Strings live in `arena`. ERR_CONFIG says what is wrong, without naming the pattern. */
bool rule_compile(struct str pattern, struct arena *arena, struct rule *ret,
                  struct error *err) must_use;
bool segment_matches(const struct segment *s, struct str name);
/* fnmatch of one name, without slashes, bytes as they are. */
bool glob_matches(struct str pattern, struct str name);
/* The byte at the index is of the class that begins there with '['; *ret_end is the index behind
 * its ']', 0 when it is never closed. */
bool class_matches(struct str pattern, size_t at, unsigned char byte, size_t *ret_end);

static inline uint64_t bit(unsigned index)
{
    return UINT64_C(1) << index;
}

/* "**" may be no directory at all. */
static inline uint64_t rule_close(const struct rule *r, uint64_t state)
{
    return state | (state & r->deep) << 1;
}
/* All segments are matched. */
static inline bool rule_done(const struct rule *r, uint64_t state)
{
    return (state & bit(r->count)) != 0;
}
/* What the state becomes in a directory of that name. */
uint64_t rule_step(const struct rule *r, uint64_t state, struct str name);

/* All rules of all filters. A filter's rules begin at a word of their own, so that its bits are
 * whole words of every set of rules. */
struct filter_rules {
    size_t word, words; /* its words in a set */
    size_t count;       /* rules */
    unsigned kinds;
};

struct changes_filters {
    struct arena arena;
    struct filter_rules *filters;
    size_t count;
    struct rule *rules; /* by bit: words * 64, those of no rule with count 0 */
    size_t words;
    /* Which rules a name may match that begins, or ends, with a byte: [byte * words]. */
    uint64_t *begins, *ends;
};
