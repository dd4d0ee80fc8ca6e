/* Adds what a tree leaves unsaid (defaults, empty tables) and reports what it must not. */
#include "schema_internal.h"

static const struct source DEFAULTS = {"default", {"", 0}};

static void complete_value(const struct schema_field *field, struct arena *arena, struct node *node,
                           struct diags *diags);

static bool needs_something(const struct schema_field *fields)
{
    for (; fields->key != NULL; fields++) {
        if (fields->flags & SCHEMA_REQUIRED)
            return true;
    }
    return false;
}

static struct node *fallback_node(const struct schema_field *field, struct arena *arena)
{
    struct node *node = node_scalar(arena, field->key, field->fallback, &DEFAULTS);
    if (field->type == SCHEMA_STRING)
        node->kind = NODE_STRING;
    return node;
}

static void missing(const struct schema_field *field, const struct node *table, struct diags *diags)
{
    cleanup_buf struct buf path = buf_make(BUF_LINE);
    struct text_pos at = table->key_at.line ? table->key_at : table->at;
    node_path(table, &path);
    diags_add(diags, table->src, at, "'%s' is missing%s%s%s (%s)", field->key,
              path.len ? " in '" : "", buf_cstr(&path), path.len ? "'" : "", field->doc);
}

static void complete_absent(const struct schema_field *field, struct arena *arena,
                            struct node *table, struct diags *diags)
{
    struct node *added = NULL;
    if (field->flags & SCHEMA_REQUIRED)
        missing(field, table, diags);
    else if (field->fallback != NULL)
        added = fallback_node(field, arena);
    else if (field->type == SCHEMA_TABLE && !needs_something(field->fields))
        added = node_new(arena, NODE_MAP, field->key, &DEFAULTS);
    if (added == NULL)
        return;
    node_append(table, added);
    complete_value(field, arena, added, diags);
}

static void complete_table(const struct schema_field *fields, struct arena *arena,
                           struct node *table, struct diags *diags)
{
    for (; fields->key != NULL; fields++) {
        if (fields->type == SCHEMA_SELF)
            continue;
        struct node *child = node_get(table, fields->key);
        if (child != NULL)
            complete_value(fields, arena, child, diags);
        else
            complete_absent(fields, arena, table, diags);
    }
}

/* "key:" with nothing behind it is an empty container. */
static void fill_null(struct node *node, enum node_kind kind)
{
    if (node->kind == NODE_NULL)
        node->kind = kind;
}

/* A list of one, written without its brackets, gets them. */
static void wrap_scalar(const struct schema_field *field, struct arena *arena, struct node *node)
{
    if (!(field->flags & SCHEMA_LOOSE) || node->kind != NODE_STRING)
        return;
    struct node *item = node_copy(arena, node);
    item->key = NULL;
    node->kind = NODE_LIST;
    node->text = "";
    node_append(node, item);
}

static void complete_items(const struct schema_field *field, struct arena *arena, struct node *node,
                           struct diags *diags)
{
    node_each(child, node) complete_value(field->item, arena, child, diags);
}

static void complete_value(const struct schema_field *field, struct arena *arena, struct node *node,
                           struct diags *diags)
{
    switch (field->type) {
    case SCHEMA_TABLE:
        fill_null(node, NODE_MAP);
        if (node->kind == NODE_MAP)
            complete_table(field->fields, arena, node, diags);
        return;
    case SCHEMA_LIST:
        fill_null(node, NODE_LIST);
        wrap_scalar(field, arena, node);
        complete_items(field, arena, node, diags);
        return;
    case SCHEMA_MAP:
        fill_null(node, NODE_MAP);
        complete_items(field, arena, node, diags);
        return;
    case SCHEMA_STRING:
    case SCHEMA_BOOL:
    case SCHEMA_INT:
    case SCHEMA_DURATION:
    case SCHEMA_ENUM:
    case SCHEMA_ANY:
    case SCHEMA_SELF:
        return;
    }
}

void schema_complete(const struct schema *schema, struct arena *arena, struct node *root,
                     struct diags *diags)
{
    complete_table(schema->fields, arena, root, diags);
}
