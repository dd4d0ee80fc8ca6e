/* Checks a tree against a schema and reports all that is wrong with what stands there. What is
 * missing is schema_complete.c's business. */
#include <regex.h>
#include <stdio.h>

#include "schema_internal.h"

enum { LABEL_MAX = 160, TEXT_MAX_LEN = 4096, CHOICES_MAX = 64 };

/* "'listen'" or "item 2 of 'hosts'", for messages. */
static void label(const struct node *node, char ret[LABEL_MAX])
{
    size_t index = 1;
    if (node->key != NULL || node->parent == NULL) {
        snprintf(ret, LABEL_MAX, "'%s'", node->key ? node->key : "the file");
        return;
    }
    for (const struct node *at = node->parent->first; at != node; at = at->next)
        index++;
    snprintf(ret, LABEL_MAX, "item %zu of '%s'", index, node->parent->key ? node->parent->key : "");
}

static void wrong_type(const struct node *node, const char *wanted, struct diags *diags)
{
    char name[LABEL_MAX];
    label(node, name);
    if (node->kind == NODE_NULL)
        diags_add(diags, node->src, node->at, "%s is empty: it must be %s", name, wanted);
    else
        diags_add(diags, node->src, node->at, "%s must be %s, not %s", name, wanted,
                  node_kind_name(node->kind));
}

