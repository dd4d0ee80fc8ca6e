/* Cursors over an indexed JSON document: moving and looking up. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

static const struct json ABSENT = {NULL, 0};

static const struct json_node *node_of(struct json value)
{
    return &value.doc->nodes[value.index];
}

static struct str slice(const struct json_doc *doc, size_t begin, size_t end)
{
    return str_n(doc->src.text.ptr + begin, end - begin);
}

struct json json_root(const struct json_doc *doc)
{
    return doc->count > 0 ? (struct json){doc, 0} : ABSENT;
}

enum json_kind json_kind(struct json value)
{
    return json_exists(value) ? (enum json_kind)node_of(value)->kind : JSON_ABSENT;
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const NAMES[] = {
        [JSON_ABSENT] = "nothing",     [JSON_NULL] = "null",     [JSON_FALSE] = "true or false",
        [JSON_TRUE] = "true or false", [JSON_NUMBER] = "number", [JSON_STRING] = "string",
        [JSON_ARRAY] = "array",        [JSON_OBJECT] = "object"};
    return (unsigned)kind < ARRAY_LEN(NAMES) ? NAMES[kind] : "nothing";
}

/* The child itself, or the next one that no later member shadows. */
static struct json unshadowed(struct json child)
{
    while (json_exists(child) && (node_of(child)->flags & NODE_SHADOWED)) {
        uint32_t next = node_of(child)->next;
        child = next != 0 ? (struct json){child.doc, next} : ABSENT;
    }
    return child;
}

struct json json_first(struct json container, enum json_kind kind)
{
    if (!json_exists(container) || json_kind(container) != kind)
        return ABSENT;
    uint32_t first = container.index + 1;
    if (first >= container.doc->count || container.doc->nodes[first].parent != container.index)
        return ABSENT;
    return unshadowed((struct json){container.doc, first});
}

struct json json_next(struct json child)
{
    if (!json_exists(child) || node_of(child)->next == 0)
        return ABSENT;
    return unshadowed((struct json){child.doc, node_of(child)->next});
}

static struct str inner_of(struct str quoted)
{
    return str_sub(quoted, 1, quoted.len - 2);
}

static bool key_is(struct json member, struct str key)
{
    const struct json_node *node = node_of(member);
    struct str inner = inner_of(slice(member.doc, node->key_begin, node->key_end));
    return node->flags & NODE_KEY_ESCAPED ? json_string_equal(inner, key) : str_eq(inner, key);
}

struct json json_get_str(struct json object, struct str key)
{
    json_each_member (member, object) {
        if (key_is(member, key))
            return member;
    }
    return ABSENT;
}

struct json json_get(struct json object, const char *key)
{
    return json_get_str(object, str_of(key));
}

struct json json_at(struct json array, size_t index)
{
    json_each_item (item, array) {
        if (index-- == 0)
            return item;
    }
    return ABSENT;
}

size_t json_count(struct json container)
{
    size_t count = 0;
    struct json child = json_first(container, json_kind(container));
    for (; json_exists(child); child = json_next(child))
        count++;
    return count;
}

struct str json_raw(struct json value)
{
    return json_exists(value) ? slice(value.doc, node_of(value)->begin, node_of(value)->end)
                              : STR_EMPTY;
}

struct str json_str(struct json value)
{
    if (json_kind(value) != JSON_STRING)
        return STR_EMPTY;
    struct str inner = inner_of(json_raw(value));
    if (!(node_of(value)->flags & NODE_VALUE_ESCAPED))
        return inner;
    return json_string_decode(inner, value.doc->strings);
}

struct str json_key(struct json member)
{
    if (!json_exists(member) || node_of(member)->key_end == 0)
        return STR_EMPTY;
    const struct json_node *node = node_of(member);
    struct str inner = inner_of(slice(member.doc, node->key_begin, node->key_end));
    return node->flags & NODE_KEY_ESCAPED ? json_string_decode(inner, member.doc->strings) : inner;
}

char *json_cstr(struct json value, struct arena *arena)
{
    struct str text = json_str(value);
    if (json_kind(value) != JSON_STRING || memchr(text.ptr, '\0', text.len) != NULL)
        return NULL;
    return arena_strdup(arena, text);
}

bool json_is(struct json value, const char *text)
{
    if (json_kind(value) != JSON_STRING)
        return false;
    struct str inner = inner_of(json_raw(value));
    return node_of(value)->flags & NODE_VALUE_ESCAPED ? json_string_equal(inner, str_of(text))
                                                      : str_is(inner, text);
}

void json_range(struct json value, size_t *ret_begin, size_t *ret_end)
{
    *ret_begin = json_exists(value) ? node_of(value)->begin : 0;
    *ret_end = json_exists(value) ? node_of(value)->end : 0;
}

void json_key_range(struct json value, size_t *ret_begin, size_t *ret_end)
{
    *ret_begin = json_exists(value) ? node_of(value)->key_begin : 0;
    *ret_end = json_exists(value) ? node_of(value)->key_end : 0;
}

struct text_pos json_pos(struct json value)
{
    if (!json_exists(value))
        return (struct text_pos){0, 0};
    return source_pos(&value.doc->src, node_of(value)->begin);
}

bool json_fail(struct json value, struct error *err, const char *fmt, ...)
{
    char message[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    if (!json_exists(value))
        return err_set(err, ERR_FAILED, "%s", message);
    source_fail(&value.doc->src, json_pos(value), err, "%s", message);
    err->kind = ERR_FAILED;
    return false;
}
