/* A tree of maps, lists and scalars, each with its place: what a YAML file becomes.
 *
 * YAML is read by the core schema of YAML 1.2 (plain `true`, `null`, `12`, `0x1f`, `1.5` are
 * typed; quoted is text; `yes` and `on` are text). Refused with a message: tabs as indentation,
 * duplicate keys, anchors and aliases (so no bomb can be built), merge keys, tags, several
 * documents, keys that are not scalars, depth, size, and what is not UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "json_write.h"
#include "source.h"

enum { YAML_SIZE_MAX = 1024 * 1024, YAML_DEPTH_MAX = 64, YAML_NODES_MAX = 50000 };

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool quoted;              /* a scalar in quotes or a block scalar */
    const struct source *src; /* where it was read; a default's is named "default" */
    struct text_pos at;       /* of the value */
    struct text_pos key_at;   /* of its key, in a map */
    const char *key;          /* in a map, else NULL; never holds a NUL */
    const char *text; /* a scalar as written, unquoted; "" for containers; never holds a NUL */
    int64_t number;   /* of NODE_INT; 0 or 1 of NODE_BOOL */
    struct node *parent, *first, *last, *next;
    size_t count; /* children */
};

/* Reads one YAML document into `arena`, which also gets a copy of the text and the name; an empty
 * file is an empty map. `name` is what people call the file. Fails: ERR_CONFIG with
 * "name:line:col: message" (source_excerpt renders the line). */
bool yaml_parse(struct str text, const char *name, struct arena *arena, struct node **ret,
                struct error *err) must_use;

/* Types a plain scalar by the core schema; an integer that does not fit in 64 bits is a string. */
enum node_kind node_scalar_kind(struct str text, int64_t *ret_number);
const char *node_kind_name(enum node_kind kind);

/* A member of a map; NULL when absent, when `map` is NULL or no map. */
struct node *node_get(const struct node *map, const char *key);
struct node *node_at(const struct node *list, size_t index);
/* Keys and indexes joined by dots: "components.prover.hosts.0". */
struct node *node_find(const struct node *node, const char *path);
/* The name is declared: NOLINTBEGIN(bugprone-macro-parentheses) */
#define node_each(child, parent) \
    for (struct node *child = (parent) ? (parent)->first : NULL; child; child = child->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* New nodes, in an arena. `key` NULL for an item. */
struct node *node_new(struct arena *arena, enum node_kind kind, const char *key,
                      const struct source *src);
struct node *node_scalar(struct arena *arena, const char *key, const char *text,
                         const struct source *src);
void node_append(struct node *parent, struct node *child);
/* Takes a child out of its parent. */
void node_remove(struct node *child);
/* `child` gives way to `over`, at the same place in the order. */
void node_replace(struct node *child, struct node *over);
/* A deep copy in `arena`; places and sources stay. */
struct node *node_copy(struct arena *arena, const struct node *node);
/* Lays `over` on `base`: maps are merged member by member, everything else is replaced (a list
 * as a whole). Members of `over` are copied. */
void node_merge(struct arena *arena, struct node *base, const struct node *over);
/* "components.prover.listen", from the root down. */
void node_path(const struct node *node, struct buf *out);
/* The tree as JSON. */
void node_write_json(const struct node *node, struct json_writer *w);
