/* Builds the index of a JSON text from the scanner's events. Knows nothing of lookups. */
#include "internal.h"

#include <stdlib.h>

/* The index in the making. */
struct builder {
    struct json_doc doc;
    size_t cap;
    unsigned flags;
    unsigned depth;
    uint32_t open[JSON_DEPTH_MAX + 1]; /* node of the container at each level */
    uint32_t last[JSON_DEPTH_MAX + 1]; /* its last child so far, 0: none */
    struct json_event key;             /* the key that waits for its value */
    bool has_key;
    struct keyed *keys; /* scratch for one object */
    size_t keys_cap;
    const struct keyed *duplicate; /* the first one found in this object */
};

static void builder_release(struct builder *b)
{
    free(b->keys);
    json_doc_release(&b->doc);
}
#define cleanup_builder cleanup(builder_release)

void json_doc_release(struct json_doc *doc)
{
    free(doc->nodes);
    if (doc->strings != NULL)
        arena_release(doc->strings);
    free(doc->strings);
    *doc = (struct json_doc){.nodes = NULL};
}

static uint32_t add_node(struct builder *b, const struct json_event *ev)
{
    uint32_t index = (uint32_t)b->doc.count++;
    b->doc.nodes = array_grow(b->doc.nodes, &b->cap, b->doc.count, sizeof(*b->doc.nodes));
    struct json_node *node = &b->doc.nodes[index];
    *node = (struct json_node){
        .begin = (uint32_t)ev->begin,
        .end = (uint32_t)ev->end,
        .kind = (unsigned char)ev->kind,
        .flags = ev->escaped ? NODE_VALUE_ESCAPED : 0,
    };
    if (b->depth == 0)
        return index;
    node->parent = b->open[b->depth];
    if (b->last[b->depth] != 0)
        b->doc.nodes[b->last[b->depth]].next = index;
    b->last[b->depth] = index;
    if (b->has_key) {
        node->key_begin = (uint32_t)b->key.begin;
        node->key_end = (uint32_t)b->key.end;
        node->flags |= b->key.escaped ? NODE_KEY_ESCAPED : 0;
        b->has_key = false;
    }
    return index;
}

static struct str key_text(struct builder *b, const struct json_node *node)
{
    struct str inner =
        str_n(b->doc.src.text.ptr + node->key_begin + 1, node->key_end - node->key_begin - 2);
    return node->flags & NODE_KEY_ESCAPED ? json_string_decode(inner, b->doc.strings) : inner;
}

static size_t collect_keys(struct builder *b, uint32_t object)
{
    size_t count = 0;
    uint32_t child = b->last[b->depth] != 0 ? object + 1 : 0;
    for (; child != 0; child = b->doc.nodes[child].next) {
        struct str key = key_text(b, &b->doc.nodes[child]);
        b->keys = array_grow(b->keys, &b->keys_cap, count + 1, sizeof(*b->keys));
        b->keys[count++] = (struct keyed){key, key_hash(key), child};
    }
    return count;
}

static void note_duplicate(void *ctx, const struct keyed *earlier, const struct keyed *later)
{
    struct builder *b = ctx;
    b->doc.nodes[earlier->order].flags |= NODE_SHADOWED;
    b->doc.duplicates++;
    if (b->duplicate == NULL || later->order < b->duplicate->order)
        b->duplicate = later;
}

/* `object` is complete: no two members may have one name. */
static bool check_keys(struct builder *b, uint32_t object, struct error *err)
{
    size_t count = collect_keys(b, object);
    b->duplicate = NULL;
    each_duplicate(b->keys, count, note_duplicate, b);
    if (b->duplicate == NULL)
        return true;
    size_t at = b->doc.nodes[b->duplicate->order].key_begin;
    if (b->doc.duplicate_at == 0)
        b->doc.duplicate_at = at;
    if (b->flags & JSON_KEEP_LAST)
        return true;
    struct str shown = str_sub(b->duplicate->key, 0, 64);
    source_fail(&b->doc.src, source_pos(&b->doc.src, at), err, "duplicate key '%" PRIstr "'",
                STR_ARG(shown));
    err->kind = ERR_FAILED;
    return false;
}

static bool check_surrogates(struct builder *b, const struct json_event *ev, struct error *err)
{
    if (!ev->lone_surrogate || (b->flags & JSON_REPLACE_SURROGATES))
        return true;
    source_fail(&b->doc.src, source_pos(&b->doc.src, ev->begin), err,
                "a string holds half of a surrogate pair");
    err->kind = ERR_FAILED;
    return false;
}

static void begin_container(struct builder *b, const struct json_event *ev)
{
    uint32_t node = add_node(b, ev);
    b->depth++;
    b->open[b->depth] = node;
    b->last[b->depth] = 0;
}

static bool close_container(struct builder *b, const struct json_event *ev, struct error *err)
{
    uint32_t node = b->open[b->depth];
    if (b->depth == 0 || b->doc.nodes == NULL)
        return err_set(err, ERR_BUG, "json: an end without a begin");
    b->doc.nodes[node].end = (uint32_t)ev->end;
    if (ev->kind == JSON_OBJECT)
        TRY(check_keys(b, node, err));
    b->depth--;
    return true;
}

static bool take_event(struct builder *b, const struct json_event *ev, struct error *err)
{
    TRY(check_surrogates(b, ev, err));
    switch (ev->event) {
    case JSON_EV_KEY:
        b->key = *ev;
        b->has_key = true;
        return true;
    case JSON_EV_SCALAR:
        add_node(b, ev);
        return true;
    case JSON_EV_BEGIN:
        begin_container(b, ev);
        return true;
    case JSON_EV_CLOSE:
        return close_container(b, ev, err);
    case JSON_EV_END:
        return true;
    }
    return err_set(err, ERR_BUG, "json: unknown event");
}

static bool check_size(const struct source *src, size_t max, struct error *err)
{
    if (max == 0 || max > JSON_SIZE_MAX)
        max = JSON_SIZE_MAX;
    if (src->text.len <= max)
        return true;
    return err_set(err, ERR_FAILED, "%s: %zu bytes, more than the %zu that are read", src->name,
                   src->text.len, max);
}

bool json_parse(struct str text, const struct json_options *options, struct json_doc *ret,
                struct error *err)
{
    static const struct json_options NONE = {.name = "json"};
    const struct json_options *opt = options ? options : &NONE;
    const struct source src = {opt->name ? opt->name : "json", text};
    TRY(check_size(&src, opt->size_max, err));

    cleanup_builder struct builder b = {.flags = opt->flags, .doc = {.src = src}};
    struct json_scan scan = json_scan_make(src, opt->depth_max);
    struct json_event ev = {.event = JSON_EV_KEY};
    b.doc.strings = xcalloc(1, sizeof(*b.doc.strings));
    b.doc.bom = scan.at > 0;
    do {
        TRY(json_scan_next(&scan, &ev, err));
        TRY(take_event(&b, &ev, err));
    } while (ev.event != JSON_EV_END);
    *ret = b.doc;
    b.doc = (struct json_doc){.nodes = NULL};
    return true;
}
