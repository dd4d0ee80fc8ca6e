/* libyaml's events become a tree; what a configuration file has no need for is refused by name.
 * Knows YAML and nothing of what the keys mean. */
#include <stdlib.h>
#include <yaml.h>

#include "internal.h"
#include "node.h"

enum { KEY_MAX = 1024 };

struct loader {
    yaml_parser_t parser;
    struct arena *arena;
    const struct source *src;
    struct node *root;
    struct node *open; /* the innermost container that is not closed yet */
    unsigned depth;
    size_t nodes;
    bool documents;  /* one has begun */
    const char *key; /* waits for its value */
    struct text_pos key_at;
};

static void loader_release(struct loader *l)
{
    yaml_parser_delete(&l->parser);
}
#define cleanup_loader cleanup(loader_release)
#define cleanup_event cleanup(yaml_event_delete)

static struct text_pos pos_of(yaml_mark_t mark)
{
    return (struct text_pos){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* --- What libyaml complains of ------------------------------------------------------------- */

static bool is_tab(const struct loader *l, struct text_pos pos)
{
    struct str line = source_line(l->src, pos);
    return pos.col <= line.len && line.ptr[pos.col - 1] == '\t';
}

/* A place behind the last line becomes its end, where there is something to see. */
static struct text_pos visible(const struct source *src, struct text_pos pos)
{
    size_t end = src->text.len;
    while (end > 0 && strchr(" \t\r\n", src->text.ptr[end - 1]) != NULL)
        end--;
    struct text_pos last = source_pos(src, end);
    return pos.line > last.line ? last : pos;
}

static bool parser_error(const struct loader *l, struct error *err)
{
    const yaml_parser_t *p = &l->parser;
    struct text_pos pos = pos_of(p->problem_mark);
    const char *problem = p->problem ? p->problem : "not YAML";
    if (p->error == YAML_READER_ERROR)
        pos = source_pos(l->src, p->problem_offset);
    else if (p->error == YAML_SCANNER_ERROR && is_tab(l, pos))
        problem = "a tab cannot indent: use blanks";
    return source_fail(l->src, visible(l->src, pos), err, "%s", problem);
}

/* --- Building ------------------------------------------------------------------------------ */

static bool check_plainness(const struct loader *l, const yaml_char_t *anchor,
                            const yaml_char_t *tag, struct text_pos pos, struct error *err)
{
    if (anchor != NULL)
        return source_fail(l->src, pos, err, "anchors ('&') are not supported: write it out");
    if (tag != NULL)
        return source_fail(l->src, pos, err, "tags ('!') are not supported");
    return true;
}

static bool add_node(struct loader *l, struct node *node, struct text_pos pos, struct error *err)
{
    bool in_map = l->open != NULL && l->open->kind == NODE_MAP;
    if (++l->nodes > YAML_NODES_MAX)
        return source_fail(l->src, pos, err, "more than %d values", YAML_NODES_MAX);
    if (in_map && l->key == NULL)
        return source_fail(l->src, pos, err, "a key must be text, not %s",
                           node_kind_name(node->kind));
    node->at = pos;
    if (in_map) {
        node->key = l->key;
        node->key_at = l->key_at;
        l->key = NULL;
    }
    if (l->open != NULL)
        node_append(l->open, node);
    else
        l->root = node;
    return true;
}

static bool take_key(struct loader *l, struct str text, bool plain, struct text_pos pos,
                     struct error *err)
{
    if (plain && str_is(text, "<<"))
        return source_fail(l->src, pos, err, "merge keys ('<<') are not supported: write it out");
    if (text.len == 0)
        return source_fail(l->src, pos, err, "an empty key");
    if (text.len > KEY_MAX)
        return source_fail(l->src, pos, err, "a key of more than %d bytes", KEY_MAX);
    l->key = arena_strdup(l->arena, text);
    l->key_at = pos;
    return true;
}

static bool take_scalar(struct loader *l, const yaml_event_t *ev, struct error *err)
{
    struct text_pos pos = pos_of(ev->start_mark);
    struct str text = str_n(ev->data.scalar.value, ev->data.scalar.length);
    bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    TRY(check_plainness(l, ev->data.scalar.anchor, ev->data.scalar.tag, pos, err));
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return source_fail(l->src, pos, err, "text with a NUL character");
    if (l->open != NULL && l->open->kind == NODE_MAP && l->key == NULL)
        return take_key(l, text, plain, pos, err);

    struct node *node = node_new(l->arena, NODE_STRING, NULL, l->src);
    node->quoted = !plain;
    node->text = arena_strdup(l->arena, text);
    if (plain)
        node->kind = node_scalar_kind(text, &node->number);
    /* An absent value has no place of its own: its key stands for it. */
    return add_node(l, node, plain && text.len == 0 && l->key ? l->key_at : pos, err);
}

static bool open_container(struct loader *l, enum node_kind kind, struct text_pos pos,
                           struct error *err)
{
    if (++l->depth > YAML_DEPTH_MAX)
        return source_fail(l->src, pos, err, "nested more than %d levels deep", YAML_DEPTH_MAX);
    struct node *node = node_new(l->arena, kind, NULL, l->src);
    TRY(add_node(l, node, pos, err));
    l->open = node;
    return true;
}

struct twin {
    uint32_t order; /* of the first key that is there already */
    bool found;
};

static void note_twin(void *ctx, const struct keyed *earlier, const struct keyed *later)
{
    struct twin *twin = ctx;
    (void)earlier;
    if (!twin->found || later->order < twin->order)
        twin->order = later->order;
    twin->found = true;
}

static bool check_keys(const struct loader *l, const struct node *map, struct error *err)
{
    struct twin twin = {0, false};
    uint32_t count = 0;
    cleanup_free struct keyed *keys = xcalloc(map->count + 1, sizeof(*keys));
    node_each(child, map)
    {
        struct str key = str_of(child->key);
        keys[count] = (struct keyed){key, key_hash(key), count};
        count++;
    }
    each_duplicate(keys, count, note_twin, &twin);
    if (!twin.found)
        return true;
    const struct node *later = map->first;
    for (uint32_t i = 0; i < twin.order; i++)
        later = later->next;
    return source_fail(l->src, later->key_at, err, "duplicate key '%s' (first on line %u)",
                       later->key, node_get(map, later->key)->key_at.line);
}

static bool close_container(struct loader *l, struct error *err)
{
    if (l->open->kind == NODE_MAP)
        TRY(check_keys(l, l->open, err));
    l->open = l->open->parent;
    l->depth--;
    return true;
}

static bool begin_document(struct loader *l, const yaml_event_t *ev, struct error *err)
{
    if (l->documents)
        return source_fail(l->src, pos_of(ev->start_mark), err,
                           "a second document begins: one file holds one");
    l->documents = true;
    return true;
}

static bool take_event(struct loader *l, const yaml_event_t *ev, struct error *err)
{
    struct text_pos pos = pos_of(ev->start_mark);
    switch (ev->type) {
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(l, ev, err);
    case YAML_ALIAS_EVENT:
        return source_fail(l->src, pos, err, "aliases ('*') are not supported: write it out");
    case YAML_SCALAR_EVENT:
        return take_scalar(l, ev, err);
    case YAML_SEQUENCE_START_EVENT:
        TRY(check_plainness(l, ev->data.sequence_start.anchor, ev->data.sequence_start.tag, pos,
                            err));
        return open_container(l, NODE_LIST, pos, err);
    case YAML_MAPPING_START_EVENT:
        TRY(check_plainness(l, ev->data.mapping_start.anchor, ev->data.mapping_start.tag, pos,
                            err));
        return open_container(l, NODE_MAP, pos, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_container(l, err);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return err_set(err, ERR_BUG, "%s: unknown YAML event", l->src->name);
}

static bool load(struct loader *l, struct error *err)
{
    for (bool more = true; more;) {
        cleanup_event yaml_event_t ev = {0};
        if (!yaml_parser_parse(&l->parser, &ev))
            return parser_error(l, err);
        TRY(take_event(l, &ev, err));
        more = ev.type != YAML_STREAM_END_EVENT;
    }
    return true;
}

static bool check_text(const struct source *src, struct error *err)
{
    if (src->text.len > YAML_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "%s: %zu bytes, more than the %d that are read", src->name,
                       src->text.len, YAML_SIZE_MAX);
    for (size_t at = 0; at < src->text.len;) {
        size_t len = utf8_len(str_sub(src->text, at, 4));
        if (len == 0)
            return source_fail(src, source_pos(src, at), err, "not UTF-8");
        at += len;
    }
    return true;
}

static const struct source *keep_source(struct str text, const char *name, struct arena *arena)
{
    struct source *src = ARENA_NEW(arena, struct source);
    src->name = arena_strdup(arena, str_of(name));
    src->text = arena_str(arena, text);
    return src;
}

bool yaml_parse(struct str text, const char *name, struct arena *arena, struct node **ret,
                struct error *err)
{
    const struct source given = {name, text};
    TRY(check_text(&given, err));
    cleanup_loader struct loader l = {.arena = arena, .src = keep_source(text, name, arena)};
    if (!yaml_parser_initialize(&l.parser))
        return err_set(err, ERR_FAILED, "%s: no memory for the YAML parser", name);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)l.src->text.ptr,
                                 l.src->text.len);
    TRY(load(&l, err));
    if (l.root == NULL || l.root->kind == NODE_NULL)
        l.root = node_new(arena, NODE_MAP, NULL, l.src);
    if (l.root->at.line == 0)
        l.root->at = (struct text_pos){1, 1};
    *ret = l.root;
    return true;
}