bool schema_matches(const struct schema_pattern *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern->regex, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

/* A value that may be a secret is not repeated. */
static void check_secret(const struct schema_field *field, const struct node *node,
                         struct diags *diags)
{
    char name[LABEL_MAX];
    label(node, name);
    if (node->kind != NODE_STRING || !schema_matches(field->pattern, node->text))
        diags_add_hidden(diags, node->src, node->at, "%s must be %s", name, field->pattern->words);
}

static void check_string(const struct schema_field *field, const struct node *node,
                         struct diags *diags)
{
    char name[LABEL_MAX];
    bool scalar = node->kind == NODE_BOOL || node->kind == NODE_INT || node->kind == NODE_FLOAT;
    label(node, name);
    if (scalar && !(field->flags & SCHEMA_LOOSE)) {
        diags_add(diags, node->src, node->at, "%s must be text: write \"%s\" in quotes", name,
                  node->text);
        return;
    }
    if (!scalar && node->kind != NODE_STRING)
        wrong_type(node, "text", diags);
    else if (strlen(node->text) > TEXT_MAX_LEN)
        diags_add(diags, node->src, node->at, "%s is longer than %d bytes", name, TEXT_MAX_LEN);
    else if (node->text[0] == '\0' && (field->flags & SCHEMA_NOT_EMPTY))
        diags_add(diags, node->src, node->at, "%s must not be empty", name);
    else if (field->pattern != NULL && !schema_matches(field->pattern, node->text))
        diags_add(diags, node->src, node->at, "%s must be %s, not '%s'", name,
                  field->pattern->words, node->text);
}

static void check_range(const struct schema_field *field, const struct node *node, int64_t value,
                        struct diags *diags)
{
    char name[LABEL_MAX];
    if (field->max <= field->min || (value >= field->min && value <= field->max))
        return;
    label(node, name);
    diags_add(diags, node->src, node->at, "%s must be between %lld and %lld%s, not %s", name,
              (long long)field->min, (long long)field->max,
              field->type == SCHEMA_DURATION ? " ms" : "", node->text);
}

static void check_int(const struct schema_field *field, const struct node *node,
                      struct diags *diags)
{
    if (node->kind != NODE_INT)
        wrong_type(node, "an integer", diags);
    else
        check_range(field, node, node->number, diags);
}

static void check_duration(const struct schema_field *field, const struct node *node,
                           struct diags *diags)
{
    int64_t ms = 0;
    char name[LABEL_MAX];
    label(node, name);
    if (node->kind == NODE_MAP || node->kind == NODE_LIST || node->kind == NODE_NULL)
        wrong_type(node, "a duration such as 500ms, 10s or 5m", diags);
    else if (!str_to_duration_ms(str_of(node->text), &ms))
        diags_add(diags, node->src, node->at,
                  "%s must be a duration such as 500ms, 10s or 5m, not '%s'", name, node->text);
    else
        check_range(field, node, ms, diags);
}

static size_t choice_count(const struct schema_field *field)
{
    size_t count = 0;
    while (field->choices[count] != NULL)
        count++;
    return count;
}

bool schema_choice(const struct schema_field *field, const char *text, unsigned *ret)
{
    for (unsigned i = 0; field->choices[i] != NULL; i++) {
        if (!str_is(str_of(text), field->choices[i]))
            continue;
        *ret = i;
        return true;
    }
    return false;
}

static void check_enum(const struct schema_field *field, const struct node *node,
                       struct diags *diags)
{
    char name[LABEL_MAX];
    unsigned choice = 0;
    cleanup_buf struct buf all = buf_make(BUF_LINE);
    for (size_t i = 0; field->choices[i] != NULL; i++)
        buf_addf(&all, "%s%s", i ? " | " : "", field->choices[i]);
    if (node->kind == NODE_MAP || node->kind == NODE_LIST || node->kind == NODE_NULL) {
        wrong_type(node, buf_cstr(&all), diags);
        return;
    }
    if (schema_choice(field, node->text, &choice))
        return;
    const char *near = str_nearest(str_of(node->text), field->choices, choice_count(field));
    label(node, name);
    diags_add(diags, node->src, node->at, "%s must be %s, not '%s'%s%s%s", name, buf_cstr(&all),
              node->text, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void check_bool(const struct node *node, struct diags *diags)
{
    if (node->kind != NODE_BOOL)
        wrong_type(node, "true or false", diags);
}

static const struct schema_field *row_of(const struct schema_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (fields->type != SCHEMA_SELF && str_is(str_of(key), fields->key))
            return fields;
    }
    return NULL;
}

static void unknown_key(const struct schema_field *fields, const struct node *node,
                        struct diags *diags)
{
    const char *names[CHOICES_MAX];
    size_t count = 0;
    for (; fields->key != NULL && count < CHOICES_MAX; fields++) {
        if (fields->type != SCHEMA_SELF)
            names[count++] = fields->key;
    }
    const char *near = str_nearest(str_of(node->key), names, count);
    diags_add(diags, node->src, node->key_at, "unknown key '%s'%s%s%s", node->key,
              near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Whether `node` is of the kind wanted. Nothing at all is not, but no mistake either. */
static bool is_filled(const struct node *node, enum node_kind kind, const char *words,
                      struct diags *diags)
{
    if (node->kind != kind && node->kind != NODE_NULL)
        wrong_type(node, words, diags);
    return node->kind == kind;
}

static void check_table(const struct schema_field *fields, const struct node *node,
                        struct diags *diags)
{
    if (!is_filled(node, NODE_MAP, "a map", diags))
        return;
    node_each(child, node)
    {
        const struct schema_field *row = row_of(fields, child->key);
        if (row == NULL)
            unknown_key(fields, child, diags);
        else
            schema_check_value(row, child, diags);
    }
}

static void check_repeats(const struct node *item, struct diags *diags)
{
    for (const struct node *at = item->parent->first; at != item; at = at->next) {
        if (item->text[0] != '\0' && str_is(str_of(item->text), at->text)) {
            diags_add(diags, item->src, item->at, "'%s' is in '%s' twice", item->text,
                      item->parent->key ? item->parent->key : "");
            return;
        }
    }
}

static void check_list(const struct schema_field *field, const struct node *node,
                       struct diags *diags)
{
    char name[LABEL_MAX];
    label(node, name);
    if ((field->flags & SCHEMA_LOOSE) && node->kind == NODE_STRING) {
        schema_check_value(field->item, node, diags);
        return;
    }
    if ((field->flags & SCHEMA_NOT_EMPTY) && node->count == 0 &&
        (node->kind == NODE_LIST || node->kind == NODE_NULL))
        diags_add(diags, node->src, node->at, "%s must not be empty", name);
    if (!is_filled(node, NODE_LIST, "a list", diags))
        return;
    node_each(child, node)
    {
        schema_check_value(field->item, child, diags);
        if (field->flags & SCHEMA_UNIQUE)
            check_repeats(child, diags);
    }
}

static void check_map(const struct schema_field *field, const struct node *node,
                      struct diags *diags)
{
    if (!is_filled(node, NODE_MAP, "a map", diags))
        return;
    node_each(child, node)
    {
        if (field->pattern != NULL && !schema_matches(field->pattern, child->key))
            diags_add(diags, child->src, child->key_at, "'%s' must be %s", child->key,
                      field->pattern->words);
        schema_check_value(field->item, child, diags);
    }
}

void schema_check_value(const struct schema_field *field, const struct node *node,
                        struct diags *diags)
{
    switch (field->type) {
    case SCHEMA_STRING:
        if (field->flags & SCHEMA_SECRET)
            check_secret(field, node, diags);
        else
            check_string(field, node, diags);
        return;
    case SCHEMA_BOOL:
        check_bool(node, diags);
        return;
    case SCHEMA_INT:
        check_int(field, node, diags);
        return;
    case SCHEMA_DURATION:
        check_duration(field, node, diags);
        return;
    case SCHEMA_ENUM:
        check_enum(field, node, diags);
        return;
    case SCHEMA_TABLE:
        check_table(field->fields, node, diags);
        return;
    case SCHEMA_LIST:
        check_list(field, node, diags);
        return;
    case SCHEMA_MAP:
        check_map(field, node, diags);
        return;
    case SCHEMA_ANY:
    case SCHEMA_SELF:
        return;
    }
}

void schema_check(const struct schema *schema, const struct node *root, struct diags *diags)
{
    check_table(schema->fields, root, diags);
}
