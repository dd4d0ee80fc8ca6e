/* A schema as JSON Schema, draft 2020-12: what an editor completes and underlines with. */
#include "schema_internal.h"

static void print_value(const struct schema_field *field, struct json_writer *w);

static void print_fallback(const struct schema_field *field, struct json_writer *w)
{
    int64_t number = 0;
    if (field->fallback == NULL)
        return;
    jw_key(w, "default");
    enum node_kind kind = node_scalar_kind(str_of(field->fallback), &number);
    if (field->type == SCHEMA_BOOL)
        jw_bool(w, number != 0);
    else if (field->type == SCHEMA_INT && kind == NODE_INT)
        jw_int(w, number);
    else
        jw_cstr(w, field->fallback);
}

static void print_table(const struct schema_field *fields, struct json_writer *w)
{
    jw_member(w, "type", "object");
    jw_member_object(w, "properties");
    for (const struct schema_field *row = fields; row->key != NULL; row++) {
        if (row->type == SCHEMA_SELF)
            continue;
        jw_member_object(w, row->key);
        print_value(row, w);
        jw_object_end(w);
    }
    jw_object_end(w);
    jw_member_array(w, "required");
    for (const struct schema_field *row = fields; row->key != NULL; row++) {
        if (row->flags & SCHEMA_REQUIRED)
            jw_cstr(w, row->key);
    }
    jw_array_end(w);
    jw_member_bool(w, "additionalProperties", false);
}

static void print_string(const struct schema_field *field, struct json_writer *w)
{
    if (field->flags & SCHEMA_LOOSE) {
        jw_member_array(w, "type");
        jw_cstr(w, "string");
        jw_cstr(w, "number");
        jw_cstr(w, "boolean");
        jw_array_end(w);
    } else {
        jw_member(w, "type", "string");
    }
    if (field->flags & SCHEMA_NOT_EMPTY)
        jw_member_int(w, "minLength", 1);
    if (field->pattern != NULL)
        jw_member(w, "pattern", field->pattern->regex);
}

static void print_int(const struct schema_field *field, struct json_writer *w)
{
    jw_member(w, "type", "integer");
    if (field->max <= field->min)
        return;
    jw_member_int(w, "minimum", field->min);
    jw_member_int(w, "maximum", field->max);
}

static void print_enum(const struct schema_field *field, struct json_writer *w)
{
    int64_t number = 0;
    jw_member_array(w, "enum");
    for (size_t i = 0; field->choices[i] != NULL; i++) {
        if (node_scalar_kind(str_of(field->choices[i]), &number) == NODE_INT)
            jw_int(w, number);
        else
            jw_cstr(w, field->choices[i]);
    }
    jw_array_end(w);
}

static void print_array(const struct schema_field *field, struct json_writer *w)
{
    jw_member(w, "type", "array");
    if (field->flags & SCHEMA_NOT_EMPTY)
        jw_member_int(w, "minItems", 1);
    if (field->flags & SCHEMA_UNIQUE)
        jw_member_bool(w, "uniqueItems", true);
    jw_member_object(w, "items");
    print_value(field->item, w);
    jw_object_end(w);
}

static void print_list(const struct schema_field *field, struct json_writer *w)
{
    if (!(field->flags & SCHEMA_LOOSE)) {
        print_array(field, w);
        return;
    }
    jw_member_array(w, "anyOf");
    jw_object_begin(w);
    print_value(field->item, w);
    jw_object_end(w);
    jw_object_begin(w);
    print_array(field, w);
    jw_object_end(w);
    jw_array_end(w);
}

static void print_map(const struct schema_field *field, struct json_writer *w)
{
    jw_member(w, "type", "object");
    if (field->pattern != NULL) {
        jw_member_object(w, "propertyNames");
        jw_member(w, "pattern", field->pattern->regex);
        jw_object_end(w);
    }
    jw_member_object(w, "additionalProperties");
    print_value(field->item, w);
    jw_object_end(w);
}

static void print_type(const struct schema_field *field, struct json_writer *w)
{
    switch (field->type) {
    case SCHEMA_STRING:
        print_string(field, w);
        return;
    case SCHEMA_BOOL:
        jw_member(w, "type", "boolean");
        return;
    case SCHEMA_INT:
        print_int(field, w);
        return;
    case SCHEMA_DURATION:
        jw_member(w, "type", "string");
        jw_member(w, "pattern", "^([0-9]+(ms|s|m|h|d)|0)$");
        return;
    case SCHEMA_ENUM:
        print_enum(field, w);
        return;
    case SCHEMA_TABLE:
        print_table(field->fields, w);
        return;
    case SCHEMA_LIST:
        print_list(field, w);
        return;
    case SCHEMA_MAP:
        print_map(field, w);
        return;
    case SCHEMA_ANY:
    case SCHEMA_SELF:
        return;
    }
}

static void print_value(const struct schema_field *field, struct json_writer *w)
{
    if (field->doc != NULL)
        jw_member(w, "description", field->doc);
    print_type(field, w);
    print_fallback(field, w);
}

void schema_print(const struct schema *schema, struct json_writer *w)
{
    jw_object_begin(w);
    jw_member(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    jw_member(w, "title", schema->title);
    print_table(schema->fields, w);
    jw_object_end(w);
}
