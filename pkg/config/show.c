/* Shows every value and where it came from, in the order of the schemas. */
#include "internal.h"

struct shown {
    const char *path;
    const char *value;
    const char *origin;
};

typedef void show_fn(void *ctx, const struct shown *shown);

struct showing {
    show_fn *fn;
    void *ctx;
};

static void origin_of(const struct node *node, struct buf *out)
{
    if (node->at.line > 0)
        buf_addf(out, "%s:%u", node->src->name, node->at.line);
    else
        buf_adds(out, node->src->name);
}

static void value_of(const struct node *node, struct buf *out)
{
    bool lines = strchr(node->text, '\n') != NULL;
    if (node->kind != NODE_LIST && node->kind != NODE_MAP && !lines) {
        buf_adds(out, node->text);
        return;
    }
    struct json_writer w = jw_make(out, JSON_COMPACT);
    node_write_json(node, &w);
}

static void show_value(const struct showing *s, const struct node *node, bool secret)
{
    cleanup_buf struct buf path = buf_make(BUF_LINE);
    cleanup_buf struct buf value = buf_make(BUF_TEXT);
    cleanup_buf struct buf origin = buf_make(BUF_LINE);
    node_path(node, &path);
    origin_of(node, &origin);
    if (secret)
        buf_adds(&value, "***");
    else
        value_of(node, &value);
    const struct shown shown = {buf_cstr(&path), buf_cstr(&value), buf_cstr(&origin)};
    s->fn(s->ctx, &shown);
}

static void show_table(const struct showing *s, const struct schema_field *fields,
                       const struct node *table);

static bool is_list_of_tables(const struct schema_field *field)
{
    return field->type == SCHEMA_LIST && field->item->type == SCHEMA_TABLE;
}

static void show_field(const struct showing *s, const struct schema_field *field,
                       const struct node *node)
{
    if (field->type == SCHEMA_TABLE) {
        show_table(s, field->fields, node);
    } else if (field->type == SCHEMA_MAP || is_list_of_tables(field)) {
        node_each(child, node) show_field(s, field->item, child);
    } else {
        show_value(s, node, field->flags & SCHEMA_SECRET);
    }
}

static void show_table(const struct showing *s, const struct schema_field *fields,
                       const struct node *table)
{
    for (; fields->key != NULL; fields++) {
        const struct node *child =
            fields->type == SCHEMA_SELF ? NULL : node_get(table, fields->key);
        if (child != NULL)
            show_field(s, fields, child);
    }
}

/* What the environment says, too, is shown there only. */
static void show_project(const struct showing *s, const struct config *config)
{
    for (const struct schema_field *row = CONFIG_PROJECT_SCHEMA.fields; row->key != NULL; row++) {
        const struct node *child = node_get(config->project_root, row->key);
        bool shown_later = config->env_root != NULL && node_get(config->env_root, row->key) != NULL;
        if (child != NULL && !shown_later)
            show_field(s, row, child);
    }
}

static void show_all(const struct config *config, show_fn *fn, void *ctx)
{
    const struct showing s = {fn, ctx};
    show_project(&s, config);
    if (config->env_root != NULL)
        show_table(&s, CONFIG_ENV_SCHEMA.fields, config->env_root);
}

struct text_sink {
    struct buf *out;
    bool origin;
};

static void show_line(void *ctx, const struct shown *shown)
{
    const struct text_sink *sink = ctx;
    buf_addf(sink->out, "%s = %s", shown->path, shown->value);
    if (sink->origin)
        buf_addf(sink->out, "  (%s)", shown->origin);
    buf_addc(sink->out, '\n');
}

void config_show(const struct config *config, bool origin, struct buf *out)
{
    struct text_sink sink = {out, origin};
    show_all(config, show_line, &sink);
}

static void show_object(void *ctx, const struct shown *shown)
{
    struct json_writer *w = ctx;
    jw_object_begin(w);
    jw_member(w, "path", shown->path);
    jw_member(w, "value", shown->value);
    jw_member(w, "origin", shown->origin);
    jw_object_end(w);
}

void config_show_json(const struct config *config, struct json_writer *w)
{
    jw_array_begin(w);
    show_all(config, show_object, w);
    jw_array_end(w);
}
