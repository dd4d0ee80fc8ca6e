/* Values from flags and TEEREX_* variables, laid over a tree along its schema. Knows no key by
 * name. */
#include <ctype.h>

#include "internal.h"

enum { VARIABLE_MAX = 256, KEYS_MAX = 64 };

/* One walk over a tree to look for variables. */
struct walk {
    struct loading *l;
    const struct schema_field *but; /* rows at the root to pass over */
    char name[VARIABLE_MAX];        /* "TEEREX_COMPONENTS_PROVER" */
    size_t len;
};

static const struct source *origin_source(struct loading *l, const char *name)
{
    struct source *src = ARENA_NEW(l->arena, struct source);
    *src = (struct source){.name = arena_strdup(l->arena, str_of(name)), .text = STR_EMPTY};
    return src;
}

static bool is_scalar(enum schema_type type)
{
    switch (type) {
    case SCHEMA_STRING:
    case SCHEMA_BOOL:
    case SCHEMA_INT:
    case SCHEMA_DURATION:
    case SCHEMA_ENUM:
        return true;
    case SCHEMA_ANY:
    case SCHEMA_TABLE:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_SELF:
        return false;
    }
    return false;
}

/* Gives `key` of `table` this value, checked by its row. */
static void set_scalar(struct loading *l, const struct schema_field *row, struct node *table,
                       const char *key, const struct config_override *value)
{
    struct node *node = node_scalar(l->arena, key, value->value, origin_source(l, value->origin));
    struct node *holder = node_new(l->arena, NODE_MAP, NULL, node->src);
    if (row->type == SCHEMA_STRING)
        node->kind = NODE_STRING;
    schema_check_value(row, node, l->problems);
    node_append(holder, node);
    if (table->kind == NODE_NULL)
        table->kind = NODE_MAP;
    if (table->kind == NODE_MAP)
        node_merge(l->arena, table, holder);
}

/* --- Variables ----------------------------------------------------------------------------- */

static bool push(struct walk *w, const char *key)
{
    size_t need = strlen(key) + 1;
    if (w->len + need + 1 > sizeof(w->name))
        return false;
    w->name[w->len++] = '_';
    for (; *key != '\0'; key++)
        w->name[w->len++] = isalnum((unsigned char)*key) ? (char)toupper((unsigned char)*key) : '_';
    w->name[w->len] = '\0';
    return true;
}

static void pop(struct walk *w, size_t len)
{
    w->len = len;
    w->name[len] = '\0';
}

static void walk_table(struct walk *w, const struct schema_field *fields, struct node *table);

static void walk_scalar(struct walk *w, const struct schema_field *row, struct node *table,
                        const char *key)
{
    const char *text = environ_get(w->l->request->environ, w->name);
    const struct config_override value = {NULL, text, w->name};
    if (text != NULL)
        set_scalar(w->l, row, table, key, &value);
}

/* A table that is absent is added only when a variable puts something into it. */
static void walk_inner(struct walk *w, const struct schema_field *row, struct node *table)
{
    struct node *inner = node_get(table, row->key);
    if (inner != NULL) {
        walk_table(w, row->fields, inner);
        return;
    }
    inner = node_new(w->l->arena, NODE_MAP, row->key, table->src);
    inner->at = inner->key_at = table->at;
    walk_table(w, row->fields, inner);
    if (inner->count > 0 && table->kind == NODE_MAP)
        node_append(table, inner);
}

static void walk_map(struct walk *w, const struct schema_field *row, struct node *map)
{
    size_t len = w->len;
    for (struct node *child = map ? map->first : NULL, *next; child != NULL; child = next) {
        next = child->next;
        if (push(w, child->key) && row->item->type == SCHEMA_TABLE)
            walk_table(w, row->item->fields, child);
        else if (is_scalar(row->item->type))
            walk_scalar(w, row->item, map, child->key);
        pop(w, len);
    }
}

static bool is_row_of(const struct schema_field *fields, const char *key)
{
    for (; fields != NULL && fields->key != NULL; fields++) {
        if (str_is(str_of(key), fields->key))
            return true;
    }
    return false;
}

