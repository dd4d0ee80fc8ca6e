/* Fills structs from a checked and completed tree, each value at the offset its row names. */
#include "schema_internal.h"

static void bind_value(const struct schema_field *field, struct arena *arena,
                       const struct node *node, char *at);

static void store_pointer(char *at, const void *ptr)
{
    memcpy(at, &ptr, sizeof(ptr));
}

static void store_int(char *at, int64_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void bind_enum(const struct schema_field *field, const struct node *node, char *at)
{
    unsigned choice = 0;
    if (schema_choice(field, node->text, &choice))
        memcpy(at, &choice, sizeof(choice));
}

static void bind_duration(const struct node *node, char *at)
{
    int64_t ms = 0;
    if (str_to_duration_ms(str_of(node->text), &ms))
        store_int(at, ms);
}

static void bind_table(const struct schema_field *fields, struct arena *arena,
                       const struct node *node, char *base)
{
    for (; fields->key != NULL; fields++) {
        const struct node *child = fields->type == SCHEMA_SELF ? node : node_get(node, fields->key);
        if (child != NULL)
            bind_value(fields, arena, child, base + fields->offset);
    }
}

/* An ARRAY_OF: a pointer and a count. The name of a map's item is its first member. */
static void bind_array(const struct schema_field *field, struct arena *arena,
                       const struct node *node, char *at)
{
    typedef ARRAY_OF(char) any_array;
    char *items = arena_alloc(arena, field->item_size * (node->count + 1));
    size_t count = 0;
    node_each(child, node)
    {
        char *item = items + field->item_size * count++;
        if (field->type == SCHEMA_MAP)
            store_pointer(item, child->key);
        bind_value(field->item, arena, child, item + field->item->offset);
    }
    store_pointer(at + offsetof(any_array, items), items);
    memcpy(at + offsetof(any_array, count), &count, sizeof(count));
}

static void bind_value(const struct schema_field *field, struct arena *arena,
                       const struct node *node, char *at)
{
    bool truth = node->number != 0;
    switch (field->type) {
    case SCHEMA_STRING:
        store_pointer(at, node->text);
        return;
    case SCHEMA_BOOL:
        memcpy(at, &truth, sizeof(truth));
        return;
    case SCHEMA_INT:
        store_int(at, node->number);
        return;
    case SCHEMA_DURATION:
        bind_duration(node, at);
        return;
    case SCHEMA_ENUM:
        bind_enum(field, node, at);
        return;
    case SCHEMA_ANY:
    case SCHEMA_SELF:
        store_pointer(at, node);
        return;
    case SCHEMA_TABLE:
        bind_table(field->fields, arena, node, at);
        return;
    case SCHEMA_LIST:
    case SCHEMA_MAP:
        bind_array(field, arena, node, at);
        return;
    }
}

void schema_bind(const struct schema *schema, struct arena *arena, const struct node *root,
                 void *ret_struct)
{
    memset(ret_struct, 0, schema->size);
    bind_table(schema->fields, arena, root, ret_struct);
}
