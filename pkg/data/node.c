/* The tree: finding, building, merging. Knows no file format but JSON to write it. */
#include "node.h"

const char *node_kind_name(enum node_kind kind)
{
    static const char *const NAMES[] = {
        [NODE_NULL] = "nothing",   [NODE_BOOL] = "true or false", [NODE_INT] = "an integer",
        [NODE_FLOAT] = "a number", [NODE_STRING] = "text",        [NODE_LIST] = "a list",
        [NODE_MAP] = "a map"};
    return NAMES[kind];
}

static struct node *get(const struct node *map, struct str key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    node_each(child, map)
    {
        if (str_is(key, child->key))
            return child;
    }
    return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
    return get(map, str_of(key));
}

struct node *node_at(const struct node *list, size_t index)
{
    if (list == NULL || list->kind != NODE_LIST)
        return NULL;
    node_each(child, list)
    {
        if (index-- == 0)
            return child;
    }
    return NULL;
}

static struct node *step(const struct node *node, struct str name)
{
    uint64_t index = 0;
    if (node->kind == NODE_LIST)
        return str_to_u64(name, &index) ? node_at(node, (size_t)index) : NULL;
    return get(node, name);
}

struct node *node_find(const struct node *node, const char *path)
{
    struct str rest = str_of(path);
    struct node *found = NULL;
    for (bool more = true; more;) {
        struct str name = str_cut(rest, '.', &rest, &more);
        found = node ? step(node, name) : NULL;
        node = found;
    }
    return found;
}

struct node *node_new(struct arena *arena, enum node_kind kind, const char *key,
                      const struct source *src)
{
    struct node *node = ARENA_NEW(arena, struct node);
    node->kind = kind;
    node->key = key ? arena_strdup(arena, str_of(key)) : NULL;
    node->text = "";
    node->src = src;
    return node;
}

struct node *node_scalar(struct arena *arena, const char *key, const char *text,
                         const struct source *src)
{
    struct node *node = node_new(arena, NODE_NULL, key, src);
    node->text = arena_strdup(arena, str_of(text));
    node->kind = node_scalar_kind(str_of(text), &node->number);
    return node;
}

void node_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

void node_remove(struct node *child)
{
    struct node *parent = child->parent, *previous = NULL;
    for (struct node *at = parent->first; at != child; at = at->next)
        previous = at;
    if (previous != NULL)
        previous->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = previous;
    parent->count--;
    child->parent = child->next = NULL;
}

/* Recursion here and below ends at YAML_DEPTH_MAX, the depth of every tree that is read. */
struct node *node_copy(struct arena *arena, const struct node *node)
{
    struct node *copy = ARENA_NEW(arena, struct node);
    *copy = *node;
    copy->parent = copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    node_each(child, node) node_append(copy, node_copy(arena, child));
    return copy;
}

void node_replace(struct node *child, struct node *over)
{
    struct node *parent = child->parent, *next = child->next, *previous = NULL;
    for (struct node *at = parent->first; at != child; at = at->next)
        previous = at;
    over->parent = parent;
    over->next = next;
    if (previous != NULL)
        previous->next = over;
    else
        parent->first = over;
    if (parent->last == child)
        parent->last = over;
}

void node_merge(struct arena *arena, struct node *base, const struct node *over)
{
    node_each(child, over)
    {
        struct node *below = node_get(base, child->key);
        if (below == NULL)
            node_append(base, node_copy(arena, child));
        else if (below->kind == NODE_MAP && child->kind == NODE_MAP)
            node_merge(arena, below, child);
        else
            node_replace(below, node_copy(arena, child));
    }
}

static size_t index_of(const struct node *child)
{
    size_t index = 0;
    for (const struct node *at = child->parent->first; at != child; at = at->next)
        index++;
    return index;
}

void node_path(const struct node *node, struct buf *out)
{
    if (node->parent == NULL)
        return;
    node_path(node->parent, out);
    if (out->len > 0)
        buf_addc(out, '.');
    if (node->key != NULL)
        buf_adds(out, node->key);
    else
        buf_addf(out, "%zu", index_of(node));
}

static void write_scalar(const struct node *node, struct json_writer *w)
{
    switch (node->kind) {
    case NODE_NULL:
        jw_null(w);
        return;
    case NODE_BOOL:
        jw_bool(w, node->number != 0);
        return;
    case NODE_INT:
        jw_int(w, node->number);
        return;
    case NODE_FLOAT:
    case NODE_STRING:
    case NODE_LIST:
    case NODE_MAP:
        jw_cstr(w, node->text);
    }
}

void node_write_json(const struct node *node, struct json_writer *w)
{
    if (node->kind != NODE_MAP && node->kind != NODE_LIST) {
        write_scalar(node, w);
        return;
    }
    bool map = node->kind == NODE_MAP;
    map ? jw_object_begin(w) : jw_array_begin(w);
    node_each(child, node)
    {
        if (map)
            jw_key(w, child->key);
        node_write_json(child, w);
    }
    map ? jw_object_end(w) : jw_array_end(w);
}
