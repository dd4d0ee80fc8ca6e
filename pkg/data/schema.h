/* Schemas as const tables: what a map may hold, in words for people, with defaults, and where each
 * value goes in a struct. One table checks a file, completes it, fills the struct and prints the
 * JSON Schema for editors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node.h"

enum schema_type {
    SCHEMA_STRING,   /* const char *; integers and bools are taken as their text when `loose` */
    SCHEMA_BOOL,     /* bool */
    SCHEMA_INT,      /* int64_t, within [min, max] when max > min */
    SCHEMA_DURATION, /* int64_t milliseconds, from "500ms", "10s", "5m", "1h" */
    SCHEMA_ENUM,     /* an enum: the index into `choices` */
    SCHEMA_ANY,      /* const struct node *: whatever stands there */
    SCHEMA_TABLE,    /* the struct itself, inline; `fields` */
    SCHEMA_LIST,     /* ARRAY_OF(item); `item` */
    SCHEMA_MAP,      /* ARRAY_OF(item), whose first member is `const char *name`; `item` */
    SCHEMA_SELF      /* const struct node *: the node of the table this row stands in; no key */
};

enum schema_flag {
    SCHEMA_REQUIRED = 1, /* must be there */
    SCHEMA_NOT_EMPTY = 2,
    SCHEMA_LOOSE = 4,  /* a string that may be written as a number or as true: settings; a list of
                        * one that may be written without its brackets */
    SCHEMA_UNIQUE = 8, /* no two equal items in a list */
    SCHEMA_SECRET = 16 /* a string that no message shows, nor its line */
};

/* What a list or map becomes. */
#define ARRAY_OF(type) \
    struct {           \
        type *items;   \
        size_t count;  \
    }

/* A form of text: checked with the expression, explained with the words. */
struct schema_pattern {
    const char *words; /* "a listen address HOST:PORT" */
    const char *regex; /* POSIX extended, anchored; also valid in JSON Schema */
};

struct schema_field {
    const char *key; /* NULL ends a table */
    enum schema_type type;
    unsigned flags;
    size_t offset;                        /* in the struct the table describes */
    const char *fallback;                 /* the default, as one would write it; NULL: none */
    const char *const *choices;           /* ENUM: NULL-terminated */
    const struct schema_pattern *pattern; /* STRING; of a MAP: of its keys */
    int64_t min, max;                     /* INT, and milliseconds of DURATION */
    const struct schema_field *fields;    /* TABLE */
    const struct schema_field *item;      /* LIST, MAP: one row; its offset is within the item */
    size_t item_size;                     /* LIST, MAP */
    const char *doc;                      /* one sentence */
};

struct schema {
    const char *title;
    const struct schema_field *fields;
    size_t size; /* of the struct */
};

/* Reports all that is wrong in a tree: unknown keys and choices (with the nearest known one),
 * types, ranges, patterns. Does not ask for what is missing. */
void schema_check(const struct schema *schema, const struct node *root, struct diags *diags);
/* Adds defaults to the tree and reports every required key that is missing. Tables that are
 * absent are added when they need nothing. */
void schema_complete(const struct schema *schema, struct arena *arena, struct node *root,
                     struct diags *diags);
/* Fills `ret_struct` (schema->size bytes, zeroed first) from a checked and completed tree; strings
 * and arrays live in the tree's arena and in `arena`. */
void schema_bind(const struct schema *schema, struct arena *arena, const struct node *root,
                 void *ret_struct);
/* As schema_check, for one value and its row. */
void schema_check_value(const struct schema_field *field, const struct node *node,
                        struct diags *diags);
/* As JSON Schema, draft 2020-12. */
void schema_print(const struct schema *schema, struct json_writer *w);