static void walk_table(struct walk *w, const struct schema_field *fields, struct node *table)
{
    size_t len = w->len;
    const struct schema_field *but = w->but;
    w->but = NULL;
    for (; fields->key != NULL; fields++) {
        /* TEEREX_VERSION means other things to other people. */
        if (fields->choices == FORMAT_VERSIONS || is_row_of(but, fields->key) ||
            !push(w, fields->key))
            continue;
        if (is_scalar(fields->type))
            walk_scalar(w, fields, table, fields->key);
        else if (fields->type == SCHEMA_TABLE)
            walk_inner(w, fields, table);
        else if (fields->type == SCHEMA_MAP)
            walk_map(w, fields, node_get(table, fields->key));
        pop(w, len);
    }
}

/* --- Flags --------------------------------------------------------------------------------- */

static const struct schema_field *row_of(const struct schema_field *fields, struct str key)
{
    for (; fields->key != NULL; fields++) {
        if (fields->type != SCHEMA_SELF && str_is(key, fields->key))
            return fields;
    }
    return NULL;
}

static void unknown_path(struct loading *l, const struct config_override *value,
                         const struct schema_field *fields, struct str key)
{
    const char *names[KEYS_MAX];
    size_t count = 0;
    for (; fields->key != NULL && count < KEYS_MAX; fields++)
        names[count++] = fields->key;
    const char *near = str_nearest(key, names, count);
    diags_add(l->problems, origin_source(l, value->origin), (struct text_pos){0, 0},
              "unknown key '%" PRIstr "' in '%s'%s%s%s", STR_ARG(key), value->path,
              near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static struct node *enter(struct loading *l, struct node *table, const char *key)
{
    struct node *inner = node_get(table, key);
    if (inner == NULL) {
        inner = node_new(l->arena, NODE_MAP, key, table->src);
        inner->at = inner->key_at = table->at;
        node_append(table, inner);
    }
    if (inner->kind == NODE_NULL)
        inner->kind = NODE_MAP;
    return inner->kind == NODE_MAP ? inner : NULL;
}

/* May the path end here (a scalar), or go on here (a table or map)? */
static bool fits(const struct schema_field *row, bool more)
{
    bool container = row->type == SCHEMA_TABLE || row->type == SCHEMA_MAP;
    return more ? container : is_scalar(row->type);
}

/* Follows the path from a table downwards, then sets the value. */
static void set_path(struct loading *l, const struct schema_field *fields, struct node *table,
                     const struct config_override *value)
{
    struct str rest = str_of(value->path);
    const struct schema_field *item = NULL; /* of a map with free keys, when `table` is one */
    for (bool more = true; more && table != NULL;) {
        struct str key = str_cut(rest, '.', &rest, &more);
        const char *name = arena_strdup(l->arena, key);
        const struct schema_field *row = item ? item : row_of(fields, key);
        if (row == NULL || !fits(row, more)) {
            unknown_path(l, value, fields, key);
            return;
        }
        if (!more)
            set_scalar(l, row, table, name, value);
        else
            table = enter(l, table, name);
        item = row->type == SCHEMA_MAP ? row->item : NULL;
        fields = row->type == SCHEMA_TABLE ? row->fields : fields;
    }
}

static struct str first_key(const char *path)
{
    struct str rest;
    return str_cut(str_of(path), '.', &rest, NULL);
}

void apply_overrides(struct loading *l, const struct schema *schema, const struct schema *but,
                     struct node *root)
{
    struct walk w = {.l = l, .but = but ? but->fields : NULL, .name = "TEEREX", .len = 6};
    walk_table(&w, schema->fields, root);
    for (size_t i = 0; i < l->request->override_count; i++) {
        const struct config_override *value = &l->request->overrides[i];
        struct str key = first_key(value->path);
        bool excepted = but != NULL && row_of(but->fields, key) != NULL;
        if (!excepted && row_of(schema->fields, key) != NULL)
            set_path(l, schema->fields, root, value);
    }
}

void check_override_paths(struct loading *l)
{
    for (size_t i = 0; i < l->request->override_count; i++) {
        const struct config_override *value = &l->request->overrides[i];
        struct str key = first_key(value->path);
        if (row_of(CONFIG_PROJECT_SCHEMA.fields, key) == NULL &&
            row_of(CONFIG_ENV_SCHEMA.fields, key) == NULL)
            unknown_path(l, value, CONFIG_ENV_SCHEMA.fields, key);
    }
}
